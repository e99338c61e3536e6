"""What the BFF knows of each vendor."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from benchmarks.bff.value import Row

Object = Mapping[str, Any]
"""JSON as it comes."""
Ask = Callable[[str], Awaitable[Any]]
"""Gets a path of the vendor's and decodes the answer."""


class VendorModule(Protocol):
    """A module of this folder."""

    def headers(self, account: Mapping[str, str], /) -> dict[str, str]:
        """Those of every request; `account` holds the credentials."""

    def pages(self, ask: Ask, account: Mapping[str, str], /) -> AsyncIterator[Iterable[Object]]:
        """All mailboxes."""

    def row(self, it: Object, account: str, /) -> Row:
        """One of them in the fleet's words."""
