"""A draft -> one item of the bulk add (docs/mailboxes/post-mailboxes, help article 9428731)."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec
from msgspec import UNSET

from gateway.domain.draft import MailboxDraft, ServerDraft, TrackingDraft
from gateway.domain.errors import InvalidInputError, UnsupportedFieldsError
from gateway.domain.vendor import Vendor
from gateway.vendors.woodpecker.details import WoodpeckerFields

Path: TypeAlias = tuple[str, ...]
"""A place in the caller's input, in GraphQL's names."""

_NOTIFICATIONS: Path = ("vendor", "woodpecker", "completionNotificationTypes")
_REQUIRED: Mapping[str, Path] = {
    "smtp_email": ("address",),
    "smtp_server": ("smtp", "host"),
    "smtp_port": ("smtp", "port"),
    "smtp_password": ("smtp", "password"),
    "imap_server": ("imap", "host"),
    "imap_port": ("imap", "port"),
}
"""Required besides: `imap_email` and `imap_password`, which are the address and SMTP's password unless others are given."""


class Addition(msgspec.Struct, frozen=True):
    """A mailbox as the bulk add takes it: `item` is its JSON with the secrets hidden, `places` say whence each of its keys comes.

    `notifications` belong to the whole batch.
    """

    address: str
    item: Mapping[str, object]
    places: Mapping[str, Path]
    notifications: tuple[str, ...] = ()


def addition_from_draft(draft: MailboxDraft) -> Addition:
    """Blank values count as not given: the page refuses blank ones and has defaults for absent ones.

    Raises `UnsupportedFieldsError` for what the page has no key for, `InvalidInputError` for what it requires and the draft lacks.
    """
    if unsayable := _unsayable(draft):
        raise UnsupportedFieldsError(unsayable, vendor=Vendor.WOODPECKER)
    item: dict[str, object] = {}
    places: dict[str, Path] = {"completion_notification_types": _NOTIFICATIONS}
    for key, place, value in _sayings(draft):
        if key not in item and _says_something(value):
            item[key] = value
            places[key] = place
    missing = [place for key, place in _REQUIRED.items() if key not in item]
    if missing:
        names = ", ".join(".".join(place) for place in missing)
        message = f"Woodpecker cannot add a mailbox without {names}; no request was sent."
        raise InvalidInputError(message, field=missing[0])
    return Addition(draft.address, item, places, _own(draft).completion_notification_types or ())


def _sayings(draft: MailboxDraft) -> Iterator[tuple[str, Path, object]]:
    """Every key with where its value comes from; where a key comes twice, the first that says something counts."""
    smtp, imap = draft.smtp or ServerDraft(), draft.imap or ServerDraft()
    yield "smtp_email", ("address",), draft.address
    yield "smtp_login", ("smtp", "username"), smtp.username
    yield "smtp_password", ("smtp", "password"), smtp.password
    yield "smtp_server", ("smtp", "host"), smtp.host
    yield "smtp_port", ("smtp", "port"), smtp.port
    yield "smtp_from_name", ("displayName",), draft.display_name
    yield "imap_email", ("vendor", "woodpecker", "imapEmail"), _own(draft).imap_email
    yield "imap_email", ("address",), draft.address
    yield "imap_password", ("imap", "password"), imap.password
    yield "imap_password", ("smtp", "password"), smtp.password
    yield "imap_server", ("imap", "host"), imap.host
    yield "imap_port", ("imap", "port"), imap.port
    yield "footer", ("signature",), draft.signature
    yield "bcc", ("bcc",), draft.bcc
    yield "sending_wait_time_from", ("minIntervalSeconds",), _whole_seconds(draft.min_interval_seconds, "minIntervalSeconds")
    yield "sending_wait_time_to", ("maxIntervalSeconds",), _whole_seconds(draft.max_interval_seconds, "maxIntervalSeconds")
    yield "daily_sending_limit", ("dailyLimit",), draft.daily_limit
    yield from _tracking(draft.tracking or TrackingDraft())


def _tracking(tracking: TrackingDraft) -> Iterator[tuple[str, Path, object]]:
    for name, key in (("opens", "open"), ("clicks", "click"), ("unsubscribes", "unsubscribe")):
        yield f"{key}_tracking_domain", ("tracking", name), getattr(tracking, name)
        yield f"{key}_tracking_domain", ("tracking", "domain"), tracking.domain


def _own(draft: MailboxDraft) -> WoodpeckerFields:
    return draft.vendor_fields if isinstance(draft.vendor_fields, WoodpeckerFields) else WoodpeckerFields()


def _says_something(value: object) -> bool:
    return value is not None and value is not UNSET and not (isinstance(value, str) and not value.strip())


def _whole_seconds(seconds: float | None, name: str) -> int | None:
    """Written in whole seconds, although it is read in milliseconds."""
    if seconds is None:
        return None
    if not float(seconds).is_integer():
        message = f"Woodpecker takes whole seconds, and {seconds} is not a whole number; no request was sent."
        raise InvalidInputError(message, field=(name,))
    return int(seconds)


def _unsayable(draft: MailboxDraft) -> dict[Path, str]:
    """What is given and has no key on the page."""
    smtp, imap = draft.smtp or ServerDraft(), draft.imap or ServerDraft()
    no_switch = "It has no switch for encryption: the port decides."
    given: dict[Path, tuple[object, str]] = {
        ("smtp", "security"): (smtp.security, no_switch),
        ("imap", "security"): (imap.security, no_switch),
        ("imap", "username"): (imap.username, "It logs in to IMAP with vendor.woodpecker.imapEmail, or else with the address."),
        ("oauth",): (draft.oauth, "Gmail and Outlook are added with app passwords."),
        ("domainId",): (draft.domain_vendor_id, "The address names its domain."),
        ("verify",): (draft.verify is False or None, "It always logs in before it adds a mailbox."),
    }
    return {path: hint for path, (value, hint) in given.items() if _says_something(value)}
