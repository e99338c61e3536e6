"""`messageMove`: ShipMail alone shows messages."""

import pytest

from gateway.domain.identifier import Kind, encode
from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write
from tests.schema.mutations.shipmail_box import BOX, TRASH, VIP, message, messages
from tests.schema.mutations.things import written


@pytest.mark.parametrize(("target", "folder"), [({"role": "TRASH"}, TRASH), ({"folder": VIP}, VIP)])
async def test_it_lies_there(fleet: Fleet, target: dict[str, str], folder: str) -> None:
    [before] = await messages(fleet, first=1)
    payload = await write(fleet, "messageMove", id=before["id"], **target)
    assert payload["userErrors"] == []
    assert [each["id"] for each in payload["message"]["folders"]] == [folder]
    assert await message(fleet, before["id"]) == payload["message"]


@pytest.mark.parametrize("target", [{}, {"role": "TRASH", "folder": VIP}, {"role": None}])
async def test_one_target_is_given(fleet: Fleet, target: dict[str, str]) -> None:
    [before] = await messages(fleet, first=1)
    payload = await write(fleet, "messageMove", id=before["id"], **target)
    assert errors_of(payload) == [(["folder"], "BAD_USER_INPUT")]
    assert payload["userErrors"][0]["message"] == "Give `folder` or `role`, one of both."


@pytest.mark.parametrize(
    ("target", "field", "code"),
    [
        ({"role": "SENT"}, ["role"], "BAD_USER_INPUT"),
        ({"folder": "x"}, ["folder"], "BAD_USER_INPUT"),
        ({"folder": ""}, ["folder"], "BAD_USER_INPUT"),
        ({"folder": BOX}, ["folder"], "BAD_USER_INPUT"),
        ({"folder": encode(Kind.FOLDER, "shipmail", "mbx_1cd5e1", "fld_1a1")}, ["folder"], "BAD_USER_INPUT"),
        ({"folder": encode(Kind.FOLDER, "nobody", "mbx_1", "fld_1")}, ["folder"], "NOT_FOUND"),
        ({"folder": encode(Kind.FOLDER, "shipmail", "mbx_0159f0", "fld_none")}, ["folder"], "VENDOR_REJECTED"),
    ],
)
async def test_a_target_that_is_none(fleet: Fleet, target: dict[str, str], field: list[str], code: str) -> None:
    [before] = await messages(fleet, first=1)
    payload = await write(fleet, "messageMove", id=before["id"], **target)
    assert (errors_of(payload), payload["message"]) == ([(field, code)], None)
    assert await message(fleet, before["id"]) == before


async def test_a_lost_answer_is_said_so(fleet: Fleet) -> None:
    """Moving again to the same place does no harm: there is no operation."""
    [before] = await messages(fleet, first=1)
    fleet.sandboxes["shipmail"].outages.append(Outage(method="POST", status=502, is_after=True))
    payload = await write(fleet, "messageMove", id=before["id"], role="TRASH")
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    assert written(fleet, "shipmail") == 1
