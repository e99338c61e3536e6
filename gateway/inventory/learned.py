"""What reads of single mailboxes told: shown in the fleet for as long as the mailbox is there, details kept for the fresh time."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from gateway.domain.details import MAILBOX_PART
from gateway.domain.mailbox import Details, Mailbox
from gateway.inventory.recent import Recent


class Learned:
    """Mailboxes by vendor id, their details by vendor id and part. A read during which its mailbox is written teaches nothing."""

    def __init__(self, clock: Callable[[], datetime], lasts: timedelta) -> None:
        self.mailboxes: dict[str, Mailbox] = {}
        self._details = Recent[tuple[str, str], Details](clock, lasts)
        self._parts = {MAILBOX_PART}
        self._reads: dict[int, set[str]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read of any mailbox, or all of it is forgotten."""
        return not self.mailboxes and not self._details

    @contextmanager
    def reading(self) -> Iterator[Collection[str]]:
        """Gives the ids of the mailboxes that are written until the block ends: what it reads of them may be outdated."""
        outdated: set[str] = set()
        self._reads[id(outdated)] = outdated
        try:
            yield outdated
        finally:
            del self._reads[id(outdated)]

    def keep(self, mailbox: Mailbox) -> None:
        """A mailbox as complete as the vendor tells it."""
        self.mailboxes[mailbox.vendor_id] = mailbox
        self._details.keep([((mailbox.vendor_id, MAILBOX_PART), mailbox.details)])

    def find_details(self, mailbox_ids: Iterable[str], part: str) -> dict[str, Details]:
        """Those that were read within the fresh time."""
        return {mailbox_id: details for (mailbox_id, _), details in self._details.find((each, part) for each in mailbox_ids).items()}

    def keep_details(self, details: Mapping[str, Details], part: str) -> None:
        """Read just now, by mailbox."""
        self._parts.add(part)
        self._details.keep(((mailbox_id, part), each) for mailbox_id, each in details.items())

    def renew(self, mailbox_id: str, mailbox: Mailbox | None) -> None:
        """A mailbox was written and is in this state now (None: gone, or not known); its details must be asked for again."""
        for outdated in self._reads.values():
            outdated.add(mailbox_id)
        self._details.drop((mailbox_id, part) for part in self._parts)
        self.mailboxes.pop(mailbox_id, None)
        if mailbox is not None:
            self.mailboxes[mailbox_id] = mailbox

    def forget_all_but(self, mailbox_ids: Collection[str]) -> None:
        """Mailboxes that are gone, and details past their time, need no memory."""
        self.mailboxes = {key: mailbox for key, mailbox in self.mailboxes.items() if key in mailbox_ids}
        self._details.forget(lambda key: key[0] not in mailbox_ids)
