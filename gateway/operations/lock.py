"""One writer at a time for each mailbox: two who read, change and write would undo each other's work."""

import asyncio
from weakref import WeakValueDictionary

from gateway.domain.identifier import Identifier


class Locks:
    """A lock for each mailbox, for as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, mailbox: Identifier) -> asyncio.Lock:
        return self._locks.setdefault(str(mailbox), asyncio.Lock())
