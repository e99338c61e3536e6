"""What an operation still has to do, in a form that survives a restart. There is no secret in it.

A restart sends nothing anew: it goes on asking where things were accepted, finds out by reading where an answer was lost, and says of
the rest that it was not done.
"""

from datetime import datetime

import msgspec

from gateway.domain.capability import MailboxField
from gateway.domain.outcome import MailboxCheck
from gateway.domain.rule import Json


class Expectation(msgspec.Struct, frozen=True):
    """A value of a mailbox that tells whether a change happened: where it stands, what it shall be, and what it was.

    `path` is one into `domain.mailbox.Mailbox`, e.g. "sending.daily_limit". `is_not`: it happened when the value is any other.
    """

    path: str
    wanted: Json
    before: Json = None
    is_not: bool = False


Place = tuple[str, str]
"""Where only one mailbox can be: an account, and an address in small letters."""


class Verify(msgspec.Struct, frozen=True, tag="verify"):
    """The vendor is at work on a new mailbox; `pending` are the adapter's words for it."""

    account: str
    address: str
    pending: str

    @property
    def place(self) -> Place:
        return place(self.account, self.address)


class Find(msgspec.Struct, frozen=True, tag="find"):
    """Look whether a mailbox was created: one with this address that was not known before, and is not older than the attempt.

    `listed_at` is when the list was read that `known_ids` come from, None where the account was never read whole.
    """

    account: str
    address: str
    known_ids: tuple[str, ...]
    started_at: datetime
    listed_at: datetime | None = None

    @property
    def place(self) -> Place:
        return place(self.account, self.address)


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """Look whether a mailbox was changed. `unseen` is what was to be changed and cannot be read back."""

    account: str
    mailbox_id: str
    expectations: tuple[Expectation, ...]
    unseen: tuple[MailboxField, ...] = ()


class Vanish(msgspec.Struct, frozen=True, tag="vanish"):
    """Look whether a mailbox is gone."""

    account: str
    mailbox_id: str


class Evidence(msgspec.Struct, frozen=True, tag="evidence"):
    """Look whether a test ran: by what the vendor says of sending and receiving since."""

    account: str
    mailbox_id: str
    checks: tuple[MailboxCheck, ...]
    started_at: datetime


Question = Find | Compare | Vanish | Evidence
"""What can be found out by reading."""


class Many(msgspec.Struct, frozen=True, tag="many"):
    """Many mailboxes; `questions`, by the index of the part, say how each is found out about if its answer is lost."""

    questions: dict[int, Question]


Step = Verify | Question
"""What can be left to do of one mailbox."""

Work = Step | Many

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Work] = msgspec.json.Decoder(Work)
_find_decoder = msgspec.json.Decoder(Find)


def place(account: str, address: str) -> Place:
    """Addresses are compared without case."""
    return (account, address.casefold())


def encode_work(work: Work) -> bytes:
    """As JSON."""
    return _encoder.encode(work)


def decode_work(text: bytes) -> Work:
    """Raises `msgspec.ValidationError` for what another version of the gateway wrote."""
    return _decoder.decode(text)


def decode_find(text: bytes) -> Find:
    """Raises `msgspec.ValidationError` likewise."""
    return _find_decoder.decode(text)
