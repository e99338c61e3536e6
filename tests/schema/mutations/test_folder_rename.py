"""`folderRename`: ShipMail alone has folders."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import INBOX, VIP, folders, rules


async def test_it_has_another_name_and_rules_keep_working(fleet: Fleet) -> None:
    before = await rules(fleet)
    payload = await write(fleet, "folderRename", id=VIP, name="Very important")
    assert (payload["userErrors"], payload["folder"]["id"], payload["folder"]["name"]) == ([], VIP, "Very important")
    now = await folders(fleet)
    assert "VIP" not in now
    assert now["Very important"]["id"] == VIP
    assert await rules(fleet) == before


@pytest.mark.parametrize(
    ("folder", "name", "field", "code", "words"),
    [
        (VIP, "Trash", ["name"], "VENDOR_REJECTED", "reserved"),
        (VIP, "請求書 📎", ["name"], "CONFLICT", "already exists"),
        (INBOX, "Box", None, "VENDOR_REJECTED", "System folders cannot be renamed or deleted."),
    ],
)
async def test_what_the_vendor_refuses(fleet: Fleet, folder: str, name: str, field: list[str] | None, code: str, words: str) -> None:
    payload = await write(fleet, "folderRename", id=folder, name=name)
    assert (errors_of(payload), payload["folder"]) == ([(field, code)], None)
    assert words in payload["userErrors"][0]["message"]


@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_looked_up(fleet: Fleet, *, is_after: bool) -> None:
    fleet.sandboxes["shipmail"].outages.append(Outage(method="PATCH", status=502, is_after=is_after))
    payload = await write(fleet, "folderRename", id=VIP, name="Renamed")
    assert ((payload["folder"] or {}).get("name") == "Renamed") == is_after
    assert errors_of(payload) == ([] if is_after else [(None, "OUTCOME_UNKNOWN")])
