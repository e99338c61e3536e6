"""How it is told by reading whether a change happened whose answer was lost."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from gateway.domain.capability import MailboxField
from gateway.domain.draft import FIELDS, MailboxChanges, ServerDraft, TrackingDraft, WarmupSettings
from gateway.domain.mailbox import AutoReply, ChannelState, Mailbox, MailboxStatus
from gateway.domain.rule import Json
from gateway.domain.warmup import WarmupState
from gateway.domain.writable import VendorFields
from gateway.operations.work import Expectation

_PATHS = {
    "display_name": "display_name",
    "daily_limit": "sending.daily_limit",
    "weekly_limit": "sending.weekly_limit",
    "burst": "sending.burst",
    "min_interval_seconds": "sending.min_interval_seconds",
    "max_interval_seconds": "sending.max_interval_seconds",
    "signature": "signature",
    "reply_to": "reply_to",
    "bcc": "bcc",
    "tags": "tags",
    "owner_id": "owner.vendor_id",
}
_SWITCHES = {"sending_enabled": "health.sending.state", "receiving_enabled": "health.receiving.state"}
_READABLE_SERVER = ("host", "port", "username")


def value_at(mailbox: Mailbox, path: str) -> Json:
    """The value that a path leads to, as JSON; None where a part of the way is missing."""
    value: object = mailbox
    for name in path.split("."):
        value = getattr(value, name, None)
    return _plain(value)


def _plain(value: object) -> Json:
    """As JSON has it, as it comes back after a restart: a tuple would equal no list."""
    plain: Json = msgspec.json.decode(msgspec.json.encode(value, enc_hook=lambda _: None))
    return plain


def holds(expectation: Expectation, mailbox: Mailbox) -> bool:
    """Whether a mailbox is as it was to become."""
    value = value_at(mailbox, expectation.path)
    return (value != expectation.wanted) if expectation.is_not else _same(value, expectation.wanted)


def unchanged(expectations: Sequence[Expectation], mailbox: Mailbox) -> list[Expectation]:
    """Those whose value is still what it was, and not what it was to become."""
    return [each for each in expectations if not holds(each, mailbox) and value_at(mailbox, each.path) == each.before]


def _same(value: Json, wanted: Json) -> bool:
    """Vendors say nothing in two ways, and keep tags in an order of their own."""
    if isinstance(value, list) and isinstance(wanted, list):
        return sorted(map(str, value)) == sorted(map(str, wanted))
    return (value or None) == (wanted or None) if not (isinstance(value, bool) or isinstance(wanted, bool)) else value == wanted


def of_changes(mailbox: Mailbox, changes: MailboxChanges) -> tuple[Expectation, ...]:
    """One for every changed value that can be read back; passwords cannot."""
    shown = (each for each in _wanted(changes) if not each.path.startswith("details.") or _is_shown(mailbox, each.path))
    return tuple(Expectation(each.path, each.wanted, value_at(mailbox, each.path), each.is_not) for each in shown)


def _is_shown(mailbox: Mailbox, path: str) -> bool:
    """Whether the vendor shows this field of its own at all, under the name that it is written with."""
    return hasattr(mailbox.details, path.split(".")[1])


def _wanted(changes: MailboxChanges) -> Iterator[Expectation]:
    for name, path in _PATHS.items():
        value = getattr(changes, name)
        if value is not msgspec.UNSET:
            yield Expectation(path, _plain(value))
    for name, path in _SWITCHES.items():
        value = getattr(changes, name)
        if value is not msgspec.UNSET:
            yield Expectation(path, ChannelState.DISABLED.value, is_not=bool(value))
    for name in ("smtp", "imap"):
        yield from _of_part(name, getattr(changes, name), _READABLE_SERVER)
    yield from _of_part("tracking", changes.tracking, ("domain", "opens", "clicks", "unsubscribes"))
    yield from _of_vendor_fields(changes.vendor_fields)


def _of_part(name: str, part: ServerDraft | TrackingDraft | msgspec.UnsetType | None, readable: Sequence[str]) -> Iterator[Expectation]:
    if isinstance(part, msgspec.Struct):
        given = {each: getattr(part, each) for each in readable}
        yield from (Expectation(f"{name}.{each}", value) for each, value in given.items() if value is not msgspec.UNSET)


def _of_vendor_fields(fields: VendorFields | None) -> Iterator[Expectation]:
    if fields is not None:
        yield from _of_struct("details", fields)


def _of_struct(path: str, struct: msgspec.Struct) -> Iterator[Expectation]:
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if isinstance(value, msgspec.Struct):
            yield from _of_struct(f"{path}.{name}", value)
        elif value is None or isinstance(value, str | int | float | datetime):
            yield Expectation(f"{path}.{name}", _plain(value))


def fields_of(expectations: Sequence[Expectation]) -> tuple[MailboxField, ...]:
    """The normalised fields that these speak of, each once."""
    by_path = {path: FIELDS[name] for name, path in (_PATHS | _SWITCHES).items()}
    by_head = {
        "smtp": MailboxField.SMTP,
        "imap": MailboxField.IMAP,
        "tracking": MailboxField.TRACKING,
        "details": MailboxField.VENDOR_FIELDS,
        "warmup": MailboxField.WARMUP,
        "auto_reply": MailboxField.AUTO_REPLY,
        "spam_filter": MailboxField.SPAM_FILTER,
    }
    found = (by_path.get(each.path) or by_head.get(each.path.partition(".")[0]) for each in expectations)
    return tuple(dict.fromkeys(field for field in found if field is not None))


def of_status(mailbox: Mailbox, *, is_suspended: bool) -> tuple[Expectation, ...]:
    """Of `mailboxSuspend` and `mailboxResume`."""
    wanted = MailboxStatus.SUSPENDED.value
    return (Expectation("status", wanted, mailbox.status.value, is_not=not is_suspended),)


def of_warmup_state(mailbox: Mailbox, state: WarmupState, *, is_not: bool = False) -> tuple[Expectation, ...]:
    """Of warm-up that shall be in a state, or no longer in it."""
    return (Expectation("warmup.state", state.value, value_at(mailbox, "warmup.state"), is_not),)


def of_warmup_settings(mailbox: Mailbox, settings: WarmupSettings) -> tuple[Expectation, ...]:
    """One for every setting that vendors show."""
    shown = ("daily_target", "daily_increase", "reply_rate_target")
    given = {f"warmup.{name}": getattr(settings, name) for name in shown if getattr(settings, name) is not None}
    return tuple(Expectation(path, value, value_at(mailbox, path)) for path, value in given.items())


def of_auto_reply(mailbox: Mailbox, auto_reply: AutoReply) -> tuple[Expectation, ...]:
    """The whole of it."""
    return (Expectation("auto_reply", _plain(auto_reply), value_at(mailbox, "auto_reply")),)


def of_spam_threshold(mailbox: Mailbox, threshold: int) -> tuple[Expectation, ...]:
    """The number."""
    return (Expectation("spam_filter.threshold", threshold, value_at(mailbox, "spam_filter.threshold")),)
