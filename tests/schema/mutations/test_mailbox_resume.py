"""`mailboxResume`: Smartlead alone documents it."""

from typing import Any

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, known, write
from tests.schema.mutations.things import mailbox_id, shown, written

HERE = mailbox_id("smartlead")


async def resumed(fleet: Fleet) -> Any:  # noqa: ANN401 - JSON of any shape
    await write(fleet, "mailboxSuspend", id=HERE)
    return await write(fleet, "mailboxResume", id=HERE)


async def test_it_is_back(fleet: Fleet) -> None:
    before = await known(fleet, HERE)
    payload = await resumed(fleet)
    assert (payload["userErrors"], payload["operation"]) == ([], None)
    for mailbox in (payload["mailbox"], await known(fleet, HERE), await known(fleet, HERE, cache_control="no-cache")):
        assert (mailbox["status"], mailbox["warmup"]["state"]) == ("ACTIVE", before["warmup"]["state"])
    assert (await shown(fleet, "smartlead")).details.is_suspended is False


@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, *, is_after: bool) -> None:
    fleet.sandboxes["smartlead"].outages.append(Outage(method="DELETE", status=502, is_after=is_after))
    payload = await resumed(fleet)
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("mailboxResume", "SUCCEEDED" if is_after else "FAILED")
    assert ((await known(fleet, HERE))["status"] == "SUSPENDED") != is_after
    assert written(fleet, "smartlead") == 2
