"""What is sent, and where in the input each part of it came from."""

import inspect
from typing import Any

import pytest
from msgspec import UNSET

from gateway.domain.draft import MailboxChanges, MailboxDraft, OAuthToken, ServerDraft
from gateway.domain.errors import InvalidInputError, UnsupportedFieldsError
from gateway.domain.mailbox import Mailbox, SendBurst, TransportSecurity
from gateway.domain.outcome import WriteWarning
from gateway.domain.secret import Secret
from gateway.domain.writable import Occasion, VendorFields, writable_fields_of
from gateway.sandbox.outreach.attribute import BOOLEANS, INTEGERS, READ_ONLY, TEXT
from gateway.vendors.outreach.body import Body, body_from_changes, body_from_draft, body_to_wire
from gateway.vendors.outreach.details import OutreachDetails, OutreachFields
from gateway.vendors.outreach.place import usual_places, vendor_path
from tests.vendors.outreach.conftest import EVERYTHING_CHANGED, EVERYTHING_DRAFTED, known_mailbox

WRITABLE = {*TEXT, *INTEGERS, *BOOLEANS}
ONE, TWO = Secret("one-password"), Secret("two-password")


def sent(body: Body) -> dict[str, object]:
    return {name: each.value for name, each in body.attributes.items()}


def changed(known: Mailbox | None = None, **changes: Any) -> Body:  # noqa: ANN401 - any change
    return body_from_changes(MailboxChanges(**changes), known or known_mailbox(username="jonas"))


def drafted(**parts: Any) -> Body:  # noqa: ANN401 - any part of a draft
    return body_from_draft(MailboxDraft(address="jonas@quill.example", **parts))


# ---------------------------------------------------------------- completeness
def test_every_attribute_that_can_be_written_is_written() -> None:
    assert set(body_from_draft(EVERYTHING_DRAFTED).attributes) == WRITABLE
    assert set(body_from_changes(EVERYTHING_CHANGED, known_mailbox(username="jonas")).attributes) == WRITABLE


@pytest.mark.parametrize("occasion", Occasion)
def test_every_attribute_has_a_place_in_the_input_and_read_only_ones_have_none(occasion: Occasion) -> None:
    places = set(usual_places(occasion)) - {"prospectEmailExclusionPatterns"}  # ours, not Outreach's
    assert places == {*WRITABLE, "user", "userId"}
    assert READ_ONLY & places == {"userId"}


@pytest.mark.parametrize("occasion", Occasion)
def test_places_in_the_vendor_s_part_can_be_written_on_the_occasion(occasion: Occasion) -> None:
    writable = {vendor_path(each.name) for each in writable_fields_of(OutreachFields) if each.only in (None, occasion)}
    assert {path for path in usual_places(occasion).values() if path[0] == "vendor"} <= writable


def test_fields_that_outreach_shows_have_the_names_of_its_details() -> None:
    written_only = {"password", "sendgrid_api_key", "validate_send", "validate_sync"}
    names = {each.name for each in writable_fields_of(OutreachFields)}
    assert names - written_only <= set(inspect.signature(OutreachDetails).parameters)
    assert {each.name for each in writable_fields_of(OutreachFields) if "Secret" in str(each.annotation)} == {
        "password",
        "sendgrid_api_key",
    }


# ---------------------------------------------------------------- documents
def test_a_patch_carries_only_what_changes() -> None:
    assert body_to_wire(changed(sending_enabled=False), "41") == {
        "data": {"type": "mailbox", "id": 41, "attributes": {"sendDisabled": True}},
    }
    assert body_to_wire(changed(owner_id="7"), "41") == {
        "data": {"type": "mailbox", "id": 41, "relationships": {"user": {"data": {"type": "user", "id": 7}}}},
    }
    assert changed().is_empty
    assert changed(verify=False).is_empty
    assert not changed(verify=True).is_empty


def test_an_id_that_is_no_number_is_sent_as_it_is() -> None:
    assert body_to_wire(changed(sending_enabled=True), "mbx_1")["data"] == {
        "type": "mailbox",
        "id": "mbx_1",
        "attributes": {"sendDisabled": False},
    }


def test_null_clears() -> None:
    body = changed(daily_limit=None, weekly_limit=None, burst=None, signature=None, owner_id=None, sending_enabled=None)
    names = ("maxMailingsPerDay", "maxMailingsPerWeek", "sendThreshold", "sendPeriod", "emailSignature", "sendDisabled")
    assert sent(body) == dict.fromkeys(names)
    assert body_to_wire(body, "41")["data"]["relationships"] == {"user": {"data": None}}  # type: ignore[index]


def test_a_draft_says_nothing_of_what_it_does_not_hold() -> None:
    assert sent(drafted()) == {"email": "jonas@quill.example"}
    assert drafted().owner_id is UNSET


def test_a_burst_is_two_attributes() -> None:
    assert sent(changed(burst=SendBurst(2, 60))) == {"sendThreshold": 2, "sendPeriod": 60}


def test_verification_asks_for_both_and_the_vendor_s_own_words_are_finer() -> None:
    assert sent(changed(verify=True)) == {"validateSend": True, "validateSync": True}
    body = changed(verify=True, vendor_fields=OutreachFields(validate_sync=False))
    assert sent(body) == {"validateSend": True, "validateSync": False}
    assert body.places["validateSend"] == ("verify",)
    assert body.places["validateSync"] == ("vendor", "outreach", "validateSync")


def test_patterns_are_joined() -> None:
    fields = OutreachFields(prospect_email_exclusion_patterns=("*@quill.example", "ana@demo.example"))
    assert sent(changed(vendor_fields=fields)) == {"prospectEmailExclusions": "*@quill.example\nana@demo.example"}
    assert sent(changed(vendor_fields=OutreachFields(prospect_email_exclusion_patterns=()))) == {"prospectEmailExclusions": ""}
    with pytest.raises(InvalidInputError, match="line break") as caught:
        changed(vendor_fields=OutreachFields(prospect_email_exclusion_patterns=("a\nb",)))
    assert caught.value.field == ("vendor", "outreach", "prospectEmailExclusionPatterns")


# ---------------------------------------------------------------- what cannot be said
def test_what_outreach_has_no_word_for_is_refused() -> None:
    with pytest.raises(UnsupportedFieldsError) as caught:
        drafted(oauth=OAuthToken(access_token=ONE, refresh_token=TWO), domain_vendor_id="3")
    assert set(caught.value.fields) == {("oauth",), ("domainId",)}
    assert "authId" in caught.value.message_about(("oauth",))


@pytest.mark.parametrize("owner_id", ["", "ana", "7.0", "-7", "٧"])
def test_owners_have_numbers(owner_id: str) -> None:
    for make in (drafted, changed):
        with pytest.raises(InvalidInputError, match="whole numbers") as caught:
            make(owner_id=owner_id)
        assert caught.value.field == ("ownerId",)


@pytest.mark.parametrize(
    ("security", "uses_ssl"),
    [
        (TransportSecurity.TLS, True),
        (TransportSecurity.SSL, True),
        (TransportSecurity.ENCRYPTED, True),
        (TransportSecurity.NONE, False),
        (None, None),
    ],
)
def test_security_is_one_switch(security: TransportSecurity | None, uses_ssl: bool | None) -> None:  # noqa: FBT001 - what is expected
    body = changed(smtp=ServerDraft(security=security))
    assert sent(body) == {"smtpSsl": uses_ssl}
    assert body.warnings == ()


def test_starttls_is_warned_of_and_unknown_security_refused() -> None:
    body = drafted(imap=ServerDraft(security=TransportSecurity.STARTTLS))
    assert body.attributes["imapSsl"].value is True
    (warning,) = body.warnings
    assert warning == WriteWarning(warning.message, ("imap", "security"), "ENCRYPTED")
    with pytest.raises(UnsupportedFieldsError) as caught:
        drafted(smtp=ServerDraft(security=TransportSecurity.UNKNOWN))
    assert set(caught.value.fields) == {("smtp", "security")}


@pytest.mark.parametrize(
    ("imap", "fields", "path"),
    [
        (ServerDraft(username="jonas"), OutreachFields(username="ana"), "username"),
        (ServerDraft(password=ONE), OutreachFields(password=TWO), "password"),
        (ServerDraft(username="jonas"), OutreachFields(username=None), "username"),
        (
            ServerDraft(),
            OutreachFields(prospect_email_exclusions="a@b.example", prospect_email_exclusion_patterns=("c@d.example",)),
            "prospectEmailExclusionPatterns",
        ),
    ],
)
def test_two_ways_that_contradict_each_other(imap: ServerDraft, fields: VendorFields, path: str) -> None:
    with pytest.raises(InvalidInputError, match="contradicts") as caught:
        changed(imap=imap, vendor_fields=fields)
    assert caught.value.field == ("vendor", "outreach", path)
    assert "password" not in caught.value.message.replace("imap.password", "").replace("outreach.password", "")
    assert sent(changed(imap=ServerDraft(password=ONE), vendor_fields=OutreachFields(password=Secret("one-password")))) == {"password": ONE}


# ---------------------------------------------------------------- whose login it is
LOGINS: list[tuple[ServerDraft | None, ServerDraft | None, dict[str, object]]] = [
    (None, None, {}),
    (ServerDraft(username="u", password=ONE), None, {"username": "u", "password": ONE}),
    (None, ServerDraft(username="u", password=ONE), {"username": "u", "password": ONE}),
    (ServerDraft(username="u", password=ONE), ServerDraft(username="u", password=ONE), {"username": "u", "password": ONE}),
    (ServerDraft(username="u"), ServerDraft(username="u", password=ONE), {"username": "u", "password": ONE}),
    (ServerDraft(username="u"), ServerDraft(password=ONE), {"username": "u", "password": ONE}),
    (ServerDraft(password=ONE), ServerDraft(username="u"), {"password": ONE, "username": "u"}),
    (
        ServerDraft(username="u", password=ONE),
        ServerDraft(username="u", password=TWO),
        {"username": "u", "password": ONE, "smtpUsername": "u", "smtpPassword": TWO},
    ),
    (
        ServerDraft(username="u", password=ONE),
        ServerDraft(username="relay", password=ONE),
        {"username": "u", "password": ONE, "smtpUsername": "relay", "smtpPassword": ONE},
    ),
    (
        ServerDraft(username="u"),
        ServerDraft(username="relay", password=TWO),
        {"username": "u", "smtpUsername": "relay", "smtpPassword": TWO},
    ),
    (
        ServerDraft(username="u", password=ONE),
        ServerDraft(password=TWO),
        {"username": "u", "password": ONE, "smtpPassword": TWO},
    ),
]


@pytest.mark.parametrize(("imap", "smtp", "expected"), LOGINS)
def test_whose_login_it_is_in_a_draft(imap: ServerDraft | None, smtp: ServerDraft | None, expected: dict[str, object]) -> None:
    body = drafted(imap=imap, smtp=smtp)
    assert {name: value for name, value in sent(body).items() if name != "email"} == expected


def test_the_place_of_a_login_is_where_it_was_said() -> None:
    body = drafted(smtp=ServerDraft(username="u", password=ONE))
    assert body.places["username"] == ("smtp", "username")
    assert body.places["password"] == ("smtp", "password")
    assert drafted().places["password"] == ("imap", "password")


PLAIN = known_mailbox(username="u")
BLANK = known_mailbox(username="u", smtp_username="")
RELAYED = known_mailbox(username="u", smtp_username="relay")
LOGINLESS = known_mailbox()


@pytest.mark.parametrize(
    ("known", "smtp", "expected"),
    [
        (PLAIN, ServerDraft(password=ONE), {"password": ONE}),
        (BLANK, ServerDraft(password=ONE), {"password": ONE}),
        (PLAIN, ServerDraft(username="u", password=ONE), {"username": "u", "password": ONE}),
        (PLAIN, ServerDraft(username="relay", password=ONE), {"smtpUsername": "relay", "smtpPassword": ONE}),
        (RELAYED, ServerDraft(password=ONE), {"smtpPassword": ONE}),
        (RELAYED, ServerDraft(username="u"), {"smtpUsername": "u"}),
        (RELAYED, ServerDraft(username=None), {"smtpUsername": None, "smtpPassword": None}),
        (RELAYED, ServerDraft(username=None, password=ONE), {"smtpUsername": None, "smtpPassword": ONE}),
        (PLAIN, ServerDraft(username=None, password=None), {"smtpUsername": None, "smtpPassword": None}),
        (LOGINLESS, ServerDraft(username="new", password=ONE), {"username": "new", "password": ONE}),
    ],
)
def test_whose_login_it_is_in_a_change(known: Mailbox, smtp: ServerDraft, expected: dict[str, object]) -> None:
    assert sent(changed(known, smtp=smtp)) == expected


@pytest.mark.parametrize("known", [PLAIN, RELAYED])
def test_imap_s_login_is_always_the_mailbox_s_own(known: Mailbox) -> None:
    assert sent(changed(known, imap=ServerDraft(username="new", password=ONE))) == {"username": "new", "password": ONE}
    assert sent(changed(known, imap=ServerDraft(password=None))) == {"password": None}


def test_a_server_cleared_as_a_whole() -> None:
    assert sent(changed(imap=None)) == dict.fromkeys(("imapHost", "imapPort", "imapSsl"))
    assert sent(changed(smtp=None)) == dict.fromkeys(("smtpHost", "smtpPort", "smtpSsl", "smtpUsername", "smtpPassword"))
