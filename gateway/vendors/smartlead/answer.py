"""What Smartlead answers to a write, and what its refusals of one are about.

The pages show `{"ok": true, …}` and `{"success": true, …}`; on the wire some writes answer 200 with plain text or with nothing.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from gateway.domain.errors import FieldFault, VendorConflictError, VendorNotFoundError
from gateway.transport.call import Answer
from gateway.transport.decode import DecodeError, decode_object
from gateway.transport.failure import Fault
from gateway.vendors.smartlead.wire import ErrorObject, SavedRow, TagListRow, fault

Places: TypeAlias = tuple[tuple[str, ...], ...]
PlacesOf: TypeAlias = Callable[[str], Places]
"""Which of the caller's arguments the vendor's words are about."""

_OK = 200
_BAD_REQUEST = 400
_CONFLICT = 409
_VERDICTS = (_OK, _BAD_REQUEST)
"""With these Smartlead says what came of its check; `{"ok": false}` comes with the first."""
_EXISTS = re.compile(r"(?i)already[ _]exist|duplicate")
_IS_ABOUT_IMAP = re.compile(r"(?i)\bimap")
_IS_ABOUT_SMTP = re.compile(r"(?i)\bsmtp")
_NOT_FOUND = re.compile(r"(?i)not found|does not exist")


class WriteAnswer(msgspec.Struct):
    """An answer with a good status; `data` is what it tells of the thing that was written."""

    ok: bool | None = None
    success: bool | None = None
    error: ErrorObject | str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def is_refused(self) -> bool:
        """Whether it says no in spite of its status."""
        return False in (self.ok, self.success) or (bool(self.error) and True not in (self.ok, self.success))

    def saved(self) -> SavedRow:
        """The mailbox that was saved; empty where nothing is told of it."""
        try:
            return decode_object(self.data, SavedRow)
        except DecodeError:
            return SavedRow()

    def tag(self) -> TagListRow:
        """The tag that was made; empty likewise."""
        try:
            return decode_object(self.data, TagListRow)
        except DecodeError:
            return TagListRow()


def write_answer(body: bytes) -> WriteAnswer:
    """Plain text, and nothing at all, mean success. Raises `DecodeError` for a web page and for half an object."""
    said = body.strip()
    if said[:1] == b"<":
        raise DecodeError("a web page came")
    return decode_object(said, WriteAnswer) if said[:1] == b"{" else WriteAnswer()


def password_fault(answer: Answer) -> Fault:
    """Of the page "Add SMTP email account": 400 means that the mail servers did not let Smartlead in."""
    return _save_fault(answer, _servers)


def oauth_fault(answer: Answer) -> Fault:
    """Of the page "Add OAuth email account": 400 means that the token is not accepted."""
    return _save_fault(answer, lambda _: (("oauth",),))


def suspend_fault(answer: Answer) -> Fault:
    """Suspend and unsuspend answer 400, not 404, for a mailbox that they do not know (their pages)."""
    read = fault(answer)
    is_unknown = answer.status == _BAD_REQUEST and _NOT_FOUND.search(read.message or "") is not None
    return msgspec.structs.replace(read, kind=VendorNotFoundError) if is_unknown else read


def _save_fault(answer: Answer, places_of: PlacesOf) -> Fault:
    read = fault(answer)
    said = read.message or ""
    is_verdict = answer.status in _VERDICTS
    if answer.status == _CONFLICT or (is_verdict and _EXISTS.search(said)):
        # UNSURE: no page says what becomes of an address that is there already; one client knows ACCOUNT_ALREADY_EXIST.
        return msgspec.structs.replace(read, kind=VendorConflictError, fields=_at(said, (("address",),)))
    if not is_verdict or read.fields:
        return read
    return msgspec.structs.replace(read, fields=_at(said, places_of(said)))


def _servers(said: str) -> Places:
    about_imap = (("imap",),) if _IS_ABOUT_IMAP.search(said) else ()
    about_smtp = (("smtp",),) if _IS_ABOUT_SMTP.search(said) or not about_imap else ()
    return (*about_smtp, *about_imap)


def _at(said: str, places: Places) -> tuple[FieldFault, ...]:
    return tuple(FieldFault(None, said, place) for place in places)
