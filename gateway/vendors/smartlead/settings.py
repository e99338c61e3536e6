"""What a draft and changes have in common, in Smartlead's words."""

from msgspec import UNSET

from gateway.domain.draft import MailboxChanges, MailboxDraft, ServerDraft, TrackingDraft, WarmupSettings, fields_given
from gateway.domain.errors import InvalidInputError
from gateway.vendors.smartlead.details import SmartleadFields
from gateway.vendors.smartlead.places import PLACES
from gateway.vendors.smartlead.writes import Body

_SECONDS_PER_MINUTE = 60
_SERVER_NAMES = {
    "smtp": {"host": "smtp_host", "port": "smtp_port", "username": "user_name", "password": "password"},
    "imap": {"host": "imap_host", "port": "imap_port", "username": "imap_username", "password": "imap_password"},
}
_WARMUP_NAMES = {
    "daily_target": "total_warmup_per_day",
    "daily_increase": "daily_rampup",
    "ramp_up": "is_rampup_enabled",
    "auto_adjust": "auto_adjust_warmup",
}


def settings_to_wire(wanted: MailboxDraft | MailboxChanges) -> Body:
    """What the settings page and both pages for new mailboxes call the same. Text that shall be cleared is "" (never null).

    Raises `InvalidInputError` for a time between mails that is no whole number of minutes.
    """
    given = fields_given(wanted)
    texts = {"display_name": "from_name", "signature": "signature", "bcc": "bcc"}
    body: Body = {wire: getattr(wanted, name) or "" for name, wire in texts.items() if name in given}
    if "daily_limit" in given:
        body["max_email_per_day"] = wanted.daily_limit
    if isinstance(wanted.min_interval_seconds, int | float):
        body["time_to_wait_in_mins"] = _minutes(wanted.min_interval_seconds)
    return body | _tracking(wanted) | _vendor_fields(wanted)


def servers_to_wire(wanted: MailboxDraft | MailboxChanges) -> Body:
    """Hosts, ports, logins and passwords, as far as they are given."""
    body: Body = {}
    for server, names in ((wanted.smtp, _SERVER_NAMES["smtp"]), (wanted.imap, _SERVER_NAMES["imap"])):
        if isinstance(server, ServerDraft):
            given = {wire: getattr(server, name) for name, wire in names.items()}
            body |= {wire: value for wire, value in given.items() if value is not UNSET and value is not None}
    return body


def warmup_to_wire(settings: WarmupSettings) -> Body:
    """How warm-up shall run, as far as it is given. The vendor wants the share of answers in percent."""
    given = {wire: getattr(settings, name) for name, wire in _WARMUP_NAMES.items()}
    body: Body = {wire: value for wire, value in given.items() if value is not None}
    if settings.reply_rate_target is not None:
        percent = round(settings.reply_rate_target * 100, 4)
        body["reply_rate_percentage"] = int(percent) if percent.is_integer() else percent
    return body


def require(body: Body, names: tuple[str, ...], *, why: str = "its page says that it is required") -> None:
    """Raises `InvalidInputError` at the first of these that is not there."""
    for name in names:
        if body.get(name) in (None, ""):
            place = PLACES[name]
            raise InvalidInputError(f"Smartlead needs {'.'.join(place)}: {why}.", field=place)


def _minutes(seconds: float) -> int:
    minutes, rest = divmod(seconds, _SECONDS_PER_MINUTE)
    if rest:
        choices = [str(int(each) * _SECONDS_PER_MINUTE) for each in (minutes, minutes + 1) if each > 0]
        message = f"Smartlead counts the time between two mails in whole minutes: say {' or '.join(choices)} seconds, not {seconds:g}."
        raise InvalidInputError(message, field=("minIntervalSeconds",))
    return int(minutes)


def _tracking(wanted: MailboxDraft | MailboxChanges) -> Body:
    tracking = wanted.tracking
    if tracking is UNSET or (tracking is None and isinstance(wanted, MailboxDraft)):
        return {}
    domain = tracking.domain if isinstance(tracking, TrackingDraft) else None
    if domain is UNSET or (domain is None and isinstance(wanted, MailboxDraft)):
        return {}
    return {"custom_tracking_url": domain or ""}


def _vendor_fields(wanted: MailboxDraft | MailboxChanges) -> Body:
    """Without the warm-up key, which goes with warm-up."""
    fields = wanted.vendor_fields
    if not isinstance(fields, SmartleadFields):
        return {}
    given: Body = {name: getattr(fields, name) for name in ("client_id", "type", "use_whitelabel_credentials", "is_suspended")}
    return {name: value for name, value in given.items() if value is not UNSET}


def warmup_key(wanted: MailboxDraft | MailboxChanges) -> Body:
    """The warm-up key, where it is given."""
    fields = wanted.vendor_fields
    key = fields.warmup_key_id if isinstance(fields, SmartleadFields) else UNSET
    return {} if key is UNSET else {"warmup_key_id": key}
