import json
from collections.abc import Sequence
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import identifier
from gateway.domain.account import Account
from gateway.domain.details import fields_of, parts_of
from gateway.domain.mailbox import ChannelState, Mailbox, MailboxStatus, MailProvider, Pause, TrackingDomains, TransportSecurity
from gateway.domain.redaction import redact
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState
from gateway.transport.decode import decode_rows
from gateway.vendors.woodpecker.details import WoodpeckerDetails, WoodpeckerFreeze
from gateway.vendors.woodpecker.mapping import Observation, mailboxes_from_wire
from gateway.vendors.woodpecker.wire import WireDetails, WireRecord
from tests.vendors.woodpecker.conftest import recorded

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEEN = Observation(Account("agency", Vendor.WOODPECKER), NOW, redact)


def read(body: bytes, seen: Observation = SEEN) -> dict[str, Mailbox]:
    return {mailbox.vendor_id: mailbox for mailbox in mailboxes_from_wire(decode_rows(body, WireRecord), seen)}


def read_rows(*rows: object) -> dict[str, Mailbox]:
    return read(json.dumps(rows).encode())


def smtp(**details: object) -> dict[str, object]:
    return {"id": 1, "type": "SMTP", "details": {"email": "a@b.example", "error": None, **details}}


def read_smtp(**details: object) -> Mailbox:
    return read_rows(smtp(**details))["1"]


def own(mailbox: Mailbox) -> WoodpeckerDetails:
    assert isinstance(mailbox.details, WoodpeckerDetails)
    return mailbox.details


# ---------------------------------------------------------------------- the recorded lists
def test_a_pair_is_one_mailbox_in_the_vendors_order() -> None:
    assert list(read(recorded("list_mailboxes"))) == ["700101", "700110", "700111", "700130"]


def test_every_normalised_field_of_a_clean_pair() -> None:
    lena = read(recorded("list_mailboxes"))["700101"]
    assert lena.id == identifier.encode(identifier.Kind.MAILBOX, "agency", "700101")
    assert (lena.vendor, lena.account_name, lena.observed_at) == (Vendor.WOODPECKER, "agency", NOW)
    assert (lena.address, lena.display_name, lena.login) == (
        "lena@ostwind-leads.example",
        "Lena from Ostwind",
        "lena@ostwind-leads.example",
    )
    assert (lena.provider, lena.provider_raw) == (MailProvider.CUSTOM, "CUSTOM")
    assert (lena.status, lena.status_raw) == (MailboxStatus.ACTIVE, None)
    assert (lena.health.sending.state, lena.health.receiving.state) == (ChannelState.OK, ChannelState.OK)
    assert lena.smtp is not None
    assert (lena.smtp.host, lena.smtp.port, lena.smtp.username) == ("mail.postbox.example", 587, "lena@ostwind-leads.example")
    assert lena.smtp.security is TransportSecurity.UNKNOWN
    assert lena.imap is not None
    assert (lena.imap.host, lena.imap.port, lena.imap.username) == ("imap.postbox.example", 993, "lena@ostwind-leads.example")
    assert (lena.sending.daily_limit, lena.sending.sent_today, lena.sending.pauses) == (100, 14, ())
    assert (lena.sending.min_interval_seconds, lena.sending.max_interval_seconds) == (300.0, 600.0)
    assert lena.signature == "<div>Lena Brandt</div><div>Ostwind</div>"
    assert lena.bcc == "in@crm.ostwind.example"
    assert lena.tracking == TrackingDomains(
        opens="t.ostwind-leads.example", clicks="t.ostwind-leads.example", unsubscribes="t.ostwind-leads.example"
    )
    assert lena.warmup is not None
    assert (lena.warmup.state, lena.warmup.state_raw) == (WarmupState.RUNNING, "RUNNING")
    unsaid = (lena.reply_to, lena.tags, lena.campaign_count, lena.owner, lena.client_id, lena.created_at, lena.updated_at)
    assert set(unsaid) == {None}


def test_details_hold_the_records_words_verbatim() -> None:
    wire = json.loads(recorded("list_mailboxes"))
    details = json.loads(msgspec.json.encode(own(read(recorded("list_mailboxes"))["700101"])))
    told = {"id": wire[0]["id"], "type": wire[0]["type"], **wire[0]["details"]}
    assert {key: details[key] for key in told} == told
    assert details["imap"] == {"id": 700102, "type": "IMAP", **wire[1]["details"], "private": None, "from_name": None}


def test_one_imap_serves_two_senders() -> None:
    fleet = read(recorded("list_mailboxes"))
    first, second = own(fleet["700110"]), own(fleet["700111"])
    assert first.imap == second.imap
    assert first.imap is not None
    assert first.imap.email == "sales@ostwind-leads.example"
    assert (first.shared_imap, second.shared_imap, own(fleet["700101"]).shared_imap) == (True, True, False)


def test_every_documented_warmup_word() -> None:
    states = [mailbox.warmup.state for mailbox in read(recorded("list_mailboxes")).values() if mailbox.warmup]
    assert states == [WarmupState.RUNNING, WarmupState.PAUSED, WarmupState.DISABLED, WarmupState.BLOCKED]


def test_a_port_may_be_null_and_pauses_have_offsets() -> None:
    mailbox = read(recorded("list_mailboxes"))["700110"]
    assert mailbox.smtp is not None
    assert (mailbox.smtp.host, mailbox.smtp.port) == ("smtp.gmail.com", None)
    begin, end = datetime(2025, 12, 23, 23, tzinfo=UTC), datetime(2026, 1, 2, 22, 59, 59, tzinfo=UTC)
    assert mailbox.sending.pauses == (Pause(begin, end),)
    assert own(mailbox).freeze_account == (WoodpeckerFreeze(begin, end),)


def test_errors_of_both_halves() -> None:
    mailbox = read(recorded("list_mailboxes"))["700130"]
    assert mailbox.status is MailboxStatus.ERROR
    assert (mailbox.health.sending.state, mailbox.health.sending.message) == (ChannelState.FAILING, "Authentication failed")
    assert (mailbox.health.receiving.state, mailbox.health.receiving.message) == (ChannelState.FAILING, "IMAP authentication failed")
    assert (mailbox.display_name, mailbox.signature, mailbox.bcc, mailbox.tracking) == ("", None, None, None)


def test_the_older_forms() -> None:
    fleet = read(recorded("list_mailboxes_legacy"))
    assert list(fleet) == ["234", "345", "346", "347"]
    old = fleet["234"]
    assert (old.status, old.health.sending.state, old.health.sending.message) == (
        MailboxStatus.ACTIVE,
        ChannelState.OK,
        "Connected conditionally.",
    )
    assert old.health.receiving.state is ChannelState.UNKNOWN
    assert (old.login, old.provider) == ("old.login", MailProvider.MAILGUN)
    assert old.signature == "<div>Bye<img src=x onerror=alert(1)></div>"
    assert old.sending.pauses == (Pause(datetime(2022, 7, 5, 22, tzinfo=UTC), datetime(2022, 7, 6, 21, 59, 59, tzinfo=UTC)),)
    assert old.warmup is None
    imap = own(old).imap
    assert imap is not None
    assert (imap.id, imap.private, imap.error) == (123, False, None)


def test_older_empty_texts_numbers_as_text_and_a_dangling_imap() -> None:
    second = read(recorded("list_mailboxes_legacy"))["345"]
    assert (second.address, second.provider, second.display_name) == ("Second@Relikt.example", MailProvider.GOOGLE, None)
    assert (second.sending.daily_limit, second.sending.pauses) == (500, ())
    assert second.smtp is not None
    assert second.smtp.port == 465
    assert (second.status, second.health.sending.state) == (MailboxStatus.ACTIVE, ChannelState.OK)
    assert (second.imap, second.health.receiving.state) == (None, ChannelState.UNKNOWN)
    assert (own(second).error, own(second).signature, own(second).imap_id, own(second).imap) == ("", "", 999, None)


def test_nulls_everywhere() -> None:
    solo = read(recorded("list_mailboxes_legacy"))["346"]
    assert (solo.provider, solo.signature, solo.bcc, solo.tracking, solo.warmup) == (MailProvider.MICROSOFT, None, None, None, None)
    assert (solo.sending.pauses, own(solo).freeze_account, own(solo).in_slot, own(solo).imap_id) == (None, None, None, None)


def test_an_imap_that_no_smtp_names_only_receives() -> None:
    orphan = read(recorded("list_mailboxes_legacy"))["347"]
    assert (orphan.smtp, orphan.imap and orphan.imap.host) == (None, "imap.relikt.example")
    assert orphan.health.sending.state is ChannelState.DISABLED
    assert orphan.health.sending.message
    assert (orphan.status, orphan.health.receiving.state) == (MailboxStatus.UNKNOWN, ChannelState.UNKNOWN)
    details = own(orphan)
    assert details.imap is not None
    assert (details.type, details.server, details.imap.private, details.imap.server) == (
        "IMAP",
        "imap.relikt.example",
        True,
        "imap.relikt.example",
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"error": None}, MailboxStatus.ACTIVE),
        ({"error": "Connected conditionally."}, MailboxStatus.ACTIVE),
        ({"error": "no"}, MailboxStatus.ERROR),
        ({}, MailboxStatus.UNKNOWN),
    ],
)
def test_the_status_of_a_receiver_is_its_own_errors(error: dict[str, object], status: MailboxStatus) -> None:
    assert read_rows({"id": 5, "type": "IMAP", "details": error})["5"].status is status


# ---------------------------------------------------------------------- single fields
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("google", MailProvider.GOOGLE),
        ("Custom", MailProvider.CUSTOM),
        ("EXCHANGE", MailProvider.EXCHANGE),
        ("Outlook", MailProvider.MICROSOFT),
        ("OFFICE_365", MailProvider.MICROSOFT),
        ("microsoft", MailProvider.MICROSOFT),
        ("other", MailProvider.OTHER),
        ("MAILDOSO", MailProvider.OTHER),
        (None, MailProvider.UNKNOWN),
    ],
)
def test_providers(said: str | None, meant: MailProvider) -> None:
    mailbox = read_smtp(provider=said)
    assert (mailbox.provider, mailbox.provider_raw) == (meant, said)


@pytest.mark.parametrize(
    ("said", "state"),
    [({"status": "COOLING"}, WarmupState.UNKNOWN), ({}, WarmupState.UNKNOWN), ({"status": "running"}, WarmupState.RUNNING)],
)
def test_warmup_words(said: dict[str, str], state: WarmupState) -> None:
    warmup = read_smtp(warmup_data=said).warmup
    assert warmup is not None
    assert (warmup.state, warmup.state_raw) == (state, said.get("status"))


@pytest.mark.parametrize(("said", "meant"), [("", ()), ([], ()), (None, None), ("soon", None), ([{"from": "x"}], (Pause(),))])
def test_pauses(said: object, meant: Sequence[Pause] | None) -> None:
    assert read_smtp(freeze_account=said).sending.pauses == meant


def test_the_current_names_of_a_pause_win() -> None:
    mailbox = read_smtp(freeze_account=[{"date_from": "2026-01-02", "from": "2020-01-01", "date_to": None, "to": "2026-01-03"}])
    assert mailbox.sending.pauses == (Pause(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)),)


def test_an_absent_error_key_is_silence_unless_the_other_half_fails() -> None:
    silent: dict[str, object] = {"id": 1, "type": "SMTP", "details": {"imap_id": 2}}
    failing = {"id": 2, "type": "IMAP", "details": {"error": "no such user"}}
    assert read_rows(silent)["1"].status is MailboxStatus.UNKNOWN
    assert read_rows(silent)["1"].health.sending.state is ChannelState.UNKNOWN
    assert read_rows(silent, failing)["1"].status is MailboxStatus.ERROR


def test_error_texts_lose_their_secrets_in_both_places() -> None:
    mailbox = read_smtp(error="535 login failed, password=CANARY-1")
    assert mailbox.health.sending.message == own(mailbox).error == "535 login failed, password [redacted]"


def test_a_type_without_a_page_is_told_by_its_fields() -> None:
    row = {"id": 1, "type": "EXCHANGE", "details": {"email": "a@b.example", "error": None}}
    assert read_rows(row)["1"].health.sending.state is ChannelState.DISABLED
    sender = read_rows({**row, "details": {"daily_limit": 5, "error": None}})["1"]
    assert (sender.health.sending.state, own(sender).type) == (ChannelState.OK, "EXCHANGE")


def test_an_smtp_record_is_nobodys_receiving_half() -> None:
    fleet = read_rows(smtp(imap_id=1), {**smtp(imap_id=1), "id": 7})
    assert (fleet["1"].imap, fleet["7"].imap) == (None, None)


def test_a_record_that_comes_twice_counts_once() -> None:
    half = {"id": 2, "type": "IMAP", "details": {}}
    assert list(read_rows(smtp(imap_id=2), half, smtp(imap_id=2), half)) == ["1"]
    assert own(read_rows(smtp(imap_id=2), half, smtp(imap_id=2))["1"]).shared_imap is False


def test_records_without_details_are_kept() -> None:
    assert list(read_rows({"id": 1, "type": "SMTP"}, {"id": 2, "type": "IMAP", "details": None}, {"id": 3})) == ["1", "2", "3"]


def test_rows_without_an_id_cost_themselves_only() -> None:
    assert list(read_rows(smtp(), {"type": "SMTP"}, 5, None, {**smtp(), "id": "2"})) == ["1", "2"]


def test_numbers_beyond_32_bits_cannot_be_told() -> None:
    mailbox = read_smtp(daily_limit=2**31, frequency_from=2**40, sent_today=2**31 - 1)
    assert (mailbox.sending.daily_limit, own(mailbox).daily_limit) == (None, None)
    assert (mailbox.sending.min_interval_seconds, own(mailbox).frequency_from) == (None, None)
    assert mailbox.sending.sent_today == 2**31 - 1


def test_the_client_company_is_the_tenant() -> None:
    seen = Observation(SEEN.account, NOW, redact, company_id="42")
    assert read(json.dumps([smtp()]).encode(), seen)["1"].client_id == "42"


# ---------------------------------------------------------------------- whatever comes
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
detail_names = st.sampled_from([*WireDetails.__struct_fields__, "password"])


@given(st.dictionaries(detail_names, anything), st.dictionaries(detail_names, anything), anything, anything)
def test_no_value_raises_or_loses_a_row(details: object, half: object, kind: object, other: object) -> None:
    rows = (
        {"id": 1, "type": "SMTP", "details": details},
        {"id": 2, "type": "IMAP", "details": half},
        {"id": 3, "type": kind, "details": other},
        {"id": 4, "type": kind, "details": details},
    )
    fleet = read_rows(*rows)
    assert "1" in fleet
    lost = {"2", "3", "4"} - set(fleet)
    named = {str(own(mailbox).imap_id) for mailbox in fleet.values()}
    assert lost <= named
    msgspec.json.encode(list(fleet.values()))


@given(st.dictionaries(detail_names, anything))
def test_integers_fit_graphql(details: object) -> None:
    mailbox = read_rows({"id": 1, "type": "SMTP", "details": details})["1"]
    port = mailbox.smtp.port if mailbox.smtp else None
    for number in (mailbox.sending.daily_limit, mailbox.sending.sent_today, port, own(mailbox).imap_id):
        assert number is None or -(2**31) <= number < 2**31


# ---------------------------------------------------------------------- the list of documented fields
def _member(struct: Any, path: str) -> bool:  # noqa: ANN401 - a type expression
    """Whether a dotted path of attributes exists in a struct type, through optionals and tuples."""
    head, _, rest = path.partition(".")
    hints = get_type_hints(struct)
    if head not in hints:
        return False
    return not rest or any(_member(each, rest) for each in _structs(hints[head]))


def _structs(hint: Any) -> list[Any]:  # noqa: ANN401 - a type expression
    if get_origin(hint) in (Union, UnionType, tuple):
        return [found for each in get_args(hint) for found in _structs(each)]
    return [hint] if isinstance(hint, type) and issubclass(hint, msgspec.Struct) else []


DOCUMENTED = json.loads(recorded("../documented_fields"))


@pytest.mark.parametrize("entry", DOCUMENTED, ids=lambda entry: entry["wire"])
def test_documented_fields_have_a_home(entry: dict[str, Any]) -> None:
    if entry.get("secret"):
        assert entry["wire"].rpartition(".")[2] not in WireDetails.__struct_fields__
        return
    assert _member(WoodpeckerDetails, entry["details"])
    assert "mailbox" not in entry or _member(Mailbox, entry["mailbox"])


@pytest.mark.parametrize("name", ["get_smtp", "get_imap"])
def test_every_recorded_field_is_documented(name: str) -> None:
    documented = {entry["wire"].split("[")[0].removeprefix("imap.") for entry in DOCUMENTED}
    wire = json.loads(recorded(name))
    for key in wire["details"]:
        assert any(path == f"details.{key}" or path.startswith(f"details.{key}.") for path in documented)


def test_every_detail_is_described() -> None:
    assert parts_of(WoodpeckerDetails) == {"agency"}
    assert all(field.description for field in fields_of(WoodpeckerDetails) if field.name != "mailbox_id")
