"""The parameters of a request: filters, orders, fields, includes, pages."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from gateway.sandbox.outreach.refusal import invalid
from gateway.sandbox.outreach.resource import Kind, Resource

_FILTER = re.compile(r"filter\[(\w+)\](?:\[(\w*)\])?(\[\])?")
_FIELDS = re.compile(r"fields\[(\w+)\]")
PAGE = re.compile(r"page\[(size|after|before|limit|offset)\]")


class Query:
    """A request's parameters, understood. Raises `Refusal` for what a collection does not know."""

    def __init__(self, kind: Kind, pairs: list[tuple[str, str]]) -> None:
        self.kind = kind
        self.pairs = pairs
        self.page: dict[str, str] = {}
        self.fields: dict[str, frozenset[str]] = {}
        self.includes: tuple[str, ...] = ()
        self.sort: tuple[str, ...] = ()
        self.counted: bool | None = None
        self.with_meta = False
        self.only_ids: set[int] | None = None
        self.only_mailbox_ids: set[int] | None = None
        self.tests: list[Callable[[Resource], bool]] = []
        self._literals: dict[str, set[str]] = {}
        """The values of `filter[name][]`, of which a row has one, by name."""
        self._has_new_syntax = ("newFilterSyntax", "true") in pairs
        for name, value in pairs:
            self._take(name, value)

    def _take(self, name: str, value: str) -> None:
        if page := PAGE.fullmatch(name):
            self.page[page[1]] = value
        elif fields := _FIELDS.fullmatch(name):
            self.fields[fields[1]] = frozenset(value.split(",")) - {""}
        elif found := _FILTER.fullmatch(name):
            self._filter(found[1], found[2], value)
        elif name == "include":
            self.includes = self._known(value, self.kind.includes, "include")
        elif name == "sort":
            self.sort = self._known(value, self.kind.attributes, "sort")
        elif name == "count":
            self.counted = value == "true"
        elif name == "provideAuthorizationMeta":
            self.with_meta = value == "true"
        elif name != "newFilterSyntax":
            raise invalid(f"Parameter '{name}' is not known.")

    @staticmethod
    def _known(value: str, known: Iterable[str], what: str) -> tuple[str, ...]:
        names = tuple(name for name in value.split(",") if name)
        for name in names:
            if name.removeprefix("-") not in known:
                raise invalid(f"'{name}' is not available for {what}.")
        return names

    def _filter(self, name: str, inner: str | None, value: str) -> None:
        if name in self.kind.relations and inner == "id":
            self._filter_relation(name, value)
        elif name not in self.kind.attributes or (inner and not self._has_new_syntax):
            raise invalid(f"Filtering by '{name}' is not supported.")
        elif self._has_new_syntax and inner in {"gte", "lte"}:
            text = f"{value}..inf" if inner == "gte" else f"neginf..{value}"
            self.tests.append(lambda row: _matches(row.value(name), text))
        elif self._has_new_syntax and inner is not None:
            if name not in self._literals:
                self._literals[name] = set()
                self.tests.append(lambda row: str(row.value(name)) in self._literals[name])
            self._literals[name].add(value)
        else:
            if name == "id":
                self.only_ids = _integers(value)
            self.tests.append(lambda row: _matches(row.value(name), value))

    def _filter_relation(self, name: str, value: str) -> None:
        attribute = self.kind.relations[name]
        if name == "mailbox":
            self.only_mailbox_ids = _integers(value)
        self.tests.append(lambda row: _matches(row.value(attribute) if attribute else row.related(name), value))


def _integers(value: str) -> set[int] | None:
    """The ids of a plain list, None for ranges and null tests."""
    texts = value.split(",")
    return {int(text) for text in texts} if all(text.isdecimal() for text in texts) else None


def _matches(value: object, text: str) -> bool:
    """`a`, `a,b`, `a..b` with `neginf` and `inf`, `__null__`, `__notnull__`."""
    if text in {"__null__", "__notnull__"}:
        return (value is None) == (text == "__null__")
    if value is None:
        return False
    low, dots, high = text.partition("..")
    if not dots:
        return str(value) in text.split(",")
    key = sort_key(value)
    return (low == "neginf" or sort_key(low) <= key) and (high == "inf" or key <= sort_key(high))


def sort_key(value: object) -> tuple[int, float, str]:
    """Nulls, then numbers, then times, then words."""
    if value is None:
        return (0, 0.0, "")
    text = str(value)
    try:
        return (1, float(text), "")
    except ValueError:
        pass
    try:
        return (2, datetime.fromisoformat(text).timestamp(), "")
    except ValueError:
        return (3, 0.0, text)
