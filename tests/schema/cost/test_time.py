"""How long an operation may take at the vendors."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import msgspec
import pytest
from strawberry.types import ExecutionResult

from gateway.app import profiles, writable_fields
from gateway.domain.budget import Budget, current
from gateway.domain.scope import Scope
from gateway.sandbox.server import Outage
from gateway.web.caller import Caller
from gateway.web.encoded import EncodedData
from gateway.web.request import Operation
from gateway.web.runner import Runner
from tests.schema.conftest import Fleet, as_sent
from tests.schema.test_subscriptions import listening

FOLDERS = "{ mailboxes(first: 500) { complete nodes { vendor folders { name } } } }"
LONG_SECONDS = 20.0


def runner(fleet: Fleet, *, request_timeout_seconds: float) -> Runner:
    gateway = fleet.gateway
    return Runner(
        gateway.schema,
        gateway.inventory,
        gateway.desk,
        profiles(),
        writable_fields(),
        request_timeout_seconds=request_timeout_seconds,
        max_vendor_calls=1000,
    )


async def run(fleet: Fleet, query: str, *, client_seconds: float | None, server_seconds: float) -> ExecutionResult:
    caller = Caller("", frozenset(Scope), {name: each.account for name, each in fleet.gateway.inventory.accounts.items()})
    it = runner(fleet, request_timeout_seconds=server_seconds)
    async with asyncio.timeout(LONG_SECONDS / 2):
        result = await it.run(Operation(query), caller, timeout_seconds=client_seconds)
    assert isinstance(result, ExecutionResult)
    return replace(result, data=msgspec.json.decode(result.data.json)) if isinstance(result.data, EncodedData) else result


@pytest.mark.parametrize(("client_seconds", "server_seconds"), [(0.4, 30.0), (30.0, 0.4), (None, 0.4)])
async def test_what_is_not_there_in_time_is_a_field_error_and_the_rest_is_complete(
    fleet: Fleet, client_seconds: float | None, server_seconds: float
) -> None:
    await fleet.data("{ mailboxes { totalCount } }")
    fleet.sandboxes["shipmail"].outages.append(Outage(path="/folders", delay_seconds=LONG_SECONDS))
    result = await run(fleet, FOLDERS, client_seconds=client_seconds, server_seconds=server_seconds)
    assert {(error.extensions or {})["code"] for error in result.errors or ()} <= {"REQUEST_TIMED_OUT", "VENDOR_RATE_LIMITED"}
    mailboxes = as_sent(result.data)["mailboxes"]
    assert mailboxes["complete"] is True
    assert len(result.errors or ()) == sum(node["vendor"] == "SHIPMAIL" for node in mailboxes["nodes"]) > 0


async def test_a_list_that_is_not_there_in_time_is_loading(fleet: Fleet) -> None:
    fleet.sandboxes["sendkit"].outages.append(Outage(delay_seconds=LONG_SECONDS))
    result = await run(fleet, "{ mailboxes { sources { account { name } status } } }", client_seconds=0.4, server_seconds=30)
    status = {each["account"]["name"]: each["status"] for each in as_sent(result.data)["mailboxes"]["sources"]}
    assert status == {**dict.fromkeys(fleet.sandboxes, "FRESH"), "sendkit": "LOADING"}


async def test_a_write_is_not_cut_off(fleet: Fleet) -> None:
    [mailbox] = await fleet.ids("shipmail", 1)
    fleet.sandboxes["shipmail"].outages.append(Outage(delay_seconds=0.3, times=1))
    fields = "mailbox { spamFilter { threshold } } userErrors { code }"
    query = f'mutation {{ mailboxSpamFilterSet(id: "{mailbox}", threshold: 4) {{ {fields} }} }}'
    result = await run(fleet, query, client_seconds=0.1, server_seconds=0.1)
    assert result.errors is None
    assert as_sent(result.data) == {"mailboxSpamFilterSet": {"mailbox": {"spamFilter": {"threshold": 4}}, "userErrors": []}}


async def test_each_event_has_a_budget_of_its_own(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    [first, second] = await fleet.ids("shipmail", 2)
    adapter = fleet.gateway.inventory.accounts["shipmail"].adapter
    list_folders, budgets = adapter.list_folders, list[Budget]()

    async def noted(mailbox_id: str) -> object:
        budgets.append(current())
        return await list_folders(mailbox_id)

    monkeypatch.setattr(adapter, "list_folders", noted)
    watch = 'subscription { mailboxChanged(filter: {account: ["shipmail"]}) { mailbox { folders { id } } } }'
    async with aclosing(fleet.watch(watch)) as events:
        for mailbox in (first, second):
            event = asyncio.ensure_future(anext(events))
            await listening(fleet, len(fleet.sandboxes))
            await fleet.data(f'mutation {{ mailboxSpamFilterSet(id: "{mailbox}", threshold: 13) {{ userErrors {{ code }} }} }}')
            assert (await event)["mailboxChanged"]["mailbox"]["folders"]
    assert [budget.spent["shipmail"].calls for budget in budgets] == [1, 1]
