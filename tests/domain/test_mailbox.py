"""Details are read when somebody asks for them, and nobody sees a difference."""

from datetime import UTC, datetime

import msgspec

from gateway.domain.mailbox import Details, Mailbox, UnreadDetails
from gateway.domain.vendor import Vendor

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
reads: list[str] = []


class MadeUpDetails(Details, frozen=True, gc=False):
    """One field."""

    word: str = ""


class UnreadWord(UnreadDetails, frozen=True, gc=False, kw_only=True):
    """What the vendor said."""

    said: str

    def read(self) -> MadeUpDetails:
        reads.append(self.said)
        return MadeUpDetails(word=self.said.strip())


def mailbox(details: Details, vendor_id: str = "1") -> Mailbox:
    return Mailbox(f"id-{vendor_id}", next(iter(Vendor)), vendor_id, "sales", NOON, details)


def test_details_are_read_once_and_only_when_asked_for() -> None:
    reads.clear()
    it = mailbox(UnreadWord(said=" word "))
    changed = msgspec.structs.replace(it, address="a@example.com")
    assert reads == []
    assert it.details == MadeUpDetails("id-1", "word")
    assert it.details is it.details
    assert reads == [" word "]
    assert changed.details == it.details


def test_unread_details_are_equal_to_what_they_are_read_as() -> None:
    unread, read = mailbox(UnreadWord(said=" word ")), mailbox(MadeUpDetails(word="word"))
    assert unread == read
    assert read == unread
    assert mailbox(UnreadWord(said="word")) == mailbox(UnreadWord(said="word "))
    assert mailbox(UnreadWord(said="another")) != read
    assert mailbox(UnreadWord(said="word")) != mailbox(UnreadWord(said="another"))


def test_the_details_of_a_mailbox_can_be_replaced() -> None:
    it = mailbox(UnreadWord(said="old"))
    assert msgspec.structs.replace(it, details=MadeUpDetails(word="new")).details == MadeUpDetails("id-1", "new")
