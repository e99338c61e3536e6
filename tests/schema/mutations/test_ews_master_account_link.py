"""`ewsMasterAccountLink`: Outreach alone has one."""

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, write
from tests.schema.mutations.things import mailbox_id, shown, written

EXCHANGE = mailbox_id("outreach", "41")
DETAILS = "query ($id: ID!) { mailbox(id: $id) { details { ... on OutreachDetails { ewsImpersonation } } } }"


async def test_it_is_linked(fleet: Fleet) -> None:
    payload = await write(fleet, "ewsMasterAccountLink", id=EXCHANGE)
    assert (payload["userErrors"], payload["mailbox"]["id"], payload["operation"]) == ([], EXCHANGE, None)
    assert (await shown(fleet, "outreach", "41")).details.ews_impersonation is True
    assert (await fleet.data(DETAILS, {"id": EXCHANGE}))["mailbox"] == {"details": {"ewsImpersonation": True}}


async def test_a_mailbox_without_exchange_is_refused(fleet: Fleet) -> None:
    payload = await write(fleet, "ewsMasterAccountLink", id=mailbox_id("outreach"))
    assert errors_of(payload) == [(None, "VENDOR_REJECTED")]
    assert "no Exchange Web Service" in payload["userErrors"][0]["message"]


async def test_a_lost_answer_cannot_be_found_out_about_and_that_is_said(fleet: Fleet) -> None:
    """No documented field shows the link."""
    fleet.sandboxes["outreach"].outages.append(Outage(method="POST", status=502, is_after=True))
    payload = await write(fleet, "ewsMasterAccountLink", id=EXCHANGE)
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("ewsMasterAccountLink", "UNKNOWN")
    assert written(fleet, "outreach") == 1
