"""Which of the account's domains an address is on."""

import time
from collections.abc import AsyncIterator, Callable, Sequence

from gateway.vendors.shipmail.wire import DomainRow

LASTS_SECONDS = 60.0


class KnownDomains:
    """The account's domains as they were within the last minute; asked for anew when the one that is looked for is not among them."""

    def __init__(self, pages: Callable[[], AsyncIterator[Sequence[DomainRow]]]) -> None:
        self._pages = pages
        self._rows: list[DomainRow] = []
        self._expires_at = 0.0

    async def named(self, name: str) -> DomainRow | None:
        """The domain with this name, compared without case. Raises `VendorError`."""
        return await self._find(lambda row: _plain(row.name or "") == _plain(name))

    async def with_id(self, domain_id: str) -> DomainRow | None:
        """The domain with this vendor id. Raises `VendorError`."""
        return await self._find(lambda row: row.id == domain_id)

    async def _find(self, is_wanted: Callable[[DomainRow], bool]) -> DomainRow | None:
        known = next(filter(is_wanted, self._rows), None) if time.monotonic() < self._expires_at else None
        if known is not None:
            return known
        self._rows = [row async for rows in self._pages() for row in rows]
        self._expires_at = time.monotonic() + LASTS_SECONDS
        return next(filter(is_wanted, self._rows), None)


def is_on(address: str, row: DomainRow) -> bool:
    """Whether an address is on a domain."""
    return _plain(address.rpartition("@")[2]) == _plain(row.name or "")


def _plain(name: str) -> str:
    return name.strip().rstrip(".").casefold()
