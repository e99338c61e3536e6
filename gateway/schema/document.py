"""Documents, parsed and validated once, and kept by their text."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from hashlib import sha256
from sys import getsizeof
from weakref import WeakValueDictionary

from graphql import (
    BREAK,
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    VisitorAction,
    parse,
    visit,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from gateway.domain.latest import Latest
from gateway.schema.cost.paths import asks_vendors
from gateway.schema.places import Place, places
from gateway.schema.views_only import follows_from_views

MOST_DOCUMENTS = 256
MOST_BYTES = 256 * 1024
"""Of text. What is made of it takes 80 to 280 times as much memory."""
MOST_FAULTY_DOCUMENTS = 32
MOST_FAULTY_BYTES = 32 * 1024


class Document:
    """What depends on the text alone.

    For as long as it is kept, its `node` is the same object: what is worked out of that can be kept with it. None: it cannot be parsed.
    """

    def __init__(self, schema: GraphQLSchema, text: str) -> None:
        self._schema = schema
        self.text = text
        self.node = _parsed(text)
        self._operations = _operations(self.node)
        self.may_hold_secrets = self.node is None or (OperationType.MUTATION in self._operations.values() and _has_text(self.node))
        """Passwords belong into variables, but a mutation can have them in its text, and in what cannot be parsed there may be anything."""
        self._errors: Sequence[GraphQLError] | None = None

    def is_query(self, name: str | None) -> bool:
        """Whether the operation of that name (None: the first one) is a query."""
        return self._operations.get(name) is OperationType.QUERY

    def described(self, name: str | None) -> tuple[str, str]:
        """The type and the name of the operation of that name (None: the first one): `("query", "Fleet")`; each "" where there is none."""
        kind = self._operations.get(name)
        own = name if name is not None else next((each for each in self._operations if each is not None), None)
        return ("", "") if kind is None else (kind.value, own or "")

    @cached_property
    def sha256(self) -> str:
        """Of its text, in hex; "" where that may hold a secret, which could be guessed from it."""
        return "" if self.may_hold_secrets else sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def validate(self, rules: tuple[type[ASTValidationRule], ...]) -> Sequence[GraphQLError]:
        """What is wrong with it; found out the first time. A schema always has the same rules."""
        if self._errors is None and self.node is not None:
            self._errors = validate_document(self._schema, self.node, rules)
        return self._errors or ()

    # To be asked of a valid document only.
    @cached_property
    def follows_from_views(self) -> bool:
        """See `views_only`."""
        return follows_from_views(self._schema, self._places)

    @cached_property
    def asks_vendors(self) -> bool:
        """See `cost.paths`."""
        return asks_vendors(self._places)

    @cached_property
    def _places(self) -> AbstractSet[Place]:
        return places(self._schema, self.node) if self.node is not None else frozenset()


class Documents:
    """The latest used, but none that may hold a secret. Those that nobody can run have little room of their own: however many come, they
    push nothing else out.

    Not strawberry's `ParserCache` and `ValidationCache`: those count documents, however large they are, and look the second thing up by a
    hash of the whole tree.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
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
        made = self._in_use[text] = Document(self._schema, text)
        if not made.may_hold_secrets:
            self._sound.put(text, made, getsizeof(text))
        return made

    def find(self, text: str) -> Document | None:
        """The same, if it is kept, or in somebody's hands."""
        return self._sound.get(text) or self._faulty.get(text) or self._in_use.get(text)

    def validate(self, document: Document, rules: tuple[type[ASTValidationRule], ...]) -> Sequence[GraphQLError]:
        """What is wrong with it."""
        errors = document.validate(rules)
        if errors and self._sound.get(document.text) is document:
            self._sound.drop(document.text)
            if document.node is not None and not _has_text(document.node):  # nobody knows what was meant by it
                self._faulty.put(document.text, document, getsizeof(document.text))
        return errors


class KeptDocument(SchemaExtension):
    """Spares strawberry what was done before. To be the last one: whoever else refuses the operation has had its say."""

    _document: Document | None = None

    def on_parse(self) -> Iterator[None]:
        """Leaves what cannot be parsed to strawberry, which says why."""
        running = self.execution_context
        documents: Documents = running.schema.documents  # type: ignore[attr-defined] # of a `GatewaySchema`
        self._document = documents.find(running.query or "") or documents.get(running.query or "")
        running.graphql_document = self._document.node
        yield

    def on_validate(self) -> Iterator[None]:
        running = self.execution_context
        documents: Documents = running.schema.documents  # type: ignore[attr-defined] # as above
        if self._document is not None and running.pre_execution_errors is None:
            running.pre_execution_errors = list(documents.validate(self._document, running.validation_rules))
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


class _Strings(Visitor):
    is_any = False

    def enter_string_value(self, *_: object) -> VisitorAction:
        self.is_any = True
        return BREAK


def _parsed(text: str) -> DocumentNode | None:
    try:
        return parse(text)
    except (GraphQLError, RecursionError):
        return None
