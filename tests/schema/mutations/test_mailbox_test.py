"""`mailboxTest`: a real test at Outreach, the verification's verdict at SendKit, the last login at Smartlead."""

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, write
from tests.schema.mutations.things import mailbox_id, written


async def test_outreach_really_tests(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxTest", id=mailbox_id("outreach"))
    assert [(each["check"], each["passed"]) for each in payload["results"]] == [("SENDING", True), ("RECEIVING", True)]
    assert all(each["observedAt"] for each in payload["results"])
    assert payload["mailbox"]["health"]["sending"]["state"] == "OK"
    paths = sorted(request.path.rpartition("/")[2] for request in fleet.sandboxes["outreach"].requests if request.method == "POST")
    assert paths == ["testSend", "testSync"]


async def test_one_check_is_one_test(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxTest", id=mailbox_id("outreach"), checks=["RECEIVING", "RECEIVING"])
    assert [each["check"] for each in payload["results"]] == ["RECEIVING"]
    assert written(fleet, "outreach") == 1


async def test_a_test_that_fails_is_a_result_and_no_error(fleet: Fleet) -> None:
    password = {"smtp": {"username": "separate@quill.example", "password": "wrong-CANARY-7781-eE"}}
    await write(fleet, "mailboxUpdate", id=mailbox_id("outreach"), input=password)
    payload = await write(fleet, "mailboxTest", id=mailbox_id("outreach"))
    assert payload["userErrors"] == []
    sending, receiving = payload["results"]
    assert (sending["passed"], receiving["passed"]) == (False, True)
    assert "authentication failed for [redacted]" in sending["message"]
    assert "CANARY" not in str(payload)
    assert payload["mailbox"]["health"]["sending"]["state"] == "FAILING"


async def test_sendkit_tells_its_verdict(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxTest", id=mailbox_id("sendkit"))
    assert [(each["check"], each["passed"]) for each in payload["results"]] == [("SENDING", True), ("RECEIVING", True)]
    assert all("SendKit tests no mailbox on demand" in each["message"] for each in payload["results"])
    assert written(fleet, "sendkit") == 0


async def test_smartlead_tells_its_last_login(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxTest", id=mailbox_id("smartlead", "40119"))
    sending, receiving = payload["results"]
    assert (sending["passed"], receiving["passed"]) == (False, True)
    assert receiving["message"] == "Smartlead has no test; its last login worked."
    assert "CANARY" not in str(payload)
    assert written(fleet, "smartlead") == 0


async def test_no_check_at_all(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxTest", id=mailbox_id("outreach"), checks=[])
    assert errors_of(payload) == [(["checks"], "BAD_USER_INPUT")]
    assert fleet.calls()["outreach"] == 0


async def test_each_check_that_cannot_be_made_is_told_at_its_place(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxTest", id=mailbox_id("shipmail"), checks=["RECEIVING", "SENDING"])
    assert sorted(errors_of(payload)) == [(["checks", "0"], "UNSUPPORTED_BY_VENDOR"), (["checks", "1"], "UNSUPPORTED_BY_VENDOR")]
    assert (payload["results"], payload["mailbox"]) == ([], None)
    assert fleet.calls()["shipmail"] == 0


async def test_a_lost_answer_is_found_out_about(fleet: Fleet) -> None:
    fleet.sandboxes["outreach"].outages.append(Outage(path="testSend", method="POST", status=502, is_after=True))
    payload = await write(fleet, "mailboxTest", id=mailbox_id("outreach"))
    assert errors_of(payload) == [(["checks", "0"], "OUTCOME_UNKNOWN")]
    assert [each["check"] for each in payload["results"]] == ["RECEIVING"]
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"], operation["message"]) == ("mailboxTest", "SUCCEEDED", "The test ran.")
    [result] = operation["results"]
    assert [(each["check"], each["passed"]) for each in result["checks"]] == [("SENDING", True)]


async def test_a_mailbox_that_cannot_be_read_afterwards_does_not_hide_the_results(fleet: Fleet) -> None:
    fleet.sandboxes["smartlead"].outages.append(Outage(method="GET", skip=1, status=404, body=b"{}"))
    payload = await write(fleet, "mailboxTest", id=mailbox_id("smartlead"))
    assert [each["passed"] for each in payload["results"]] == [True, True]
    assert payload["mailbox"] is None
