"""`mailboxCreate`."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import MAILBOXES, Fleet, open_fleet
from tests.schema.mutations.document import document, ended, errors_of, known, listed, operation, write
from tests.schema.mutations.things import PASSWORD, STEADY, server, wanted, was_sent, written
from tests.web.conftest import caller

EVERYWHERE = sorted(STEADY)
AT_WORK = {"sendkit", "woodpecker"}
"""Vendors that accept a mailbox first and log in to its servers afterwards."""
TAKES_PASSWORD = sorted({*STEADY} - {"shipmail"})
ADDRESS = "new.one@northwind-demo.example"


async def created(fleet: Fleet, account: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:  # noqa: ANN401 - JSON
    """The payload, and its operation once that is over."""
    payload = await write(fleet, "mailboxCreate", input=wanted(account, **more))
    return payload, await ended(fleet, payload) if payload["operation"] else None


async def at_vendor(fleet: Fleet, account: str, address: str = ADDRESS) -> list[Any]:
    """The mailboxes that the vendor itself has with an address."""
    return [*await fleet.gateway.inventory.accounts[account].adapter.find_mailboxes(address)]


# ---------------------------------------------------------------------- everywhere
@pytest.mark.parametrize("account", EVERYWHERE)
async def test_it_is_there_afterwards(fleet: Fleet, account: str) -> None:
    payload, operation = await created(fleet, account)
    assert (payload["userErrors"], payload["warnings"]) == ([], [])
    assert (operation is not None) == (account in AT_WORK)
    if operation is not None:
        assert (operation["state"], operation["kind"], operation["message"]) == ("SUCCEEDED", "mailboxCreate", "The mailbox is ready.")
        assert operation["progress"] == {"done": 1, "failed": 0, "total": 1}
        assert operation["finishedAt"] is not None
    [mailbox] = await listed(fleet, account, ADDRESS)
    shown = payload["mailbox"] or await known(fleet, operation["results"][0]["mailboxId"] if operation else "")
    assert shown["id"] == mailbox["id"]
    assert shown["address"] == ADDRESS
    [at_the_vendor] = await at_vendor(fleet, account)
    assert at_the_vendor.id == mailbox["id"]
    assert was_sent(fleet, account, PASSWORD) == (account in TAKES_PASSWORD)
    assert [each["id"] for each in await listed(fleet, account, ADDRESS, cache_control="no-cache")] == [mailbox["id"]]


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_it_is_shown_also_while_the_vendors_list_lags(fleet: Fleet, account: str) -> None:
    sandbox = fleet.sandboxes[account]
    sandbox.remembers = True
    assert await listed(fleet, account, ADDRESS) == []
    list_path = next(request.path for request in reversed(sandbox.requests) if request.method == "GET")
    payload, operation = await created(fleet, account)
    if operation is not None:
        assert operation["state"] == "SUCCEEDED"
    sandbox.outages.append(Outage(path=list_path.rstrip("/"), method="GET", is_stale=True))
    for freshness in ({}, {"cache_control": "no-cache"}):
        [mailbox] = await listed(fleet, account, ADDRESS, **freshness)
        assert payload["mailbox"] is None or mailbox["id"] == payload["mailbox"]["id"]


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, account: str) -> None:
    fleet.sandboxes[account].outages.append(Outage(method="POST", status=200, is_after=True, hang_up=True, times=1))
    payload, operation = await created(fleet, account)
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    assert payload["userErrors"][0]["message"].endswith("broke off before it answered: this may or may not have happened.")
    assert operation is not None
    assert operation["state"] == "SUCCEEDED"
    [result] = operation["results"]
    assert result["userErrors"] == []
    [at_the_vendor] = await at_vendor(fleet, account)
    assert result["mailboxId"] == at_the_vendor.id == (await listed(fleet, account, ADDRESS))[0]["id"]
    assert written(fleet, account) == 1


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_what_did_not_happen_is_said_so(fleet: Fleet, account: str) -> None:
    fleet.sandboxes[account].outages.append(Outage(method="POST", status=500, times=1))
    payload, operation = await created(fleet, account)
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    assert operation is not None
    assert (operation["state"], operation["progress"]["failed"]) == ("FAILED", 1)
    assert operation["message"] == "The vendor has no such new mailbox: it was not created."
    assert errors_of(operation["results"][0]) == [(None, "VENDOR_UNAVAILABLE")]
    assert await at_vendor(fleet, account) == []


# ---------------------------------------------------------------------- what vendors refuse
async def test_sendkits_plan_is_full() -> None:
    async with open_fleet(sendkit={"max_mailboxes": MAILBOXES}) as fleet:
        payload, _ = await created(fleet, "sendkit")
        [error] = payload["userErrors"]
        assert (error["field"], error["code"]) == (None, "LIMIT_REACHED")
        assert error["limit"] == {"used": MAILBOXES, "max": MAILBOXES, "requested": 1}
        assert error["message"].startswith("SendKit says that a limit of the account's plan is reached (HTTP 403)")


async def test_sendkit_wants_a_subscription() -> None:
    async with open_fleet(sendkit={"is_subscribed": False}) as fleet:
        payload, _ = await created(fleet, "sendkit")
        assert errors_of(payload) == [(None, "SUBSCRIPTION_REQUIRED")]
        assert "active subscription" in payload["userErrors"][0]["message"]


async def test_shipmails_plan_is_full() -> None:
    async with open_fleet(shipmail={"max_mailboxes": MAILBOXES}) as fleet:
        payload, _ = await created(fleet, "shipmail")
        assert errors_of(payload) == [(None, "LIMIT_REACHED")]
        assert "The plan's mailbox limit has been reached." in payload["userErrors"][0]["message"]


async def test_shipmails_key_may_not(fleet: Fleet) -> None:
    """The other 403."""
    body = b'{"error": {"type": "authorization_error", "message": "This key lacks the scope mailboxes:write.", "request_id": "req_1"}}'
    fleet.sandboxes["shipmail"].outages.append(Outage(method="POST", status=403, body=body))
    payload, _ = await created(fleet, "shipmail")
    assert errors_of(payload) == [(None, "VENDOR_FORBIDDEN")]
    assert "lacks the scope mailboxes:write" in payload["userErrors"][0]["message"]


TAKEN: Mapping[str, tuple[str, str]] = {
    "outreach": ("CONFLICT", "already been taken"),
    "sendkit": ("CONFLICT", "already exists"),
    "shipmail": ("CONFLICT", "taken"),
    "woodpecker": ("CONFLICT", "already connected"),
}


@pytest.mark.parametrize("account", sorted(TAKEN))
async def test_an_address_that_is_taken(fleet: Fleet, account: str) -> None:
    """Every world has this one. Smartlead takes an address twice, as far as its page says."""
    payload, _ = await created(fleet, account, address="mira.tanaka@ostwind-leads.example")
    code, words = TAKEN[account]
    assert errors_of(payload) == [(["address"], code)]
    assert words in payload["userErrors"][0]["message"]


async def test_outreach_refuses_several_fields_at_once(fleet: Fleet) -> None:
    own = {"sendMethod": "pigeon", "optOutMessage": "x" * 600}
    payload, _ = await created(fleet, "outreach", ownerId="999999", vendor={"outreach": own})
    assert errors_of(payload) == [
        (["vendor", "outreach", "optOutMessage"], "VENDOR_REJECTED"),
        (["vendor", "outreach", "sendMethod"], "VENDOR_REJECTED"),
        (["ownerId"], "VENDOR_REJECTED"),
    ]
    words = [error["message"] for error in payload["userErrors"]]
    assert words == [
        "Outreach: optOutMessage is too long (maximum is 512 characters).",
        "Outreach: Send method is not in the allowed list.",
        "Outreach: User must exist.",
    ]


async def test_shipmail_says_what_is_wrong_with_an_address(fleet: Fleet) -> None:
    payload, _ = await created(fleet, "shipmail", local="no!no")
    assert errors_of(payload) == [(["address"], "VENDOR_REJECTED")]
    assert payload["userErrors"][0]["message"] == "ShipMail: Only letters, digits, dots, hyphens and underscores; at most 64."


async def test_woodpecker_refuses_each_field(fleet: Fleet) -> None:
    payload, _ = await created(fleet, "woodpecker", dailyLimit=99_999, minIntervalSeconds=5)
    assert errors_of(payload) == [(["minIntervalSeconds"], "VENDOR_REJECTED"), (["dailyLimit"], "VENDOR_REJECTED")]


WRONG = "wrong-CANARY-4471-bB"


async def test_smartlead_could_not_log_in(fleet: Fleet) -> None:
    payload, _ = await created(fleet, "smartlead", password=WRONG)
    assert errors_of(payload) == [(["smtp"], "VENDOR_REJECTED")]
    assert (
        payload["userErrors"][0]["message"] == "Smartlead: SMTP connection failed: Invalid login: 535 5.7.8 Bad credentials for [redacted]"
    )


async def test_smartlead_does_not_know_a_token(fleet: Fleet) -> None:
    oauth = {"accessToken": WRONG, "refreshToken": "CANARY-refresh", "expiresAt": "2030-01-01T00:00:00Z", "scope": "mail"}
    own = {"smartlead": {"type": "GMAIL", "useWhitelabelCredentials": False}}
    given = {"account": "smartlead", "address": ADDRESS, "displayName": "New", "oauth": oauth, "vendor": own}
    payload = await write(fleet, "mailboxCreate", input=given)
    assert errors_of(payload) == [(["oauth"], "VENDOR_REJECTED")]
    assert payload["userErrors"][0]["message"] == "Smartlead: Invalid OAuth token [redacted] (invalid_grant)"
    assert was_sent(fleet, "smartlead", WRONG)


async def test_outreach_could_not_log_in(fleet: Fleet) -> None:
    """Only where `verify` asks for it."""
    payload, _ = await created(fleet, "outreach", password=WRONG, verify=True)
    assert errors_of(payload) == [(["verify"], "VENDOR_REJECTED")] * 2
    assert all("authentication failed for [redacted]" in error["message"] for error in payload["userErrors"])
    assert await at_vendor(fleet, "outreach") == []


@pytest.mark.parametrize("account", sorted(AT_WORK))
async def test_a_verification_that_fails_says_why(fleet: Fleet, account: str) -> None:
    payload, operation = await created(fleet, account, password=WRONG)
    assert payload["userErrors"] == []
    assert operation is not None
    assert operation["state"] == "FAILED"
    assert errors_of(operation["results"][0]) == [(["smtp"], "VENDOR_REJECTED")]
    assert "535 5.7.8" in operation["message"]
    assert WRONG not in str(operation)
    assert await at_vendor(fleet, account) == []
    assert await listed(fleet, account, ADDRESS) == []
    if payload["mailbox"]:
        assert await known(fleet, payload["mailbox"]["id"]) is None


async def test_a_conflict_with_the_last_attempt_names_its_operation() -> None:
    async with open_fleet(sendkit={"verify_seconds": 1.0}) as fleet:
        await write(fleet, "mailboxCreate", input=wanted("sendkit"))
        payload = await write(fleet, "mailboxCreate", input=wanted("sendkit"))
        assert errors_of(payload) == [(["address"], "CONFLICT")]
        assert "being created" in payload["userErrors"][0]["message"]
        assert written(fleet, "sendkit") == 1


# ---------------------------------------------------------------------- what we refuse, or warn of
UNWRITABLE: Mapping[str, Mapping[str, Any]] = {
    "outreach": {"displayName": "x", "replyTo": "a@b.example", "bcc": "a@b.example", "tags": ["x"], "tracking": {"domain": "t.example"}}
    | {"minIntervalSeconds": 60, "warmup": {"dailyTarget": 10}},
    "sendkit": {"replyTo": "a@b.example", "bcc": "a@b.example", "ownerId": "1", "tracking": {"domain": "t.example"}}
    | {"minIntervalSeconds": 60, "maxIntervalSeconds": 60, "warmup": {"dailyTarget": 10}},
    "shipmail": {"dailyLimit": 5, "signature": "x", "smtp": {"host": "x"}, "imap": {"host": "x"}, "tags": ["x"], "ownerId": "1"},
    "smartlead": {"ownerId": "1", "domainId": "WzEsIkRvbWFpbiIsInNtYXJ0bGVhZCIsIjEiXQ"},
    "woodpecker": {"replyTo": "a@b.example", "tags": ["x"], "ownerId": "1", "warmup": {"dailyTarget": 10}},
}


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_what_a_vendor_cannot_set_is_refused_field_by_field(fleet: Fleet, account: str) -> None:
    payload, _ = await created(fleet, account, **UNWRITABLE[account])
    assert sorted(errors_of(payload)) == sorted(([name], "UNSUPPORTED_BY_VENDOR") for name in UNWRITABLE[account])
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


FINER: Mapping[str, list[tuple[Mapping[str, Any], list[str], str]]] = {
    "sendkit": [({"verify": False}, ["verify"], "verifies every mailbox")],
    "shipmail": [({"address": "new@elsewhere.example"}, ["address"], "no domain elsewhere.example")],
    "smartlead": [
        ({"smtp": {**server("smtp.postbox.example", 587, ADDRESS), "security": "TLS"}}, ["smtp", "security"], "choose the port"),
        ({"maxIntervalSeconds": 90}, ["maxIntervalSeconds"], "minIntervalSeconds"),
        ({"minIntervalSeconds": 90}, ["minIntervalSeconds"], "60 or 120 seconds"),
        ({"tracking": {"opens": "t.example"}}, ["tracking", "opens"], "tracking.domain"),
    ],
    "woodpecker": [
        ({"verify": False}, ["verify"], "always logs in"),
        ({"imap": server("imap.postbox.example", 993, ADDRESS)}, ["imap", "username"], "imapEmail"),
        ({"imap": None}, ["imap", "host"], "imap.host, imap.port"),
        ({"minIntervalSeconds": 1.5}, ["minIntervalSeconds"], "whole seconds"),
    ],
}


@pytest.mark.parametrize("account", sorted(FINER))
async def test_what_can_be_done_instead_is_said(fleet: Fleet, account: str) -> None:
    for more, field, words in FINER[account]:
        payload, _ = await created(fleet, account, **more)
        assert [error["field"] for error in payload["userErrors"]] == [field]
        assert words in payload["userErrors"][0]["message"]
        assert written(fleet, account) == 0
        assert account == "shipmail" or fleet.calls()[account] == 0  # the domain has to be looked for


async def test_sendkit_clamps_the_daily_limit_and_we_say_so(fleet: Fleet) -> None:
    payload, _ = await created(fleet, "sendkit", dailyLimit=400)
    [warning] = payload["warnings"]
    assert (warning["field"], warning["value"]) == (["dailyLimit"], 50)
    assert warning["message"] == "SendKit keeps the daily limit between 1 and 50: 400 became 50."
    assert payload["mailbox"]["sending"]["dailyLimit"] == 50


async def test_what_could_not_be_set_afterwards_is_a_warning(fleet: Fleet) -> None:
    """ShipMail keeps them in places of their own: the mailbox is there."""
    own = {"password": "weakCANARY", "spamFilterThreshold": 99}
    payload, _ = await created(fleet, "shipmail", vendor={"shipmail": own})
    assert [warning["field"][-1] for warning in payload["warnings"]] == ["password", "spamFilterThreshold"]
    assert all(warning["message"].startswith("The mailbox was created, but setting") for warning in payload["warnings"])
    assert "weakCANARY" not in str(payload)
    assert len(await at_vendor(fleet, "shipmail")) == 1


OWN: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "outreach": ({"optOutMessage": "Bye.", "sendThreshold": 3, "prospectEmailExclusionPatterns": ["*@a.example", "b@c.example"]}, "Bye."),
    "sendkit": ({"provider": "outlook"}, '"provider":"outlook"'),
    "shipmail": ({"spamFilterThreshold": 9, "autoReply": {"enabled": True, "body": "Away."}}, '"body":"Away."'),
    "smartlead": ({"clientId": 88, "type": "SMTP"}, '"client_id":88'),
    "woodpecker": ({"completionNotificationTypes": ["IN_APP"], "imapEmail": "box@northwind-demo.example"}, "IN_APP"),
}


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_fields_of_the_vendors_own(fleet: Fleet, account: str) -> None:
    own, sent = OWN[account]
    payload, operation = await created(fleet, account, vendor={account: own})
    assert payload["userErrors"] == []
    assert operation is None or operation["state"] == "SUCCEEDED"
    assert was_sent(fleet, account, sent)


@pytest.mark.parametrize("account", EVERYWHERE)
async def test_fields_of_another_vendor_are_refused(fleet: Fleet, account: str) -> None:
    other = "shipmail" if account != "shipmail" else "outreach"
    payload, _ = await created(fleet, account, vendor={other: {}})
    assert errors_of(payload) == [(["vendor", other], "BAD_USER_INPUT")]
    assert f"give `{account}` here" in payload["userErrors"][0]["message"]
    assert fleet.calls()[account] == 0


@pytest.mark.parametrize(("account", "own"), [("outreach", {"email": "x@y.example"}), ("sendkit", {"warmup": {}})])
async def test_fields_that_belong_into_an_update_are_refused(fleet: Fleet, account: str, own: Mapping[str, Any]) -> None:
    payload, _ = await created(fleet, account, vendor={account: own})
    assert errors_of(payload) == [(["vendor", account, *own], "UNSUPPORTED_BY_VENDOR")]
    assert payload["userErrors"][0]["message"].endswith("It can be written only when a mailbox is updated.")
    assert fleet.calls()[account] == 0


async def test_a_domain_of_another_account_or_none(fleet: Fleet) -> None:
    for bad, words in (("x", "not made by this gateway"), ("WzEsIkRvbWFpbiIsInNtYXJ0bGVhZCIsIjEiXQ", "another account")):
        payload, _ = await created(fleet, "shipmail", domainId=bad)
        assert errors_of(payload) == [(["domainId"], "BAD_USER_INPUT")]
        assert words in payload["userErrors"][0]["message"]


async def test_an_account_that_is_not_there(fleet: Fleet) -> None:
    payload = await write(fleet, "mailboxCreate", input={"account": "nobody", "address": ADDRESS})
    assert errors_of(payload) == [(["account"], "NOT_FOUND")]


# ---------------------------------------------------------------------- once
@pytest.mark.parametrize("account", EVERYWHERE)
async def test_a_repeated_key_is_answered_as_the_first_one(fleet: Fleet, account: str) -> None:
    first = await write(fleet, "mailboxCreate", input=wanted(account, idempotencyKey="one"))
    if first["operation"]:
        await ended(fleet, first)
    count = written(fleet, account)
    again = await write(fleet, "mailboxCreate", input=wanted(account, idempotencyKey="one"))
    assert again["userErrors"] == []
    assert first["mailbox"] is None or again["mailbox"]["id"] == first["mailbox"]["id"]
    assert (first["operation"] or {}).get("id") == (again["operation"] or {}).get("id")
    assert written(fleet, account) == count
    assert len(await at_vendor(fleet, account)) == 1


async def test_a_key_stands_for_one_input(fleet: Fleet) -> None:
    await write(fleet, "mailboxCreate", input=wanted("shipmail", idempotencyKey="one"))
    for other in (wanted("shipmail", displayName="Another"), wanted("smartlead")):
        payload = await write(fleet, "mailboxCreate", input={**other, "idempotencyKey": "one"})
        assert errors_of(payload) == [(["idempotencyKey"], "CONFLICT")]
    assert written(fleet, "smartlead") == 0


async def test_another_password_is_another_input(fleet: Fleet) -> None:
    await write(fleet, "mailboxCreate", input=wanted("smartlead", idempotencyKey="one"))
    payload = await write(fleet, "mailboxCreate", input=wanted("smartlead", password="CANARY-other-1", idempotencyKey="one"))
    assert errors_of(payload) == [(["idempotencyKey"], "CONFLICT")]


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "a\nb"])
async def test_a_key_that_is_none(fleet: Fleet, key: str) -> None:
    payload = await write(fleet, "mailboxCreate", input=wanted("shipmail", idempotencyKey=key))
    assert errors_of(payload) == [(["idempotencyKey"], "BAD_USER_INPUT")]
    assert written(fleet, "shipmail") == 0


async def test_requests_at_the_same_time_make_one(fleet: Fleet) -> None:
    given = wanted("smartlead", idempotencyKey="one")
    payloads = await asyncio.gather(*(write(fleet, "mailboxCreate", input=given) for _ in range(5)))
    assert len({payload["mailbox"]["id"] for payload in payloads}) == 1
    assert written(fleet, "smartlead") == 1


async def test_keys_of_two_callers_do_not_touch() -> None:
    callers = [caller(name, "read", "write", "secrets:write") for name in ("ada", "bob")]
    async with open_fleet(callers=callers) as fleet:
        ada, bob = [
            await write(fleet, "mailboxCreate", key=name, input=wanted("shipmail", local, idempotencyKey="one"))
            for name, local in (("ada", "first"), ("bob", "second"))
        ]
        assert (ada["userErrors"], bob["userErrors"]) == ([], [])
        assert ada["mailbox"]["address"] != bob["mailbox"]["address"]
        keys = {request.headers.get("idempotency-key") for request in fleet.sandboxes["shipmail"].requests if request.method == "POST"}
        assert len(keys) == 2
        assert "one" not in keys


async def test_a_refusal_is_remembered_and_a_failure_is_not(fleet: Fleet) -> None:
    fleet.sandboxes["smartlead"].outages.append(Outage(method="POST", status=429, times=1))
    given = wanted("smartlead", idempotencyKey="one")
    first = await write(fleet, "mailboxCreate", input=given)
    assert errors_of(first) == [(None, "VENDOR_RATE_LIMITED")]
    assert (await write(fleet, "mailboxCreate", input=given))["userErrors"] == []

    refused = wanted("smartlead", password=WRONG, idempotencyKey="two")
    answers = [await write(fleet, "mailboxCreate", input=refused) for _ in range(2)]
    assert answers[0]["userErrors"] == answers[1]["userErrors"] != []
    assert sum(WRONG.encode() in request.body for request in fleet.sandboxes["smartlead"].requests) == 1


# ---------------------------------------------------------------------- who sees the operation
async def test_only_who_sees_the_account_sees_its_operation() -> None:
    callers = [caller("ada", "read", "write", "secrets:write"), caller("bob", "read", "write", accounts=("shipmail",))]
    async with open_fleet(callers=callers) as fleet:
        payload = await write(fleet, "mailboxCreate", key="ada", input=wanted("sendkit"))
        operation_id = payload["operation"]["id"]
        assert await operation(fleet, operation_id, key="bob") is None
        query = "query ($id: ID!) { node(id: $id) { id } operations { nodes { id } } }"
        assert await fleet.data(query, {"id": operation_id}, authorization="Bearer bob") == {"node": None, "operations": {"nodes": []}}
        seen = await fleet.data(query, {"id": operation_id}, authorization="Bearer ada")
        assert seen == {"node": {"id": operation_id}, "operations": {"nodes": [{"id": operation_id}]}}
        cancelled = await fleet.data(document("operationCancel", "id"), {"id": operation_id}, authorization="Bearer bob")
        assert errors_of(cancelled["operationCancel"]) == [(["id"], "NOT_FOUND")]
