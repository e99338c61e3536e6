"""The plans of operations, kept for their next execution."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeAlias
from weakref import ref

from graphql import GraphQLSchema, OperationDefinitionNode

from gateway.execution.plan import Plan

Place: TypeAlias = tuple[str, tuple[int, ...]]
"""An object type's name, and the identities of the nodes that select there: those of a document that is kept stay the same."""

MAX_OPERATIONS = 256
WORTH = 10
"""A selection is compiled when so many objects were executed with it: one alone is faster without."""


class Plans:
    """Of one operation with one set of flags (the values of its Boolean variables, which `@skip` and `@include` may depend on)."""

    def __init__(self, schema: GraphQLSchema, operation: "ref[OperationDefinitionNode]") -> None:
        self.schema = schema
        self.operation = operation  # held: it tells when the operation goes
        self._plans: dict[Place, Plan | None] = {}
        self._seen: dict[Place, int] = {}

    def plan(self, place: Place, make: Callable[[], Plan | None], *, objects: int) -> Plan | None:
        """The plan for so many more objects; None as long as it is not worth one, or if there can be none."""
        if place not in self._plans:
            self._seen[place] = self._seen.get(place, 0) + objects
            if self._seen[place] < WORTH:
                return None
            self._plans[place] = make()
        return self._plans[place]


class KeptPlans:
    """The plans of the operations that were executed last, for as long as somebody else keeps those: a document's tree is large."""

    def __init__(self, most: int = MAX_OPERATIONS) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[int, tuple[object, ...]], Plans] = OrderedDict()

    def of(self, schema: GraphQLSchema, operation: OperationDefinitionNode, flags: tuple[object, ...]) -> Plans:
        """New ones where there are none yet."""
        key = (id(operation), flags)
        plans = self._kept.get(key)
        if plans is None or plans.schema is not schema:
            plans = self._kept[key] = Plans(schema, ref(operation, lambda _: self._kept.pop(key, None)))  # before another one gets its id
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return plans


KEPT = KeptPlans()
