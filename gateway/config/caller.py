"""Reads the `[[callers]]` tables."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

from gateway.config.name import FORM as NAME_FORM
from gateway.config.name import read_name, refuse_repeated
from gateway.config.rights import SCOPES_CURE, read_account_names, read_scopes, word_cure
from gateway.config.settings import CallerSettings
from gateway.config.substitution import Text
from gateway.config.table import Table

KEYS = ("name", "key_hash", "key_hashes", "issuer", "subject", "scopes", "accounts")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_HASH_CURE = "Run `gateway key new`: it prints a key, which the caller sends, and its hash, which belongs here."
_OF_NOTHING = f"sha256:{sha256(b'').hexdigest()}"
_Hashes = list[tuple[str, str]]
"""Hashes, each with its path."""


def read_callers(document: Table, account_names: Sequence[Text] | None, issuer_names: Sequence[Text] | None) -> tuple[CallerSettings, ...]:
    """The callers. The names are those of accounts and issuers in this file; None: not all are known, so none can be called wrong."""
    tables = document.tables("callers") or []
    callers = []
    hashes: _Hashes = []
    for table in tables:
        own = _read_hashes(table)
        hashes += own
        callers.append(_read_caller(table, own, account_names, issuer_names))
    pairs = list(zip(tables, callers, strict=True))
    refuse_repeated(((table, caller.name or None) for table, caller in pairs), "name", "name")
    _refuse_repeated_hashes(document, hashes)
    _refuse_repeated_subjects(pairs)
    return tuple(callers)


def _read_caller(
    table: Table, hashes: _Hashes, account_names: Sequence[Text] | None, issuer_names: Sequence[Text] | None
) -> CallerSettings:
    name = read_name(table)
    table.refuse_unknown(KEYS)
    table.require({"name": NAME_FORM, "scopes": SCOPES_CURE})
    _require_a_way_in(table)
    subject = table.text("subject")
    return CallerSettings(
        name=name.value if name else "",
        key_hashes=tuple(value for _, value in hashes),
        issuer=_read_issuer(table, issuer_names),
        subject=subject.value if subject else None,
        scopes=read_scopes(table),
        accounts=read_account_names(table, account_names),
    )


def _require_a_way_in(table: Table) -> None:
    """A caller comes with a key or with a token of an issuer, or with either."""
    if not {"key_hash", "key_hashes", "issuer", "subject"} & {key for key in KEYS if key in table}:
        table.refuse("key_hash", "Is missing.", f"{_HASH_CURE} Or write issuer and subject, for a caller that comes with a token.")
    if "issuer" in table and "subject" not in table:
        table.refuse("subject", "Is missing.", "Write the claim `sub` of this caller's tokens.")
    if "subject" in table and "issuer" not in table:
        table.refuse("issuer", "Is missing.", "Write the name of one of the [[issuers]].")
    if "key_hash" in table and "key_hashes" in table:
        table.refuse("key_hash", "Stands beside key_hashes.", "Put all hashes into key_hashes.")


def _read_issuer(table: Table, names: Sequence[Text] | None) -> str | None:
    text = table.text("issuer")
    if text and names is not None and text.value not in {name.value for name in names}:
        table.refuse("issuer", f"{text.shown} is no issuer here.", word_cure(text, names, "issuer"))
    return text.value if text else None


def _read_hashes(table: Table) -> _Hashes:
    """Those that can be read, in lower case. One that is not a hash is never shown: it may well be the key itself."""
    one = table.text("key_hash")
    found = [(table.at("key_hash"), one)] if one else []
    many = table.texts("key_hashes")
    if many is not None and not many:
        table.refuse("key_hashes", "Names no hash.", _HASH_CURE)
    hashes = [(path, text.value.strip().lower()) for path, text in (*found, *(many or ()))]
    for path, value in hashes:
        if not _HASH.fullmatch(value):
            table.reading.refuse(path, 'Must be "sha256:" and 64 hexadecimal digits.', _HASH_CURE)
        elif value == _OF_NOTHING:
            table.reading.refuse(path, "Is the hash of an empty key, which anybody has.", _HASH_CURE)
    return hashes


def _refuse_repeated_hashes(document: Table, hashes: _Hashes) -> None:
    first: dict[str, str] = {}
    for path, value in hashes:
        if first.setdefault(value, path) != path:
            document.reading.refuse(path, f"Is the same key as {first[value]}.", "Give each its own key.")


def _refuse_repeated_subjects(callers: Iterable[tuple[Table, CallerSettings]]) -> None:
    first: dict[tuple[str, str], str] = {}
    for table, caller in callers:
        if caller.issuer is None or caller.subject is None:
            continue
        path = table.at("subject")
        if first.setdefault((caller.issuer, caller.subject), path) != path:
            earlier = first[caller.issuer, caller.subject]
            table.refuse("subject", f"Is the same subject as {earlier}.", "Give each subject of an issuer one table.")
