"""How a details struct describes itself."""

from typing import Annotated

import msgspec
import pytest

from gateway.domain.details import MAILBOX_PART, fields_of, listed, on_demand, parts_of
from gateway.domain.mailbox import Details


class MadeUpServer(msgspec.Struct, frozen=True, gc=False):
    host: Annotated[str | None, listed("Where it lives.")] = None


class MadeUpDetails(Details, frozen=True, gc=False):
    user_id: Annotated[int | None, listed("The owner's id.")] = None
    server: Annotated[MadeUpServer | None, listed("The server.")] = None
    suspended: Annotated[bool | None, on_demand("Whether it is paused.")] = None
    aliases: Annotated[tuple[str, ...] | None, on_demand("Other names.", part="aliases")] = None


class Undescribed(Details, frozen=True, gc=False):
    user_id: int | None = None


class DescribedByNothing(Details, frozen=True, gc=False):
    user_id: Annotated[int | None, msgspec.Meta(description="")] = None


def test_fields_come_in_order_with_what_is_said_of_them() -> None:
    fields = fields_of(MadeUpDetails)
    assert [(field.name, field.part) for field in fields] == [
        ("user_id", None),
        ("server", None),
        ("suspended", MAILBOX_PART),
        ("aliases", "aliases"),
    ]
    assert fields[0].annotation == int | None
    assert fields[0].description == "The owner's id."
    assert [field.name for field in fields_of(MadeUpServer)] == ["host"]


def test_the_mailbox_id_is_no_field_of_the_vendor() -> None:
    assert "mailbox_id" not in [field.name for field in fields_of(MadeUpDetails)]


@pytest.mark.parametrize("struct", [Undescribed, DescribedByNothing])
def test_a_field_without_description_is_refused(struct: type[Details]) -> None:
    with pytest.raises(TypeError, match=rf"{struct.__name__}\.user_id has no description"):
        fields_of(struct)


def test_parts_are_the_calls_on_demand() -> None:
    assert parts_of(MadeUpDetails) == {MAILBOX_PART, "aliases"}
