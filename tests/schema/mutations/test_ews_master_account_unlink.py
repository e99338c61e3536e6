"""`ewsMasterAccountUnlink`: Outreach alone has one."""

from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.things import mailbox_id, shown

EXCHANGE = mailbox_id("outreach", "41")


async def test_it_is_no_longer_linked(fleet: Fleet) -> None:
    await write(fleet, "ewsMasterAccountLink", id=EXCHANGE)
    payload = await write(fleet, "ewsMasterAccountUnlink", id=EXCHANGE)
    assert (payload["userErrors"], payload["mailbox"]["id"]) == ([], EXCHANGE)
    assert (await shown(fleet, "outreach", "41")).details.ews_impersonation is False


async def test_what_is_not_linked_is_refused(fleet: Fleet) -> None:
    payload = await write(fleet, "ewsMasterAccountUnlink", id=EXCHANGE)
    assert errors_of(payload) == [(None, "VENDOR_REJECTED")]
    assert "not connected to a master account" in payload["userErrors"][0]["message"]
