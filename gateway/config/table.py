"""One TOML table, read key by key: what a key holds, or a problem with the path of that key."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

from gateway.config.duration import FORMS, seconds_from_number, seconds_from_text
from gateway.config.problem import Problem, did_you_mean, listed, quoted
from gateway.config.substitution import Refuse, Text, substitute

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
_KIND_WORDS: dict[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a decimal number",
    list: "an array",
    dict: "a table",
}


class Reading(msgspec.Struct, frozen=True):
    """What all tables of one file share: where `${NAME}` is looked up, and the problems found so far."""

    environment: Mapping[str, str]
    problems: list[Problem]

    def refuse(self, path: str, message: str, cure: str) -> None:
        self.problems.append(Problem(path, message, cure))


class Table:
    """A table of the file. Every method takes note of what is wrong and then answers as if the key were absent: None."""

    def __init__(self, content: Mapping[str, object], path: str, reading: Reading) -> None:
        self._content = content
        self.path = path
        self.reading = reading

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def at(self, key: str) -> str:
        """The path of a key, e.g. `accounts[1].api_key`."""
        shown = key if _BARE_KEY.fullmatch(key) else quoted(key)
        return f"{self.path}.{shown}" if self.path else shown

    def refuse(self, key: str, message: str, cure: str) -> None:
        self.reading.refuse(self.at(key), message, cure)

    def require(self, cures: Mapping[str, str]) -> None:
        """Refuse the absence of any of these keys; the values say what to write there."""
        for key, cure in cures.items():
            if key not in self:
                self.refuse(key, "Is missing.", cure)

    def unknown(self, known: Iterable[str]) -> list[str]:
        """The keys that are none of `known`."""
        expected = set(known)
        return [key for key in self._content if key not in expected]

    def refuse_unknown(self, known: Iterable[str]) -> None:
        for key in self.unknown(known):
            self.refuse(key, "There is no such key.", key_cure(key, known))

    # ------------------------------------------------------------------ values
    def holds_text(self, key: str) -> bool:
        return isinstance(self._content.get(key), str)

    def text(self, key: str) -> Text | None:
        """A string with its `${…}` filled in; never empty."""
        raw = self._content.get(key)
        if isinstance(raw, str):
            return self._text(raw, self.at(key))
        self._refuse_kind(key, raw, "a string", "Put it in quotes." if isinstance(raw, int | float) else "Write a string in quotes.")
        return None

    def texts(self, key: str) -> list[tuple[str, Text]] | None:
        """An array of strings, each with its path; None unless all of them can be read."""
        raw = self._content.get(key)
        if not isinstance(raw, list):
            self._refuse_kind(key, raw, "an array of strings", 'Write ["…", "…"].')
            return None
        paths = [f"{self.at(key)}[{index}]" for index in range(len(raw))]
        texts = [self._item(item, path) for item, path in zip(raw, paths, strict=True)]
        return [(path, text) for path, text in zip(paths, texts, strict=True) if text] if all(texts) else None

    def flag(self, key: str) -> bool | None:
        raw = self._from_environment(key, lambda value: {"true": True, "false": False}.get(value.lower()))
        if isinstance(raw, bool):
            return raw
        self._refuse_kind(key, raw, "true or false", "Write true or false, without quotes.")
        return None

    def whole_number(self, key: str, *, minimum: int, maximum: int) -> int | None:
        raw = self._from_environment(key, lambda value: int(value) if _WHOLE_NUMBER.fullmatch(value) else None)
        if not isinstance(raw, int) or isinstance(raw, bool):
            self._refuse_kind(key, raw, "a whole number", "Write a whole number, without quotes.")
            return None
        if not minimum <= raw <= maximum:
            self.refuse(key, "This number is out of range.", f"Write a whole number from {minimum} to {maximum}.")
            return None
        return raw

    def seconds(self, key: str) -> float | None:
        """A duration, in seconds."""
        raw = self._content.get(key)
        try:
            if isinstance(raw, int | float) and not isinstance(raw, bool):
                return seconds_from_number(raw)
            if isinstance(raw, str):
                text = self._text(raw, self.at(key))
                return seconds_from_text(text.value) if text else None
        except ValueError as error:
            self.refuse(key, str(error), FORMS)
            return None
        self._refuse_kind(key, raw, "a duration", FORMS)
        return None

    def table(self, key: str, *, wanted: str = "a table", cure: str | None = None) -> "Table | None":
        raw = self._content.get(key)
        if isinstance(raw, dict):
            return Table(raw, self.at(key), self.reading)
        self._refuse_kind(key, raw, wanted, cure or f"Write [{key}] on a line of its own and the keys below it.")
        return None

    def switch(self, key: str, *, what: str, form: str) -> "Table | Literal[False] | None":
        """A table, or False for "off", or None for what is not said."""
        if key not in self:
            return None
        if not self.holds_text(key):
            return self.table(key, cure=form, wanted='"off" or a table')
        text = self.text(key)
        if text and text.value.strip().lower() != "off":
            self.refuse(key, f"{text.shown} is no {what}.", form)
        return False

    def tables(self, key: str) -> "list[Table] | None":
        """An array of tables: those of its items that are tables; None when none of its items is."""
        raw = self._content.get(key)
        cure = f"Write [[{key}]], with two brackets, above the keys of each."
        if not isinstance(raw, list):
            self._refuse_kind(key, raw, "an array of tables", cure)
            return None
        for index, item in enumerate(raw):
            if not isinstance(item, dict):
                self.reading.refuse(f"{self.at(key)}[{index}]", f"Must be a table, but is {_kind(item)}.", cure)
        tables = [Table(item, f"{self.at(key)}[{index}]", self.reading) for index, item in enumerate(raw) if isinstance(item, dict)]
        return tables if tables or not raw else None

    # ------------------------------------------------------------------ the common part
    def _item(self, raw: object, path: str) -> Text | None:
        if isinstance(raw, str):
            return self._text(raw, path)
        self.reading.refuse(path, f"Must be a string, but is {_kind(raw)}.", "Write a string in quotes.")
        return None

    def _text(self, raw: str, path: str) -> Text | None:
        text = substitute(raw, self.reading.environment, self._refusal_at(path))
        if text is not None and not text.value.strip():
            self.reading.refuse(path, "Is empty.", "Write a value, or leave the key out.")
            return None
        return text

    def _refusal_at(self, path: str) -> Refuse:
        return lambda message, cure: self.reading.refuse(path, message, cure)

    def _from_environment(self, key: str, convert: Callable[[str], object]) -> object:
        """What the key holds; `${…}` in a string, as `port = "${PORT}"`, is filled in and converted. None once refused."""
        raw = self._content.get(key)
        if not isinstance(raw, str) or "${" not in raw:
            return raw
        text = self._text(raw, self.at(key))
        if text is None:
            return None
        converted = convert(text.value.strip())
        return raw if converted is None else converted

    def _refuse_kind(self, key: str, raw: object, wanted: str, cure: str) -> None:
        # None: the key is absent, which is no fault here, or it has been refused already.
        if raw is not None:
            self.refuse(key, f"Must be {wanted}, but is {_kind(raw)}.", cure)


def key_cure(key: str, known: Iterable[str]) -> str:
    """What to do about a key that nobody knows."""
    known = sorted(known)
    meant = did_you_mean(key, known)
    return f"Did you mean {meant}?" if meant else f"Remove it. Known here: {listed(known)}."


def _kind(raw: object) -> str:
    return _KIND_WORDS.get(type(raw), "a date or a time")
