"""Writes that never came to their resolvers: the whole operation was refused, or a verb's arguments are none. They are audited, too."""

from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from gateway.operations.audit import AuditOutcome
from gateway.schema.context import Context
from gateway.schema.document import Document


def tell_unwritten(
    schema: GraphQLSchema, document: Document | None, name: str | None, context: Context | None, errors: Sequence[GraphQLError]
) -> None:
    """One line for each verb of a mutation that these errors kept from its resolver; of one that never ran, for each verb once."""
    if not errors:
        return
    node = document.node if document is not None else None
    operation = _operation(node, name)
    if node is None or operation is None or context is None or schema.mutation_type is None:
        return
    if operation.operation is not OperationType.MUTATION:
        return
    by_key: dict[str, list[str]] = {}
    for error in errors:
        by_key.setdefault(str(error.path[0]) if error.path else "", []).append(str((error.extensions or {}).get("code", "")))
    fragments = {each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)}
    told: set[tuple[str, str]] = set()
    for field in _roots(operation.selection_set, fragments, set()):
        verb, key = field.name.value, field.alias.value if field.alias is not None else field.name.value
        codes = by_key.get("", ()) or by_key.get(key, ())
        once = (verb, "" if "" in by_key else key)
        if not codes or key in context.told or once in told or verb not in schema.mutation_type.fields:
            continue
        told.add(once)
        context.desk.audit.tell_write(verb, caller=context.caller, outcome=AuditOutcome.REFUSED, codes=list(dict.fromkeys(codes)))


def _operation(document: DocumentNode | None, name: str | None) -> OperationDefinitionNode | None:
    """The first one, unless one is named."""
    for each in document.definitions if document is not None else ():
        if isinstance(each, OperationDefinitionNode) and (name is None or (each.name is not None and each.name.value == name)):
            return each
    return None


def _roots(selection: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]) -> Iterator[FieldNode]:
    """The fields of the root, also those in fragments, which may be in a circle."""
    for each in selection.selections:
        if isinstance(each, FieldNode):
            yield each
        elif isinstance(each, InlineFragmentNode):
            yield from _roots(each.selection_set, fragments, seen)
        elif isinstance(each, FragmentSpreadNode) and each.name.value in fragments and each.name.value not in seen:
            seen.add(each.name.value)
            yield from _roots(fragments[each.name.value].selection_set, fragments, seen)
