"""The names that accounts and callers go by."""

import re
from collections.abc import Iterable

from gateway.config.substitution import Text
from gateway.config.table import Table

FORM = "Use 1 to 64 letters (a-z, A-Z), digits, '.', '_' or '-'."
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


def read_name(table: Table) -> Text | None:
    """The table's `name`; None when there is none that can be read. One that breaks the rules is refused, and given back all the same."""
    text = table.text("name")
    if text is None:
        return None
    if not _NAME.fullmatch(text.value):
        table.refuse("name", f"{text.shown} cannot be a name.", FORM)
    return text


def refuse_repeated(values: Iterable[tuple[Table, str | None]], key: str, what: str) -> None:
    """Refuse every value that an earlier table has already; `what` says what is repeated, e.g. "name"."""
    first: dict[str, str] = {}
    for table, value in values:
        if value is not None and first.setdefault(value, table.at(key)) != table.at(key):
            table.refuse(key, f"Is the same {what} as {first[value]}.", f"Give each its own {what}.")
