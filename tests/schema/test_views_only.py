"""What is kept follows from views alone: every resolver and every loader is either known to, or counts as one that asks a vendor."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_abstract_type, is_object_type, parse

from gateway.app import writable_fields
from gateway.loaders.bundle import Loaders
from gateway.loaders.mailbox import MailboxById
from gateway.loaders.per_account import PerAccount
from gateway.loaders.shared import SharedLoader
from gateway.loaders.view import ViewByAccount
from gateway.schema.places import places
from gateway.schema.schema import build_schema
from gateway.schema.views_only import VIEWS_ONLY, follows_from_views, has_resolver
from gateway.vendors.registry import SPECS
from tests.schema.conftest import Fleet

RUN_EACH_TIME = {
    ("Account", "domains"),
    ("Account", "tags"),
    ("Mailbox", "campaigns"),
    ("Mailbox", "domain"),
    ("Mailbox", "folders"),
    ("Mailbox", "identities"),
    ("Mailbox", "messages"),
    ("Mailbox", "rules"),
    ("Mailbox", "thread"),
    ("Message", "folders"),
    ("Operation", "mailbox"),
    ("Operation", "message"),
    ("Operation", "results"),
    ("OperationResult", "mailbox"),
    ("Query", "operation"),
    ("Query", "operations"),
    ("WarmupDay", "date"),
    ("WarmupStatus", "history"),
}
"""Resolvers that ask a vendor or the journal, or are only to be found behind one that does."""


def reachable(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    """The object types that a query can come to."""
    seen: set[str] = set()
    waiting: list[Any] = [schema.query_type]
    while waiting:
        each = waiting.pop()
        if each.name in seen:
            continue
        seen.add(each.name)
        if is_abstract_type(each):
            waiting.extend(schema.get_possible_types(each))
        elif is_object_type(each):
            yield each
            waiting.extend(get_named_type(field.type) for field in each.fields.values())


def test_every_resolver_of_a_query_is_known() -> None:
    """A new one runs each time until somebody has looked; here it must be told which of the two it is."""
    types = list(reachable(build_schema([spec.details for spec in SPECS.values()], writable_fields(), federation=True)._schema))
    found = {
        (each.name, name)
        for each in types
        for name, field in each.fields.items()
        if has_resolver(field) and not each.name.endswith("Details")  # the vendors' own details load: none of them is listed
    }
    assert found == VIEWS_ONLY | RUN_EACH_TIME
    assert not VIEWS_ONLY & RUN_EACH_TIME
    assert not [place for place in VIEWS_ONLY if place[0].endswith("Details")]


@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("{ mailboxes { nodes { id stale account { name source { status } } siblings { id } } sources { status } } }", True),
        ("{ fleet { total conflicts { mailboxes { id } } } vendors { vendor } __typename __schema { types { name } } }", True),
        ("{ mailboxes { nodes { ...F } } } fragment F on Mailbox { ... { folders { id } } }", False),
        ("query A { vendors { vendor } } query B { operations { nodes { id } } }", False),
        ("{ node(id: 1) { id } nodes(ids: [1]) { ... on Operation { state } } }", True),
        ("{ node(id: 1) { ... on Operation { message } } }", False),
        ("{ mailboxes { nodes { owner { name } details { __typename } } } }", True),
    ],
)
def test_one_resolver_that_asks_is_enough(fleet: Fleet, text: str, follows: bool) -> None:  # noqa: FBT001 - a table
    schema = fleet.gateway.schema._schema
    assert follows_from_views(schema, places(schema, parse(text))) is follows


def loaders(fleet: Fleet) -> list[tuple[str, Any]]:
    bundle = Loaders(fleet.gateway.inventory)
    names = [name for name, value in vars(Loaders).items() if isinstance(value, cached_property)]
    found = [(name, getattr(bundle, name)) for name in names]
    some_account = next(iter(fleet.gateway.inventory.accounts))
    return [(name, each.of(some_account) if isinstance(each, PerAccount) else each) for name, each in found]


async def test_every_loader_takes_note_of_what_it_is_asked(fleet: Fleet) -> None:
    """All but those two, which tell by themselves, count as asking a vendor by being asked."""
    assert {name for name, each in loaders(fleet) if isinstance(each, ViewByAccount | MailboxById)} == {"view_by_account", "mailbox_by_id"}
    for _, each in loaders(fleet):
        assert isinstance(each, SharedLoader)
        tells_itself = isinstance(each, ViewByAccount | MailboxById)
        assert (type(each)._note is SharedLoader._note) is not tells_itself
        each._note(object())
        assert each._grounds.are_views_only is tells_itself
