"""Reads the `[[callers]]` tables."""

import re
from collections.abc import Iterable

from gateway.config.name import FORM as NAME_FORM
from gateway.config.name import read_name, refuse_repeated
from gateway.config.problem import did_you_mean, listed
from gateway.config.settings import SCOPES, CallerSettings
from gateway.config.substitution import Text
from gateway.config.table import Table

KEYS = ("name", "key_hash", "scopes", "accounts")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_HASH_CURE = "Run `gateway key new`: it prints a key, which the caller sends, and its hash, which belongs here."


def read_callers(document: Table, account_names: frozenset[str] | None) -> tuple[CallerSettings, ...]:
    """The callers. `account_names` are the accounts that a caller may name; None: not all are known, so none can be called wrong."""
    tables = document.tables("callers") or []
    names = [read_name(table) for table in tables]
    refuse_repeated(zip(tables, names, strict=True), "name", "name")
    callers = [_read_caller(table, name, account_names) for table, name in zip(tables, names, strict=True)]
    refuse_repeated(((table, caller.key_hash or None) for table, caller in zip(tables, callers, strict=True)), "key_hash", "key")
    return tuple(callers)


def _read_caller(table: Table, name: str | None, account_names: frozenset[str] | None) -> CallerSettings:
    table.refuse_unknown(KEYS)
    table.require({"name": NAME_FORM, "key_hash": _HASH_CURE, "scopes": f'Write scopes = ["read"], or more of {listed(SCOPES)}.'})
    return CallerSettings(
        name=name or "",
        key_hash=_read_hash(table),
        scopes=frozenset(_read_words(table, "scopes", SCOPES, "scope") or ()),
        accounts=_read_words(table, "accounts", account_names, "account"),
    )


def _read_hash(table: Table) -> str:
    """A hash that is not one is never shown: it may well be the key itself."""
    text = table.text("key_hash")
    value = text.value.strip().lower() if text else ""
    if text and not _HASH.fullmatch(value):
        table.refuse("key_hash", 'Must be "sha256:" and 64 hexadecimal digits.', _HASH_CURE)
    return value


def _read_words(table: Table, key: str, known: Iterable[str] | None, what: str) -> tuple[str, ...] | None:
    """An array of words, each one of `known`, each one once in the answer."""
    texts = table.texts(key)
    if texts is None:
        return None
    if not texts:
        without = "A caller without accounts sees nothing; without the key it sees all." if key == "accounts" else "It could do nothing."
        table.refuse(key, f"Names no {what}.", without)
    for path, text in texts:
        if known is not None and text.value not in known:
            table.reading.refuse(path, f"{text.shown} is no {what} here.", _word_cure(text, sorted(known), what))
    return tuple(dict.fromkeys(text.value for _, text in texts))


def _word_cure(text: Text, known: list[str], what: str) -> str:
    meant = None if text.is_secret else did_you_mean(text.value, known)
    return f"Did you mean {meant}?" if meant else f"Write a {what} of this file: {listed(known, last='or')}."
