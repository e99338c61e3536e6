"""What an operation still has to do, in a form that survives a restart. There is no secret in it.

A restart sends nothing anew: it goes on asking where things were accepted, finds out by reading where an answer was lost, and says of
the rest that it was not done.
"""

from datetime import datetime

import msgspec

from gateway.domain.identifier import Kind, encode
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


class Verify(msgspec.Struct, frozen=True, tag="verify"):
    """The vendor is at work on a new mailbox; `pending` are the adapter's words for it."""

    account: str
    address: str
    pending: str


class Find(msgspec.Struct, frozen=True, tag="find"):
    """Look whether a mailbox was created: one with this address that was not known before, or is younger than the attempt."""

    account: str
    address: str
    known_ids: tuple[str, ...]
    started_at: datetime


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """Look whether a mailbox was changed."""

    account: str
    mailbox_id: str
    expectations: tuple[Expectation, ...]


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


Work = Verify | Find | Compare | Vanish | Evidence | Many


def mailbox_of(question: Question) -> str | None:
    """The global id of the mailbox that a question is about; None where it is about one that may not be there."""
    return None if isinstance(question, Find) else encode(Kind.MAILBOX, question.account, question.mailbox_id)


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Work] = msgspec.json.Decoder(Work)


def encode_work(work: Work) -> bytes:
    """As JSON."""
    return _encoder.encode(work)


def decode_work(text: bytes) -> Work:
    """Raises `msgspec.ValidationError` for what another version of the gateway wrote."""
    return _decoder.decode(text)
