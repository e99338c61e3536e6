"""`warmupStop`."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, known, write
from tests.schema.mutations.things import mailbox_id, shown


@pytest.mark.parametrize("account", ["sendkit", "smartlead"])
async def test_it_ends(fleet: Fleet, account: str) -> None:
    here = mailbox_id(account)
    payload = await write(fleet, "warmupStop", id=here)
    assert (payload["userErrors"], payload["applied"]) == ([], ["WARMUP"])
    for mailbox in (payload["mailbox"], await known(fleet, here), await known(fleet, here, cache_control="no-cache")):
        assert mailbox["warmup"]["state"] == "DISABLED"
    assert (await shown(fleet, account)).warmup.state == "DISABLED"


@pytest.mark.parametrize("account", ["sendkit", "smartlead"])
@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, account: str, *, is_after: bool) -> None:
    fleet.sandboxes[account].outages.append(Outage(method="POST", status=502, is_after=is_after))
    payload = await write(fleet, "warmupStop", id=mailbox_id(account))
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("warmupStop", "SUCCEEDED" if is_after else "FAILED")
