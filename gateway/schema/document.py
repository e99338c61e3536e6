"""Documents, parsed and validated once, and kept by their text."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from graphlib import CycleError
from hashlib import sha256
from sys import getsizeof
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from graphql import (
    BREAK,
    REMOVE,
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLSchema,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    VisitorAction,
    specified_rules,
    validate,
    visit,
)
from graphql.validation import NoSchemaIntrospectionCustomRule
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.domain.latest import Latest
from gateway.domain.limit_errors import MANY, LimitError
from gateway.domain.request_limits import RequestLimits
from gateway.schema.context import Context
from gateway.schema.cost.given import Given
from gateway.schema.cost.paths import asks_vendors
from gateway.schema.cost.weight import Scale, Weight
from gateway.schema.limits.document import beyond
from gateway.schema.limits.tokens import parsed
from gateway.schema.places import Place, places
from gateway.schema.views_only import follows_from_views

MOST_DOCUMENTS = 256
MOST_BYTES = 256 * 1024
"""Of text. What is made of it takes 80 to 280 times as much memory."""
MOST_FAULTY_DOCUMENTS = 32
MOST_FAULTY_BYTES = 32 * 1024
RULES: tuple[type[ASTValidationRule], ...] = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
"""GraphQL's own, and those that strawberry adds."""
MOST_ERRORS = 20
"""Told of one document. Each may print a part of it anew, and look for names that are like another one."""
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 100_000
"""graphql-core's own bound of its most costly rule, lowered to a quarter of a second. Documents that people write need hundreds."""


class Ruling(NamedTuple):
    """What documents are held to. Without `introspection` no error tells of names that the document does not have in it."""

    schema: GraphQLSchema
    limits: RequestLimits = RequestLimits()
    introspection: bool = True

    def parsed(self, text: str) -> DocumentNode:
        """Raises `GraphQLSyntaxError` and `LimitError`."""
        return parsed(text, self.limits.max_tokens)

    def errors(self, document: DocumentNode) -> Sequence[GraphQLError]:
        """What is wrong with it. One that is beyond a limit, or has no size, is not looked at any further: there it could take long."""
        try:
            refusal = beyond(document, self.limits)
        except CycleError:
            return validate(self.schema, document, [NoFragmentCyclesRule], max_errors=MOST_ERRORS)
        if refusal is not None:
            return [GraphQLError(refusal.message, original_error=refusal)]
        rules = RULES if self.introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        return validate(self.schema, document, rules, max_errors=MOST_ERRORS, hide_suggestions=not self.introspection)


class Document:
    """What depends on the text alone.

    For as long as it is kept, its `node` is the same object: what is worked out of that can be kept with it. None: it cannot be parsed.
    """

    def __init__(self, ruling: Ruling, text: str) -> None:
        self._ruling = ruling
        self.text = text
        self.refusal: LimitError | None = None
        """Why it was not parsed, where that is a limit."""
        self.node = self._parsed()
        self._operations = _operations(self.node)
        self.may_hold_secrets = self.node is None or (OperationType.MUTATION in self._operations.values() and _has_text(self.node))
        """Passwords belong into variables, but a mutation can have them in its text, and in what cannot be parsed there may be anything."""
        self._errors: Sequence[GraphQLError] | None = None
        self._weights: dict[str | None, Weight] = {}

    def is_query(self, name: str | None) -> bool:
        """Whether the operation of that name (None: the first one) is a query."""
        return self._operations.get(name) is OperationType.QUERY

    def is_mutation(self, name: str | None) -> bool:
        """The same for a mutation."""
        return self._operations.get(name) is OperationType.MUTATION

    @cached_property
    def whole(self) -> DocumentNode | None:
        """The same without `@defer`: what runs for clients that want all of an answer at once. `node` itself where nothing is deferred."""
        if self.node is None or GraphQLDeferDirective.name not in self.text:
            return self.node
        whole: DocumentNode = visit(self.node, _WithoutDefer())
        return whole

    @property
    def defers(self) -> bool:
        """Whether any of it can be deferred."""
        return self.whole is not self.node

    def described(self, name: str | None) -> tuple[str, str]:
        """The type and the name of the operation of that name (None: the first one): `("query", "Fleet")`; each "" where there is none."""
        kind = self._operations.get(name)
        own = name if name is not None else next((each for each in self._operations if each is not None), None)
        return ("", "") if kind is None else (kind.value, own or "")

    @cached_property
    def sha256(self) -> str:
        """Of its text, in hex; "" where that may hold a secret, which could be guessed from it."""
        return "" if self.may_hold_secrets else sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def validate(self) -> Sequence[GraphQLError]:
        """What is wrong with it; found out the first time."""
        if self._errors is None and self.node is not None:
            self._errors = self._ruling.errors(self.node)
        return self._errors or ()

    def _parsed(self) -> DocumentNode | None:
        try:
            return self._ruling.parsed(self.text)
        except LimitError as error:
            self.refusal = error.with_traceback(None)
        except (GraphQLError, RecursionError):
            pass
        return None

    # To be asked of a valid document only.
    def cost(self, name: str | None, variables: Mapping[str, Any] | None) -> int:
        """What the operation of that name costs by estimate, see `cost.weight`; 0 where there is none."""
        weight = self._weights.get(name)
        if weight is None:
            weight = self._weights[name] = self._weighed(name)
        return min(MANY, weight.of(Given(variables or {})))

    def _weighed(self, name: str | None) -> Weight:
        for each in self.node.definitions if self.node is not None else ():
            if isinstance(each, OperationDefinitionNode) and (name is None or (each.name is not None and each.name.value == name)):
                return Scale(self._ruling.schema, self.node).weigh(each)  # type: ignore[arg-type] # it has definitions
        return Weight(0)

    @cached_property
    def follows_from_views(self) -> bool:
        """See `views_only`."""
        return follows_from_views(self._ruling.schema, self._places)

    @cached_property
    def asks_vendors(self) -> bool:
        """See `cost.paths`."""
        return asks_vendors(self._places)

    @cached_property
    def _places(self) -> AbstractSet[Place]:
        return places(self._ruling.schema, self.node) if self.node is not None else frozenset()


class Documents:
    """The latest used, but none that may hold a secret. Those that nobody can run have little room of their own: however many come, they
    push nothing else out.

    Not strawberry's `ParserCache` and `ValidationCache`: those count documents, however large they are, and look the second thing up by a
    hash of the whole tree.
    """

    def __init__(self, ruling: Ruling) -> None:
        self._ruling = ruling
        self._sound = Latest[str, Document](most=MOST_DOCUMENTS, most_bytes=MOST_BYTES)
        self._faulty = Latest[str, Document](most=MOST_FAULTY_DOCUMENTS, most_bytes=MOST_FAULTY_BYTES)
        self._in_use: WeakValueDictionary[str, Document] = WeakValueDictionary()  # those that are too large to be kept, too
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._sound) + len(self._faulty)

    @property
    def size_bytes(self) -> int:
        """Of text."""
        return self._sound.size_bytes + self._faulty.size_bytes

    def get(self, text: str) -> Document:
        """The document of this text."""
        found = self.find(text)
        if found is not None:
            self.hits += 1
            return found
        self.misses += 1
        made = self._in_use[text] = Document(self._ruling, text)
        if not made.may_hold_secrets:
            self._sound.put(text, made, getsizeof(text))
        return made

    def errors(self, text: str) -> Sequence[GraphQLError]:
        """Why a document cannot run. It is not kept for that."""
        try:
            return self._ruling.errors(self._ruling.parsed(text))
        except GraphQLError as error:
            return [error]
        except LimitError as error:
            return [GraphQLError(error.message, original_error=error)]

    def find(self, text: str) -> Document | None:
        """The same, if it is kept, or in somebody's hands."""
        return self._sound.get(text) or self._faulty.get(text) or self._in_use.get(text)

    def validate(self, document: Document) -> Sequence[GraphQLError]:
        """What is wrong with it."""
        errors = document.validate()
        if errors and self._sound.get(document.text) is document:
            self._sound.drop(document.text)
            if document.node is not None and not _has_text(document.node):  # nobody knows what was meant by it
                self._faulty.put(document.text, document, getsizeof(document.text))
        return errors


class KeptDocument(SchemaExtension):
    """Spares strawberry what was done before. To be the last one: whoever else refuses the operation has had its say."""

    _document: Document | None = None

    def on_parse(self) -> Iterator[None]:
        """Leaves what cannot be parsed to strawberry, which says why. Raises `GraphQLError` for what is too long to be parsed."""
        running = self.execution_context
        documents: Documents = running.schema.documents  # type: ignore[attr-defined] # of a `GatewaySchema`
        self._document = documents.find(running.query or "") or documents.get(running.query or "")
        if self._document.refusal is not None:
            raise GraphQLError(self._document.refusal.message, original_error=self._document.refusal)
        running.graphql_document = self._document.node if self._defers else self._document.whole
        yield

    @property
    def _defers(self) -> bool:
        asker: Context | None = self.execution_context.context
        return asker is not None and asker.defers

    def on_validate(self) -> Iterator[None]:
        running = self.execution_context
        documents: Documents = running.schema.documents  # type: ignore[attr-defined] # as above
        if self._document is not None and running.pre_execution_errors is None:
            running.pre_execution_errors = list(documents.validate(self._document))
        yield


def _operations(document: DocumentNode | None) -> Mapping[str | None, OperationType]:
    """By their names; the first one by None, too. Of two with one name the first one counts."""
    found: dict[str | None, OperationType] = {}
    for each in document.definitions if document is not None else ():
        if isinstance(each, OperationDefinitionNode):
            found.setdefault(None, each.operation)
            if each.name is not None:
                found.setdefault(each.name.value, each.operation)
    return found


def _has_text(document: DocumentNode) -> bool:
    """Whether a string stands anywhere in it."""
    strings = _Strings()
    visit(document, strings)
    return strings.is_any


class _WithoutDefer(Visitor):
    @staticmethod
    def enter_directive(node: DirectiveNode, *_: object) -> VisitorAction:
        return REMOVE if node.name.value == GraphQLDeferDirective.name else None


class _Strings(Visitor):
    is_any = False

    def enter_string_value(self, *_: object) -> VisitorAction:
        self.is_any = True
        return BREAK
