import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.account import Campaign, Owner
from gateway.domain.details import fields_of, parts_of
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import ChannelState, Mailbox, MailboxStatus, MailProvider, SendBurst, TransportSecurity
from gateway.transport.decode import decode_object, decode_rows
from gateway.vendors.outreach.details import OutreachDetails, OutreachMailAlias, OutreachMailings, OutreachUser
from gateway.vendors.outreach.mapping import alias_from_wire, campaigns_from_wire, mailbox_from_wire
from gateway.vendors.outreach.wire import AliasResource, Attributes, Document, MailboxResource, StateResource, included, next_params
from tests.vendors.outreach.conftest import ACCOUNT, RECORDED, recorded

SEEN_AT = datetime(2026, 3, 13, 12, tzinfo=UTC)
YESTERDAY, TODAY = "2026-03-12T08:00:00.000Z", "2026-03-13T08:00:00.000Z"


def mapped(body: object, users: Any = None) -> Mailbox:  # noqa: ANN401 - as the mapping takes them
    row = decode_object(msgspec.json.encode(body), MailboxResource)
    return mailbox_from_wire(row, account=ACCOUNT, observed_at=SEEN_AT, users=users)


def with_attributes(**attributes: object) -> Mailbox:
    return mapped({"type": "mailbox", "id": 1, "attributes": attributes})


def details(mailbox: Mailbox) -> OutreachDetails:
    assert isinstance(mailbox.details, OutreachDetails)
    return mailbox.details


def test_an_exchange_mailbox() -> None:
    mailbox = mapped(recorded("mailboxes_list_page1")["data"][0])
    assert (mailbox.vendor_id, mailbox.address, mailbox.login) == ("41", "lena.brandt@northwind-demo.example", mailbox.address)
    assert mailbox.id == encode(Kind.MAILBOX, "outbound", "41")
    assert (mailbox.provider, mailbox.provider_raw) == (MailProvider.EXCHANGE, "exchange_server")
    assert mailbox.status is MailboxStatus.ACTIVE
    assert mailbox.status_raw is None
    assert mailbox.health.sending.state is mailbox.health.receiving.state is ChannelState.OK
    assert mailbox.health.sending.last_success_at == datetime(2026, 3, 12, 16, 41, 9, tzinfo=UTC)
    assert mailbox.smtp is None
    assert mailbox.imap is None
    assert (mailbox.sending.daily_limit, mailbox.sending.weekly_limit, mailbox.sending.sent_today) == (400, 2000, None)
    assert mailbox.sending.burst == SendBurst(2, 60)
    assert mailbox.signature == "<p>Lena Brandt<br>Northwind Demo</p>"
    assert mailbox.owner == Owner("7", account_name="outbound")
    assert mailbox.created_at == datetime(2025, 2, 3, 8, 15, 40, tzinfo=UTC)
    assert mailbox.updated_at == datetime(2026, 3, 12, 16, 44, 53, tzinfo=UTC)
    assert mailbox.observed_at == SEEN_AT
    assert (mailbox.tags, mailbox.warmup, mailbox.campaign_count, mailbox.display_name) == (None, None, None, None)


def test_every_attribute_is_in_the_details_as_it_came() -> None:
    body = {**recorded("mailboxes_list_page1")["data"][1]["attributes"], **recorded("mailboxes_list_page1")["data"][0]["attributes"]}
    told = details(with_attributes(**body))
    for name, wire_name in zip(Attributes.__struct_fields__, Attributes.__struct_encode_fields__, strict=True):
        value = getattr(told, name)
        assert (f"{value:%Y-%m-%dT%H:%M:%S.000Z}" if isinstance(value, datetime) else value) == body[wire_name], name
    assert set(body) == set(Attributes.__struct_encode_fields__)


def test_an_oauth_mailbox_with_everything_switched_off() -> None:
    mailbox = mapped(recorded("mailboxes_list_page1")["data"][1])
    assert mailbox.status is MailboxStatus.SUSPENDED
    assert mailbox.provider is MailProvider.GOOGLE
    assert mailbox.health.sending.state is mailbox.health.receiving.state is ChannelState.DISABLED
    assert mailbox.health.sending.last_error_at == datetime(2026, 3, 10, 9, 2, 11, tzinfo=UTC)
    assert (mailbox.login, mailbox.smtp, mailbox.imap, mailbox.signature, mailbox.sending.daily_limit) == (None, None, None, None, None)
    assert details(mailbox).send_permanent_error_at == datetime(2026, 3, 10, 9, 2, 11, tzinfo=UTC)
    assert details(mailbox).creator_id is None
    assert (details(mailbox).owner_id, details(mailbox).updater_id) == ("8", "8")


def test_servers() -> None:
    mailbox = mapped(recorded("mailboxes_list_page2_last")["data"][0])
    assert mailbox.provider is MailProvider.UNKNOWN
    assert mailbox.smtp is not None
    assert mailbox.imap is not None
    assert (mailbox.smtp.host, mailbox.smtp.port, mailbox.smtp.username) == ("smtp.northwind-demo.example", 587, "relay-user")
    assert (mailbox.imap.host, mailbox.imap.port, mailbox.imap.username) == ("imap.northwind-demo.example", 993, mailbox.login)
    assert mailbox.smtp.security is mailbox.imap.security is TransportSecurity.ENCRYPTED


@pytest.mark.parametrize("username", [None, "", " "])
def test_a_blank_smtp_login_means_the_mailbox_s_own(username: str | None) -> None:
    mailbox = with_attributes(smtpHost="smtp.x.example", smtpSsl=False, smtpUsername=username, username="me")
    assert mailbox.smtp is not None
    assert (mailbox.smtp.username, mailbox.smtp.security, mailbox.smtp.port) == ("me", TransportSecurity.NONE, None)
    assert details(mailbox).smtp_username == username


def test_odd_relationships_and_unknown_words() -> None:
    odd, bare = (mapped(row) for row in recorded("mailboxes_list_messy")["data"])
    assert (odd.provider, odd.status, odd.owner) == (MailProvider.ZOHO, MailboxStatus.UNKNOWN, None)
    assert details(odd).send_method == "graph_api"
    assert details(odd).owner_id is details(odd).creator_id is details(odd).updater_id is None
    assert (bare.vendor_id, bare.owner) == ("62", Owner("9", account_name="outbound"))


@pytest.mark.parametrize(
    ("word", "provider"),
    [
        ("gmail", MailProvider.GOOGLE),
        ("GMAIL_API", MailProvider.GOOGLE),
        ("google_oauth2", MailProvider.GOOGLE),
        ("office365_oauth2", MailProvider.MICROSOFT),
        ("microsoft_hma_oauth2", MailProvider.MICROSOFT),
        ("office_365", MailProvider.MICROSOFT),
        ("exchange_online", MailProvider.MICROSOFT),
        ("exchange_server", MailProvider.EXCHANGE),
        ("intermedia", MailProvider.INTERMEDIA),
        ("rackspace", MailProvider.RACKSPACE),
        ("sendgrid", MailProvider.SENDGRID),
        ("proton_bridge", MailProvider.OTHER),
        (None, MailProvider.UNKNOWN),
        ("", MailProvider.UNKNOWN),
    ],
)
def test_providers(word: str | None, provider: MailProvider) -> None:
    mailbox = with_attributes(emailProvider=word)
    assert (mailbox.provider, mailbox.provider_raw) == (provider, word)


@pytest.mark.parametrize(
    ("attributes", "sending", "status"),
    [
        ({"sendDisabled": False, "sendSuccessAt": TODAY}, ChannelState.OK, MailboxStatus.ACTIVE),
        ({"sendDisabled": False}, ChannelState.UNKNOWN, MailboxStatus.ACTIVE),
        ({"sendSuccessAt": TODAY}, ChannelState.OK, MailboxStatus.UNKNOWN),
        ({"sendDisabled": True, "syncDisabled": False}, ChannelState.DISABLED, MailboxStatus.ACTIVE),
        ({"sendDisabled": True, "syncDisabled": True}, ChannelState.DISABLED, MailboxStatus.SUSPENDED),
        ({"sendDisabled": True, "syncDisabled": True, "deleteQueuedAt": TODAY}, ChannelState.DISABLED, MailboxStatus.SUSPENDED),
        ({"sendDisabled": False, "sendErroredAt": TODAY, "sendSuccessAt": YESTERDAY}, ChannelState.FAILING, MailboxStatus.ERROR),
        ({"sendErroredAt": TODAY}, ChannelState.FAILING, MailboxStatus.ERROR),
        ({"sendDisabled": False, "sendErroredAt": YESTERDAY, "sendSuccessAt": TODAY}, ChannelState.OK, MailboxStatus.ACTIVE),
        ({"sendDisabled": False, "sendErroredAt": TODAY, "sendSuccessAt": TODAY}, ChannelState.OK, MailboxStatus.ACTIVE),
        ({"sendDisabled": False, "sendPermanentErrorAt": TODAY, "sendSuccessAt": YESTERDAY}, ChannelState.FAILING, MailboxStatus.ERROR),
        ({"sendDisabled": False, "sendPermanentErrorAt": YESTERDAY, "sendSuccessAt": TODAY}, ChannelState.OK, MailboxStatus.ACTIVE),
        ({"sendDisabled": False, "syncErroredAt": TODAY, "sendSuccessAt": TODAY}, ChannelState.OK, MailboxStatus.ERROR),
        ({"sendDisabled": False, "syncErroredAt": TODAY, "syncDisabled": True}, ChannelState.UNKNOWN, MailboxStatus.ACTIVE),
        ({"sendErroredAt": TODAY, "deleteQueuedAt": TODAY}, ChannelState.FAILING, MailboxStatus.UNKNOWN),
        ({"sendDisabled": False, "sendErroredAt": "soon"}, ChannelState.UNKNOWN, MailboxStatus.ACTIVE),
    ],
)
def test_health_and_status(attributes: dict[str, object], sending: ChannelState, status: MailboxStatus) -> None:
    mailbox = with_attributes(**attributes)
    assert (mailbox.health.sending.state, mailbox.status) == (sending, status)


def test_receiving_is_judged_like_sending() -> None:
    health = with_attributes(syncPermanentErrorAt=TODAY, syncErroredAt=YESTERDAY).health.receiving
    assert (health.state, health.last_error_at, health.message) == (ChannelState.FAILING, datetime(2026, 3, 13, 8, tzinfo=UTC), None)
    assert with_attributes(syncSuccessAt=TODAY).health.receiving.state is ChannelState.OK
    assert with_attributes(syncDisabled=True).health.receiving.state is ChannelState.DISABLED


@pytest.mark.parametrize(
    ("exclusions", "patterns"), [(None, None), ("", ()), ("*@a.example\r\n\n  b@c.example  \n", ("*@a.example", "b@c.example"))]
)
def test_exclusions_are_text_and_list(exclusions: str | None, patterns: tuple[str, ...] | None) -> None:
    told = details(with_attributes(prospectEmailExclusions=exclusions))
    assert (told.prospect_email_exclusions, told.prospect_email_exclusion_patterns) == (exclusions, patterns)


def test_numbers_come_as_text_and_out_of_range() -> None:
    mailbox = with_attributes(maxMailingsPerDay="250", maxMailingsPerWeek=9_999_999_999, authId=2**70, sendThreshold=3, sendPeriod="x")
    assert (mailbox.sending.daily_limit, mailbox.sending.weekly_limit, mailbox.sending.burst) == (250, None, None)
    assert details(mailbox).auth_id is None
    assert (details(mailbox).send_threshold, details(mailbox).send_period) == (3, None)


def test_an_included_owner_and_what_one_may_do() -> None:
    body = recorded("mailbox_get_include_user_meta")
    document = decode_object(json.dumps(body).encode(), Document)
    mailbox = mapped(body["data"], included(document, "user"))
    assert mailbox.owner == Owner("7", "Lena Brandt", "lena.brandt@northwind-demo.example", "outbound")
    assert (details(mailbox).can_write, details(mailbox).can_delete) == (True, False)
    assert details(mailbox).creator == OutreachUser("3")  # not in `included`: the acting user may not see them
    assert details(mapped(body["data"])).creator is None  # nobody asked for users


def test_aliases() -> None:
    aliases = [alias_from_wire(row) for row in decode_rows(json.dumps(recorded("mail_aliases_list")["data"]).encode(), AliasResource)]
    made_at = datetime(2025, 2, 3, 8, 16, tzinfo=UTC)
    assert aliases[0] == OutreachMailAlias(
        "5", "l.brandt@northwind-demo.example", True, "77aa0b1c2d3e4f5061728394a5b6c7d8", made_at, made_at
    )
    assert (aliases[1].can_send, aliases[1].email_hash) == (False, None)
    assert alias_from_wire(AliasResource(9)) == OutreachMailAlias("9")


def test_sequences_are_named_once() -> None:
    document = decode_object(json.dumps(recorded("sequence_states_for_mailbox")).encode(), Document)
    states = decode_rows(document.data, StateResource)
    assert list(campaigns_from_wire(states, included(document, "sequence")).values()) == [Campaign("12", "Spring trial follow-up", True)]
    assert list(campaigns_from_wire(states, {}).values()) == [Campaign("12")]


def test_counts() -> None:
    counted = decode_object(json.dumps(recorded("mailings_count_for_mailbox")).encode(), Document)
    truncated = decode_object(json.dumps(recorded("mailboxes_list_count_truncated")).encode(), Document)
    unasked = decode_object(json.dumps(recorded("mailboxes_list_page2_last")).encode(), Document)
    assert (counted.count, truncated.count, unasked.count) == (37, None, None)


@pytest.mark.parametrize(
    ("links", "params"),
    [
        (None, None),
        ({}, None),
        ({"next": None}, None),
        (
            {"next": "https://elsewhere.example/x?count=false&page%5Bafter%5D=e%3D&a="},
            (("count", "false"), ("page[after]", "e="), ("a", "")),
        ),
        ({"next": "https://api.outreach.io/api/v2/mailboxes"}, ()),
        ({"next": 7}, ()),
        ({"next": True}, ()),
        ({"next": "http://[oops"}, ()),
    ],
)
def test_the_next_page_is_read_from_the_link_s_query(links: object, params: object) -> None:
    assert next_params(decode_object(msgspec.json.encode({"data": [], "links": links}), Document)) == params


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ODD_TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat()) | st.sampled_from(
    ["", "0000-00-00", "0001-01-01T00:00+14:00"]
)


@given(st.dictionaries(st.sampled_from(Attributes.__struct_encode_fields__), JSON | ODD_TIMES))
def test_any_attribute_may_hold_anything(attributes: dict[str, object]) -> None:
    mailbox = with_attributes(**attributes)
    assert mailbox.vendor_id == "1"
    for name in ("sending.daily_limit", "sending.weekly_limit"):
        value = getattr(mailbox.sending, name.partition(".")[2])
        assert value is None or -(2**31) <= value < 2**31


@given(st.integers() | st.text(), JSON, JSON, JSON)
def test_no_row_is_lost(row_id: int | str, attributes: object, relationships: object, meta: object) -> None:
    rows = [{"id": row_id, "attributes": attributes, "relationships": relationships, "meta": meta}, {"id": 2}, 7, None, {"id": None}]
    decoded = decode_rows(json.dumps(rows).encode(), MailboxResource)
    mailboxes = [mailbox_from_wire(row, account=ACCOUNT, observed_at=SEEN_AT, users={}) for row in decoded]
    assert [mailbox.vendor_id for mailbox in mailboxes] == [str(row_id), "2"]


@given(st.dictionaries(st.sampled_from(["user", "creator", "updater"]), st.fixed_dictionaries({}, optional={"data": JSON, "links": JSON})))
def test_any_relationship_may_hold_anything(relationships: dict[str, object]) -> None:
    assert mapped({"id": 1, "relationships": relationships}, {}).vendor_id == "1"


@given(st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9)))
def test_the_newer_time_decides(distance: timedelta) -> None:
    error_at = SEEN_AT + distance
    state = with_attributes(sendSuccessAt=SEEN_AT.isoformat(), sendErroredAt=error_at.isoformat()).health.sending.state
    assert state is (ChannelState.FAILING if error_at > SEEN_AT else ChannelState.OK)


# ---------------------------------------------------------------- the list of documented fields
FIELDS = json.loads((RECORDED.parent / "documented_fields.json").read_text())
NOUNS = {"details": OutreachDetails, "mailbox": Mailbox, "owner": Owner, "campaign": Campaign}


def resolve(struct: Any, dotted: str) -> None:  # noqa: ANN401 - a struct type or a union of them
    for name in dotted.split("."):
        hint = get_type_hints(struct)[name]
        choices = [each for each in get_args(hint) if each is not type(None)] or [hint]
        struct = get_args(choices[0])[0] if get_origin(choices[0]) is tuple else choices[0]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field["wire"])
def test_each_documented_field_has_its_place(field: dict[str, Any]) -> None:
    places = {noun: place for noun, place in field.items() if noun != "wire"}
    assert places
    if places.pop("secret", False):
        assert not places
        assert field["wire"].rpartition(".")[2] not in Attributes.__struct_encode_fields__
    for noun, dotted in places.items():
        resolve(NOUNS[noun], dotted)


def test_each_detail_is_documented() -> None:
    told = {field["details"].partition(".")[0] for field in FIELDS if "details" in field}
    assert told == {field.name for field in fields_of(OutreachDetails)}
    assert parts_of(OutreachDetails) == {"mailbox", "aliases", "mailings"}
    for struct in (OutreachUser, OutreachMailAlias, OutreachMailings):
        assert fields_of(struct)


@pytest.mark.parametrize("url", ["https://t.renn:CANARY@mail.example.com/EWS/a@b", "HTTPS://CANARY@mail.example.com/EWS/a@b"])
def test_an_address_with_a_login_in_it_comes_without_the_login(url: str) -> None:
    mailbox = details(with_attributes(ewsEndpoint=url, sendgridWebhookUrl=url))
    assert mailbox.ews_endpoint == mailbox.sendgrid_webhook_url == url.split("://", maxsplit=1)[0] + "://mail.example.com/EWS/a@b"
