"""What a draft or changes ask for that Smartlead has no way to write: told before any request is sent."""

from collections.abc import Iterator

from msgspec import UNSET

from gateway.domain.draft import MailboxChanges, MailboxDraft, ServerDraft, TrackingDraft
from gateway.domain.errors import UnsupportedFieldsError
from gateway.domain.vendor import Vendor
from gateway.vendors.smartlead.details import SmartleadFields

Refused = tuple[tuple[str, ...], str]
"""A place in the caller's arguments, and what can be done instead."""

_NOT_CLEARED = "It can be changed, but not taken away."
_NO_LONGEST_WAIT = "Smartlead has a least time between two mails only: minIntervalSeconds."
_NO_SECURITY = "Its page takes a port and no word for the encryption: choose the port (SMTP 465 or 587, IMAP 993)."
_ONE_TRACKING_DOMAIN = "It has one domain for all tracking links: tracking.domain."
_NO_SERVERS = "A mailbox with an OAuth token has no servers and no password of its own: leave this out."


def refuse_unwritable(wanted: MailboxDraft | MailboxChanges) -> None:
    """Raises `UnsupportedFieldsError` with every place that cannot be written."""
    of_one = _of_draft(wanted) if isinstance(wanted, MailboxDraft) else _of_changes(wanted)
    refused = dict([*_of_both(wanted), *of_one])
    if refused:
        raise UnsupportedFieldsError(refused, vendor=Vendor.SMARTLEAD)


def _of_both(wanted: MailboxDraft | MailboxChanges) -> Iterator[Refused]:
    nothing = (None, UNSET) if isinstance(wanted, MailboxDraft) else (UNSET,)
    if wanted.max_interval_seconds not in nothing:
        yield ("maxIntervalSeconds",), _NO_LONGEST_WAIT
    for name, server in (("smtp", wanted.smtp), ("imap", wanted.imap)):
        if isinstance(server, ServerDraft) and server.security not in nothing:
            yield (name, "security"), _NO_SECURITY
    if isinstance(wanted.tracking, TrackingDraft):
        for kind in ("opens", "clicks", "unsubscribes"):
            if getattr(wanted.tracking, kind) not in nothing:
                yield ("tracking", kind), _ONE_TRACKING_DOMAIN


def _of_draft(draft: MailboxDraft) -> Iterator[Refused]:
    if draft.domain_vendor_id is not None:
        yield ("domainId",), "Smartlead keeps no domains."
    if draft.oauth is None:
        return
    for name, server in (("smtp", draft.smtp), ("imap", draft.imap)):
        if server is not None:
            yield (name,), _NO_SERVERS
    if draft.reply_to is not None:
        yield ("replyTo",), "Its page for OAuth mailboxes has no such field."
    if isinstance(draft.vendor_fields, SmartleadFields) and draft.vendor_fields.is_suspended is not UNSET:
        yield (
            ("vendor", "smartlead", "isSuspended"),
            "Its page for OAuth mailboxes has no such field: suspend the mailbox once it is there.",
        )


def _of_changes(changes: MailboxChanges) -> Iterator[Refused]:
    """Numbers and logins have no empty form; text has ""."""
    whole = {"daily_limit": "dailyLimit", "min_interval_seconds": "minIntervalSeconds", "smtp": "smtp", "imap": "imap"}
    for name, place in whole.items():
        if getattr(changes, name) is None:
            yield (place,), _NOT_CLEARED
    for server_name, server in (("smtp", changes.smtp), ("imap", changes.imap)):
        if isinstance(server, ServerDraft):
            for name in ("host", "port", "username", "password"):
                if getattr(server, name) is None:
                    yield (server_name, name), _NOT_CLEARED
