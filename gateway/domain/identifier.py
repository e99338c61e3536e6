"""Global ids: opaque to clients, versioned, and enough on their own to find the thing again.

An id is URL-safe base64 of a JSON array `[version, kind, account, part, …]`. It names the account by its configured name and
everything else by the vendor's own ids, so it stays valid for as long as the account keeps its name.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from functools import lru_cache

import msgspec

from gateway.domain.errors import InvalidInputError

VERSION = 1
MAX_LENGTH = 4096
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[int | str])  # msgspec reads no `tuple[int, *tuple[str, ...]]`
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Kind(StrEnum):
    """What an id names; the comment gives the parts that follow the account."""

    ACCOUNT = "Account"  # (none)
    MAILBOX = "Mailbox"  # mailbox
    DOMAIN = "Domain"  # domain
    FOLDER = "Folder"  # mailbox, folder
    RULE = "Rule"  # mailbox, rule
    IDENTITY = "Identity"  # mailbox, identity
    MESSAGE = "Message"  # mailbox, thread, message
    THREAD = "Thread"  # mailbox, thread
    ATTACHMENT = "Attachment"  # mailbox, blob, file name, content type
    OPERATION = "Operation"  # operation; the account is "", since one may touch several


_PART_COUNT = {
    Kind.ACCOUNT: 0,
    Kind.MAILBOX: 1,
    Kind.DOMAIN: 1,
    Kind.FOLDER: 2,
    Kind.RULE: 2,
    Kind.IDENTITY: 2,
    Kind.MESSAGE: 3,
    Kind.THREAD: 2,
    Kind.ATTACHMENT: 4,
    Kind.OPERATION: 1,
}


class Identifier(msgspec.Struct, frozen=True):
    """A decoded id: `account` is the account's name, `parts` the vendor's ids from the outermost in."""

    kind: Kind
    account: str
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return encode(self.kind, self.account, *self.parts)


def encode(kind: Kind, account: str, *parts: str) -> str:
    """The global id of a thing, e.g. `encode(Kind.FOLDER, "sales-eu", "mbx_1", "fld_2")`."""
    return urlsafe_b64encode(_encoder.encode((VERSION, kind, account, *parts))).rstrip(b"=").decode()


def encode_mailbox(account: str, vendor_id: str) -> str:
    """As `encode(Kind.MAILBOX, …)` in half of its time: every refresh names every mailbox."""
    text = _beginning(account) + _encoder.encode(vendor_id) + b"]"
    return binascii.b2a_base64(text, newline=False).translate(_URL_SAFE, b"=").decode()


@lru_cache(maxsize=1000)
def _beginning(account: str) -> bytes:
    """What the ids of an account's mailboxes have in common, as JSON."""
    return _encoder.encode((VERSION, Kind.MAILBOX, account)).removesuffix(b"]") + b","


def decode(text: str, *, expected: Kind | None = None) -> Identifier:
    """Read an id that a client sent.

    Raises `InvalidInputError` when it is not one of ours, of another version, or not of the `expected` kind.
    """
    identifier = _decode(text)
    if identifier is None:
        raise InvalidInputError("This id was not made by this gateway: pass ids on exactly as you got them.", field=("id",))
    if expected is not None and identifier.kind is not expected:
        raise InvalidInputError(f"This id is one of kind {identifier.kind}, but one of kind {expected} is needed here.", field=("id",))
    return identifier


def _decode(text: str) -> Identifier | None:
    """None for anything that `encode` did not make, byte for byte."""
    if not text or len(text) > MAX_LENGTH or not text.isascii():
        return None
    try:
        version, kind, *rest = _decoder.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    if version != VERSION or kind not in Kind._value2member_map_ or not rest:
        return None
    account, *parts = map(str, rest)
    identifier = Identifier(Kind(str(kind)), account, tuple(parts))
    if len(identifier.parts) != _PART_COUNT[identifier.kind] or str(identifier) != text:
        return None
    return identifier
