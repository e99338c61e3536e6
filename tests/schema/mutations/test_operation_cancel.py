"""`operationCancel`."""

import asyncio

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet, open_fleet
from tests.schema.mutations.document import ended, errors_of, operation, write
from tests.schema.mutations.things import mailbox_id, wanted, written


async def test_no_further_part_begins(fleet: Fleet) -> None:
    ids = await fleet.ids("smartlead")
    fleet.sandboxes["smartlead"].outages.append(Outage(method="POST", delay_seconds=0.1))
    begun = await write(fleet, "mailboxBulkUpdate", input={"ids": ids, "changes": {"signature": "<p>x</p>"}})
    assert begun["operation"]["state"] == "RUNNING"
    await asyncio.sleep(0.05)
    cancelled = await write(fleet, "operationCancel", id=begun["operation"]["id"])
    assert (cancelled["userErrors"], cancelled["operation"]["id"]) == ([], begun["operation"]["id"])
    over = await ended(fleet, begun)
    assert over["state"] == "CANCELLED"
    done = [result for result in over["results"] if not result["userErrors"]]
    left_out = [result for result in over["results"] if result["userErrors"]]
    assert (len(done) + len(left_out), len(done)) == (len(ids), written(fleet, "smartlead"))
    assert 0 < len(done) < len(ids)
    words = {result["userErrors"][0]["message"] for result in left_out}
    assert words == {"It was not begun, and nothing was sent: the operation was cancelled."}
    assert [result["mailboxId"] for result in over["results"]] == ids
    again = await write(fleet, "operationCancel", id=begun["operation"]["id"])
    assert errors_of(again) == [(None, "CONFLICT")]


async def test_a_single_step_cannot_be_cancelled() -> None:
    async with open_fleet(sendkit={"verify_seconds": 0.5}) as fleet:
        begun = await write(fleet, "mailboxCreate", input=wanted("sendkit"))
        payload = await write(fleet, "operationCancel", id=begun["operation"]["id"])
        assert errors_of(payload) == [(None, "CONFLICT")]
        assert "a single step that the vendor has begun" in payload["userErrors"][0]["message"]
        assert (await ended(fleet, begun))["state"] == "SUCCEEDED"


async def test_one_that_is_not_there(fleet: Fleet) -> None:
    gone = "WzEsIk9wZXJhdGlvbiIsIiIsIm5vbmUiXQ"
    assert await operation(fleet, gone) is None
    assert errors_of(await write(fleet, "operationCancel", id=gone)) == [(["id"], "NOT_FOUND")]
    assert errors_of(await write(fleet, "operationCancel", id=mailbox_id("sendkit"))) == [(["id"], "BAD_USER_INPUT")]
