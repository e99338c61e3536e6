"""Where snapshots are kept. In memory by default; the seam at which several processes will share one store."""

from typing import Protocol

from gateway.inventory.snapshot import Snapshot


class SnapshotStore(Protocol):
    """Keeps the latest snapshot of each account, by the account's name."""

    def get(self, account: str) -> Snapshot | None: ...
    def put(self, account: str, snapshot: Snapshot) -> None: ...
    def drop(self, account: str) -> None: ...


class MemoryStore:
    """A dictionary: right for one process, gone with it."""

    def __init__(self) -> None:
        self._snapshots: dict[str, Snapshot] = {}

    def get(self, account: str) -> Snapshot | None:
        return self._snapshots.get(account)

    def put(self, account: str, snapshot: Snapshot) -> None:
        self._snapshots[account] = snapshot

    def drop(self, account: str) -> None:
        self._snapshots.pop(account, None)
