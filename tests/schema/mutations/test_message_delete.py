"""`messageDelete`: ShipMail alone shows messages."""

from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import message, messages


async def test_out_of_the_trash_it_is_gone(fleet: Fleet) -> None:
    [before] = await messages(fleet, first=1)
    await write(fleet, "messageMove", id=before["id"], role="TRASH")
    payload = await write(fleet, "messageDelete", id=before["id"])
    assert (payload["userErrors"], payload["deletedId"]) == ([], before["id"])
    assert await message(fleet, before["id"]) is None
    assert errors_of(await write(fleet, "messageDelete", id=before["id"])) == [(["id"], "NOT_FOUND")]


async def test_elsewhere_it_stays_and_what_to_do_is_said(fleet: Fleet) -> None:
    [before] = await messages(fleet, first=1)
    payload = await write(fleet, "messageDelete", id=before["id"])
    assert (errors_of(payload), payload["deletedId"]) == ([(None, "VENDOR_REJECTED")], None)
    assert payload["userErrors"][0]["message"].endswith("move the message to the role TRASH first.")
    assert await message(fleet, before["id"]) == before
