"""How it is told by reading whether a change happened whose answer was lost."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from gateway.domain.capability import MailboxField
from gateway.domain.draft import FIELDS, MailboxChanges, ServerDraft, TrackingDraft, WarmupSettings, fields_given
from gateway.domain.mailbox import AutoReply, ChannelState, Mailbox, MailboxStatus
from gateway.domain.rule import Json
from gateway.domain.warmup import WarmupState
from gateway.domain.writable import VendorFields
from gateway.operations.work import Compare, Expectation

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
_NOTHING: tuple[Json, ...] = (None, "", [], {})
_READABLE_SERVER = ("host", "port", "username")


def value_at(mailbox: Mailbox, path: str) -> Json:
    """The value that a path leads to, as JSON; None where a part of the way is missing."""
    value: object = mailbox
    for name in path.split("."):
        value = getattr(value, name, None)
    return _json(value)


def _json(value: object) -> Json:
    """As it comes back out of the state."""
    plain: Json = msgspec.json.decode(msgspec.json.encode(value, enc_hook=lambda _: None))
    return plain


def holds(expectation: Expectation, mailbox: Mailbox) -> bool:
    """Whether a mailbox is as it was to become."""
    value = value_at(mailbox, expectation.path)
    return (value != expectation.wanted) if expectation.is_not else _same(value, expectation.wanted)


def has_changed(expectation: Expectation, mailbox: Mailbox) -> bool:
    """Whether a mailbox is no longer as it was."""
    return not _same(value_at(mailbox, expectation.path), expectation.before)


def unchanged(expectations: Sequence[Expectation], mailbox: Mailbox) -> list[Expectation]:
    """Those whose value is still what it was, and not what it was to become."""
    return [each for each in expectations if not holds(each, mailbox) and not has_changed(each, mailbox)]


def is_telling(expectation: Expectation) -> bool:
    """Whether that it holds says anything: it may have been so before."""
    return expectation.is_not or not _same(expectation.before, expectation.wanted)


def _same(value: Json, wanted: Json) -> bool:
    """Vendors say nothing in two ways, and keep tags in an order of their own."""
    if value in _NOTHING or wanted in _NOTHING:
        return value in _NOTHING and wanted in _NOTHING
    if isinstance(value, list) and isinstance(wanted, list):
        return sorted(map(str, value)) == sorted(map(str, wanted))
    return value == wanted


def of_changes(mailbox: Mailbox, changes: MailboxChanges) -> Compare:
    """Of `mailboxUpdate`: one for every value that can be read back; passwords cannot."""
    shown = (each for each in _wanted(changes) if not each.path.startswith("details.") or _is_shown(mailbox, each.path))
    expectations = tuple(Expectation(each.path, each.wanted, value_at(mailbox, each.path), each.is_not) for each in shown)
    told = fields_of(expectations)
    unseen = dict.fromkeys(field for field in fields_given(changes).values() if field not in told)
    return Compare(mailbox.account_name, mailbox.vendor_id, expectations, tuple(unseen))


def _is_shown(mailbox: Mailbox, path: str) -> bool:
    """Whether the vendor shows this field of its own at all, under the name that it is written with."""
    return hasattr(mailbox.details, path.split(".")[1])


def _wanted(changes: MailboxChanges) -> Iterator[Expectation]:
    for name, path in _PATHS.items():
        value = getattr(changes, name)
        if value is not msgspec.UNSET:
            yield Expectation(path, _json(value))
    for name, path in _SWITCHES.items():
        value = getattr(changes, name)
        if isinstance(value, bool):
            yield Expectation(path, ChannelState.DISABLED.value, is_not=value)
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
            yield Expectation(f"{path}.{name}", _json(value))


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


def of_nothing(mailbox: Mailbox) -> Compare:
    """Of what cannot be read back."""
    return _compare(mailbox)


def of_status(mailbox: Mailbox, *, is_suspended: bool) -> Compare:
    """Of `mailboxSuspend` and `mailboxResume`."""
    return _compare(mailbox, Expectation("status", MailboxStatus.SUSPENDED.value, mailbox.status.value, is_not=not is_suspended))


def of_warmup_state(mailbox: Mailbox, state: WarmupState, *, is_not: bool = False) -> Compare:
    """Of warm-up that shall be in a state, or no longer in it."""
    return _compare(mailbox, _of_warmup_state(mailbox, state, is_not=is_not))


def of_warmup_start(mailbox: Mailbox, settings: WarmupSettings | None) -> Compare:
    """Of warm-up that shall run, with these settings."""
    return _compare(mailbox, _of_warmup_state(mailbox, WarmupState.RUNNING), *_of_warmup_settings(mailbox, settings or WarmupSettings()))


def of_warmup_settings(mailbox: Mailbox, settings: WarmupSettings) -> Compare:
    """Of `warmupUpdate`: one for every setting that vendors show."""
    return _compare(mailbox, *_of_warmup_settings(mailbox, settings))


def of_auto_reply(mailbox: Mailbox, auto_reply: AutoReply) -> Compare:
    """The whole of it, its window in the zone that mailboxes are read in."""
    begin, end = (moment and moment.astimezone(UTC) for moment in (auto_reply.from_, auto_reply.to))
    wanted = msgspec.structs.replace(auto_reply, from_=begin, to=end)
    return _compare(mailbox, Expectation("auto_reply", _json(wanted), value_at(mailbox, "auto_reply")))


def of_spam_threshold(mailbox: Mailbox, threshold: int) -> Compare:
    """The number."""
    return _compare(mailbox, Expectation("spam_filter.threshold", threshold, value_at(mailbox, "spam_filter.threshold")))


def _of_warmup_state(mailbox: Mailbox, state: WarmupState, *, is_not: bool = False) -> Expectation:
    return Expectation("warmup.state", state.value, value_at(mailbox, "warmup.state"), is_not)


def _of_warmup_settings(mailbox: Mailbox, settings: WarmupSettings) -> Iterator[Expectation]:
    for name in ("daily_target", "daily_increase", "reply_rate_target"):
        if (value := getattr(settings, name)) is not None:
            yield Expectation(f"warmup.{name}", value, value_at(mailbox, f"warmup.{name}"))


def _compare(mailbox: Mailbox, *expectations: Expectation) -> Compare:
    return Compare(mailbox.account_name, mailbox.vendor_id, expectations)
