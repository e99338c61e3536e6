"""What was written through us, laid over the vendor's list for as long as that may lag behind."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.domain.turn import map_in_turns
from gateway.inventory.difference import agrees, is_newer

LISTS_LAG = timedelta(seconds=120)
"""How long after a write a list may begin and still not show it.

No vendor states a bound. The lists that lag come from replicas and search indexes, which are seconds behind, and from HTTP caches, whose
usual lifetime is a minute; twice that is on the safe side, and short enough that a change by somebody else is not hidden for long.
"""
_FEW = 64


class Write(msgspec.Struct, frozen=True):
    """A mailbox as it was written `at`; None: deleted. `is_alone`: the list cannot lag behind an earlier write, too."""

    mailbox: Mailbox | None
    at: datetime
    is_alone: bool


class Written:
    """The last write to each mailbox, by vendor id, until the vendor's lists have caught up.

    A list that began before a write, or less than `LISTS_LAG` after it, does not undo the write, unless its row is evidently newer. A list
    that began after the write and agrees with it ends its time here (but not after two writes in a row: what agrees with the second may be
    the state before the first). A list that began later than that always wins.
    """

    def __init__(self) -> None:
        self._writes: dict[str, Write] = {}
        self._sweep_at = _FEW
        self.version = 0
        """Changes whenever something here does."""

    def __len__(self) -> int:
        return len(self._writes)

    def find(self, mailbox_id: str) -> Write | None:
        return self._writes.get(mailbox_id)

    def states(self) -> Mapping[str, Mailbox | None]:
        """What lies over the list; None for what is deleted."""
        return {mailbox_id: write.mailbox for mailbox_id, write in self._writes.items()}

    def put(self, mailbox_id: str, mailbox: Mailbox | None, at: datetime) -> None:
        """A write; of two to one mailbox the later one counts."""
        earlier = self._writes.get(mailbox_id)
        self._writes[mailbox_id] = Write(mailbox, at, is_alone=earlier is None or at >= earlier.at + LISTS_LAG)
        self.version += 1

    def revise(self, mailbox: Mailbox) -> None:
        """A read of the one mailbox says more, or something newer: that is shown for as long as the write would have been."""
        write = self._writes[mailbox.vendor_id]
        self._writes[mailbox.vendor_id] = msgspec.structs.replace(write, mailbox=mailbox)
        self.version += 1

    def drop(self, mailbox_id: str) -> None:
        if self._writes.pop(mailbox_id, None) is not None:
            self.version += 1

    async def settle(
        self, rows: Mapping[str, Mailbox], completed: Callable[[Mailbox], Mailbox], *, began_at: datetime, is_complete: bool
    ) -> None:
        """Drop, in turns, what a list has caught up with. `rows` by vendor id; one that is not complete says nothing of what it has not."""

        def settle_one(write_of: tuple[str, Write]) -> None:
            mailbox_id, write = write_of
            row = rows.get(mailbox_id)
            if self._writes.get(mailbox_id) is not write or (row is None and not is_complete):
                return
            if _is_over(write, completed(row) if row else None, began_at):
                self.drop(mailbox_id)

        await map_in_turns(settle_one, list(self._writes.items()))

    def sweep(self, now: datetime, is_shown: Callable[[str], bool]) -> None:
        """Drop what is past its time and changes nothing that is shown; cheap, since it looks only when twice as much is here.

        To be called while no list is under way: one that began in time must find the write.
        """
        if len(self._writes) < self._sweep_at:
            return
        for mailbox_id, write in list(self._writes.items()):
            if now >= write.at + LISTS_LAG and not is_shown(mailbox_id):
                self.drop(mailbox_id)
        self._sweep_at = max(_FEW, 2 * len(self._writes))


def _is_over(write: Write, row: Mailbox | None, began_at: datetime) -> bool:
    """Whether a list's word on a mailbox (None: it is not there) counts more than what was written."""
    if began_at >= write.at + LISTS_LAG:
        return True
    may_agree = began_at > write.at and write.is_alone
    if write.mailbox is None or row is None:
        return may_agree and write.mailbox is row
    return is_newer(row, write.mailbox) or (may_agree and agrees(row, write.mailbox))
