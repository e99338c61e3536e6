"""What can be watched, over the schema itself."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from gateway.domain.draft import MailboxChanges
from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet, open_fleet
from tests.schema.mutations.document import ended, known, write
from tests.schema.mutations.things import mailbox_id, wanted
from tests.web.conftest import eventually

OPERATION = """
subscription ($id: ID!) {
  operation(id: $id) { state message progress { done failed total } results { mailboxId mailbox { address status } } }
}
"""
CHANGED = """
subscription ($wanted: MailboxFilter) {
  mailboxChanged(filter: $wanted) { kind mailboxId changedFields mailbox { address status displayName } }
}
"""


async def take(events: AsyncGenerator[dict[str, Any], None], seconds: float = 5.0) -> dict[str, Any]:
    """The next event."""
    async with asyncio.timeout(seconds):
        return await anext(events)


async def listening(fleet: Fleet, listeners: int) -> None:
    """Until so many are listened to: a subscription begins with its first step."""
    pollers = fleet.gateway.inventory.changes._pollers
    await eventually(lambda: sum(len(poller.listeners) for poller in pollers.values()) == listeners)


# ---------------------------------------------------------------------- operation
async def test_a_verification_from_its_beginning_to_its_end() -> None:
    async with open_fleet(sendkit={"verify_seconds": 0.2}) as fleet:
        payload = await write(fleet, "mailboxCreate", input=wanted("sendkit"))
        async with aclosing(fleet.watch(OPERATION, {"id": payload["operation"]["id"]})) as events:
            states = [event["operation"] async for event in events]
    assert (states[0]["state"], states[0]["message"]) == ("RUNNING", "SendKit is verifying new.one@northwind-demo.example.")
    assert (states[-1]["state"], states[-1]["message"]) == ("SUCCEEDED", "The mailbox is ready.")
    assert states[-1]["progress"] == {"done": 1, "failed": 0, "total": 1}
    [result] = states[-1]["results"]
    assert result["mailbox"] == {"address": "new.one@northwind-demo.example", "status": "ACTIVE"}


async def test_one_that_is_over_is_told_once(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxBulkTest", input={"ids": [mailbox_id("sendkit")]})
    await ended(fleet, payload)
    async with aclosing(fleet.watch(OPERATION, {"id": payload["operation"]["id"]})) as events:
        assert [event["operation"]["state"] async for event in events] == ["SUCCEEDED"]


async def test_progress_rises(fleet: Fleet) -> None:
    ids = await fleet.ids("smartlead")
    fleet.sandboxes["smartlead"].outages.append(Outage(method="POST", delay_seconds=0.02))
    payload = await write(fleet, "mailboxBulkUpdate", input={"ids": ids, "changes": {"signature": "<p>x</p>"}})
    async with aclosing(fleet.watch(OPERATION, {"id": payload["operation"]["id"]})) as events:
        done = [event["operation"]["progress"]["done"] async for event in events]
    assert done == sorted(done)
    assert (len(set(done)) > 3, done[-1]) == (True, len(ids))


async def test_an_answer_that_was_lost_is_watched_to_its_end(fleet: Fleet) -> None:
    fleet.sandboxes["smartlead"].outages.append(Outage(method="POST", status=502, is_after=True, times=1))
    payload = await write(fleet, "mailboxCreate", input=wanted("smartlead"))
    async with aclosing(fleet.watch(OPERATION, {"id": payload["operation"]["id"]})) as events:
        states = [event["operation"]["state"] async for event in events]
    assert states[-1] == "SUCCEEDED"


@pytest.mark.parametrize(("bad", "code"), [("WzEsIk9wZXJhdGlvbiIsIiIsIm5vbmUiXQ", "NOT_FOUND"), ("x", "BAD_USER_INPUT")])
async def test_one_that_is_not_there_is_an_error(fleet: Fleet, bad: str, code: str) -> None:
    [result] = [each async for each in fleet.results(OPERATION, {"id": bad})]
    assert [(error.extensions or {})["code"] for error in result.errors or ()] == [code]


# ---------------------------------------------------------------------- mailboxChanged
async def test_what_is_written_here_is_told_at_once(fleet: Fleet) -> None:
    await fleet.ids("sendkit")
    wanted_here = {"account": ["sendkit", "smartlead"]}
    async with aclosing(fleet.watch(CHANGED, {"wanted": wanted_here})) as events:
        first = asyncio.ensure_future(take(events))
        await listening(fleet, 5)
        await fleet.ids("smartlead")
        await write(fleet, "mailboxUpdate", id=mailbox_id("sendkit"), input={"displayName": "Watched"})
        change = (await first)["mailboxChanged"]
        assert (change["kind"], change["mailboxId"]) == ("CHANGED", mailbox_id("sendkit"))
        assert "displayName" in change["changedFields"]
        assert change["mailbox"]["displayName"] == "Watched"
        await write(fleet, "mailboxDelete", id=mailbox_id("smartlead"))
        removed = (await take(events))["mailboxChanged"]
        assert removed == {"kind": "REMOVED", "mailboxId": mailbox_id("smartlead"), "changedFields": [], "mailbox": None}


async def test_a_new_mailbox_comes_and_becomes_active() -> None:
    async with open_fleet(sendkit={"verify_seconds": 0.3}) as fleet:
        await fleet.ids("sendkit")
        async with aclosing(fleet.watch(CHANGED, {"wanted": {"account": ["sendkit"]}})) as events:
            first = asyncio.ensure_future(take(events))
            await listening(fleet, 5)
            payload = await write(fleet, "mailboxCreate", input=wanted("sendkit"))
            added = (await first)["mailboxChanged"]
            assert (added["kind"], added["mailboxId"], added["mailbox"]["status"]) == ("ADDED", payload["mailbox"]["id"], "PENDING")
            changed = (await take(events))["mailboxChanged"]
            assert (changed["kind"], changed["mailbox"]["status"]) == ("CHANGED", "ACTIVE")
            assert "status" in changed["changedFields"]


async def test_one_that_fails_its_verification_goes_again() -> None:
    async with open_fleet(sendkit={"verify_seconds": 0.3}) as fleet:
        await fleet.ids("sendkit")
        async with aclosing(fleet.watch(CHANGED, {"wanted": {"account": ["sendkit"]}})) as events:
            first = asyncio.ensure_future(take(events))
            await listening(fleet, 5)
            await write(fleet, "mailboxCreate", input=wanted("sendkit", password="wrong-CANARY-8821-gG"))
            kinds = [(await first)["mailboxChanged"]["kind"], (await take(events))["mailboxChanged"]["kind"]]
            assert kinds == ["ADDED", "REMOVED"]


async def test_what_others_change_is_told_and_asked_for_once() -> None:
    """Five listeners cost each vendor what one costs."""
    async with open_fleet(fresh_for_seconds=0.0) as fleet:
        streams = [fleet.watch(CHANGED) for _ in range(5)]
        firsts = [asyncio.ensure_future(take(stream, 10)) for stream in streams]
        await listening(fleet, 25)
        await eventually(lambda: min(fleet.calls().values()) > 0)
        adapter = fleet.gateway.inventory.accounts["shipmail"].adapter
        before = await known(fleet, mailbox_id("shipmail"))
        row = await adapter.get_mailbox("mbx_0159f0")
        await asyncio.sleep(0.1)
        await adapter.update_mailbox(row, MailboxChanges(display_name="Renamed elsewhere"))
        began = fleet.calls()
        changes = [(await first)["mailboxChanged"] for first in firsts]
        spent = {name: count - began[name] for name, count in fleet.calls().items()}
        assert [(each["kind"], each["mailboxId"]) for each in changes] == [("CHANGED", before["id"])] * 5
        assert {each["mailbox"]["displayName"] for each in changes} == {"Renamed elsewhere"}
        assert max(spent.values()) <= 3
        for stream in streams:
            await stream.aclose()
        stopped = fleet.calls()
        await asyncio.sleep(1.3)
        assert fleet.calls() == stopped
