"""Which answers follow from views alone, and so are the same for as long as those are.

Most fields read an attribute of what is around them. A field with a resolver can do anything; here are those that only work with what is
around them, with what never changes while the gateway runs (accounts, profiles), and with loaders, which take note of what they are asked
(see `loaders.grounds`). What is not here is taken for the contrary: whoever writes a resolver has nothing to remember.
"""

from collections.abc import Set as AbstractSet

from graphql import GraphQLField, GraphQLSchema, is_object_type
from strawberry.types.field import StrawberryField

from gateway.schema.places import Place

VIEWS_ONLY = frozenset(
    {
        ("Account", "mailboxes"),
        ("Account", "source"),
        ("Account", "vendor"),
        ("Mailbox", "account"),
        ("Mailbox", "capabilities"),
        ("Mailbox", "siblings"),
        ("Mailbox", "signature"),
        ("Mailbox", "stale"),
        ("MailboxOwner", "email"),
        ("MailboxOwner", "name"),
        ("Query", "_entities"),
        ("Query", "_service"),
        ("Query", "account"),
        ("Query", "accounts"),
        ("Query", "fleet"),
        ("Query", "mailbox"),
        ("Query", "mailboxes"),
        ("Query", "node"),
        ("Query", "nodes"),
        ("Query", "vendors"),
    }
)
"""By type and field."""


def follows_from_views(schema: GraphQLSchema, places: AbstractSet[Place]) -> bool:
    """Whether this holds for every field that a document selects."""
    return all(_follows(schema, *place) for place in places)


def has_resolver(field: GraphQLField) -> bool:
    """Whether it is more than an attribute."""
    own = (field.extensions or {}).get("strawberry-definition")
    return isinstance(own, StrawberryField) and own.base_resolver is not None


def _follows(schema: GraphQLSchema, type_name: str, name: str) -> bool:
    parent = schema.type_map[type_name]
    field = parent.fields.get(name) if is_object_type(parent) else None
    is_about_the_schema = field is None and name.startswith("__")
    return is_about_the_schema or (field is not None and (not has_resolver(field) or (type_name, name) in VIEWS_ONLY))
