"""Reads what somebody may do and see: the keys `scopes` and `accounts` of `[[callers]]` and `[[issuers]]`."""

from collections.abc import Sequence

from gateway.config.problem import did_you_mean, listed, quoted
from gateway.config.settings import SCOPES
from gateway.config.substitution import Text
from gateway.config.table import Table

SCOPES_CURE = f'Write scopes = ["read"], or more of {listed(SCOPES)}.'
_WHEN_EMPTY = {
    "scope": "Name at least one, or remove the table: nobody could do anything by it.",
    "account": "Name at least one, or leave the key out: then all may be seen.",
    "algorithm": "Name at least one, or leave the key out.",
}
_ONE_OF = {
    "scope": "one of the scopes",
    "account": "the name of an account in this file",
    "algorithm": "one of the algorithms with a public key",
    "issuer": "the name of an issuer in this file",
}


def read_scopes(table: Table) -> frozenset[str]:
    """Empty where there are none that can be read."""
    return frozenset(read_words(table, "scopes", [Text(scope) for scope in SCOPES], "scope") or ())


def read_account_names(table: Table, known: Sequence[Text] | None) -> tuple[str, ...] | None:
    """None: all. `known` are the accounts that may be named; None: not all are known, so none can be called wrong."""
    return read_words(table, "accounts", known, "account")


def read_words(table: Table, key: str, known: Sequence[Text] | None, what: str) -> tuple[str, ...] | None:
    """An array of words, each one of `known`, each one once in the answer."""
    texts = table.texts(key)
    if texts is None:
        return None
    if not texts:
        table.refuse(key, f"Names no {what}.", _WHEN_EMPTY[what])
    for path, text in texts:
        if known is not None and text.value not in {word.value for word in known}:
            table.reading.refuse(path, f"{text.shown} is no {what} here.", word_cure(text, known, what))
    return tuple(dict.fromkeys(text.value for _, text in texts))


def word_cure(text: Text, known: Sequence[Text], what: str) -> str:
    """What to write in the place of a word that is none of `known`."""
    shown = sorted(word.value for word in known if not word.is_secret)
    meant = None if text.is_secret else did_you_mean(text.value, shown)
    if meant:
        return f"Did you mean {quoted(meant)}?"
    one_of = _ONE_OF[what]
    return f"Write {one_of}: {listed(map(quoted, shown), last='or')}." if shown else f"Write {one_of}."
