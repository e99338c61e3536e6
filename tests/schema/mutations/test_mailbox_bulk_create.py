"""`mailboxBulkCreate`."""

from typing import Any

import pytest

from gateway.domain.request_limits import RequestLimits
from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet, open_fleet
from tests.schema.mutations.document import ended, errors_of, listed, write
from tests.schema.mutations.things import PASSWORD, STEADY, wanted, was_sent, written
from tests.web.conftest import caller

EVERYWHERE = sorted(STEADY)


async def create(fleet: Fleet, *mailboxes: dict[str, Any], **terms: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    """The operation, once it is over."""
    payload = await write(fleet, "mailboxBulkCreate", input={"mailboxes": list(mailboxes), **terms})
    assert (payload["userErrors"], payload["operation"]["kind"]) == ([], "mailboxBulkCreate")
    return await ended(fleet, payload)


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_all_are_there_afterwards(fleet: Fleet, account: str) -> None:
    operation = await create(fleet, *(wanted(account, f"bulk.{n}") for n in range(5)))
    assert (operation["state"], operation["message"]) == ("SUCCEEDED", "All 5 done.")
    assert operation["progress"] == {"done": 5, "failed": 0, "total": 5}
    assert [result["index"] for result in operation["results"]] == list(range(5))
    for n, result in enumerate(operation["results"]):
        [mailbox] = await listed(fleet, account, f"bulk.{n}@northwind-demo.example")
        assert (mailbox["id"], result["userErrors"]) == (result["mailboxId"], [])
    assert account == "shipmail" or was_sent(fleet, account, PASSWORD)


@pytest.mark.parametrize(
    ("account", "path"), [("sendkit", "/v1/mailboxes/import/smtp"), ("woodpecker", "/v2/mailboxes/manual_connection/bulk")]
)
async def test_the_vendors_own_batch_is_one_request(fleet: Fleet, account: str, path: str) -> None:
    await create(fleet, *(wanted(account, f"bulk.{n}") for n in range(5)))
    assert [request.path for request in fleet.sandboxes[account].requests if request.method != "GET"] == [path]


async def test_what_does_not_fit_into_the_batch_goes_alone(fleet: Fleet) -> None:
    """SendKit's import knows no signature."""
    operation = await create(fleet, wanted("sendkit", "plain"), wanted("sendkit", "signed", signature="<p>x</p>"))
    assert operation["state"] == "SUCCEEDED"
    assert sorted(request.path for request in fleet.sandboxes["sendkit"].requests if request.method == "POST") == [
        "/v1/mailboxes",
        "/v1/mailboxes/import/smtp",
    ]


async def test_over_all_accounts_with_a_word_for_each(fleet: Fleet) -> None:
    wrong = "wrong-CANARY-6610-fF"
    mailboxes = [
        *(wanted(account, "all") for account in EVERYWHERE),
        {"account": "nobody", "address": "a@b.example"},
        wanted("sendkit", "key", idempotencyKey="x"),
        wanted("sendkit", "wrong", password=wrong),
        wanted("woodpecker", "wrong", password=wrong),
        wanted("outreach", "tagged", tags=["x"]),
        wanted("woodpecker", "own", vendor={"sendkit": {}}),
        wanted("woodpecker", "unverified", verify=False),
    ]
    operation = await create(fleet, *mailboxes)
    assert (operation["state"], operation["message"]) == ("FAILED", "5 of 12 done, 7 not: `results` says why.")
    assert operation["progress"] == {"done": 12, "failed": 7, "total": 12}
    assert [errors_of(result) for result in operation["results"]] == [
        *([[]] * 5),
        [(["account"], "NOT_FOUND")],
        [(["idempotencyKey"], "BAD_USER_INPUT")],
        [(["smtp"], "VENDOR_REJECTED")],
        [(["smtp"], "VENDOR_REJECTED")],
        [(["tags"], "UNSUPPORTED_BY_VENDOR")],
        [(["vendor", "sendkit"], "BAD_USER_INPUT")],
        [(["verify"], "UNSUPPORTED_BY_VENDOR")],
    ]
    assert wrong not in str(operation)
    assert "535 5.7.8" in operation["results"][7]["userErrors"][0]["message"]


async def test_the_same_address_twice(fleet: Fleet) -> None:
    operation = await create(fleet, wanted("sendkit", "twice"), wanted("sendkit", "twice"))
    assert sorted(map(str, map(errors_of, operation["results"]))) == ["[(['address'], 'CONFLICT')]", "[]"]


async def test_a_batch_that_woodpecker_refuses_for_one_is_sent_again_without_it(fleet: Fleet) -> None:
    operation = await create(fleet, wanted("woodpecker", "good"), wanted("woodpecker", "bad", dailyLimit=99_999))
    good, bad = operation["results"]
    assert errors_of(bad) == [(["dailyLimit"], "VENDOR_REJECTED")]
    assert errors_of(good) == []
    assert len(await listed(fleet, "woodpecker", "good@northwind-demo.example")) == 1


async def test_a_limit_stops_an_import_with_its_numbers() -> None:
    async with open_fleet(sendkit={"max_mailboxes": 31}) as fleet:
        operation = await create(fleet, wanted("sendkit", "one"), wanted("sendkit", "two"))
        for result in operation["results"]:
            [error] = result["userErrors"]
            assert (error["code"], error["limit"]) == ("LIMIT_REACHED", {"used": 30, "max": 31, "requested": 2})


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_lost_answers_are_found_out_about_one_by_one(fleet: Fleet, account: str) -> None:
    fleet.sandboxes[account].outages.append(Outage(method="POST", status=502, is_after=True))
    operation = await create(fleet, wanted(account, "lost.1"), wanted(account, "lost.2"))
    assert operation["state"] == "SUCCEEDED"
    for n, result in enumerate(operation["results"], 1):
        [mailbox] = await listed(fleet, account, f"lost.{n}@northwind-demo.example")
        assert result["mailboxId"] == mailbox["id"]


async def test_a_dry_run_sends_nothing_and_tells_what_would_be_refused(fleet: Fleet) -> None:
    mailboxes = [
        *(wanted(account, "dry") for account in EVERYWHERE),
        wanted("woodpecker", "x", verify=False),
        wanted("outreach", "y", bcc="a@b.example"),
    ]
    operation = await create(fleet, *mailboxes, dryRun=True)
    assert (operation["state"], operation["message"]) == ("SUCCEEDED", "Dry run: nothing was sent.")
    assert operation["progress"] == {"done": 7, "failed": 2, "total": 7}
    assert [errors_of(result) for result in operation["results"]] == [
        *([[]] * 5),
        [(["verify"], "UNSUPPORTED_BY_VENDOR")],
        [(["bcc"], "UNSUPPORTED_BY_VENDOR")],
    ]
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


async def test_one_refused_in_a_dry_run_counts(fleet: Fleet) -> None:
    operation = await create(fleet, wanted("outreach", "y", bcc="a@b.example"), dryRun=True)
    assert operation["progress"] == {"done": 1, "failed": 1, "total": 1}


async def test_stop_begins_no_more(fleet: Fleet) -> None:
    """What cannot even be tried counts as a failure."""
    operation = await create(fleet, {"account": "nobody", "address": "a@b.example"}, wanted("shipmail"), errorPolicy="STOP")
    assert (operation["state"], operation["progress"]) == ("FAILED", {"done": 2, "failed": 2, "total": 2})
    left_out = operation["results"][1]["userErrors"][0]["message"]
    assert left_out == "It was not begun, and nothing was sent: an earlier one had failed."
    assert written(fleet, "shipmail") == 0


async def test_none(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxBulkCreate", input={"mailboxes": []})
    assert (errors_of(payload), payload["operation"]) == ([(["mailboxes"], "BAD_USER_INPUT")], None)


async def test_too_many_whatever_the_limit_of_lists() -> None:
    many = [{"account": "shipmail", "address": "a@b.example"}] * 10_001
    async with open_fleet(limits=RequestLimits(max_list_items=20_000)) as fleet:
        payload = await write(fleet, "mailboxBulkCreate", input={"mailboxes": many})
    assert errors_of(payload) == [(["mailboxes"], "BAD_USER_INPUT")]
    assert payload["userErrors"][0]["message"] == "These are 10001 mailboxes, but one operation takes at most 10000."


async def test_a_repeated_key_gives_the_same_operation(fleet: Fleet) -> None:
    given = {"mailboxes": [wanted("smartlead", "a"), wanted("smartlead", "b")], "idempotencyKey": "one"}
    first = await write(fleet, "mailboxBulkCreate", input=given)
    again = await write(fleet, "mailboxBulkCreate", input=given)
    assert first["operation"]["id"] == again["operation"]["id"]
    await ended(fleet, first)
    assert (await write(fleet, "mailboxBulkCreate", input=given))["operation"]["state"] == "SUCCEEDED"
    assert written(fleet, "smartlead") == 2
    other = {**given, "mailboxes": [wanted("smartlead", "c")]}
    assert errors_of(await write(fleet, "mailboxBulkCreate", input=other)) == [(["idempotencyKey"], "CONFLICT")]
    single = await write(fleet, "mailboxCreate", input=wanted("shipmail", idempotencyKey="one"))
    assert single["userErrors"] == []


@pytest.mark.parametrize("mailboxes", [["outreach", "sendkit"], ["nobody", "sendkit"], ["nobody"]])
async def test_who_does_not_see_all_accounts_does_not_see_the_operation(mailboxes: list[str]) -> None:
    """Nor where all was refused."""
    callers = [caller("ada", "read", "write", "secrets:write"), caller("bob", "read", accounts=("woodpecker",))]
    async with open_fleet(callers=callers) as fleet:
        given = {"mailboxes": [wanted(account, "x") for account in mailboxes], "dryRun": True}
        payload = await write(fleet, "mailboxBulkCreate", key="ada", input=given)
        query = "query ($id: ID!) { operation(id: $id) { id } operations { nodes { id } } }"
        seen = {"operation": {"id": payload["operation"]["id"]}, "operations": {"nodes": [{"id": payload["operation"]["id"]}]}}
        assert await fleet.data(query, {"id": payload["operation"]["id"]}, authorization="Bearer ada") == seen
        nothing: dict[str, Any] = {"operation": None, "operations": {"nodes": []}}
        assert await fleet.data(query, {"id": payload["operation"]["id"]}, authorization="Bearer bob") == nothing
