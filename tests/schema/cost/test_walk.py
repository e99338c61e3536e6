"""The estimate by itself: quick, whatever the document."""

from itertools import pairwise

import msgspec
import pytest
from graphql import parse

from gateway.app import profiles, writable_fields
from gateway.domain.scope import Scope
from gateway.loaders.bundle import Loaders
from gateway.schema.context import Context
from gateway.schema.cost.estimate import estimate
from tests.schema.conftest import Fleet


@pytest.fixture
async def context(fleet: Fleet) -> Context:
    inventory = fleet.gateway.inventory
    return Context(
        inventory=inventory,
        loaders=Loaders(inventory),
        accounts={name: account.account for name, account in inventory.accounts.items()},
        profiles=profiles(),
        desk=fleet.gateway.desk,
        fields=writable_fields(),
        request_id="walk",
        caller="",
        scopes=frozenset(Scope),
    )


async def calls(fleet: Fleet, context: Context, text: str, name: str | None = None, *, enough: int = 0) -> int:
    return await estimate(fleet.gateway.schema._schema, parse(text), name, None, context, enough)


async def test_fragments_that_double_at_each_level_are_walked_once_for_each_page(fleet: Fleet, context: Context) -> None:
    """Sixty levels of two pages each would be more mailboxes than there are atoms, if each level were another one."""
    page = "mailboxes(first: %d) { nodes { ...F%d siblings { ...F%d account { name } } sources: account { ...A%d } } }"
    fragments = [
        f"fragment F{n} on Mailbox {{ account {{ ...A{n} }} }}"
        f"fragment A{n} on Account {{ a: {page % (1, m, m, m)} b: {page % (2, m, m, m)} source {{ account {{ ...A{m} }} }} }}"
        for n, m in pairwise(range(61))
    ]
    end = "fragment F60 on Mailbox { folders { id } } fragment A60 on Account { name }"
    text = f"{{ mailboxes {{ nodes {{ ...F0 }} sources {{ account {{ ...A0 }} }} }} }} {' '.join(fragments)} {end}"
    assert await calls(fleet, context, text) > 0


async def test_only_the_operation_that_is_named_counts(fleet: Fleet, context: Context) -> None:
    text = "query A { mailboxes(first: 2) { nodes { folders { id } } } } query B { mailboxes(first: 3) { nodes { folders { id } } } }"
    assert await calls(fleet, context, text, "B") == 3
    assert await calls(fleet, context, text, "C") == 0


async def test_unlimited_lists_of_an_unknown_account_count_as_a_full_page(fleet: Fleet, context: Context) -> None:
    text = "{ fleet { conflicts { mailboxes { folders { id } } } } }"
    assert await calls(fleet, context, text, enough=1000) == 500
    assert await calls(fleet, context, text, enough=100) == 30, "the list was read before so much was believed"


async def test_results_of_operations_are_as_many_as_there_are_parts(fleet: Fleet, context: Context) -> None:
    ids = await fleet.ids("shipmail", 4)
    await fleet.data("{ mailboxes { totalCount } }")
    begin = 'mutation ($ids: [ID!]!) { mailboxBulkTest(input: {ids: $ids, idempotencyKey: "four"}) { operation { id } } }'
    begun = await fleet.data(begin, {"ids": ids})
    work = begun["mailboxBulkTest"]["operation"]["id"]
    text = '{ operation(id: "%s") { mailbox { rules { name } } results { mailbox { folders { id } } } } }'
    assert await calls(fleet, context, text % work, enough=1000) == 31, "not looked up where it does not matter"
    assert await calls(fleet, context, text % work) == 5
    assert (
        await calls(fleet, context, f'{{ node(id: "{work}") {{ ... on Operation {{ results {{ mailbox {{ folders {{ id }} }} }} }} }} }}')
        == 4
    )
    hidden = msgspec.structs.replace(context, accounts={"shipmail": context.accounts["shipmail"]})
    assert await calls(fleet, hidden, text % work) == 5
    assert await calls(fleet, msgspec.structs.replace(context, accounts={}), text % work) == 0
    assert await calls(fleet, context, text % "nonsense") == 1
