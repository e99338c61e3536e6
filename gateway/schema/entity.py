"""Entities of Apollo Federation: what other subgraphs name by its id, and a router asks for by the page.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec.
"""

import asyncio
from typing import Annotated, Any, NewType, TypeAlias

import strawberry

from gateway.domain.errors import ForbiddenError, InvalidInputError
from gateway.domain.identifier import Kind
from gateway.inventory.page import MAX_SIZE
from gateway.schema.account import Account, Domain
from gateway.schema.context import Info
from gateway.schema.folder import Folder
from gateway.schema.mailbox import Identity, Mailbox
from gateway.schema.message import Message, Thread
from gateway.schema.operation import Operation
from gateway.schema.query import NODES, Query, load_node
from gateway.schema.rule import Rule
from gateway.schema.subgraph import KEY

MAX_REPRESENTATIONS = MAX_SIZE
"""A router asks at once for all that a page of another subgraph names."""

Entity: TypeAlias = Annotated[
    Account | Domain | Folder | Identity | Mailbox | Message | Operation | Rule | Thread,
    strawberry.union("_Entity", description="Anything that other subgraphs may name by its `id`."),
]
"""All that is a `Node`."""

Representation = NewType("Representation", object)
ANY = strawberry.scalar(
    name="_Any",
    description="What names an entity: an object with its `__typename` and its `id`.",
    serialize=lambda value: value,
    parse_value=lambda value: value,
)
Representations = Annotated[
    list[Representation], strawberry.argument(description=f"Up to {MAX_REPRESENTATIONS} of them, in the order of the answer.")
]


@strawberry.type(name="_Service", description="This subgraph.")
class Service:
    """See the specification above."""

    sdl: str = strawberry.field(description="Its schema with the directives of Apollo Federation.")


def _service(info: Info) -> Service:
    schema: Any = info.schema  # a `GatewaySchema`, which lies above
    if not schema.introspection:  # this is the same in other words; routers in production are composed from files
        raise ForbiddenError("Introspection is switched off here: compose from what `gateway schema --federation` prints.")
    return Service(sdl=schema.subgraph_sdl)


async def _entities(info: Info, representations: Representations) -> list[object]:
    """An exception stands in the place of an entity that is not named as it must be."""
    if len(representations) > MAX_REPRESENTATIONS:
        message = f"`representations` has {len(representations)} entries, but at most {MAX_REPRESENTATIONS} can be asked for at once."
        raise InvalidInputError(message, field=("representations",))
    return await asyncio.gather(*(_entity(info, each) for each in representations), return_exceptions=True)


async def _entity(info: Info, representation: object) -> object | None:
    kind, text = _key_of(representation)
    return await load_node(info, text, expected=kind)


def _key_of(representation: object) -> tuple[Kind, str]:
    """The kind of an entity and its id as it was sent. Raises `InvalidInputError`."""
    given = representation if isinstance(representation, dict) else {}
    name, text = given.get("__typename"), given.get(KEY)
    if not isinstance(name, str) or not isinstance(text, str):
        message = f"A representation is an object with two texts: `__typename` and `{KEY}`."
        raise InvalidInputError(message, field=("representations",))
    if name not in NODES:
        raise InvalidInputError("There is no entity of this type here.", field=("representations", "__typename"))
    return Kind(name), text


@strawberry.type(name="Query", description=Query.__strawberry_definition__.description)  # type: ignore[attr-defined] # strawberry has put it there
class SubgraphQuery(Query):
    """What a router asks besides."""

    service = strawberry.field(
        resolver=_service, name="_service", graphql_type=Service, description="This subgraph's schema, for a router that composes it."
    )
    entities = strawberry.field(
        resolver=_entities,
        name="_entities",
        graphql_type=list[Entity | None],
        description="What other subgraphs name by `__typename` and `id`, each as by `node`; null where there is none by this id.",
    )
