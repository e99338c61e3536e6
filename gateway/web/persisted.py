"""Documents asked for by an id instead of their text: those of manifests, and those that callers register as they go (APQ).

Requests name them by `documentId` (GraphQL over HTTP, appendix A), by `extensions.persistedQuery.sha256Hash` (Apollo's protocol), or by
`id` or `doc_id` (as Relay's documentation has it). What is refused is refused with the codes and messages that clients know.

https://www.apollographql.com/docs/apollo-server/performance/apq
"""

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256

import msgspec

from gateway.domain.latest import Latest
from gateway.schema.document import Documents
from gateway.web.request import Operation, RefusedError

MOST_ASKERS = 256
MOST_DOCUMENTS = 256
MOST_BYTES = 128 * 1024
"""Of the texts of one caller. Each has room of its own: nobody finds what another one registered, nor pushes it out."""
_PREFIX = "sha256:"
_VERSION = 1


class UnknownDocumentError(RefusedError):
    """Plain JSON clients expect 200, and send the text then; they look at nothing in an answer of another status."""

    plain_status = 200


class Persisted:
    """`listed` are the documents of the manifests, by their ids; `automatic` is whether others may be registered."""

    def __init__(self, documents: Documents, listed: Mapping[str, str], *, only_listed: bool, automatic: bool) -> None:
        self._documents = documents
        self._listed = {**{_hash(text): text for text in listed.values()}, **listed}
        self._texts = frozenset(listed.values())
        self._only_listed = only_listed
        self._automatic = automatic and not only_listed
        self._registered: OrderedDict[str, Latest[str, str]] = OrderedDict()

    def resolve(self, operation: Operation, asker: str) -> Operation:
        """The same with its text. Raises `RefusedError`."""
        apq = _apq(operation)
        identifier = apq or operation.document_id or _text(operation.id) or _text(operation.doc_id)
        if not operation.query:
            if identifier is None:
                raise self._nothing_given()
            return msgspec.structs.replace(operation, query=self._find(identifier, asker))
        if identifier is not None:
            self._compare(identifier, operation.query, is_hash=apq is not None)
        if self._only_listed and operation.query not in self._texts:
            raise RefusedError(403, "The document is not listed here. Deploy the manifest that has it first.", "QUERY_NOT_IN_SAFELIST")
        if apq is not None and self._automatic:
            self._register(apq, operation.query, asker)
        return operation

    def _find(self, identifier: str, asker: str) -> str:
        found = self._listed.get(identifier) or self._listed.get(identifier.removeprefix(_PREFIX))
        if found is None and asker in self._registered:
            self._registered.move_to_end(asker)
            found = self._registered[asker].get(identifier.removeprefix(_PREFIX))
        if found is not None:
            return found
        if self._automatic or self._only_listed:
            raise UnknownDocumentError(404, "PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        raise UnknownDocumentError(404, "PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")

    def _compare(self, identifier: str, text: str, *, is_hash: bool) -> None:
        expected = self._listed.get(identifier)
        if expected != text and (expected is not None or (is_hash and identifier != _hash(text))):
            raise RefusedError(400, "provided sha does not match query", "PERSISTED_QUERY_HASH_MISMATCH")

    def _register(self, identifier: str, text: str, asker: str) -> None:
        """Only what can run, and holds no secret."""
        document = self._documents.get(text)
        if document.node is None or document.may_hold_secrets or self._documents.validate(document):
            return
        own = self._registered.get(asker)
        if own is None:
            own = self._registered[asker] = Latest(most=MOST_DOCUMENTS, most_bytes=MOST_BYTES)
        self._registered.move_to_end(asker)
        own.put(identifier, text, len(text.encode()))
        if len(self._registered) > MOST_ASKERS:
            self._registered.popitem(last=False)

    def _nothing_given(self) -> RefusedError:
        if self._only_listed:
            return RefusedError(400, "Give the id of a listed document in `documentId`.", "PERSISTED_QUERY_ID_REQUIRED")
        return RefusedError(400, "Give the operation in `query`.")


def _apq(operation: Operation) -> str | None:
    """The hash of Apollo's protocol. Raises `RefusedError`."""
    given = (operation.extensions or {}).get("persistedQuery")
    if given is None:
        return None
    identifier = given.get("sha256Hash") if isinstance(given, dict) else None
    if not isinstance(identifier, str):
        raise RefusedError(400, "`extensions.persistedQuery` must be an object with `version` and `sha256Hash`.")
    if given.get("version", _VERSION) != _VERSION:
        raise RefusedError(400, f"Unsupported persisted query version: only {_VERSION} is known.")
    return identifier


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
