"""`messageUpdate`: ShipMail alone shows messages."""

from typing import Any

import pytest

from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import message, messages


@pytest.mark.parametrize("marks", [{"isRead": True}, {"isRead": False}, {"isStarred": True}, {"isRead": True, "isStarred": False}])
async def test_it_is_marked(fleet: Fleet, marks: dict[str, Any]) -> None:
    [before] = await messages(fleet, first=1)
    payload = await write(fleet, "messageUpdate", id=before["id"], **marks)
    assert payload["userErrors"] == []
    assert payload["message"] == {**before, **marks}
    assert await message(fleet, before["id"]) == {**before, **marks}


@pytest.mark.parametrize("nothing", [{}, {"isRead": None}])
async def test_no_mark_at_all(fleet: Fleet, nothing: dict[str, Any]) -> None:
    [before] = await messages(fleet, first=1)
    payload = await write(fleet, "messageUpdate", id=before["id"], **nothing)
    assert errors_of(payload) == [(["isRead"], "BAD_USER_INPUT")]
    assert payload["userErrors"][0]["message"] == "Give `isRead` or `isStarred`, or both."
