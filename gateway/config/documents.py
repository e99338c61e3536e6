"""Reads the `[documents]` table, and the manifests of trusted documents that it names."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from gateway.config.problem import quoted
from gateway.config.settings import DocumentSettings, Manifest
from gateway.config.table import Table

KEYS = ("manifests", "only_listed", "automatic")
_FORMAT = "apollo-persisted-query-manifest"
_FORMS = (
    'Let relay-compiler, the client preset of graphql-codegen (`{"<hash>": "<document>"}`) or generate-persisted-query-manifest write it.'
)


class _Operation(msgspec.Struct):
    id: str
    body: str


class _ApolloManifest(msgspec.Struct):
    """https://www.apollographql.com/docs/graphos/platform/security/persisted-queries#manifest-format"""

    format: str
    version: int
    operations: list[_Operation]


def read_documents(document: Table) -> DocumentSettings:
    """The table's settings, with the defaults for what it does not say."""
    table = document.table("documents")
    if table is None:
        return DocumentSettings()
    table.refuse_unknown(KEYS)
    default = DocumentSettings()
    only_listed, automatic = table.flag("only_listed"), table.flag("automatic")
    if only_listed and "manifests" not in table:
        table.refuse("only_listed", "No document is listed, so nothing could run.", 'Write manifests = ["persisted-documents.json"].')
    return DocumentSettings(
        manifests=_read_manifests(table),
        only_listed=default.only_listed if only_listed is None else only_listed,
        automatic=default.automatic if automatic is None else automatic,
    )


def _read_manifests(table: Table) -> tuple[Manifest, ...]:
    found = []
    known: dict[str, str] = {}
    for path, text in table.texts("manifests") or ():
        try:
            documents = read_manifest(Path(text.value))
        except OSError as error:
            table.reading.refuse(
                path, f"The file cannot be read: {error.strerror}.", "Check the path; it counts from the working directory."
            )
        except ValueError as error:
            table.reading.refuse(path, f"{text.shown} {error}", _FORMS)
        else:
            for id_ in documents.keys() & known.keys():
                if known[id_] != documents[id_]:
                    table.reading.refuse(path, f"Another manifest has another document by the id {quoted(id_)}.", "Keep one of them.")
            known |= documents
            found.append(Manifest(path=path, documents=documents))
    return tuple(found)


def read_manifest(path: Path) -> Mapping[str, str]:
    """The documents by their ids. Raises `OSError`, and `ValueError` for what is no manifest."""
    content = path.read_bytes()
    try:
        raw = msgspec.json.decode(content, type=dict[str, object])
        if "format" in raw or "operations" in raw:
            return _apollo(msgspec.convert(raw, _ApolloManifest))
        documents = msgspec.convert(raw, dict[str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        words = str(error) if isinstance(error, msgspec.ValidationError) else "not JSON"
        raise ValueError(f"is no manifest of documents: {words}.") from None
    if not documents:
        raise ValueError("lists no document.")
    return documents


def _apollo(manifest: _ApolloManifest) -> Mapping[str, str]:
    if (manifest.format, manifest.version) != (_FORMAT, 1):
        raise ValueError(f"is of another format than {_FORMAT}, version 1.")
    documents = {each.id: each.body for each in manifest.operations}
    if len(documents) < len(manifest.operations):
        raise ValueError("has two operations of one id.")
    if not documents:
        raise ValueError("lists no document.")
    return documents
