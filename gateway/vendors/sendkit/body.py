"""What we write, in SendKit's words: drafts, changes and settings as bodies. Pure; what SendKit cannot say is refused here.

Sources: post-v1-mailboxes, patch-v1-mailboxes-mailboxid; the warm-up calls are known from a client's code.
"""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from msgspec import UNSET, UnsetType

from gateway.domain.draft import MailboxChanges, MailboxDraft, ServerDraft, WarmupSettings
from gateway.domain.errors import UnsupportedFieldsError
from gateway.domain.mailbox import TransportSecurity
from gateway.domain.vendor import Vendor
from gateway.domain.writable import VendorFields
from gateway.vendors.sendkit.details import SendkitFields

T = TypeVar("T")
Body: TypeAlias = dict[str, object]
"""JSON, with `Secret`s where passwords stand."""

_SECURE = {
    TransportSecurity.TLS: True,
    TransportSecurity.SSL: True,
    TransportSecurity.ENCRYPTED: True,
    # `secure` means "SSL/TLS" from the first byte. A connection that begins in the clear, and may be upgraded, is the other one.
    TransportSecurity.STARTTLS: False,
    TransportSecurity.NONE: False,
}


def draft_body(draft: MailboxDraft) -> Body:
    """A mailbox to be created. Raises `UnsupportedFieldsError` for what SendKit cannot say."""
    _refuse(_unsayable_in_draft(draft))
    fields = draft.vendor_fields
    return _without_silence(
        {
            "email": draft.address,
            "displayName": draft.display_name,
            "provider": fields.provider if isinstance(fields, SendkitFields) else UNSET,
            "smtp": smtp_body(draft),
            "imap": imap_body(draft),
            "dailySendLimit": draft.daily_limit,
            "signature": draft.signature,
            "tags": draft.tags,
        }
    )


def smtp_body(draft: MailboxDraft) -> Body | None:
    """The login is the address where the draft names none: the page's own example has it so, and the import knows no other."""
    if draft.smtp is None:
        return None
    return {"username": draft.address, **_server(draft.smtp)}


def imap_body(draft: MailboxDraft) -> Body | None:
    """None where SMTP's login shall be reused on a host of the vendor's choice.

    With a server of its own but no login, SMTP's is written: that an absent one is reused is said of the whole object only.
    """
    if draft.imap is None:
        return None
    smtp = smtp_body(draft) or {}
    return {**{name: smtp[name] for name in ("username", "password") if name in smtp}, **_server(draft.imap)}


def secure_flag(server: ServerDraft) -> bool | None:
    """None where the draft does not say."""
    security = said(server.security)
    return None if security is None else _SECURE[security]


def changes_body(changes: MailboxChanges) -> Body:
    """What goes to the mailbox itself. Raises `UnsupportedFieldsError` for what cannot be emptied."""
    cannot_be_empty = {"displayName": changes.display_name, "dailyLimit": changes.daily_limit, "sendingEnabled": changes.sending_enabled}
    _refuse({(name,): "It cannot be emptied." for name, value in cannot_be_empty.items() if value is None})
    return _without_silence(
        {
            "displayName": changes.display_name,
            "dailySendLimit": changes.daily_limit,
            "signature": "" if changes.signature is None else changes.signature,
            "sendingEnabled": changes.sending_enabled,
            "tags": () if changes.tags is None else changes.tags,  # they replace the whole list
        }
    )


def warmup_fields_body(fields: VendorFields | None) -> Body:
    """What of a change goes to the configuration of warm-up."""
    warmup = fields.warmup if isinstance(fields, SendkitFields) else UNSET
    if not warmup or not warmup.config:
        return {}
    return _without_silence({"startingVolume": warmup.config.starting_volume})


def warmup_settings_body(settings: WarmupSettings | None) -> Body:
    """The `config` of warm-up. Raises `UnsupportedFieldsError` for what SendKit has no setting for, or one of unknown type."""
    if settings is None:
        return {}
    hints = {
        "replyRateTarget": (settings.reply_rate_target, "SendKit does not document how its reply rates are written."),
        "rampUp": (settings.ramp_up, "SendKit always ramps up, by dailyIncrease."),
        "autoAdjust": (settings.auto_adjust, ""),
    }
    _refuse({("settings", name): hint for name, (value, hint) in hints.items() if value is not None})
    return _without_silence({"dailyIncrease": settings.daily_increase, "targetVolume": settings.daily_target})


def said(value: T | UnsetType | None) -> T | None:
    """In a new mailbox, what is cleared is as good as what is not said."""
    return None if value is UNSET else value


def _server(server: ServerDraft) -> Body:
    return _without_silence(
        {
            "host": said(server.host),
            "port": said(server.port),
            "secure": secure_flag(server),
            "username": said(server.username),
            "password": said(server.password),
        }
    )


def _unsayable_in_draft(draft: MailboxDraft) -> dict[tuple[str, ...], str]:
    hints: dict[tuple[str, ...], str] = {}
    if draft.verify is False:
        hints["verify",] = "SendKit verifies every mailbox that is added."
    if draft.oauth is not None:
        hints["oauth",] = "Google and Microsoft mailboxes are connected with mailboxConnect."
    if draft.domain_vendor_id is not None:
        hints["domainId",] = "SendKit has no domains."
    for name, server in {"smtp": draft.smtp, "imap": draft.imap}.items():
        if server is not None and said(server.security) is TransportSecurity.UNKNOWN:
            hints[name, "security"] = "Say which it is, or leave it out."
    return hints


def _refuse(hints: Mapping[tuple[str, ...], str]) -> None:
    if hints:
        raise UnsupportedFieldsError(hints, vendor=Vendor.SENDKIT)


def _without_silence(members: Mapping[str, object]) -> Body:
    return {name: value for name, value in members.items() if value is not None and value is not UNSET}
