"""An index of rows by address, case folded."""

from collections.abc import Iterable, KeysView, Sequence

from gateway.domain.mailbox import Mailbox


class Addresses:
    """Rows without an address are left out. Nearly all addresses have one row, so a row is kept as it is, not in a list of its own."""

    def __init__(self, rows: Iterable[Mailbox]) -> None:
        self._first: dict[str, Mailbox] = {}
        self._more: dict[str, list[Mailbox]] = {}
        for row in rows:
            self._add(row)

    def find(self, address: str) -> Sequence[Mailbox]:
        """Compared without case."""
        key = address.casefold()
        first = self._first.get(key)
        return () if first is None else (first, *self._more.get(key, ()))

    def keys(self) -> KeysView[str]:
        """All addresses, case folded."""
        return self._first.keys()

    def _add(self, row: Mailbox) -> None:
        if not row.address:
            return
        key = row.address.casefold()
        if key in self._first:
            self._more.setdefault(key, []).append(row)
        else:
            self._first[row.address if key == row.address else key] = row
