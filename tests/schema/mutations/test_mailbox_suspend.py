"""`mailboxSuspend`: Smartlead alone documents it."""

from typing import Any

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, known, write
from tests.schema.mutations.things import mailbox_id, shown, written

HERE = mailbox_id("smartlead")


async def suspended(fleet: Fleet) -> Any:  # noqa: ANN401 - JSON of any shape
    return await write(fleet, "mailboxSuspend", id=HERE)


async def test_it_is_suspended(fleet: Fleet) -> None:
    await known(fleet, HERE)
    payload = await suspended(fleet)
    assert (payload["userErrors"], payload["operation"]) == ([], None)
    for mailbox in (payload["mailbox"], await known(fleet, HERE), await known(fleet, HERE, cache_control="no-cache")):
        assert (mailbox["status"], mailbox["warmup"]["state"]) == ("SUSPENDED", "PAUSED")
    assert (await shown(fleet, "smartlead")).details.is_suspended is True
    assert [request.method for request in fleet.sandboxes["smartlead"].requests if request.method != "GET"] == ["PUT"]


async def test_lists_say_nothing_of_it_and_do_not_hide_it(fleet: Fleet) -> None:
    await suspended(fleet)
    query = '{ mailboxes(first: 500, filter: {account: ["smartlead"], status: [SUSPENDED]}) { nodes { id } } }'
    assert (await fleet.data(query))["mailboxes"]["nodes"] == [{"id": HERE}]
    assert (await fleet.data(query, cache_control="no-cache"))["mailboxes"]["nodes"] == [{"id": HERE}]


@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, *, is_after: bool) -> None:
    fleet.sandboxes["smartlead"].outages.append(Outage(method="PUT", status=502, is_after=is_after))
    payload = await suspended(fleet)
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("mailboxSuspend", "SUCCEEDED" if is_after else "FAILED")
    assert ((await known(fleet, HERE))["status"] == "SUSPENDED") == is_after
    assert written(fleet, "smartlead") == 1


@pytest.mark.parametrize("account", ["outreach", "sendkit"])
async def test_what_can_be_done_elsewhere_is_said(fleet: Fleet, account: str) -> None:
    payload = await write(fleet, "mailboxSuspend", id=mailbox_id(account))
    assert "switch `sendingEnabled`" in payload["userErrors"][0]["message"]
