"""What is deprecated says what to use instead, and the day from which on it may go."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from graphql import GraphQLSchema, build_schema, is_enum_type, is_input_object_type, is_interface_type, is_object_type

from gateway.app import writable_fields
from gateway.schema import schema
from gateway.vendors.registry import SPECS

DAY = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")


def reasons(of: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Coordinate and reason of everything that is deprecated."""
    for name, kind in of.type_map.items():
        if is_enum_type(kind):
            yield from (
                (f"{name}.{value}", each.deprecation_reason) for value, each in kind.values.items() if each.deprecation_reason is not None
            )
        elif is_object_type(kind) or is_interface_type(kind) or is_input_object_type(kind):
            for field, each in kind.fields.items():
                if each.deprecation_reason is not None:
                    yield f"{name}.{field}", each.deprecation_reason
                for argument, one in getattr(each, "args", {}).items():
                    if one.deprecation_reason is not None:
                        yield f"{name}.{field}({argument}:)", one.deprecation_reason


def is_told(reason: str) -> bool:
    """Whether it has a day of the calendar and words besides."""
    found = DAY.search(reason)
    try:
        return found is not None and bool(date.fromisoformat(found[0])) and len(DAY.sub("", reason).split()) > 1
    except ValueError:
        return False


def test_every_deprecation_has_a_reason_and_a_day() -> None:
    ours = schema.build_schema([spec.details for spec in SPECS.values()], writable_fields(), federation=True)._schema
    assert [coordinate for coordinate, reason in reasons(ours) if not is_told(reason)] == []


def test_deprecations_are_found_wherever_they_may_be() -> None:
    made_up = build_schema(
        """
        interface Thing { id: ID! @deprecated(reason: "1") }
        type Query { things(of: Wanted, kind: Kind @deprecated(reason: "2")): [Thing] @deprecated(reason: "3") }
        input Wanted { kind: Kind @deprecated }
        enum Kind { A @deprecated(reason: "5") B }
        """
    )
    assert dict(reasons(made_up)) == {
        "Thing.id": "1",
        "Query.things(kind:)": "2",
        "Query.things": "3",
        "Wanted.kind": "No longer supported",
        "Kind.A": "5",
    }


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Use `sending.dailyLimit`. Goes on 2027-03-31.", True),
        ("No longer supported", False),
        ("2027-03-31", False),
        ("Use `id`. Goes on 2027-02-30.", False),
        ("Use `id`. Goes soon.", False),
    ],
)
def test_a_reason_is_words_and_a_day(reason: str, told: bool) -> None:  # noqa: FBT001 - a table
    assert is_told(reason) is told
