"""What fields cost and how long lists are, told in the schema: `@cost` and `@listSize`.

https://ibm.github.io/graphql-specs/cost-spec.html
"""

from collections.abc import Mapping

import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    is_object_type,
)
from strawberry import UNSET
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from gateway.inventory.page import DEFAULT_SIZE, MAX_SIZE
from gateway.schema.places import Place

MUTATION_WEIGHT = 10
WAITED_WEIGHT = 10
"""Of a field that has to be waited for, below the root. It takes 40 to 60 µs of CPU, an object that is read from a list about 1 µs."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="What the field counts in the estimated cost of an operation; without it an object counts 1 and anything else 0.",
)
class Cost:
    """The specification writes a weight as a string."""

    weight: str


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="How many entries a list counts in the estimated cost: as many as a slicing argument says, else the assumed size.",
)
class ListSize:
    """Of a list, or of the lists in an object: its `sizedFields`."""

    assumed_size: int | None = UNSET
    slicing_arguments: list[str] | None = UNSET
    sized_fields: list[str] | None = UNSET
    require_one_slicing_argument: bool | None = UNSET


ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "cost": {"weight": "A number."},
    "listSize": {
        "assumedSize": "So many entries where no slicing argument is given.",
        "slicingArguments": "The arguments that say how many entries there are at most.",
        "sizedFields": "The lists in the object that this is said of; none: the field itself is the list.",
        "requireOneSlicingArgument": "Whether exactly one of the slicing arguments must be given.",
    },
}
"""What strawberry's schema directives have no room for."""


def _page(*arguments: str) -> ListSize:
    """Of a connection."""
    return ListSize(
        assumed_size=DEFAULT_SIZE,
        slicing_arguments=list(arguments),
        sized_fields=["edges", "nodes"],
        require_one_slicing_argument=False,
    )


SIZES: Mapping[Place, ListSize] = {
    ("Account", "mailboxes"): _page("first", "last"),
    ("FleetSummary", "conflicts"): ListSize(assumed_size=100),
    ("Mailbox", "messages"): _page("first"),
    ("Mailbox", "siblings"): ListSize(assumed_size=2),
    ("Operation", "results"): ListSize(assumed_size=100),
    ("Query", "_entities"): ListSize(assumed_size=MAX_SIZE),
    ("Query", "mailboxes"): _page("first", "last"),
    ("Query", "nodes"): ListSize(assumed_size=100),
    ("Query", "operations"): _page("first"),
    ("WarmupStatus", "history"): ListSize(assumed_size=7, slicing_arguments=["days"], require_one_slicing_argument=False),
}
INTROSPECTION: Mapping[Place, ListSize] = {
    ("__Directive", "args"): ListSize(assumed_size=2),
    ("__Field", "args"): ListSize(assumed_size=1),
    ("__Schema", "directives"): ListSize(assumed_size=10),
    ("__Schema", "types"): ListSize(assumed_size=200),
    ("__Type", "enumValues"): ListSize(assumed_size=2),
    ("__Type", "fields"): ListSize(assumed_size=5),
    ("__Type", "inputFields"): ListSize(assumed_size=2),
    ("__Type", "interfaces"): ListSize(assumed_size=1),
    ("__Type", "possibleTypes"): ListSize(assumed_size=1),
}
"""On average of all types: of this schema, or a little more. The schema cannot say it, as these types are not its own."""
OTHERS = ListSize(assumed_size=10)
"""Of a list of objects that is not named above, where it is not one of the `sizedFields` of its parent."""


def apply(schema: GraphQLSchema) -> None:
    """Puts the directives on the fields. A field of strawberry's is one per process, so it may have them already."""
    for type_ in schema.type_map.values():
        if is_object_type(type_) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                _add(field, size_of(schema, (type_.name, name)))
                if (weight := call_weight(schema, type_, field)) > 0:
                    _add(field, Cost(weight=str(weight)))
    for directive in schema.directives:
        for name, words in ARGUMENTS.get(directive.name, {}).items():
            directive.args[name].description = words
    if schema.mutation_type is not None:
        for field in schema.mutation_type.fields.values():
            _add(field, Cost(weight=str(MUTATION_WEIGHT)))


def call_weight(schema: GraphQLSchema, parent: GraphQLObjectType, field: GraphQLField) -> int:
    """What a field counts each time that it is asked for, however much it returns."""
    if parent in {schema.query_type, schema.mutation_type, schema.subscription_type}:
        return 0
    own = (field.extensions or {}).get("strawberry-definition")
    return WAITED_WEIGHT if isinstance(own, StrawberryField) and own.is_async else 0


def size_of(schema: GraphQLSchema, place: Place) -> ListSize | None:
    """What the schema says of a field; None where it says nothing."""
    known = SIZES.get(place) or INTROSPECTION.get(place)
    if known is not None:
        return known
    type_ = schema.type_map[place[0]]
    field = type_.fields.get(place[1]) if is_object_type(type_) else None
    is_sized = place[0].endswith("Connection") and place[1] in {"edges", "nodes"}
    return OTHERS if field is not None and is_list(field) and is_composite_type(get_named_type(field.type)) and not is_sized else None


def is_list(field: GraphQLField) -> bool:
    """Of whatever."""
    return is_list_type(get_nullable_type(field.type))


def _add(field: GraphQLField, directive: ListSize | Cost | None) -> None:
    own = (field.extensions or {}).get("strawberry-definition")
    if directive is not None and isinstance(own, StrawberryField) and not any(isinstance(each, type(directive)) for each in own.directives):
        own.directives = [*own.directives, directive]
