"""What ShipMail keeps in a place of its own below a mailbox: each setting is changed by one call. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET

from gateway.domain.account import Account
from gateway.domain.capability import MailboxField
from gateway.domain.draft import MailboxChanges
from gateway.domain.errors import UnsupportedFieldsError
from gateway.domain.mailbox import AutoReply
from gateway.domain.secret import Secret
from gateway.domain.writable import VendorFields
from gateway.vendors.shipmail.details import ShipmailAutoReplyFields, ShipmailFields

Path = tuple[str, ...]
OWN_FIELDS: Path = ("vendor", "shipmail")


class Setting(msgspec.Struct, frozen=True):
    """A PATCH: `place` is where below the mailbox, `body` what is sent, `name` what a person calls it.

    `paths` say where the body's members are in the caller's arguments, `path` where the whole is.
    """

    field: MailboxField
    name: str
    place: tuple[str, ...]
    body: Mapping[str, object]
    paths: Mapping[str, Path]
    path: Path


def settings_in(changes: MailboxChanges) -> list[Setting]:
    """What is changed, in the order in which it is written."""
    named = [] if changes.display_name is UNSET else [display_name(changes.display_name)]
    return named + own_settings(changes.vendor_fields)


def own_settings(fields: VendorFields | None) -> list[Setting]:
    """What is said under `vendor.shipmail`, in the order in which it is written."""
    if fields is None:
        return []
    assert isinstance(fields, ShipmailFields)  # noqa: S101 - the input is made from the spec of the account's own vendor
    settings: list[Setting] = []
    if fields.password is not UNSET:
        settings.append(password(fields.password, path=(*OWN_FIELDS, "password")))
    if fields.auto_reply is not UNSET:
        settings.append(_own_auto_reply(fields.auto_reply))
    if fields.spam_filter_threshold is not UNSET:
        settings.append(spam_threshold(fields.spam_filter_threshold, path=(*OWN_FIELDS, "spamFilterThreshold")))
    return settings


def display_name(name: str | None) -> Setting:
    """The name in From; None clears it."""
    path = ("displayName",)
    return Setting(MailboxField.DISPLAY_NAME, "the display name", (), {"display_name": name}, {"display_name": path}, path)


def password(text: Secret, *, path: Path) -> Setting:
    """The login password."""
    return Setting(MailboxField.PASSWORD, "the password", ("password",), {"password": text}, {"password": path}, path)


def spam_threshold(threshold: int, *, path: Path) -> Setting:
    """The score from which on mail goes to Junk."""
    body = {"threshold": threshold}
    return Setting(MailboxField.SPAM_FILTER, "the spam filter", ("spam-filter",), body, {"threshold": path}, path)


def auto_reply(reply: AutoReply, *, account: Account) -> Setting:
    """The vacation answer. Raises `UnsupportedFieldsError` for a subject: the documented request has none (page "Mailboxes")."""
    if reply.subject is not None:
        hint = "The answer's subject is ShipMail's own: leave it out."
        raise UnsupportedFieldsError({("subject",): hint}, vendor=account.vendor)
    return _auto_reply(reply, paths={"enabled": ("enabled",), "body": ("body",), "from_date": ("from",), "to_date": ("to",)}, path=())


def _own_auto_reply(fields: ShipmailAutoReplyFields) -> Setting:
    path = (*OWN_FIELDS, "autoReply")
    names = {"enabled": "enabled", "body": "body", "from_date": "fromDate", "to_date": "toDate"}
    reply = AutoReply(fields.enabled, None, fields.body or None, fields.from_date or None, fields.to_date or None)
    return _auto_reply(reply, paths={name: (*path, ours) for name, ours in names.items()}, path=path)


def _auto_reply(reply: AutoReply, *, paths: Mapping[str, Path], path: Path) -> Setting:
    """All keys are sent: whether one that is left out keeps its value is not documented."""
    body = {"enabled": reply.enabled, "body": reply.body, "from_date": _instant(reply.from_), "to_date": _instant(reply.to)}
    return Setting(MailboxField.AUTO_REPLY, "the automatic answer", ("auto-reply",), body, paths, path)


def _instant(at: datetime | None) -> str | None:
    """A moment in UTC as ISO 8601 writes it; one without a zone counts as UTC."""
    if at is None:
        return None
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return at.isoformat().replace("+00:00", "Z")
