"""What is counted without expanding a fragment is what comes of expanding all of them."""

from collections.abc import Mapping
from graphlib import CycleError

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    get_introspection_query,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.limit_errors import MANY
from gateway.schema.limits.size import Size, operation_sizes

NAMES = ("a", "b", "fields", "interfaces", "possibleTypes", "inputFields", "type")

DEPTH = 3


def size_of(text: str) -> Size:
    [(_, size)] = operation_sizes(parse(text))
    return size


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A query and up to five fragments; each spreads only those behind it, and one that there is not."""
    count = draw(st.integers(0, 5))
    bodies = [draw(selections(number + 1, count, depth=DEPTH)) for number in range(-1, count)]
    fragments = [f"fragment F{number} on T {body}" for number, body in enumerate(bodies[1:])]
    return " ".join((f"query {bodies[0]}", *fragments))


@st.composite
def selections(draw: st.DrawFn, first: int, count: int, *, depth: int) -> str:
    return "{ " + " ".join(draw(selection(first, count, depth=depth)) for _ in range(draw(st.integers(0, 3)))) + " }"


@st.composite
def selection(draw: st.DrawFn, first: int, count: int, *, depth: int) -> str:
    kind = draw(st.sampled_from(("field", "field", "inline", "spread")))
    if kind == "spread":
        return f"...F{draw(st.integers(first, count))}"  # the last one there is not
    nested = draw(selections(first, count, depth=depth - 1)) if depth and draw(st.booleans()) else ""
    if kind == "inline":
        return f"... {nested or '{ a }'}"
    alias = "x: " if draw(st.booleans()) else ""
    names = (*NAMES, "__schema", "__type") if first == 0 and depth == DEPTH else NAMES  # of the query alone, and at its root
    return f"{alias}{draw(st.sampled_from(names))} {nested}"


@given(documents())
def test_counts_are_those_of_the_expanded_document(text: str) -> None:
    document = parse(text)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    [(operation, size)] = operation_sizes(document)
    expected = Expanded(fragments)
    expected.walk(operation.selection_set, depth=0, lists=0, is_inside=False)
    assert size._replace(list_depth=0) == Size(
        expected.selections, expected.aliases, expected.root_fields, expected.depth, expected.introspection_depth
    )


class Expanded:
    """The same counted the long way: every fragment as often as it is spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.fragments = fragments
        self.selections = self.aliases = self.root_fields = self.depth = self.introspection_depth = 0

    def walk(self, selections: SelectionSetNode, *, depth: int, lists: int, is_inside: bool) -> None:
        for node in selections.selections:
            self.selections += 1
            if isinstance(node, FieldNode):
                self.field(node, depth=depth, lists=lists, is_inside=is_inside)
                continue
            inner = self.fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
            if isinstance(inner, FragmentDefinitionNode | InlineFragmentNode):
                self.walk(inner.selection_set, depth=depth, lists=lists, is_inside=is_inside)

    def field(self, node: FieldNode, *, depth: int, lists: int, is_inside: bool) -> None:
        name = node.name.value
        self.aliases += node.alias is not None
        self.root_fields += depth == 0
        lists += name in {"fields", "interfaces", "possibleTypes", "inputFields"}
        if is_inside:
            self.introspection_depth = max(self.introspection_depth, lists)
        else:
            self.depth = max(self.depth, depth + 1)
        if node.selection_set is not None:
            self.walk(node.selection_set, depth=depth + 1, lists=lists, is_inside=is_inside or name in {"__schema", "__type"})


def test_doubling_is_counted_at_once_and_has_an_end() -> None:
    fragments = " ".join(f"fragment F{each} on T {{ x: a {{ ...F{each + 1} }} y: a {{ ...F{each + 1} }} }}" for each in range(1000))
    size = size_of(f"{{ ...F0 }} {fragments} fragment F1000 on T {{ a }}")
    assert size.selections == size.aliases == MANY
    assert size.depth == 1001


@pytest.mark.parametrize(
    "circle",
    ["fragment F on T { ...F }", "fragment F on T { a { ...G } } fragment G on T { ... { ...F } }"],
)
def test_circles_have_no_size(circle: str) -> None:
    with pytest.raises(CycleError):
        operation_sizes(parse(f"{{ ...F }} {circle}"))


def test_each_operation_is_counted() -> None:
    sizes = [size.selections for _, size in operation_sizes(parse("query A { a } query B { a b } fragment F on T { a }"))]
    assert sizes == [1, 2]


def test_nesting_that_python_could_not_recurse_into() -> None:
    """Deeper than any parser of ours goes."""
    chain = " ".join(f"fragment F{each} on T {{ ...F{each + 1} }}" for each in range(3000))
    assert size_of(f"{{ ...F0 }} {chain} fragment F3000 on T {{ a }}").depth == 1


def test_introspection_has_a_depth_of_its_own() -> None:
    assert size_of(get_introspection_query(input_value_deprecation=True))[3:5] == (1, 1)
    assert size_of("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }")[3:5] == (1, 3)
    assert size_of("{ ...Q } fragment Q on Query { __schema { types { fields { type { fields { name } } } } } }")[3:5] == (1, 2)
    assert size_of("{ __type(name: 1) { ...T } } fragment T on __Type { possibleTypes { interfaces { name } } }")[3:5] == (1, 2)
