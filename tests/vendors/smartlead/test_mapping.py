import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import account as account_nouns
from gateway.domain.account import Account
from gateway.domain.details import fields_of, parts_of
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import ChannelHealth, ChannelState, Mailbox, MailboxStatus, MailProvider, ServerSettings, TransportSecurity
from gateway.domain.redaction import redact
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupDay, WarmupState
from gateway.transport.decode import decode_object, decode_rows
from gateway.vendors.smartlead.details import SmartleadDetails, SmartleadTag
from gateway.vendors.smartlead.mapping import (
    health_metrics_from_wire,
    mailbox_from_wire,
    warmup_days_from_wire,
    warmup_stats_from_wire,
)
from gateway.vendors.smartlead.wire import EmailAccountRow, HealthData, WarmupStatsBody, unwrapped
from tests.vendors.smartlead.conftest import ACCOUNT, Recorded

OBSERVED_AT = datetime(2025, 11, 20, 12, tzinfo=UTC)
FOLDER = Path(__file__).parent


def mailboxes(body: bytes) -> list[Mailbox]:
    rows = decode_rows(unwrapped(body), EmailAccountRow)
    return [mailbox_from_wire(row, account=ACCOUNT, observed_at=OBSERVED_AT, redact=redact) for row in rows]


def mailbox(body: bytes) -> Mailbox:
    row = decode_object(unwrapped(body), EmailAccountRow)
    return mailbox_from_wire(row, account=ACCOUNT, observed_at=OBSERVED_AT, redact=redact)


def changed(recorded: Recorded, **fields: object) -> Mailbox:
    """The first row of the recorded list with other values."""
    row = json.loads(recorded("list_page_full"))[0] | fields
    return mailboxes(json.dumps([row]).encode())[0]


def details_of(read: Mailbox) -> SmartleadDetails:
    assert isinstance(read.details, SmartleadDetails)
    return read.details


def test_a_list_row(recorded: Recorded, account: Account) -> None:
    read = mailboxes(recorded("list_page_full"))[0]
    assert read.id == encode(Kind.MAILBOX, account.name, "40118")
    assert read.vendor is Vendor.SMARTLEAD
    assert (read.vendor_id, read.account_name, read.observed_at) == ("40118", "sales-eu", OBSERVED_AT)
    assert (read.address, read.display_name, read.login) == ("nora@quill-outreach.example", "Nora Quill", "nora@quill-outreach.example")
    assert (read.provider, read.provider_raw) == (MailProvider.GOOGLE, "GMAIL")
    login = "nora@quill-outreach.example"
    assert read.smtp == ServerSettings("smtp.gmail.com", 587, TransportSecurity.TLS, "TLS", login)
    assert read.imap == ServerSettings("imap.gmail.com", 993, TransportSecurity.SSL, "SSL", login)
    assert (read.sending.daily_limit, read.sending.sent_today, read.sending.min_interval_seconds) == (50, 17, 600.0)
    assert read.signature == "<p>Kind regards,<br>Nora Quill</p>"
    assert (read.reply_to, read.bcc, read.tracking, read.client_id, read.status_raw) == (None, None, None, None, None)
    assert read.campaign_count == 2
    assert read.owner is not None
    assert read.owner.vendor_id == "7301"
    assert read.created_at == datetime(2025, 3, 4, 8, 15, 22, 417_000, tzinfo=UTC)
    assert read.updated_at == datetime(2025, 10, 30, 6, 2, 10, 1_000, tzinfo=UTC)


def test_a_row_from_before_tags_says_nothing_about_them(recorded: Recorded) -> None:
    assert mailboxes(recorded("list_page_full"))[0].tags is None
    assert mailboxes(recorded("list_with_campaign_ids"))[0].tags == ()
    tagged = mailboxes(recorded("list_messy_variants"))[0]
    assert tagged.tags == ("Nordics",)
    assert details_of(tagged).tags == (SmartleadTag(31, "Nordics", "#4CAF50"),)


def test_a_list_row_cannot_say_whether_it_is_suspended(recorded: Recorded) -> None:
    read = mailboxes(recorded("list_page_full"))[0]
    assert read.status is MailboxStatus.UNKNOWN
    assert details_of(read).is_suspended is None
    assert read.health.sending.state is read.health.receiving.state is ChannelState.OK


def test_a_failing_row_is_an_error_and_its_evidence_has_no_secret(recorded: Recorded) -> None:
    read = mailboxes(recorded("list_page_full"))[1]
    assert read.status is MailboxStatus.ERROR
    assert read.health.receiving == ChannelHealth(ChannelState.OK)
    assert read.health.sending.state is ChannelState.FAILING
    assert read.health.sending.message is not None
    assert read.health.sending.message.startswith("535 5.7.8 Error: authentication failed")
    assert details_of(read).smtp_failure_error == read.health.sending.message
    assert "CANARY" not in str(read)
    assert "t.renn (" not in str(read)
    assert (read.client_id, read.bcc) == ("88", "crm@quill-outreach.example")
    assert read.tracking is not None
    assert read.tracking.domain == "go.quill-outreach.example"


@pytest.mark.parametrize("name", ["list_page_full", "list_messy_variants", "list_page_last_short", "get_detail", "get_detail_suspended"])
def test_no_secret_is_ever_read(recorded: Recorded, name: str) -> None:
    body = recorded(name)
    rows = json.loads(body) if body.lstrip().startswith(b"[") else [json.loads(body)]
    read = mailboxes(json.dumps(rows).encode())
    secrets = {row[key] for row in rows for key in ("password", "imap_password") if row[key]}
    assert secrets
    shown = str(read)
    assert not [secret for secret in secrets if secret in shown]
    assert "CANARY" not in shown


def test_the_read_of_one_mailbox(recorded: Recorded) -> None:
    read = mailbox(recorded("get_detail"))
    details = details_of(read)
    assert read.status is MailboxStatus.ACTIVE
    assert (details.is_suspended, details.use_whitelabel_credentials, details.campaign_ids) == (False, False, (9001, 9014))
    assert (read.tags, read.campaign_count, read.sending.min_interval_seconds) == (None, None, None)
    assert details.warmup_details is not None
    full = details.warmup_details
    assert (full.id, full.is_warmup_blocked, full.warmup_min_count, full.warmup_max_count, full.max_email_per_day) == (
        66120,
        False,
        10,
        30,
        30,
    )
    assert full.created_at == datetime(2025, 3, 4, 8, 16, tzinfo=UTC)


def test_list_and_read_of_one_say_the_same_of_warmup(recorded: Recorded) -> None:
    row, one = mailboxes(recorded("list_page_full"))[0].warmup, mailbox(recorded("get_detail")).warmup
    assert row is not None
    assert row == one
    assert (row.state, row.state_raw, row.health, row.reply_rate_target) == (WarmupState.RUNNING, "ACTIVE", 98.0, 0.3)
    assert (row.sent_total, row.spam_total, row.blocked_reason) == (612, 3, None)
    assert row.started_at == datetime(2025, 3, 4, 8, 16, tzinfo=UTC)


def test_suspended_goes_before_failing(recorded: Recorded) -> None:
    read = mailbox(recorded("get_detail_suspended"))
    assert read.status is MailboxStatus.SUSPENDED
    assert read.health.sending == ChannelHealth(ChannelState.FAILING, "Connection timeout")
    assert (read.warmup, details_of(read).warmup_details) == (None, None)
    assert details_of(read).campaign_ids == ()


def test_an_oauth_row_has_no_servers(recorded: Recorded) -> None:
    read = mailboxes(recorded("list_messy_variants"))[0]
    assert (read.smtp, read.imap, read.login, read.signature, read.reply_to) == (None, None, None, None, None)
    assert read.provider is MailProvider.MICROSOFT
    details = details_of(read)
    assert (details.username, details.smtp_host, details.smtp_port) == (None, None, None)
    assert (details.different_reply_to_address, details.is_connected_to_campaign) == ("", None)
    assert details.expires_at == datetime(2025, 11, 20, 19, tzinfo=UTC)
    assert details.warmup_details is not None
    assert (details.warmup_details.warmup_key_id, details.warmup_details.warmup_max_count) == ("fjord-heron", 40)
    assert (details.warmup_details.id, details.warmup_details.is_warmup_blocked) == (None, None)
    assert read.warmup is not None
    assert read.warmup.health == 100.0


def test_numbers_as_text_and_empty_text(recorded: Recorded) -> None:
    read = mailboxes(recorded("list_messy_variants"))[1]
    assert read.smtp is not None
    assert (read.smtp.port, read.sending.daily_limit, read.sending.sent_today) == (587, 25, 3)
    assert (read.display_name, read.address) == ("Zero & <b>Sons</b>", "ZERO@Example.TEST")
    assert read.signature == "<div>Hi<script>alert(1)</script></div>"
    assert (read.tracking, read.bcc, read.client_id, read.provider) == (None, None, None, MailProvider.ZOHO)
    details = details_of(read)
    assert (details.custom_tracking_domain, details.bcc_email, details.client_id) == ("", "", 0)
    assert read.warmup is not None
    assert (read.warmup.state, read.warmup.sent_total, read.warmup.health) == (WarmupState.BLOCKED, 12, None)
    assert read.warmup.blocked_reason == "Too many spam reports"


def test_empty_name_stays_empty_and_null_reputation_is_unknown(recorded: Recorded) -> None:
    read = mailboxes(recorded("list_messy_variants"))[2]
    assert read.display_name == ""
    assert read.warmup is not None
    assert (read.warmup.state, read.warmup.health) == (WarmupState.PAUSED, None)


def test_warmup_that_was_never_set_up(recorded: Recorded) -> None:
    assert mailboxes(recorded("list_page_last_short"))[0].warmup is None


def test_an_enveloped_list_reads_like_a_bare_one(recorded: Recorded) -> None:
    assert mailboxes(recorded("list_envelope_data")) == mailboxes(recorded("list_page_full"))[:1]
    assert mailboxes(recorded("campaign_accounts"))[0].tags == ()


@pytest.mark.parametrize(
    ("value", "provider"),
    [
        ("GMAIL", MailProvider.GOOGLE),
        ("outlook", MailProvider.MICROSOFT),
        ("SMTP", MailProvider.CUSTOM),
        ("ZOHO", MailProvider.ZOHO),
        ("PROTON", MailProvider.OTHER),
        (None, MailProvider.UNKNOWN),
        ("", MailProvider.UNKNOWN),
    ],
)
def test_provider(recorded: Recorded, value: str | None, provider: MailProvider) -> None:
    read = changed(recorded, type=value)
    assert (read.provider, read.provider_raw) == (provider, value)


@pytest.mark.parametrize(
    ("value", "security"),
    [
        ("SSL", TransportSecurity.SSL),
        ("TLS", TransportSecurity.TLS),
        ("starttls", TransportSecurity.STARTTLS),
        ("QUIC", TransportSecurity.UNKNOWN),
        ("", TransportSecurity.UNKNOWN),
        (None, TransportSecurity.UNKNOWN),
    ],
)
def test_security(recorded: Recorded, value: str | None, security: TransportSecurity) -> None:
    read = changed(recorded, smtp_port_type=value, imap_port_type=value)
    for server in (read.smtp, read.imap):
        assert server is not None
        assert (server.security, server.security_raw) == (security, value)


@pytest.mark.parametrize(
    ("smtp", "imap", "suspended", "status"),
    [
        (True, True, None, MailboxStatus.UNKNOWN),
        (True, True, False, MailboxStatus.ACTIVE),
        (True, True, True, MailboxStatus.SUSPENDED),
        (False, True, False, MailboxStatus.ERROR),
        (True, False, None, MailboxStatus.ERROR),
        (False, False, True, MailboxStatus.SUSPENDED),
        (None, True, False, MailboxStatus.UNKNOWN),
        (None, False, None, MailboxStatus.ERROR),
    ],
)
def test_status(
    recorded: Recorded,
    smtp: bool | None,  # noqa: FBT001 - a table of flags
    imap: bool | None,  # noqa: FBT001
    suspended: bool | None,  # noqa: FBT001
    status: MailboxStatus,
) -> None:
    flag = {} if suspended is None else {"is_suspended": suspended}
    assert changed(recorded, is_smtp_success=smtp, is_imap_success=imap, **flag).status is status


def test_only_a_failing_channel_shows_a_message(recorded: Recorded) -> None:
    read = changed(recorded, smtp_failure_error="old news", is_imap_success=None, imap_failure_error="unsure")
    assert read.health.sending == ChannelHealth(ChannelState.OK)
    assert read.health.receiving == ChannelHealth()
    assert (details_of(read).smtp_failure_error, details_of(read).imap_failure_error) == ("old news", "unsure")


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("ACTIVE", WarmupState.RUNNING),
        ("INACTIVE", WarmupState.DISABLED),
        ("paused", WarmupState.PAUSED),
        ("BLOCKED", WarmupState.BLOCKED),
        ("THROTTLED", WarmupState.UNKNOWN),
        (None, WarmupState.UNKNOWN),
    ],
)
def test_warmup_state(recorded: Recorded, value: str | None, state: WarmupState) -> None:
    warmup = changed(recorded, warmup_details={"status": value}).warmup
    assert warmup is not None
    assert (warmup.state, warmup.state_raw) == (state, value)


@pytest.mark.parametrize(
    ("value", "health"), [("95%", 95.0), (95, 95.0), ("95", 95.0), ("", None), (None, None), ("n/a", None), (950, None)]
)
def test_warmup_health(recorded: Recorded, value: object, health: float | None) -> None:
    warmup = changed(recorded, warmup_details={"status": "ACTIVE", "warmup_reputation": value}).warmup
    assert warmup is not None
    assert warmup.health == health


def test_blocked_reason_is_cleaned(recorded: Recorded) -> None:
    read = changed(recorded, warmup_details={"blocked_reason": "Disconnected: password=hunter22 <b>now</b>"})
    assert read.warmup is not None
    assert read.warmup.blocked_reason == "Disconnected: password [redacted] now"
    assert "hunter22" not in str(read)


def test_what_does_not_fit_32_bits_is_not_told(recorded: Recorded) -> None:
    read = changed(recorded, message_per_day=2**31, campaign_ids=[1, 2**40, "7"], id=2**40)
    assert read.sending.daily_limit is None
    assert details_of(read).campaign_ids == (1, 7)
    assert (read.vendor_id, details_of(read).id) == (str(2**40), None)


def test_warmup_days_of_both_shapes(recorded: Recorded) -> None:
    seen = warmup_days_from_wire(decode_object(recorded("warmup_stats_wire"), WarmupStatsBody))
    assert [day.date.day for day in seen] == [14, 15, 16, 17, 18, 19, 20]
    assert seen[1] == WarmupDay(date(2025, 11, 15), sent=20, replied=6, rescued_from_spam=1)
    documented = warmup_days_from_wire(decode_object(recorded("warmup_stats_documented"), WarmupStatsBody))
    assert documented == (
        WarmupDay(date(2025, 11, 18), sent=22, spam=2, replied=6),
        WarmupDay(date(2025, 11, 19), sent=24, spam=1, replied=9),
    )
    assert warmup_days_from_wire(decode_object(recorded("warmup_stats_empty"), WarmupStatsBody)) == ()


def test_warmup_totals_of_all_shapes(recorded: Recorded) -> None:
    seen = warmup_stats_from_wire(decode_object(recorded("warmup_stats_wire"), WarmupStatsBody))
    assert (seen.id, seen.sent_count, seen.spam_count, seen.inbox_count, seen.warmup_email_received_count) == (40118, 137, 3, 134, 129)
    assert (seen.total_sent, seen.reputation_score, seen.daily_stats) == (None, None, None)
    documented = warmup_stats_from_wire(decode_object(recorded("warmup_stats_documented"), WarmupStatsBody))
    assert (documented.total_sent, documented.spam_count, documented.reputation_score) == (140, 3, 96.0)
    assert documented.daily_stats is not None
    assert (documented.daily_stats[0].delivered, documented.daily_stats[0].opened) == (23, 19)
    empty = warmup_stats_from_wire(decode_object(recorded("warmup_stats_empty"), WarmupStatsBody))
    assert (empty.sent_count, empty.spam_count, empty.inbox_count, empty.stats_by_date) == (0, None, None, ())


def test_health_metrics(recorded: Recorded) -> None:
    rows = decode_object(unwrapped(recorded("health_by_mailbox")), HealthData).email_health_metrics
    assert rows is not None
    nora, tobias = map(health_metrics_from_wire, rows)
    assert (nora.sent, nora.replied, nora.positive_replied, nora.bounced, nora.reply_rate) == (310, 22, 6, 4, "7.1%")
    assert (tobias.sent, tobias.reply_rate, tobias.bounce_rate) == (0, None, "0%")


# ---------------------------------------------------------------------- any JSON in any field
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**320)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
ROW_KEYS = [name for name in EmailAccountRow.__struct_encode_fields__ if name != "id"]
WARMUP_KEYS = list(get_args(get_type_hints(EmailAccountRow)["warmup_details"])[0].__struct_encode_fields__)
ODD_ROWS = st.dictionaries(st.sampled_from(ROW_KEYS), ANYTHING)
ODD_WARMUPS = st.dictionaries(st.sampled_from(WARMUP_KEYS), ANYTHING)


@given(odd=ODD_ROWS, warmup=ODD_WARMUPS | st.none())
def test_no_row_is_lost_whatever_its_fields_say(odd: dict[str, object], warmup: dict[str, object] | None) -> None:
    nested = {} if warmup is None else {"warmup_details": warmup}
    body = json.dumps([{"id": 1}, {**odd, **nested, "id": 2}, {"id": 3}]).encode()
    read = mailboxes(body)
    assert [each.vendor_id for each in read] == ["1", "2", "3"]
    assert all(isinstance(msgspec.json.encode(each), bytes) for each in read)
    assert (read[1].warmup is None) or "warmup_details" in odd | nested


@given(body=st.dictionaries(st.sampled_from(list(WarmupStatsBody.__struct_encode_fields__)), ANYTHING))
def test_warmup_days_are_total(body: dict[str, object]) -> None:
    stats = decode_object(json.dumps(body).encode(), WarmupStatsBody)
    days = warmup_days_from_wire(stats)
    assert list(days) == sorted(days, key=lambda day: day.date)
    assert warmup_stats_from_wire(stats) is not None


# ---------------------------------------------------------------------- documented fields
ENTRIES: list[dict[str, str]] = json.loads((FOLDER / "documented_fields.json").read_text())
STRUCTS: dict[str, type[msgspec.Struct]] = {
    "details": SmartleadDetails,
    "mailbox": Mailbox,
    "warmup_day": WarmupDay,
    "campaign": account_nouns.Campaign,
}


def has_path(struct: object, path: str) -> bool:
    """Whether a dotted path names attributes, through optional and repeated structs."""
    for name in path.split("."):
        candidates = [struct, *get_args(struct), *(inner for each in get_args(struct) for inner in get_args(each))]
        owner = next((each for each in candidates if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)
        if owner is None or name not in owner.__struct_fields__:
            return False
        struct = get_type_hints(owner)[name]
    return True


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["wire"])
def test_documented_field_has_its_place(entry: dict[str, str]) -> None:
    named = {key: path for key, path in entry.items() if key not in ("wire", "secret")}
    assert bool(named) is not bool(entry.get("secret"))
    assert all(has_path(STRUCTS[key], path) for key, path in named.items())


@pytest.mark.parametrize("name", ["list_page_full", "list_messy_variants", "list_with_campaign_ids", "get_detail"])
def test_every_recorded_key_is_documented(recorded: Recorded, name: str) -> None:
    wires = {entry["wire"] for entry in ENTRIES}
    body = json.loads(recorded(name))
    for row in body if isinstance(body, list) else [body]:
        for key, value in row.items():
            below = {f"{key}.{each}" for each in value} if isinstance(value, dict) else set()
            assert key == "future_field" or (below <= wires if below else key in wires or key in ("tags", "warmup_details")), key


def test_every_details_field_is_described_and_the_parts_are_known() -> None:
    assert parts_of(SmartleadDetails) == {"mailbox", "warmup_stats", "health_metrics"}
    on_demand = {field.name for field in fields_of(SmartleadDetails) if field.part == "mailbox"}
    assert on_demand == {"is_suspended", "use_whitelabel_credentials", "campaign_ids"}
