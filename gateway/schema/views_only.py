"""Which answers follow from views alone, and so are the same for as long as those are.

Most fields read an attribute of what is around them. A field with a resolver can do anything; here are those that only work with what is
around them, with what never changes while the gateway runs (accounts, profiles), and with loaders, which take note of what they are asked
(see `loaders.grounds`). What is not here is taken for the contrary: whoever writes a resolver has nothing to remember.
"""

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_abstract_type,
    is_object_type,
    visit,
)
from strawberry.types.field import StrawberryField

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
        ("Query", "account"),
        ("Query", "accounts"),
        ("Query", "fleet"),
        ("Query", "mailbox"),
        ("Query", "mailboxes"),
        ("Query", "vendors"),
    }
)
"""By type and field."""


def follows_from_views(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether this holds for every field that a valid document selects, in whichever operation."""
    types = TypeInfo(schema)
    fields = _Fields(schema, types)
    visit(document, TypeInfoVisitor(types, fields))
    return fields.follow_from_views


def has_resolver(field: GraphQLField) -> bool:
    """Whether it is more than an attribute."""
    own = (field.extensions or {}).get("strawberry-definition")
    return isinstance(own, StrawberryField) and own.base_resolver is not None


class _Fields(Visitor):
    def __init__(self, schema: GraphQLSchema, types: TypeInfo) -> None:
        super().__init__()
        self._schema = schema
        self._types = types
        self.follow_from_views = True

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        objects = self._schema.get_possible_types(parent) if is_abstract_type(parent) else [parent]
        if not all(self._follows(each, node.name.value) for each in objects):
            self.follow_from_views = False

    def _follows(self, parent: object, name: str) -> bool:
        field = parent.fields.get(name) if is_object_type(parent) else None
        is_about_the_schema = field is None and name.startswith("__")
        return is_about_the_schema or (field is not None and (not has_resolver(field) or (str(parent), name) in VIEWS_ONLY))
