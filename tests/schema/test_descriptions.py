"""What GraphQL's documentation tells: something of everything, in words that a reader of the schema knows."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLSchema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    is_specified_directive,
    specified_scalar_types,
)

from gateway.app import writable_fields
from gateway.domain.capability import Capability
from gateway.schema.schema import build_schema
from gateway.vendors.registry import SPECS

OUR_OWN_WORDS = re.compile(r"\b(adapter|snapshot|normalised|sandbox|reconcil\w+|idempotent|struct)\b", re.IGNORECASE)


def _descriptions(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Coordinate and description of every type, field, argument, value and directive that is ours."""
    for directive in schema.directives:
        yield f"@{directive.name}", directive.description
        if not is_specified_directive(directive):
            yield from ((f"@{directive.name}({argument}:)", one.description) for argument, one in directive.args.items())
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in specified_scalar_types:
            continue
        yield name, kind.description
        if is_enum_type(kind):
            yield from ((f"{name}.{value}", each.description) for value, each in kind.values.items())
        if is_object_type(kind) or is_interface_type(kind):
            for field, each in kind.fields.items():
                yield f"{name}.{field}", each.description
                yield from ((f"{name}.{field}({argument}:)", one.description) for argument, one in each.args.items())
        if is_input_object_type(kind):
            yield from ((f"{name}.{field}", each.description) for field, each in kind.fields.items())


DESCRIPTIONS = dict(_descriptions(build_schema([spec.details for spec in SPECS.values()], writable_fields(), federation=True)._schema))
"""Of all that a schema may have."""


def test_everything_is_described() -> None:
    assert len(DESCRIPTIONS) > 1000
    assert {"@oneOf", "Query._entities(representations:)", "_Entity", "_Any"} <= DESCRIPTIONS.keys()
    assert [coordinate for coordinate, description in DESCRIPTIONS.items() if not description] == []


def test_descriptions_are_in_the_readers_words() -> None:
    assert [coordinate for coordinate, description in DESCRIPTIONS.items() if OUR_OWN_WORDS.search(description or "")] == []


def test_what_a_vendor_cannot_do_can_be_said_of_every_capability() -> None:
    verbs = [capability.verb for capability in Capability]
    assert len(set(verbs)) == len(verbs)
    assert all(verb[0].islower() and not verb.endswith(".") for verb in verbs)
