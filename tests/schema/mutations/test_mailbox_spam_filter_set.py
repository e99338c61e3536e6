"""`mailboxSpamFilterSet`: ShipMail alone has one."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, known, write
from tests.schema.mutations.things import mailbox_id, shown

HERE = mailbox_id("shipmail")


async def test_it_is_set(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxSpamFilterSet", id=HERE, threshold=11)
    assert (payload["userErrors"], payload["applied"]) == ([], ["SPAM_FILTER"])
    for mailbox in (payload["mailbox"], await known(fleet, HERE), await known(fleet, HERE, cache_control="no-cache")):
        assert mailbox["spamFilter"] == {"threshold": 11}
    assert (await shown(fleet, "shipmail")).spam_filter.threshold == 11


@pytest.mark.parametrize("bad", [0, 15, -1])
async def test_the_vendors_bounds(fleet: Fleet, bad: int) -> None:
    payload = await write(fleet, "mailboxSpamFilterSet", id=HERE, threshold=bad)
    assert errors_of(payload) == [(["threshold"], "VENDOR_REJECTED")]
    assert payload["userErrors"][0]["message"] == "ShipMail: A whole number from 1 to 14."


@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, *, is_after: bool) -> None:
    fleet.sandboxes["shipmail"].outages.append(Outage(method="PATCH", status=502, is_after=is_after))
    payload = await write(fleet, "mailboxSpamFilterSet", id=HERE, threshold=11)
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("mailboxSpamFilterSet", "SUCCEEDED" if is_after else "FAILED")
    assert ((await known(fleet, HERE))["spamFilter"]["threshold"] == 11) == is_after
