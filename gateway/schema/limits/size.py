"""How large the operations of a document are, told from its text alone, in time linear in its length.

What fragments hold counts as often as they are spread, yet none is expanded: each is counted once, and its counts are added where it is
spread. Nothing here recurses, however deep a document is, and none of it needs the document to be valid.
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import NamedTuple

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode, SelectionSetNode

from gateway.domain.limit_errors import MANY

_INTROSPECTION = ("__schema", "__type")
_LISTS_OF_INTROSPECTION = ("fields", "inputFields", "interfaces", "possibleTypes")


class Size(NamedTuple):
    """Of a selection set with all that lies in it. No count goes beyond `MANY`.

    `selections` counts fields, inline fragments and spreads, for each of them is work. `depth` is in levels of fields, those below
    `__schema` and `__type` left out. `introspection_depth` is how many lists of introspection lie in one another below those; `list_depth`
    is the same for a fragment, wherever it may be spread.
    """

    selections: int = 0
    aliases: int = 0
    root_fields: int = 0
    depth: int = 0
    introspection_depth: int = 0
    list_depth: int = 0


class _Spot(NamedTuple):
    """A place in a definition: below how many fields, and below how many lists of introspection; below `__schema`: `is_inside`."""

    depth: int = 0
    lists: int = 0
    is_inside: bool = False


class _Definition:
    """One operation or fragment: its own size, and which fragments are spread in it, and where."""

    def __init__(self, selections: SelectionSetNode) -> None:
        self.own = Size()
        self.spreads: list[tuple[str, _Spot]] = []
        waiting = [(selections, _Spot())]
        while waiting:
            found, spot = waiting.pop()
            for node in found.selections:
                if isinstance(node, FragmentSpreadNode):
                    self.spreads.append((node.name.value, spot))
                if not isinstance(node, FieldNode):
                    self.own = _with(self.own, Size(selections=1), spot)
                inner = self._enter(node, spot) if isinstance(node, FieldNode) else spot
                nested: SelectionSetNode | None = getattr(node, "selection_set", None)
                if nested is not None:
                    waiting.append((nested, inner))

    def _enter(self, node: FieldNode, spot: _Spot) -> _Spot:
        name = node.name.value
        inner = _Spot(spot.depth + 1, spot.lists + (name in _LISTS_OF_INTROSPECTION), spot.is_inside or name in _INTROSPECTION)
        field = Size(selections=1, aliases=node.alias is not None, root_fields=1, depth=1, list_depth=inner.lists - spot.lists)
        self.own = _with(self.own, field, spot)
        return inner

    def size(self, fragments: Mapping[str, Size]) -> Size:
        """With its fragments; one that there is not adds nothing."""
        size = self.own
        for name, spot in self.spreads:
            if name in fragments:
                size = _with(size, fragments[name], spot)
        return size


def operation_sizes(document: DocumentNode) -> Sequence[tuple[OperationDefinitionNode, Size]]:
    """Of each operation. Raises `CycleError` where fragments go in circles."""
    nodes = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    fragments = {name: _Definition(node.selection_set) for name, node in nodes.items()}
    sizes: dict[str, Size] = {}
    for name in _inner_first(fragments):
        if name in fragments:
            sizes[name] = fragments[name].size(sizes)
    operations = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    return [(each, _Definition(each.selection_set).size(sizes)) for each in operations]


def _inner_first(fragments: Mapping[str, _Definition]) -> Iterator[str]:
    """Raises `CycleError` before the first."""
    return iter(TopologicalSorter({name: [spread for spread, _ in each.spreads] for name, each in fragments.items()}).static_order())


def _with(outer: Size, inner: Size, spot: _Spot) -> Size:
    """`outer`, in which `inner` lies at a spot."""
    lists = spot.lists + inner.list_depth
    return Size(
        selections=min(MANY, outer.selections + inner.selections),
        aliases=min(MANY, outer.aliases + inner.aliases),
        root_fields=min(MANY, outer.root_fields + inner.root_fields) if spot.depth == 0 else outer.root_fields,
        depth=outer.depth if spot.is_inside else max(outer.depth, spot.depth + inner.depth),
        introspection_depth=max(outer.introspection_depth, lists if spot.is_inside else inner.introspection_depth),
        list_depth=max(outer.list_depth, lists),
    )
