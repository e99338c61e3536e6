"""`folderCreate`: ShipMail alone has folders."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import BOX, folders
from tests.schema.mutations.things import written


async def test_it_is_made(fleet: Fleet) -> None:
    payload = await write(fleet, "folderCreate", mailboxId=BOX, name="Orders 2026")
    assert payload["userErrors"] == []
    folder = payload["folder"]
    assert (folder["name"], folder["kind"], folder["role"], folder["totalCount"]) == ("Orders 2026", "CUSTOM", None, 0)
    assert (await folders(fleet))["Orders 2026"] == folder
    node = await fleet.data("query ($id: ID!) { node(id: $id) { ... on Folder { name } } }", {"id": folder["id"]})
    assert node == {"node": {"name": "Orders 2026"}}
    [request] = [each for each in fleet.sandboxes["shipmail"].requests if each.method == "POST"]
    assert request.headers["idempotency-key"]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("", "VENDOR_REJECTED", "A text of 1 to 100 characters."),
        ("x" * 101, "VENDOR_REJECTED", "A text of 1 to 100 characters."),
        ("Inbox", "VENDOR_REJECTED", "This name is reserved."),
        ("a/b", "VENDOR_REJECTED", "No slashes and no control characters."),
        ("VIP", "CONFLICT", "A folder with this name already exists."),
    ],
)
async def test_what_the_vendor_refuses(fleet: Fleet, name: str, code: str, words: str) -> None:
    payload = await write(fleet, "folderCreate", mailboxId=BOX, name=name)
    assert (errors_of(payload), payload["folder"]) == ([(["name"], code)], None)
    assert payload["userErrors"][0]["message"] == f"ShipMail: {words}"


async def test_a_lost_answer_is_looked_up(fleet: Fleet) -> None:
    fleet.sandboxes["shipmail"].outages.append(Outage(method="POST", status=502, is_after=True))
    payload = await write(fleet, "folderCreate", mailboxId=BOX, name="Orders")
    assert payload["userErrors"] == []
    assert payload["folder"]["name"] == "Orders"
    assert payload["warnings"][0]["message"] == "The vendor's answer was lost, but the folder is as it was asked for."
    assert written(fleet, "shipmail") == 1


async def test_what_cannot_be_found_is_not_claimed(fleet: Fleet) -> None:
    fleet.sandboxes["shipmail"].outages.append(Outage(method="POST", status=502))
    payload = await write(fleet, "folderCreate", mailboxId=BOX, name="Orders")
    assert (errors_of(payload), payload["folder"]) == ([(None, "OUTCOME_UNKNOWN")], None)
    assert "Orders" not in await folders(fleet)
