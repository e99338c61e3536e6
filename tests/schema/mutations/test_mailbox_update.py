"""`mailboxUpdate`."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import SCHEMA, document, ended, errors_of, known, listed, write
from tests.schema.mutations.things import PASSWORD, STEADY, mailbox_id, server, shown, was_sent, written

EVERYWHERE = sorted(STEADY)

CHANGES: Mapping[str, Any] = {
    "displayName": "Zoë Café",
    "dailyLimit": 42,
    "weeklyLimit": 420,
    "burst": {"messages": 3, "windowSeconds": 90},
    "minIntervalSeconds": 180,
    "maxIntervalSeconds": 240,
    "signature": "<p>Zoë</p>",
    "replyTo": "answers@quill.example",
    "bcc": "crm@quill.example",
    "tracking": {"domain": "t.quill.example"},
    "tags": ["contract"],
    "smtp": server("smtp.postbox.example", 465, "login@quill.example"),
    "imap": server("imap.postbox.example", 993, "login@quill.example"),
    "sendingEnabled": False,
    "receivingEnabled": False,
    "ownerId": "8",
}
"""A value for every normalised field; `verify` and `vendor` are no fields of a mailbox."""

WRITABLE: Mapping[str, frozenset[str]] = {
    "outreach": frozenset(
        {"dailyLimit", "weeklyLimit", "burst", "signature", "smtp", "imap", "sendingEnabled", "receivingEnabled", "ownerId"}
    ),
    "sendkit": frozenset({"displayName", "dailyLimit", "signature", "tags", "sendingEnabled"}),
    "shipmail": frozenset({"displayName"}),
    "smartlead": frozenset(
        {"displayName", "dailyLimit", "minIntervalSeconds", "signature", "replyTo", "bcc", "tracking", "tags", "smtp", "imap"}
    ),
    "woodpecker": frozenset({"signature"}),
}
"""What each vendor's page on changing a mailbox names."""

FIELDS: Mapping[str, str] = {
    "minIntervalSeconds": "SEND_INTERVAL",
    "displayName": "DISPLAY_NAME",
    "dailyLimit": "DAILY_LIMIT",
    "weeklyLimit": "WEEKLY_LIMIT",
    "replyTo": "REPLY_TO",
    "sendingEnabled": "SENDING_ENABLED",
    "receivingEnabled": "RECEIVING_ENABLED",
    "ownerId": "OWNER",
}
"""In `applied`, where it is not the input's name in capitals."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "dailyLimit": ("sending", "dailyLimit"),
    "weeklyLimit": ("sending", "weeklyLimit"),
    "burst": ("sending", "burst"),
    "minIntervalSeconds": ("sending", "minIntervalSeconds"),
    "ownerId": ("owner", "vendorId"),
    "smtp": ("smtp", "host"),
    "imap": ("imap", "host"),
    "tracking": ("tracking", "domain"),
    "sendingEnabled": ("health", "sending", "state"),
    "receivingEnabled": ("health", "receiving", "state"),
}
"""Where a field shows in `Mailbox`, where it is not under the input's name."""

SHOWN: Mapping[str, object] = {
    "smtp": "smtp.postbox.example",
    "imap": "imap.postbox.example",
    "tracking": "t.quill.example",
    "sendingEnabled": "DISABLED",
    "receivingEnabled": "DISABLED",
}
"""As what, where it is not the value itself."""


def value_at(mailbox: Any, field: str) -> Any:  # noqa: ANN401 - JSON of any shape
    for name in PLACES.get(field, (field,)):
        mailbox = mailbox and mailbox[name]
    return mailbox


def changes_of(account: str, field: str) -> dict[str, Any]:
    """A change of one field; Smartlead wants the password said again with some."""
    if account == "smartlead" and field in ("replyTo", "imap"):
        return {field: CHANGES[field], "smtp": CHANGES["smtp"]}
    return {field: CHANGES[field]}


async def update(fleet: Fleet, account: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    return await write(fleet, "mailboxUpdate", id=mailbox_id(account), input=changes)


def test_every_field_of_the_input_is_here() -> None:
    names = set(SCHEMA.type_map["MailboxUpdateInput"].fields)  # type: ignore[attr-defined] # it is an input
    assert set(CHANGES) == names - {"verify", "vendor"}


# ---------------------------------------------------------------------- field by field
@pytest.mark.parametrize(("account", "field"), [(account, field) for account in EVERYWHERE for field in sorted(WRITABLE[account])])
async def test_what_can_be_changed_is(fleet: Fleet, account: str, field: str) -> None:
    payload = await update(fleet, account, **changes_of(account, field))
    assert (payload["userErrors"], payload["operation"]) == ([], None)
    assert FIELDS.get(field, field.upper()) in payload["applied"]
    wanted = SHOWN.get(field, CHANGES[field])
    mailbox = mailbox_id(account)
    for seen in (payload["mailbox"], await known(fleet, mailbox), await known(fleet, mailbox, cache_control="no-cache")):
        assert value_at(seen, field) == wanted
    if account != "smartlead" or field not in ("minIntervalSeconds", "tags"):  # which its read of one mailbox does not tell
        now = await shown(fleet, account)
        assert str(SHOWN.get(field, "")) in str(now)


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_what_cannot_be_changed_is_refused_and_nothing_is_written(fleet: Fleet, account: str) -> None:
    """Not even what could have been."""
    payload = await update(fleet, account, **CHANGES)
    refused = sorted({*CHANGES} - WRITABLE[account] - ({"maxIntervalSeconds"} if account == "smartlead" else set()))
    told = sorted(error["field"][0] for error in payload["userErrors"])
    assert told == (sorted([*refused, "maxIntervalSeconds"]) if account == "smartlead" else refused)
    assert {error["code"] for error in payload["userErrors"]} == {"UNSUPPORTED_BY_VENDOR"}
    assert (payload["applied"], payload["mailbox"], payload["operation"]) == ([], None, None)
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


async def test_no_change_at_all(fleet: Fleet) -> None:
    nothings: tuple[dict[str, Any], ...] = ({}, {"verify": True}, {"vendor": {"sendkit": {}}})
    for nothing in nothings:
        payload = await update(fleet, "sendkit", **nothing)
        assert errors_of(payload) == [(None, "BAD_USER_INPUT")]
        assert payload["userErrors"][0]["message"] == "Nothing is to be changed: name at least one field."
    assert fleet.calls()["sendkit"] == 0


# ---------------------------------------------------------------------- absent, null, empty
CLEARED: Mapping[str, frozenset[str]] = {
    "outreach": frozenset({"dailyLimit", "weeklyLimit", "signature", "smtp", "imap", "ownerId"}),
    "sendkit": frozenset({"signature", "tags"}),
    "shipmail": frozenset({"displayName"}),
    "smartlead": frozenset({"displayName", "signature", "bcc", "tracking", "tags"}),
    "woodpecker": frozenset({"signature"}),
}


@pytest.mark.parametrize(("account", "field"), [(account, field) for account in EVERYWHERE for field in sorted(CLEARED[account])])
async def test_null_clears(fleet: Fleet, account: str, field: str) -> None:
    await update(fleet, account, **changes_of(account, field))
    payload = await update(fleet, account, **{field: None})
    assert payload["userErrors"] == []
    assert payload["applied"] == [FIELDS.get(field, field.upper())]
    for mailbox in (payload["mailbox"], await known(fleet, mailbox_id(account))):
        assert not value_at(mailbox, field)


@pytest.mark.parametrize(
    ("account", "field"),
    [("sendkit", "displayName"), ("sendkit", "dailyLimit"), ("sendkit", "sendingEnabled")]
    + [("smartlead", field) for field in ("dailyLimit", "minIntervalSeconds", "smtp", "imap")],
)
async def test_null_is_refused_where_nothing_can_be_cleared(fleet: Fleet, account: str, field: str) -> None:
    payload = await update(fleet, account, signature="<p>x</p>", **{field: None})
    assert errors_of(payload) == [([field], "UNSUPPORTED_BY_VENDOR")]
    assert fleet.calls()[account] == 0


async def test_what_is_absent_stays(fleet: Fleet) -> None:
    before = await known(fleet, mailbox_id("smartlead"))
    await update(fleet, "smartlead", dailyLimit=before["sending"]["dailyLimit"] + 1)
    after = await known(fleet, mailbox_id("smartlead"))
    assert {**after, "sending": None, "stale": None} == {**before, "sending": None, "stale": None}
    body = fleet.sandboxes["smartlead"].requests
    assert [request.body for request in body if request.method == "POST"] == [
        b'{"max_email_per_day":%d}' % (before["sending"]["dailyLimit"] + 1)
    ]


async def test_within_a_server_what_is_absent_stays(fleet: Fleet) -> None:
    before = await known(fleet, mailbox_id("outreach"))
    payload = await update(fleet, "outreach", smtp={"port": 2525})
    assert payload["mailbox"]["smtp"] == {**before["smtp"], "port": 2525}


# ---------------------------------------------------------------------- the vendor's own fields
async def test_outreachs_own_fields(fleet: Fleet) -> None:
    own = {"email": "other@quill.example", "optOutMessage": None, "prospectEmailExclusionPatterns": ["*@a.example"], "validateSend": False}
    payload = await update(fleet, "outreach", vendor={"outreach": own})
    assert (payload["userErrors"], payload["applied"]) == ([], ["VENDOR_FIELDS"])
    assert payload["mailbox"]["address"] == "other@quill.example"
    now = (await shown(fleet, "outreach")).details
    assert (now.opt_out_message, now.prospect_email_exclusions) == (None, "*@a.example")


async def test_sendkits_own_field_lies_deep(fleet: Fleet) -> None:
    payload = await update(fleet, "sendkit", vendor={"sendkit": {"warmup": {"config": {"startingVolume": 7}}}})
    assert (payload["userErrors"], payload["applied"]) == ([], ["VENDOR_FIELDS"])
    assert (await shown(fleet, "sendkit")).details.warmup.config.starting_volume == 7


async def test_shipmails_own_fields(fleet: Fleet) -> None:
    own = {"password": PASSWORD, "spamFilterThreshold": 9, "autoReply": {"enabled": True, "body": "Away.", "fromDate": None}}
    payload = await update(fleet, "shipmail", vendor={"shipmail": own})
    assert (payload["userErrors"], payload["applied"]) == ([], ["PASSWORD", "AUTO_REPLY", "SPAM_FILTER"])
    assert payload["mailbox"]["spamFilter"] == {"threshold": 9}
    assert payload["mailbox"]["autoReply"] == {"enabled": True, "subject": None, "body": "Away.", "from": None, "to": None}
    assert was_sent(fleet, "shipmail", PASSWORD)


async def test_smartleads_own_fields(fleet: Fleet) -> None:
    payload = await update(fleet, "smartlead", vendor={"smartlead": {"clientId": 77, "isSuspended": True, "warmupKeyId": "abc"}})
    assert (payload["userErrors"], payload["applied"]) == ([], ["VENDOR_FIELDS"])
    assert payload["mailbox"]["status"] == "SUSPENDED"
    assert (await shown(fleet, "smartlead")).details.client_id == 77


async def test_woodpecker_has_none_to_change(fleet: Fleet) -> None:
    payload = await update(fleet, "woodpecker", signature="x", vendor={"woodpecker": {"imapEmail": "x@quill.example"}})
    assert errors_of(payload) == [(["vendor", "woodpecker", "imapEmail"], "UNSUPPORTED_BY_VENDOR")]
    assert payload["userErrors"][0]["message"].endswith("It can be written only when a mailbox is created.")
    assert fleet.calls()["woodpecker"] == 0


@pytest.mark.parametrize(
    ("account", "own", "place"),
    [
        ("sendkit", {"warmup": None}, ("warmup",)),
        ("sendkit", {"warmup": {"config": None}}, ("warmup", "config")),
        ("sendkit", {"warmup": {"config": {"startingVolume": None}}}, ("warmup", "config", "startingVolume")),
        ("shipmail", {"password": None}, ("password",)),
        ("shipmail", {"spamFilterThreshold": None}, ("spamFilterThreshold",)),
        ("smartlead", {"clientId": None}, ("clientId",)),
        ("outreach", {"email": None}, ("email",)),
        ("outreach", {"prospectEmailExclusionPatterns": None}, ("prospectEmailExclusionPatterns",)),
    ],
)
async def test_null_in_the_vendors_own_fields(fleet: Fleet, account: str, own: Mapping[str, Any], place: tuple[str, ...]) -> None:
    payload = await update(fleet, account, vendor={account: own})
    assert errors_of(payload) == [(["vendor", account, *place], "BAD_USER_INPUT")]
    assert payload["userErrors"][0]["message"] == f"`{place[-1]}` cannot be cleared: leave it out, or give a value."
    assert fleet.calls()[account] == 0


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_fields_of_another_vendor(fleet: Fleet, account: str) -> None:
    other = "shipmail" if account != "shipmail" else "outreach"
    payload = await update(fleet, account, vendor={other: {}})
    assert errors_of(payload) == [(["vendor", other], "BAD_USER_INPUT")]
    assert fleet.calls()[account] == 0


async def test_fields_of_two_vendors_are_no_input(fleet: Fleet) -> None:
    given = {"id": mailbox_id("sendkit"), "input": {"vendor": {"sendkit": {}, "outreach": {}}}}
    error = await fleet.error(document("mailboxUpdate", "id", "input"), given)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == "OneOf Input Object 'VendorFieldsInput' must specify exactly one key."


# ---------------------------------------------------------------------- refusals, warnings, halves
async def test_sendkit_clamps_and_we_say_so(fleet: Fleet) -> None:
    payload = await update(fleet, "sendkit", dailyLimit=700)
    assert [(warning["field"], warning["value"]) for warning in payload["warnings"]] == [(["dailyLimit"], 50)]
    assert (payload["applied"], payload["mailbox"]["sending"]["dailyLimit"]) == (["DAILY_LIMIT"], 50)


async def test_outreach_refuses_several_at_once(fleet: Fleet) -> None:
    own = {"exchangeVersion": "Exchange1999", "syncMethod": "pigeon"}
    payload = await update(fleet, "outreach", ownerId="999999", dailyLimit=5, vendor={"outreach": own})
    assert sorted(errors_of(payload)) == [
        (["ownerId"], "VENDOR_REJECTED"),
        (["vendor", "outreach", "exchangeVersion"], "VENDOR_REJECTED"),
        (["vendor", "outreach", "syncMethod"], "VENDOR_REJECTED"),
    ]
    assert payload["applied"] == []
    assert (await shown(fleet, "outreach")).sending.daily_limit != 5


async def test_outreach_tries_the_login_where_it_is_asked_to(fleet: Fleet) -> None:
    wrong = {"password": "wrong-CANARY-5567-cC"}
    payload = await update(fleet, "outreach", smtp=wrong, verify=True)
    assert errors_of(payload) == [(["verify"], "VENDOR_REJECTED")] * 2  # sending and syncing share the login
    assert all(error["message"].endswith("authentication failed for [redacted]") for error in payload["userErrors"])


async def test_smartlead_wants_the_password_said_again(fleet: Fleet) -> None:
    payload = await update(fleet, "smartlead", smtp={"host": "smtp.other.example"})
    assert errors_of(payload) == [(["smtp", "password"], "BAD_USER_INPUT")]
    assert "has to be said again" in payload["userErrors"][0]["message"]
    assert fleet.calls()["smartlead"] == 0


async def test_smartlead_could_not_log_in(fleet: Fleet) -> None:
    smtp = server("smtp.other.example", 587, "login@quill.example", "wrong-CANARY-5568-dD")
    payload = await update(fleet, "smartlead", smtp=smtp, displayName="Never")
    assert errors_of(payload) == [(["smtp"], "VENDOR_REJECTED")]
    assert (
        payload["userErrors"][0]["message"] == "Smartlead: SMTP connection failed: Invalid login: 535 5.7.8 Bad credentials for [redacted]"
    )
    assert (payload["applied"], (await shown(fleet, "smartlead")).display_name != "Never") == ([], True)


async def test_of_three_the_second_fails(fleet: Fleet) -> None:
    """ShipMail keeps settings in places of their own."""
    own = {"autoReply": {"enabled": True, "body": "x", "fromDate": "2030-01-02T00:00:00Z", "toDate": "2030-01-01T00:00:00Z"}}
    payload = await update(fleet, "shipmail", displayName="Half", vendor={"shipmail": {**own, "spamFilterThreshold": 4}})
    assert errors_of(payload) == [(["vendor", "shipmail", "autoReply", "toDate"], "VENDOR_REJECTED")]
    assert payload["userErrors"][0]["message"] == "ShipMail: Must be after from_date."
    assert payload["applied"] == ["DISPLAY_NAME"]
    for mailbox in (payload["mailbox"], await known(fleet, mailbox_id("shipmail"))):
        assert mailbox["displayName"] == "Half"
        assert mailbox["spamFilter"]["threshold"] != 4
    assert written(fleet, "shipmail") == 2


async def test_of_three_the_second_is_lost(fleet: Fleet) -> None:
    sandbox = fleet.sandboxes["shipmail"]
    sandbox.outages.append(Outage(path="/auto-reply", method="PATCH", status=200, is_after=True, hang_up=True))
    own = {"autoReply": {"enabled": True, "body": "Lost and found."}, "spamFilterThreshold": 4}
    payload = await update(fleet, "shipmail", displayName="Half", vendor={"shipmail": own})
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    assert payload["applied"] == ["DISPLAY_NAME"]
    operation = await ended(fleet, payload)
    assert operation["kind"] == "mailboxUpdate"
    assert operation["results"][0]["mailboxId"] == mailbox_id("shipmail")
    assert (await known(fleet, mailbox_id("shipmail")))["autoReply"]["body"] == "Lost and found."


# ---------------------------------------------------------------------- lost answers
@pytest.mark.parametrize("account", EVERYWHERE)
@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, account: str, *, is_after: bool) -> None:
    changes = {"displayName": "Found"} if account == "shipmail" else {"signature": "<p>Found</p>"}
    await known(fleet, mailbox_id(account))
    sandbox = fleet.sandboxes[account]
    sandbox.outages.extend(Outage(method=method, status=502, is_after=is_after) for method in ("POST", "PATCH", "PUT"))
    payload = await update(fleet, account, **changes)
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    assert payload["applied"] == []
    assert payload["operation"]["state"] == "RUNNING"
    operation = await ended(fleet, payload)
    assert operation["state"] == ("SUCCEEDED" if is_after else "FAILED")
    assert operation["message"] == ("The change was made." if is_after else "The change was not made, or not all of it.")
    [result] = operation["results"]
    assert (result["mailboxId"], bool(result["userErrors"])) == (mailbox_id(account), not is_after)
    name, value = next(iter(changes.items()))
    assert ((await known(fleet, mailbox_id(account)))[name] == value) == is_after
    assert written(fleet, account) == 1


# ---------------------------------------------------------------------- what the next query shows
@pytest.mark.parametrize("account", EVERYWHERE)
async def test_it_is_shown_also_while_the_vendors_list_lags(fleet: Fleet, account: str) -> None:
    changes = {"displayName": "Shown"} if account == "shipmail" else {"signature": "<p>Shown</p>"}
    sandbox, [(name, value)] = fleet.sandboxes[account], changes.items()
    sandbox.remembers = True
    address = (await known(fleet, mailbox_id(account)))["address"]
    await listed(fleet, account, address)
    list_path = {"shipmail": "/mailboxes", "smartlead": "/email-accounts/", "woodpecker": "/v2/mailboxes"}.get(account)
    list_path = list_path or next(request.path for request in sandbox.requests if request.path.endswith("/mailboxes"))
    payload = await update(fleet, account, **changes)
    assert payload["userErrors"] == []
    sandbox.outages.append(Outage(path=list_path, method="GET", is_stale=True))
    for freshness in ({}, {"cache_control": "no-cache"}):
        [mailbox] = [each for each in await listed(fleet, account, address, **freshness) if each["id"] == mailbox_id(account)]
        assert mailbox[name] == value


async def test_two_at_once_both_count(fleet: Fleet) -> None:
    payloads = await asyncio.gather(update(fleet, "sendkit", signature="<p>a</p>"), update(fleet, "sendkit", dailyLimit=33))
    assert [payload["userErrors"] for payload in payloads] == [[], []]
    mailbox = await known(fleet, mailbox_id("sendkit"))
    assert (mailbox["signature"], mailbox["sending"]["dailyLimit"]) == ("<p>a</p>", 33)


async def test_a_mailbox_that_only_receives_has_no_signature(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxUpdate", id=mailbox_id("woodpecker", "700152"), input={"signature": "x"})
    assert errors_of(payload) == [(["signature"], "UNSUPPORTED_BY_VENDOR")]
    assert payload["userErrors"][0]["message"].endswith("This mailbox only receives.")
