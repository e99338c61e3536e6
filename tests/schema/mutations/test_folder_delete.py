"""`folderDelete`: ShipMail alone has folders."""

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import BOX, INBOX, RULE_IDS, STAR_IT, VIP, folders, rules


async def test_it_is_gone(fleet: Fleet) -> None:
    made = (await write(fleet, "folderCreate", mailboxId=BOX, name="Orders"))["folder"]
    payload = await write(fleet, "folderDelete", id=made["id"])
    assert (payload["userErrors"], payload["deletedId"]) == ([], made["id"])
    assert "Orders" not in await folders(fleet)


async def test_one_that_a_rule_needs_stays(fleet: Fleet) -> None:
    before = await rules(fleet)
    payload = await write(fleet, "folderDelete", id=VIP)
    assert (errors_of(payload), payload["deletedId"]) == ([(None, "CONFLICT")], None)
    assert "Ask again with detachRules: true" in payload["userErrors"][0]["message"]
    assert await rules(fleet) == before
    assert "VIP" in await folders(fleet)


async def test_rules_are_detached_first(fleet: Fleet) -> None:
    only_moves = {**STAR_IT, "name": "Only moves", "actions": [{"type": "MOVE", "targetFolder": VIP}]}
    await write(fleet, "ruleCreate", mailboxId=BOX, rule=only_moves)
    payload = await write(fleet, "folderDelete", id=VIP, detachRules=True)
    assert (payload["userErrors"], payload["deletedId"]) == ([], VIP)
    told = "The rule 'Only moves' was removed: moving mail to this folder was all that it did."
    assert [warning["message"] for warning in payload["warnings"]] == [told]
    now = await rules(fleet)
    assert [rule["vendorId"] for rule in now] == RULE_IDS
    assert [action["type"] for action in now[0]["actions"]] == ["STAR"]
    assert "VIP" not in await folders(fleet)


async def test_rules_are_restored_where_it_fails(fleet: Fleet) -> None:
    before = await rules(fleet)
    fleet.sandboxes["shipmail"].outages.append(
        Outage(method="DELETE", status=409, body=b'{"error": {"type": "conflict", "message": "No."}}')
    )
    payload = await write(fleet, "folderDelete", id=VIP, detachRules=True)
    assert (errors_of(payload), payload["deletedId"], payload["warnings"]) == ([(None, "CONFLICT")], None, [])
    assert await rules(fleet) == before
    assert [request.method for request in fleet.sandboxes["shipmail"].requests if request.method != "GET"] == ["PUT", "DELETE", "PUT"]


async def test_rules_that_cannot_be_restored_are_told(fleet: Fleet) -> None:
    sandbox = fleet.sandboxes["shipmail"]
    sandbox.outages.append(Outage(method="DELETE", status=409, body=b'{"error": {"type": "conflict", "message": "No."}}'))
    sandbox.outages.append(Outage(method="PUT", status=503, skip=1))
    payload = await write(fleet, "folderDelete", id=VIP, detachRules=True)
    [warning] = payload["warnings"]
    assert warning["message"].startswith(
        "The rules could not be restored as they were, and may lack what moved mail to this folder ('VIP'): "
    )


async def test_a_system_folder_stays(fleet: Fleet) -> None:
    payload = await write(fleet, "folderDelete", id=INBOX)
    assert errors_of(payload) == [(None, "VENDOR_REJECTED")]
    assert "System folders cannot be renamed or deleted." in payload["userErrors"][0]["message"]


async def test_a_lost_answer_is_looked_up(fleet: Fleet) -> None:
    made = (await write(fleet, "folderCreate", mailboxId=BOX, name="Orders"))["folder"]
    fleet.sandboxes["shipmail"].outages.append(Outage(method="DELETE", status=502, is_after=True))
    payload = await write(fleet, "folderDelete", id=made["id"])
    assert (payload["userErrors"], payload["deletedId"]) == ([], made["id"])


async def test_a_lost_request_is_looked_up_too(fleet: Fleet) -> None:
    before = await rules(fleet)
    fleet.sandboxes["shipmail"].outages.append(Outage(method="DELETE", status=502))
    payload = await write(fleet, "folderDelete", id=VIP, detachRules=True)
    assert (errors_of(payload), payload["deletedId"]) == ([(None, "OUTCOME_UNKNOWN")], None)
    assert await rules(fleet) == before
