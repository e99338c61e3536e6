"""The estimated cost of an operation, by the directives of the schema: how many objects it may return, mutations weighed tenfold, and
tenfold each object in its input and each field that has to be waited for, as often as they are taken and asked for.

https://ibm.github.io/graphql-specs/cost-spec.html

What can be told of the document alone is told once: a weight is a number, and what is to be multiplied by numbers in the variables. Fields
that are merged when they are executed are merged here. To be asked of valid documents within the limits, which bound the work.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionNode,
    SelectionSetNode,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_input_object_type,
    is_object_type,
    value_from_ast_untyped,
)

from gateway.schema.cost.directives import MUTATION_WEIGHT, ListSize, call_weight, is_list, size_of
from gateway.schema.cost.given import Given, objects_in

INPUT_WEIGHT = 10
"""Of an object in an argument. It is read anew for every object that has the field, which takes longer than an object of an answer."""
Variables: TypeAlias = Given
Factor: TypeAlias = int | Callable[[Variables], int]
"""A number, or what becomes one with the variables of a request, as they came."""


_ABOUT_THE_SCHEMA: Mapping[str, GraphQLField] = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


class Weight:
    """`constant`, and `parts` times their factors; where there are `choices`, the dearest of them besides.

    What can be summed up at once is, so that little is left to do for each request.
    """

    def __init__(self, constant: int, parts: Sequence[tuple[Factor, "Weight"]] = (), choices: Sequence["Weight"] = ()) -> None:
        self.constant = constant
        self.parts: list[tuple[Factor, Weight]] = []
        self.choices: Sequence[Weight] = ()
        for factor, weight in parts:
            self._add(factor, weight)
        if all(each.is_constant for each in choices):
            self.constant += max((each.constant for each in choices), default=0)
        elif len(choices) == 1:
            self._add(1, choices[0])
        else:
            self.choices = choices

    def _add(self, factor: Factor, weight: "Weight") -> None:
        if factor == 1 and not weight.choices:
            self.constant += weight.constant
            self.parts.extend(weight.parts)
        elif isinstance(factor, int) and weight.is_constant:
            self.constant += factor * weight.constant
        else:
            self.parts.append((factor, weight))

    @property
    def is_constant(self) -> bool:
        """Whether it is the same with all variables."""
        return not self.parts and not self.choices

    def of(self, variables: Variables) -> int:
        """With these variables."""
        total = self.constant
        for factor, weight in self.parts:
            total += (factor if isinstance(factor, int) else factor(variables)) * weight.of(variables)
        if self.choices:
            total += max([each.of(variables) for each in self.choices])
        return total


class _Condition(NamedTuple):
    """Of `@skip` or `@include` with a variable."""

    variable: str
    wanted: bool


class _Selected(NamedTuple):
    """A field of a selection, once for all places that select it under the same conditions."""

    node: FieldNode
    conditions: tuple[_Condition, ...]
    selections: list[SelectionSetNode]


class Scale:
    """Weighs the operations of one document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._defaults: dict[str, Any] = {}

    def weigh(self, operation: OperationDefinitionNode) -> Weight:
        """The weight of all that it selects."""
        self._defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in operation.variable_definitions or ()
            if each.default_value is not None
        }
        root = self._schema.get_root_type(operation.operation)
        return self._inside([operation.selection_set], root, {}) if root is not None else Weight(0)

    def _inside(self, selections: Sequence[SelectionSetNode], parent: GraphQLObjectType, sized: Mapping[str, Factor]) -> Weight:
        """Of an object; `sized` are the lengths of lists in it that its own field tells."""
        parts: list[tuple[Factor, Weight]] = []
        for each in self._collected(selections, parent):
            field = parent.fields.get(each.node.name.value) or _ABOUT_THE_SCHEMA.get(each.node.name.value)
            if field is None:
                continue
            conditions: list[Factor] = [_flag(condition, self._defaults) for condition in each.conditions]
            if called := call_weight(self._schema, parent, field):
                parts.append((_product(conditions), Weight(called)))
            if not is_composite_type(get_named_type(field.type)):
                continue
            size = size_of(self._schema, (parent.name, each.node.name.value))
            length = self._length(size, each.node) if size is not None else None
            inner = dict.fromkeys(size.sized_fields or (), length) if size is not None and length is not None else {}
            if inputs := self._inputs(field, each.node):
                parts.append((_product([*conditions, inputs]), Weight(INPUT_WEIGHT)))
            factors = conditions
            if is_list(field):
                factors = [*conditions, sized.get(each.node.name.value, 1 if length is None else length)]
            own = MUTATION_WEIGHT if parent is self._schema.mutation_type else 1
            parts.append((_product(factors), self._object(own, each.selections, get_named_type(field.type), inner)))
        return Weight(0, parts)

    def _inputs(self, field: GraphQLField, node: FieldNode) -> Factor:
        """How many objects its arguments hold."""
        literals, variables = 0, []
        for each in node.arguments or ():
            if each.name.value in field.args and is_input_object_type(get_named_type(field.args[each.name.value].type)):
                literals += objects_in(value_from_ast_untyped(each.value)) if not isinstance(each.value, VariableNode) else 0
                variables += _variables(each.value)
        if not variables:
            return literals
        defaults = self._defaults
        return lambda given: literals + sum([given.objects(name, defaults.get(name)) for name in variables])

    def _object(self, own: int, selections: Sequence[SelectionSetNode], type_: Any, sized: Mapping[str, Factor]) -> Weight:  # noqa: ANN401 - any type of GraphQL
        """Of what may be one of several types it counts the dearest."""
        types = self._schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        choices = [self._inside(selections, each, sized) for each in types if is_object_type(each)]
        return Weight(own, choices=choices)

    def _collected(self, selections: Sequence[SelectionSetNode], parent: GraphQLObjectType) -> Iterator[_Selected]:
        found: dict[tuple[str, tuple[_Condition, ...]], _Selected] = {}
        spread: set[tuple[str, tuple[_Condition, ...]]] = set()
        waiting: list[tuple[SelectionNode, tuple[_Condition, ...]]] = [(node, ()) for each in selections for node in each.selections]
        while waiting:
            node, above = waiting.pop()
            conditions = self._conditions(node, above)
            if conditions is None:
                continue
            if isinstance(node, FieldNode):
                name = node.alias.value if node.alias is not None else node.name.value
                selected = found.setdefault((name, conditions), _Selected(node, conditions, []))
                if node.selection_set is not None:
                    selected.selections.append(node.selection_set)
                continue
            inner: Any = node
            if isinstance(node, FragmentSpreadNode):
                if (node.name.value, conditions) in spread:
                    continue
                spread.add((node.name.value, conditions))
                inner = self._fragments[node.name.value]
            if self._applies(inner, parent):
                waiting.extend((each, conditions) for each in inner.selection_set.selections)
        return iter(found.values())

    def _applies(self, fragment: Any, parent: GraphQLObjectType) -> bool:  # noqa: ANN401 - a definition or an inline fragment
        if fragment.type_condition is None or fragment.type_condition.name.value == parent.name:
            return True
        named = self._schema.type_map[fragment.type_condition.name.value]
        return is_abstract_type(named) and self._schema.is_sub_type(named, parent)

    def _conditions(self, node: SelectionNode, above: tuple[_Condition, ...]) -> tuple[_Condition, ...] | None:
        """Those of a node and of what it lies in; None where it is never selected."""
        conditions = set(above)
        for directive in node.directives or ():
            if directive.name.value not in {"include", "skip"} or not directive.arguments:
                continue
            wanted, value = directive.name.value == "include", directive.arguments[0].value
            if isinstance(value, VariableNode):
                conditions.add(_Condition(value.name.value, wanted))
            elif isinstance(value, BooleanValueNode) and value.value is not wanted:
                return None
        return tuple(sorted(conditions))

    def _length(self, size: ListSize, node: FieldNode) -> Factor:
        """The greatest of the slicing arguments that are given; else the assumed size."""
        given = {each.name.value: each.value for each in node.arguments or ()}
        values = [self._number(given[name]) for name in size.slicing_arguments or () if name in given]
        assumed = size.assumed_size or 1
        if not values:
            return assumed
        [first, *others] = values
        if not others and not callable(first):
            return assumed if first is None else first

        def length(variables: Variables) -> int:
            known = [number for value in values if (number := value(variables) if callable(value) else value) is not None]
            return max(known) if known else assumed

        return length

    def _number(self, value: ValueNode) -> int | Callable[[Variables], int | None] | None:
        """What an argument says, None: nothing that could be used."""
        if isinstance(value, VariableNode):
            name, default = value.name.value, self._defaults.get(value.name.value)
            return lambda variables: _natural(variables.get(name, default))
        return _natural(int(value.value)) if isinstance(value, IntValueNode) else None


def _natural(value: object) -> int | None:
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else None


def _variables(value: ValueNode) -> list[str]:
    """The names of those in it."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, VariableNode):
            found.append(each.name.value)
        elif isinstance(each, ListValueNode):
            waiting.extend(each.values)
        elif isinstance(each, ObjectValueNode):
            waiting.extend(field.value for field in each.fields)
    return found


def _flag(condition: _Condition, defaults: Mapping[str, Any]) -> Factor:
    variable, wanted = condition
    default = defaults.get(variable)
    return lambda variables: bool(variables.get(variable, default)) is wanted


def _product(factors: Sequence[Factor]) -> Factor:
    constant = prod(factor for factor in factors if isinstance(factor, int))
    variable = [factor for factor in factors if not isinstance(factor, int)]
    if constant == 1 and len(variable) == 1:
        return variable[0]
    return (lambda variables: constant * prod(factor(variables) for factor in variable)) if variable else constant
