"""How many calls to vendors an operation can take at most, told from its document and from what is known before it runs.

The walk follows the rules of execution: aliases and fragments that select the same again load nothing more, `@skip` and `@include` count.
What no walk can foresee is not in it: lists that turn out longer than they were, answers that had to be asked for twice. And reading the
list of an account's mailboxes is the account's, not the operation's.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values, get_variable_values

from gateway.domain.errors import GatewayError
from gateway.domain.identifier import Kind, decode
from gateway.schema.context import Context
from gateway.schema.cost.fleet import Fleet
from gateway.schema.cost.need import Arguments, needs
from gateway.schema.cost.paths import PATHS, Destination, Paths, Spot
from gateway.schema.cost.reach import worst_case


class Estimate:
    """Of one operation of a valid document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None,
        context: Context,
        parts: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._root = schema.get_root_type(operation.operation)
        self._variables = _coerced(schema, operation, variables)
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._fleet = Fleet(context, parts)
        self._paths = Paths(self._fleet)
        self._needs = needs()
        self._visited: set[tuple[int, str, Spot]] = set()
        self._waiting: list[tuple[SelectionSetNode, GraphQLObjectType, Spot]] = []

    @property
    def unknown_work(self) -> AbstractSet[str]:
        """See `Fleet`."""
        return self._fleet.unknown_work

    @property
    def unknown_accounts(self) -> AbstractSet[str]:
        """See `Fleet`."""
        return self._fleet.unknown_accounts

    def calls(self) -> int:
        """At most so many."""
        if self._root is not None:
            self._walk(self._operation.selection_set, self._root, self._paths.one_of("root", most=0))
        while self._waiting:  # no recursion: a document may be deeper than Python's stack
            selections, parent, spot = self._waiting.pop()
            for node in selections.selections:
                if self._is_selected(node):
                    self._select(node, parent, spot)
        calls = worst_case(self._paths.reaches, self._fleet.price, self._fleet.count)
        self._paths.forget()
        return calls

    def _walk(self, selections: SelectionSetNode, parent: GraphQLObjectType, spot: Spot) -> None:
        key = (id(selections), parent.name, spot)
        if key not in self._visited:
            self._visited.add(key)
            self._waiting.append((selections, parent, spot))

    def _select(self, node: SelectionNode, parent: GraphQLObjectType, spot: Spot) -> None:
        if isinstance(node, FieldNode):
            self._enter(node, parent, spot)
            return
        fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        if isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode) and self._applies(fragment, parent):
            self._walk(fragment.selection_set, parent, spot)

    def _enter(self, node: FieldNode, parent: GraphQLObjectType, spot: Spot) -> None:
        place = (parent.name, node.name.value)
        need = self._needs.get(place)
        if need is None and node.selection_set is None:
            return
        path, field = PATHS.get(place), parent.fields.get(node.name.value)
        arguments = self._arguments(field, node) if field is not None and (need is not None or path is not None) else {}
        if field is None or arguments is None:  # introspection, or what execution will refuse
            return
        if need is not None:
            spot.ask(need(arguments))
        if node.selection_set is not None:
            for destination in path(self._paths, spot, arguments) if path is not None else [self._onward(node, parent, spot)]:
                self._go(node.selection_set, field, destination)

    def _onward(self, node: FieldNode, parent: GraphQLObjectType, spot: Spot) -> Destination:
        """A field without a path of its own stays; a mutation and an event are about one mailbox, each about its own."""
        is_root = parent is self._root and self._operation.operation is not OperationType.QUERY
        return Destination(self._paths.one_of(id(node)) if is_root else spot)

    def _go(self, selections: SelectionSetNode, field: GraphQLField, destination: Destination) -> None:
        found = self._schema.type_map[destination.type] if destination.type else get_named_type(field.type)
        for each in self._schema.get_possible_types(found) if is_abstract_type(found) else [found]:
            if is_object_type(each):
                self._walk(selections, each, destination.spot)

    def _applies(self, fragment: FragmentDefinitionNode | InlineFragmentNode, parent: GraphQLObjectType) -> bool:
        if fragment.type_condition is None or fragment.type_condition.name.value == parent.name:
            return True
        named = self._schema.type_map[fragment.type_condition.name.value]
        return is_abstract_type(named) and self._schema.is_sub_type(named, parent)

    def _is_selected(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def _arguments(self, field: GraphQLField, node: FieldNode) -> Arguments | None:
        """None for those that are not usable: this field will fail, and the others run."""
        if not node.arguments:
            return {}
        try:
            return get_argument_values(field, node, self._variables)
        except GraphQLError:
            return None


async def estimate(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, Any] | None, context: Context, enough: int
) -> int:
    """The worst case of the operation of that name; 0 where there is none, or its variables are not usable: execution says so then.

    What is not known yet - how many parts long work has, how many mailboxes an account whose list was never read - is looked up only
    where there may be more than `enough` calls otherwise; the lists are waited for as by any request.
    """
    operation = next((each for each in document.definitions if isinstance(each, OperationDefinitionNode) and _is_named(each, name)), None)
    if operation is None:
        return 0
    try:
        first = Estimate(schema, document, operation, variables, context)
        calls = first.calls()
        if calls <= enough or not (first.unknown_work or first.unknown_accounts):
            return calls
        await context.loaders.view_by_account.load_many(sorted(first.unknown_accounts))
        parts = {each: await _part_count(each, context) for each in first.unknown_work}
        return Estimate(schema, document, operation, variables, context, parts).calls()
    except GraphQLError:
        return 0


def _coerced(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> VariableValues:
    """Raises `GraphQLError`."""
    values = get_variable_values(schema, operation.variable_definitions or (), dict(variables or {}))
    if isinstance(values, list):
        raise values[0]
    return values


def _is_named(operation: OperationDefinitionNode, name: str | None) -> bool:
    return name is None or (operation.name is not None and operation.name.value == name)


async def _part_count(work: str, context: Context) -> int:
    """0 for what this caller will not be shown."""
    try:
        key = decode(work, expected=Kind.OPERATION).parts[0]
        found = await context.desk.journal.get(key)
    except GatewayError:
        return 0
    return found.progress.total if found is not None and found.is_within(context.accounts) else 0
