"""What a caller wants of a mailbox, as the body of a POST or PATCH."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.draft import MailboxChanges, MailboxDraft, ServerDraft
from gateway.domain.errors import InvalidInputError, UnsupportedFieldsError
from gateway.domain.mailbox import Mailbox, SendBurst
from gateway.domain.outcome import WriteWarning
from gateway.domain.vendor import Vendor
from gateway.domain.writable import Occasion, VendorFields, names_given
from gateway.vendors.outreach.details import OutreachDetails
from gateway.vendors.outreach.login import KnownLogin, login_to_wire
from gateway.vendors.outreach.place import OWNER, attribute_name, usual_places, vendor_path
from gateway.vendors.outreach.server import security_warnings, server_to_wire
from gateway.vendors.outreach.written import Path, Written, written

T = TypeVar("T")
_PATTERNS = "prospect_email_exclusion_patterns"


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """`attributes` and `places` go by Outreach's names; `owner_id` None takes the owner away, UNSET leaves it."""

    attributes: Mapping[str, Written]
    owner_id: int | UnsetType | None
    places: Mapping[str, Path]
    warnings: tuple[WriteWarning, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.attributes and self.owner_id is UNSET


def body_from_draft(draft: MailboxDraft) -> Body:
    """Raises `InvalidInputError` for what contradicts itself, `UnsupportedFieldsError` for what Outreach has no word for."""
    _refuse_what_has_no_place(draft)
    smtp, imap = draft.smtp or ServerDraft(), draft.imap or ServerDraft()
    normalised = (
        *written("email", draft.address, "address"),
        *written("maxMailingsPerDay", _unless_none(draft.daily_limit), "dailyLimit"),
        *written("emailSignature", _unless_none(draft.signature), "signature"),
        *server_to_wire("smtp", smtp),
        *server_to_wire("imap", imap),
        *login_to_wire(imap=imap, smtp=smtp, known=KnownLogin()),
        *_verification(wanted=draft.verify),
    )
    attributes = _together(normalised, draft.vendor_fields)
    return Body(
        attributes=attributes,
        owner_id=_user_id(_unless_none(draft.owner_id)),
        places=_places(attributes, Occasion.CREATE),
        warnings=security_warnings(smtp=smtp, imap=imap),
    )


def body_from_changes(changes: MailboxChanges, mailbox: Mailbox) -> Body:
    """Only what changes. Raises as `body_from_draft`; `mailbox` is as it was last known, which tells whose login SMTP uses."""
    smtp, imap = _smtp_of(changes), _imap_of(changes)
    messages, window_seconds = _burst(changes.burst)
    normalised = (
        *written("maxMailingsPerDay", changes.daily_limit, "dailyLimit"),
        *written("maxMailingsPerWeek", changes.weekly_limit, "weeklyLimit"),
        *written("sendThreshold", messages, "burst", "messages"),
        *written("sendPeriod", window_seconds, "burst", "windowSeconds"),
        *written("emailSignature", changes.signature, "signature"),
        *written("sendDisabled", _negated(changes.sending_enabled), "sendingEnabled"),
        *written("syncDisabled", _negated(changes.receiving_enabled), "receivingEnabled"),
        *server_to_wire("smtp", smtp),
        *server_to_wire("imap", imap),
        *login_to_wire(imap=imap, smtp=smtp, known=_known_login(mailbox)),
        *_verification(wanted=changes.verify),
    )
    attributes = _together(normalised, changes.vendor_fields)
    return Body(
        attributes=attributes,
        owner_id=_user_id(changes.owner_id),
        places=_places(attributes, Occasion.UPDATE),
        warnings=security_warnings(smtp=smtp, imap=imap),
    )


def body_to_wire(body: Body, mailbox_id: str | None = None) -> dict[str, object]:
    """The JSON:API document. A PATCH must name type and id, the same as its URL (making-requests); ids are integers there."""
    data: dict[str, object] = {"type": "mailbox"}
    if mailbox_id is not None:
        data["id"] = int(mailbox_id) if mailbox_id.isdecimal() else mailbox_id
    if body.attributes:
        data["attributes"] = {name: each.value for name, each in body.attributes.items()}
    if body.owner_id is not UNSET:
        user = None if body.owner_id is None else {"type": "user", "id": body.owner_id}
        data["relationships"] = {"user": {"data": user}}
    return {"data": data}


def _refuse_what_has_no_place(draft: MailboxDraft) -> None:
    refused: dict[Path, str] = {}
    if draft.oauth is not None:
        refused["oauth",] = "Consents are given in Outreach's own settings; `vendor.outreach.authId` names one that is there."
    if draft.domain_vendor_id is not None:
        refused["domainId",] = "Outreach keeps no domains."
    if refused:
        raise UnsupportedFieldsError(refused, vendor=Vendor.OUTREACH)


def _unless_none(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value


def _negated(value: bool | UnsetType | None) -> bool | UnsetType | None:  # noqa: FBT001 - it is the value
    return not value if isinstance(value, bool) else value


def _burst(burst: SendBurst | UnsetType | None) -> tuple[int | UnsetType | None, int | UnsetType | None]:
    return (burst.messages, burst.window_seconds) if isinstance(burst, SendBurst) else (burst, burst)


def _smtp_of(changes: MailboxChanges) -> ServerDraft:
    """Cleared as a whole, SMTP loses its separate login, too."""
    if changes.smtp is None:
        return ServerDraft(host=None, port=None, security=None, username=None, password=None)
    return ServerDraft() if changes.smtp is UNSET else changes.smtp


def _imap_of(changes: MailboxChanges) -> ServerDraft:
    """Cleared as a whole, IMAP leaves the login alone: it is the mailbox's own, and SMTP may use it."""
    if changes.imap is None:
        return ServerDraft(host=None, port=None, security=None)
    return ServerDraft() if changes.imap is UNSET else changes.imap


def _known_login(mailbox: Mailbox) -> KnownLogin:
    separate = mailbox.details.smtp_username if isinstance(mailbox.details, OutreachDetails) else None
    return KnownLogin(mailbox.login, separate)


def _verification(*, wanted: bool | None) -> Iterator[Written]:
    if wanted:
        yield from written("validateSend", True, "verify")
        yield from written("validateSync", True, "verify")


def _together(normalised: Iterable[Written], fields: VendorFields | None) -> dict[str, Written]:
    """Each attribute once. `validateSend` says it finer than `verify`; other contradictions are the caller's to resolve."""
    said = {each.name: each for each in normalised}
    for each in _vendor_fields(fields) if fields else ():
        earlier = said.get(each.name)
        if earlier is not None and earlier.path != ("verify",) and earlier.value != each.value:
            words = (
                f"{'.'.join(each.path)} contradicts {'.'.join(earlier.path)}, which is the same attribute at Outreach: give one of them."
            )
            raise InvalidInputError(words, field=each.path)
        said[each.name] = each
    return said


def _vendor_fields(fields: VendorFields) -> Iterator[Written]:
    for name in names_given(fields):
        value = getattr(fields, name)
        if name == _PATTERNS:
            yield from written("prospectEmailExclusions", _one_per_line(value), *vendor_path(name))
        else:
            yield from written(attribute_name(name), value, *vendor_path(name))


def _one_per_line(patterns: tuple[str, ...]) -> str:
    if any(len(pattern.splitlines()) > 1 for pattern in patterns):
        raise InvalidInputError("A pattern cannot hold a line break: Outreach keeps one pattern per line.", field=vendor_path(_PATTERNS))
    return "\n".join(patterns)


def _user_id(owner_id: str | UnsetType | None) -> int | UnsetType | None:
    """Outreach's ids are JSON integers."""
    if not isinstance(owner_id, str):
        return owner_id
    if not (owner_id.isascii() and owner_id.isdecimal()):
        raise InvalidInputError("Outreach's users have whole numbers for ids.", field=OWNER)
    return int(owner_id)


def _places(attributes: Mapping[str, Written], occasion: Occasion) -> dict[str, Path]:
    return {**usual_places(occasion), **{name: each.path for name, each in attributes.items()}}
