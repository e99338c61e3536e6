"""Reads the `[[callers]]` tables."""

import re
from collections.abc import Sequence

from gateway.config.name import FORM as NAME_FORM
from gateway.config.name import read_name, refuse_repeated
from gateway.config.problem import did_you_mean, listed, quoted
from gateway.config.settings import SCOPES, CallerSettings
from gateway.config.substitution import Text
from gateway.config.table import Table

KEYS = ("name", "key_hash", "scopes", "accounts")
_WHEN_EMPTY = {
    "scope": "Name at least one, or remove the caller: it could do nothing.",
    "account": "Name at least one, or leave the key out: then the caller may see all.",
}
_ONE_OF = {"scope": "one of the scopes", "account": "the name of an account in this file"}
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_HASH_CURE = "Run `gateway key new`: it prints a key, which the caller sends, and its hash, which belongs here."


def read_callers(document: Table, account_names: Sequence[Text] | None) -> tuple[CallerSettings, ...]:
    """The callers. `account_names` are the accounts that a caller may name; None: not all are known, so none can be called wrong."""
    tables = document.tables("callers") or []
    callers = [_read_caller(table, account_names) for table in tables]
    refuse_repeated(((table, caller.name or None) for table, caller in zip(tables, callers, strict=True)), "name", "name")
    refuse_repeated(((table, caller.key_hash or None) for table, caller in zip(tables, callers, strict=True)), "key_hash", "key")
    return tuple(callers)


def _read_caller(table: Table, account_names: Sequence[Text] | None) -> CallerSettings:
    name = read_name(table)
    table.refuse_unknown(KEYS)
    table.require({"name": NAME_FORM, "key_hash": _HASH_CURE, "scopes": f'Write scopes = ["read"], or more of {listed(SCOPES)}.'})
    return CallerSettings(
        name=name.value if name else "",
        key_hash=_read_hash(table),
        scopes=frozenset(_read_words(table, "scopes", [Text(scope) for scope in SCOPES], "scope") or ()),
        accounts=_read_words(table, "accounts", account_names, "account"),
    )


def _read_hash(table: Table) -> str:
    """A hash that is not one is never shown: it may well be the key itself."""
    text = table.text("key_hash")
    value = text.value.strip().lower() if text else ""
    if text and not _HASH.fullmatch(value):
        table.refuse("key_hash", 'Must be "sha256:" and 64 hexadecimal digits.', _HASH_CURE)
    return value


def _read_words(table: Table, key: str, known: Sequence[Text] | None, what: str) -> tuple[str, ...] | None:
    """An array of words, each one of `known`, each one once in the answer."""
    texts = table.texts(key)
    if texts is None:
        return None
    if not texts:
        table.refuse(key, f"Names no {what}.", _WHEN_EMPTY[what])
    for path, text in texts:
        if known is not None and text.value not in {word.value for word in known}:
            table.reading.refuse(path, f"{text.shown} is no {what} here.", _word_cure(text, known, what))
    return tuple(dict.fromkeys(text.value for _, text in texts))


def _word_cure(text: Text, known: Sequence[Text], what: str) -> str:
    shown = sorted(word.value for word in known if not word.is_secret)
    meant = None if text.is_secret else did_you_mean(text.value, shown)
    if meant:
        return f"Did you mean {quoted(meant)}?"
    return f"Write {_ONE_OF[what]}: {listed(map(quoted, shown), last='or')}." if shown else f"Write {_ONE_OF[what]}."
