from datetime import UTC, date, datetime
from pathlib import Path
from sys import getrefcount
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.account import Account
from gateway.domain.details import fields_of, parts_of
from gateway.domain.errors import ErrorCode, FieldFault, LimitUsage
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import (
    ChannelHealth,
    ChannelState,
    Mailbox,
    MailboxHealth,
    MailboxStatus,
    MailProvider,
    SendingPolicy,
    ServerSettings,
    TransportSecurity,
)
from gateway.domain.redaction import redact
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupDay, WarmupState, WarmupStatus
from gateway.transport.call import Answer
from gateway.transport.decode import decode_object, decode_rows
from gateway.transport.failure import Fault
from gateway.vendors.sendkit import details as sk
from gateway.vendors.sendkit import mapping, wire
from tests.vendors.sendkit.recordings import Recording, recorded

ACCOUNT = Account("kit", Vendor.SENDKIT)
OBSERVED_AT = datetime(2026, 3, 13, 9, 0, tzinfo=UTC)
FIRST, SECOND, THIRD = (f"6701a0b1c2d3e4f5a6b7c80{each}" for each in (1, 2, 3))


def mapped(row: wire.Mailbox) -> Mailbox | None:
    return mapping.mailbox_from_wire(row, account=ACCOUNT, observed_at=OBSERVED_AT, redact=redact)


def mailbox_of(**members: object) -> Mailbox:
    """The mailbox that a row with these members makes."""
    mailbox = mapped(decode_object(msgspec.json.encode({"_id": FIRST, **members}), wire.Mailbox))
    assert mailbox is not None
    return mailbox


def details_of(mailbox: Mailbox) -> sk.SendkitDetails:
    assert isinstance(mailbox.details, sk.SendkitDetails)
    return mailbox.details


def data_of(recording: Recording) -> msgspec.Raw:
    return decode_object(recording.content, wire.Envelope).data


def mailboxes_in(name: str) -> list[Mailbox]:
    found = [mapped(row) for row in decode_rows(data_of(recorded(name)), wire.Mailbox)]
    return [mailbox for mailbox in found if mailbox is not None]


def mailbox_in(name: str) -> Mailbox:
    mailbox = mapped(decode_object(data_of(recorded(name)), wire.Mailbox))
    assert mailbox is not None
    return mailbox


def test_a_list_row_whole() -> None:
    metrics = sk.SendkitWarmupMetrics(
        total_emails_sent=311,
        total_replies_received=96,
        inbox_rate=94,
        spam_rate=3,
        promotions_rate=2,
        reply_rate=31,
        block_rate=0,
        bounce_rate=1,
        deferral_rate=0,
        open_rate=72,
        last_calculated_at=datetime(2026, 3, 12, 22, 10, 5, 317000, UTC),
    )
    details = sk.SendkitDetails(
        id=FIRST,
        email="mira@lakeside-demo.example",
        display_name="Mira Holt",
        provider="gmail",
        status="active",
        connection_type="oauth",
        daily_send_limit=40,
        sent_today=17,
        sending_enabled=True,
        signature="<p>Mira</p>",
        tags=("emea", "tier-1"),
        warmup=sk.SendkitWarmup(enabled=True, status="in_progress", current_day=21, current_volume=24, metrics=metrics),
        bounce_rate=0.013,
        total_sent=2140,
        setup_status=sk.SendkitSetupStatus(health_score=100),
        created_at=datetime(2025, 11, 2, 9, 12, 44, 120000, UTC),
    )
    assert mailboxes_in("mailboxes_first_page")[0] == Mailbox(
        id=encode(Kind.MAILBOX, "kit", FIRST),
        vendor=Vendor.SENDKIT,
        vendor_id=FIRST,
        account_name="kit",
        observed_at=OBSERVED_AT,
        details=details,
        address="mira@lakeside-demo.example",
        display_name="Mira Holt",
        provider=MailProvider.GOOGLE,
        provider_raw="gmail",
        status=MailboxStatus.ACTIVE,
        status_raw="active",
        health=MailboxHealth(sending=ChannelHealth(state=ChannelState.OK)),
        sending=SendingPolicy(daily_limit=40, sent_today=17),
        signature="<p>Mira</p>",
        tags=("emea", "tier-1"),
        warmup=WarmupStatus(WarmupState.RUNNING, "in_progress", sent_total=311, reply_rate=0.31, current_day=21),
        created_at=datetime(2025, 11, 2, 9, 12, 44, 120000, UTC),
    )


def test_a_mailbox_that_waits_for_its_verification() -> None:
    mailbox = mailboxes_in("mailboxes_first_page")[1]
    assert (mailbox.status, mailbox.status_raw) == (MailboxStatus.PENDING, "inactive")
    assert mailbox.health.sending == ChannelHealth(state=ChannelState.DISABLED)
    assert mailbox.warmup == WarmupStatus(WarmupState.NOT_STARTED, "idle", mailbox_id=mailbox.id)
    assert (mailbox.signature, mailbox.tags, mailbox.sending.sent_today) == (None, (), 0)


def test_a_mailbox_that_fails() -> None:
    (mailbox,) = mailboxes_in("mailboxes_last_page")
    assert mailbox.status is MailboxStatus.ERROR
    assert mailbox.health.sending == ChannelHealth(state=ChannelState.FAILING, message="Token refresh was refused by the provider")
    assert (mailbox.provider, mailbox.provider_raw) == (MailProvider.MICROSOFT, "azure")
    assert (mailbox.sending.daily_limit, mailbox.signature) == (100, "")
    assert mailbox.warmup == WarmupStatus(WarmupState.PAUSED, "paused", current_day=4, mailbox_id=mailbox.id)
    details = details_of(mailbox)
    assert (details.setup_status, details.bounce_rate) == (sk.SendkitSetupStatus(), 0.081)


def test_what_is_missing_stays_unknown() -> None:
    throttled, silent = mailboxes_in("mailboxes_messy")
    assert (throttled.status, throttled.status_raw, throttled.tags, throttled.warmup) == (MailboxStatus.UNKNOWN, "throttled", None, None)
    assert (throttled.display_name, throttled.sending.sent_today, throttled.health) == (None, None, MailboxHealth())
    assert (silent.vendor_id, silent.status, silent.warmup, details_of(silent).setup_status) == (SECOND, MailboxStatus.UNKNOWN, None, None)
    assert (silent.provider, silent.provider_raw) == (MailProvider.UNKNOWN, None)


def test_the_detail_adds_servers_configuration_and_records() -> None:
    mailbox = mailbox_in("mailbox")
    assert mailbox.smtp == ServerSettings(host="smtp.lakeside-demo.example", port=587, security=TransportSecurity.ENCRYPTED)
    assert mailbox.imap == ServerSettings(host="imap.lakeside-demo.example", port=993, security=TransportSecurity.ENCRYPTED)
    assert mailbox.updated_at == datetime(2026, 3, 12, 22, 10, 5, 400000, UTC)
    assert mailbox.warmup is not None
    assert (mailbox.warmup.daily_target, mailbox.warmup.daily_increase, mailbox.warmup.sent_total) == (40, 2, None)
    details = details_of(mailbox)
    assert details.warmup is not None
    assert details.warmup.config == sk.SendkitWarmupConfig(starting_volume=8, daily_increase=2, target_volume=40)
    passed, failed = sk.SendkitRecordStatus(status="pass"), sk.SendkitRecordStatus(status="fail")
    assert details.setup_status == sk.SendkitSetupStatus(75, mx=passed, spf=passed, dkim=passed, dmarc=failed)
    assert (details.total_received, details.smtp_secure, details.imap_port) == (187, True, 993)


def test_an_oauth_mailbox_has_no_servers() -> None:
    mailbox = mailbox_in("mailbox_oauth")
    assert (mailbox.smtp, mailbox.imap) == (None, None)
    assert mailbox_of(smtpHost=None, smtpPort=None, smtpSecure=None).smtp is None


def test_a_mailbox_just_added() -> None:
    mailbox = mailbox_in("mailbox_queued")
    assert (mailbox.status, mailbox.warmup, mailbox.sending.sent_today) == (MailboxStatus.PENDING, None, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("active", MailboxStatus.ACTIVE),
        ("ACTIVE", MailboxStatus.ACTIVE),
        ("warming_up", MailboxStatus.ACTIVE),
        ("inactive", MailboxStatus.PENDING),
        ("pending", MailboxStatus.PENDING),
        ("suspended", MailboxStatus.SUSPENDED),
        ("error", MailboxStatus.ERROR),
        ("failed", MailboxStatus.ERROR),
        ("paused", MailboxStatus.UNKNOWN),
        ("", MailboxStatus.UNKNOWN),
        (None, MailboxStatus.UNKNOWN),
    ],
)
def test_status_words(word: str | None, status: MailboxStatus) -> None:
    mailbox = mailbox_of(status=word)
    assert (mailbox.status, mailbox.status_raw) == (status, word)


@pytest.mark.parametrize(
    ("members", "state", "status"),
    [
        ({"status": "active", "sendingEnabled": True}, ChannelState.OK, MailboxStatus.ACTIVE),
        ({"status": "warming_up", "sendingEnabled": True}, ChannelState.OK, MailboxStatus.ACTIVE),
        ({"status": "active"}, ChannelState.UNKNOWN, MailboxStatus.ACTIVE),
        ({"status": "active", "sendingEnabled": False}, ChannelState.DISABLED, MailboxStatus.ACTIVE),
        ({"status": "error", "sendingEnabled": False}, ChannelState.DISABLED, MailboxStatus.ERROR),
        ({"status": "error"}, ChannelState.FAILING, MailboxStatus.ERROR),
        ({"status": "active", "sendingEnabled": True, "lastError": "refused"}, ChannelState.FAILING, MailboxStatus.ERROR),
        ({"status": "active", "sendingEnabled": True, "lastError": ""}, ChannelState.OK, MailboxStatus.ACTIVE),
        ({"status": "inactive", "sendingEnabled": False, "lastError": "refused"}, ChannelState.DISABLED, MailboxStatus.PENDING),
        ({"status": "suspended", "sendingEnabled": True, "lastError": "refused"}, ChannelState.FAILING, MailboxStatus.SUSPENDED),
        ({"sendingEnabled": True}, ChannelState.UNKNOWN, MailboxStatus.UNKNOWN),
    ],
)
def test_only_evidence_moves_sending_and_status(members: dict[str, object], state: ChannelState, status: MailboxStatus) -> None:
    mailbox = mailbox_of(**members)
    assert (mailbox.health.sending.state, mailbox.status) == (state, status)
    assert mailbox.health.receiving == ChannelHealth()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("535 refused", "535 refused"),
        ({"code": "EAUTH", "message": "535 refused"}, "535 refused"),
        ({"message": "", "error": "535 refused"}, "535 refused"),
        ({"code": "EAUTH"}, "EAUTH"),
        ({}, None),
        ({"surprise": 1}, None),
        (["535 refused"], None),
        (None, None),
    ],
)
def test_the_last_error_is_a_text_or_an_object(error: object, message: str | None) -> None:
    mailbox = mailbox_of(status="active", sendingEnabled=True, lastError=error)
    assert mailbox.health.sending.message == details_of(mailbox).last_error == message


def test_what_failed_is_told_without_the_password() -> None:
    mailbox = mailbox_of(sendingEnabled=True, lastError="535 login refused: password=hunter2-and-more")
    assert "hunter2" not in str(mailbox)
    assert "535" in str(mailbox.health.sending.message)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("not_started", WarmupState.NOT_STARTED),
        ("idle", WarmupState.NOT_STARTED),
        ("in_progress", WarmupState.RUNNING),
        ("paused", WarmupState.PAUSED),
        ("completed", WarmupState.COMPLETED),
        ("stopped", WarmupState.DISABLED),
        ("blocked", WarmupState.BLOCKED),
        ("cooldown", WarmupState.UNKNOWN),
        (None, WarmupState.UNKNOWN),
    ],
)
def test_warmup_words(word: str | None, state: WarmupState) -> None:
    warmup = mailbox_of(warmup={"status": word}).warmup
    assert warmup is not None
    assert (warmup.state, warmup.state_raw) == (state, word)


@pytest.mark.parametrize(
    ("word", "provider"),
    [
        ("gmail", MailProvider.GOOGLE),
        ("outlook", MailProvider.MICROSOFT),
        ("azure", MailProvider.MICROSOFT),
        ("custom", MailProvider.CUSTOM),
        ("zoho", MailProvider.OTHER),
        (None, MailProvider.UNKNOWN),
    ],
)
def test_provider_words(word: str | None, provider: MailProvider) -> None:
    assert mailbox_of(provider=word).provider is provider


def test_numbers_come_as_text_too() -> None:
    mailbox = mailbox_of(dailySendLimit="40", sentToday="7", bounceRate="0.013", smtpPort="465", smtpSecure=False, sendingEnabled="true")
    assert mailbox.sending == SendingPolicy(daily_limit=40, sent_today=7)
    assert mailbox.smtp == ServerSettings(port=465, security=TransportSecurity.NONE)
    assert (details_of(mailbox).bounce_rate, details_of(mailbox).sending_enabled) == (0.013, True)


@pytest.mark.parametrize("number", [2**31, 10**400, 1.5, True, "many", "NaN", [], {}])
def test_a_number_that_is_none_costs_its_field(number: object) -> None:
    mailbox = mailbox_of(email="a@b.example", totalSent=number, dailySendLimit=number)
    assert (details_of(mailbox).total_sent, mailbox.sending.daily_limit, mailbox.address) == (None, None, "a@b.example")


def test_configuration_without_a_documented_type_stays_json() -> None:
    warmup = details_of(mailbox_of(warmup={"config": {"replyRates": {"min": 10}, "promotions": True, "spam": None}})).warmup
    assert warmup is not None
    assert warmup.config == sk.SendkitWarmupConfig(reply_rates='{"min":10}', promotions="true")


def test_a_mailbox_does_not_keep_the_body_that_it_came_in() -> None:
    """The details are read later; passwords may have stood beside them."""
    body = msgspec.json.encode({"_id": FIRST, "smtpPassword": "CANARY", "warmup": {"config": {"replyRates": {"min": 10}, "spam": None}}})
    before = getrefcount(body)
    mailbox = mapped(decode_object(body, wire.Mailbox))
    assert mailbox is not None
    assert getrefcount(body) == before


@pytest.mark.parametrize("row", [{}, {"_id": ""}, {"_id": None, "id": None}, {"email": "a@b.example"}])
def test_only_a_row_without_any_id_is_none(row: dict[str, object]) -> None:
    assert mapped(decode_object(msgspec.json.encode(row), wire.Mailbox)) is None


def test_health() -> None:
    health = mapping.health_from_wire(decode_object(data_of(recorded("health")), wire.Health), redact)
    assert health == sk.SendkitHealth(
        email="mira@lakeside-demo.example",
        status="active",
        sending_enabled=True,
        dns=sk.SendkitDns(
            mx=sk.SendkitMxCheck(
                status="pass",
                records=(
                    sk.SendkitMxRecord(exchange="mx1.lakeside-demo.example", priority=10),
                    sk.SendkitMxRecord(exchange="mx2.lakeside-demo.example", priority=20),
                ),
            ),
            spf=sk.SendkitRecordCheck(status="pass", record="v=spf1 include:_spf.lakeside-demo.example ~all"),
            dkim=sk.SendkitDkimCheck(status="pass", selector="s1", record="v=DKIM1; k=rsa; p=MIGfinvented"),
            dmarc=sk.SendkitRecordCheck(status="fail"),
            health_score=75,
        ),
        warmup=sk.SendkitWarmup(enabled=True, status="in_progress", current_day=21, current_volume=24, metrics=sk.SendkitWarmupMetrics()),
        deliverability=sk.SendkitDeliverability(bounce_rate=0.013, total_sent=2140, total_received=187, consecutive_failures=0),
        daily_send_limit=40,
        sent_today=17,
    )


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("pending", "pending", None),
        ("passed", "passed", None),
        ("failed", "failed", None),
        ("failed_with_reason", "failed", "SMTP login was rejected"),
        ("inactive", "inactive", None),
    ],
)
def test_connection_tests(name: str, status: str, message: str | None) -> None:
    test = decode_object(data_of(recorded(f"connection_test_{name}")), wire.ConnectionTest)
    assert mapping.connection_test_from_wire(test, redact) == sk.SendkitConnectionTest(status=status, message=message)


def test_warmup_statistics() -> None:
    stats = decode_object(data_of(recorded("warmup_stats")), wire.WarmupStats)
    assert mapping.warmup_stats_from_wire(stats) == sk.SendkitWarmupStats(
        warmup=sk.SendkitWarmup(
            enabled=True,
            status="in_progress",
            current_day=21,
            current_volume=24,
            metrics=sk.SendkitWarmupMetrics(),
            config=sk.SendkitWarmupConfig(starting_volume=8, daily_increase=2, target_volume=40),
        ),
        started_at=datetime(2026, 2, 20, 7, tzinfo=UTC),
        total_sent=311,
        placement_breakdown=sk.SendkitPlacement(inbox=287, spam=10, promotions=7, other=1, not_detected=6),
        daily_stats=(
            sk.SendkitWarmupDay(day=date(2026, 3, 10), sent=22, inbox=21, spam=0, replied=6, opened=17),
            sk.SendkitWarmupDay(day=date(2026, 3, 12), sent=24, inbox=22, spam=1, replied=7, opened=18),
        ),
        days=30,
    )


def test_warmup_days_are_oldest_first_and_dated() -> None:
    days = [
        wire.Day(date="2026-03-12", sent=24, inbox="22", spam=1, replied=7),
        wire.Day(date="soon"),
        wire.Day(),
        wire.Day(date="2026-03-10"),
    ]
    assert mapping.warmup_days_from_wire(days) == [
        WarmupDay(date=date(2026, 3, 10)),
        WarmupDay(date=date(2026, 3, 12), sent=24, inbox=22, spam=1, replied=7),
    ]


def test_analytics_of_both_generations() -> None:
    newer, older = (mapping.analytics_from_wire(row) for row in decode_rows(data_of(recorded("analytics")), wire.Analytics))
    assert newer.rates == sk.SendkitRates(open="50.0", click="2.9", bounce="1.2", reply="7.1", positive_reply="2.0")
    assert newer.performance == sk.SendkitPerformance(sent=410, opened=205, clicked=12, bounced=5, replied=29, positive_replied=8)
    assert newer.warmup == sk.SendkitWarmupSwitch(enabled=True, status="in_progress")
    assert (older.performance, older.rates, older.total_received, older.email) == (None, None, 4, "legacy@lakeside-demo.example")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("unauthorized", Fault(message="UNAUTHORIZED: API key missing or not valid")),
        ("workspace_required", Fault(message="WORKSPACE_REQUIRED: X-Workspace-Id header is needed with a platform key")),
        ("forbidden_flat", Fault(message="Forbidden: No access to this resource")),
        (
            "limit_reached",
            Fault(
                message="LIMIT_REACHED: Plan limit for mailboxes is used up",
                limit=LimitUsage(used=25, max=25, requested=1),
                reason=ErrorCode.LIMIT_REACHED,
            ),
        ),
        (
            "subscription_required",
            Fault(
                message="SUBSCRIPTION_REQUIRED: An active subscription is needed to add mailboxes", reason=ErrorCode.SUBSCRIPTION_REQUIRED
            ),
        ),
        ("not_found", Fault(message="NOT_FOUND: No such mailbox")),
        ("conflict", Fault(message="CONFLICT: This address is already connected here")),
        ("validation", Fault(message="VALIDATION_ERROR: Request body is not valid", fields=(FieldFault("smtp.host", "Required"),))),
        ("rate_limited", Fault(message="RATE_LIMITED: Too many requests")),
    ],
)
def test_both_error_shapes(name: str, fault: Fault) -> None:
    recording = recorded(f"error_{name}")
    assert wire.fault(Answer(recording.status, httpx.Headers(), recording.content)) == fault


@given(st.binary() | st.text().map(str.encode))
def test_a_body_that_is_no_error_of_sendkit_is_no_fault(body: bytes) -> None:
    assert isinstance(wire.fault(Answer(500, httpx.Headers(), body)), Fault)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def _wire_names(struct: type[msgspec.Struct]) -> list[str]:
    return list(struct.__struct_encode_fields__)


def _objects(struct: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, object]]:
    """Objects with the struct's members, each either right by name and wrong by value, or an object of the member's own struct."""
    hints = get_type_hints(struct)
    members = {}
    for name, wire_name in zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True):
        inner = _struct_in(hints[name])
        members[wire_name] = _JSON | (_objects(inner) if inner else _JSON)
    return st.fixed_dictionaries({}, optional=members)


def _struct_in(hint: object) -> type[msgspec.Struct] | None:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint
    if get_origin(hint) in (Union, UnionType, tuple, list):
        return next((found for each in get_args(hint) if (found := _struct_in(each))), None)
    return None


@given(_objects(wire.Mailbox))
def test_no_json_in_any_field_raises_or_loses_the_row(members: dict[str, object]) -> None:
    row = {**members, "_id": FIRST}
    (read,) = decode_rows(msgspec.json.encode([row]), wire.Mailbox)
    mailbox = mapped(read)
    assert mailbox is not None
    assert mailbox.vendor_id == FIRST
    if isinstance(members.get("email"), str):
        assert mailbox.address == members["email"]


@given(_objects(wire.Health), _objects(wire.ConnectionTest))
def test_no_json_in_health_or_verification_raises(health: dict[str, object], test: dict[str, object]) -> None:
    mapping.health_from_wire(decode_object(msgspec.json.encode(health), wire.Health), redact)
    mapping.connection_test_from_wire(decode_object(msgspec.json.encode(test), wire.ConnectionTest), redact)


@given(_objects(wire.WarmupStats), _objects(wire.Analytics))
def test_no_json_in_statistics_raises(stats: dict[str, object], analytics: dict[str, object]) -> None:
    read = decode_object(msgspec.json.encode(stats), wire.WarmupStats)
    mapping.warmup_stats_from_wire(read)
    mapping.warmup_days_from_wire(read.daily_stats or [])
    mapping.analytics_from_wire(decode_object(msgspec.json.encode(analytics), wire.Analytics))


@given(_objects(wire.ErrorEnvelope))
def test_no_json_in_an_error_raises(error: dict[str, object]) -> None:
    wire.fault(Answer(400, httpx.Headers(), msgspec.json.encode(error)))


# ---------------------------------------------------------------------- the documented fields


class Documented(msgspec.Struct, frozen=True):
    wire: str
    details: str | None = None
    mailbox: str | None = None
    warmup_day: str | None = None
    secret: bool = False


_DOCUMENTED = msgspec.json.decode((Path(__file__).parent / "documented_fields.json").read_bytes(), type=list[Documented])


def _has(struct: type[msgspec.Struct], path: str) -> bool:
    name, _, rest = path.partition(".")
    hint = get_type_hints(struct).get(name)
    inner = _struct_in(hint)
    return hint is not None and (not rest or (inner is not None and _has(inner, rest)))


def _leaves(struct: type[msgspec.Struct], prefix: str = "") -> set[str]:
    found = set()
    for field in fields_of(struct):
        inner = _struct_in(field.annotation)
        found |= _leaves(inner, f"{prefix}{field.name}.") if inner else {prefix + field.name}
    return found


@pytest.mark.parametrize("field", _DOCUMENTED, ids=lambda field: field.wire)
def test_every_documented_field_has_its_place(field: Documented) -> None:
    assert field.secret or field.details or field.mailbox
    assert field.details is None or _has(sk.SendkitDetails, field.details)
    assert field.mailbox is None or _has(Mailbox, field.mailbox)
    assert field.warmup_day is None or _has(WarmupDay, field.warmup_day)


def test_every_place_is_documented() -> None:
    # The health call shows warm-up without its configuration, though in the same form.
    leaves = {leaf for leaf in _leaves(sk.SendkitDetails) if not leaf.startswith("health.warmup.config.")}
    assert leaves == {field.details for field in _DOCUMENTED if field.details}


def test_no_secret_has_a_place() -> None:
    names = {
        name
        for struct in vars(wire).values()
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct)
        for name in _wire_names(struct)
    }
    assert not names & {"password", "smtp", "imap", "smtpCredentials", "imapCredentials", "oauthCredentials"}


def test_the_parts_of_the_details() -> None:
    assert parts_of(sk.SendkitDetails) == {"mailbox", sk.HEALTH, sk.CONNECTION_TEST, sk.WARMUP_STATS, sk.ANALYTICS}
