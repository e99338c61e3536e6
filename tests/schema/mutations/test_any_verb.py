"""What holds for every mutation: who may, which ids it takes, and which vendors can."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.domain.identifier import Kind, encode
from tests.schema.conftest import Fleet, open_fleet
from tests.schema.mutations.document import SCHEMA, VERBS, document, errors_of, write
from tests.schema.mutations.things import PASSWORD, STEADY, mailbox_id, wanted
from tests.secret_places import planted, secret_places
from tests.web.conftest import caller

ALL = frozenset(STEADY)
RULE = {"name": "Receipts", "conditions": [{"type": "HAS_ATTACHMENT"}], "actions": [{"type": "STAR"}]}
NO_ACCOUNT = "nobody"

ABLE: Mapping[str, frozenset[str]] = {
    "mailboxCreate": ALL,
    "mailboxBulkCreate": ALL,
    "mailboxConnect": frozenset({"sendkit"}),
    "mailboxUpdate": ALL,
    "mailboxBulkUpdate": ALL,
    "mailboxDelete": ALL - {"woodpecker"},
    "mailboxSuspend": frozenset({"smartlead"}),
    "mailboxResume": frozenset({"smartlead"}),
    "mailboxTest": frozenset({"outreach", "sendkit", "smartlead"}),
    "mailboxBulkTest": frozenset({"outreach", "sendkit", "smartlead"}),
    **dict.fromkeys(("ewsMasterAccountLink", "ewsMasterAccountUnlink"), frozenset({"outreach"})),
    **dict.fromkeys(("warmupStart", "warmupStop", "warmupUpdate"), frozenset({"sendkit", "smartlead"})),
    **dict.fromkeys(("warmupPause", "warmupResume"), frozenset({"sendkit"})),
    **dict.fromkeys(("mailboxPasswordSet", "mailboxAutoReplySet", "mailboxSpamFilterSet"), frozenset({"shipmail"})),
    **dict.fromkeys(("folderCreate", "folderRename", "folderDelete"), frozenset({"shipmail"})),
    **dict.fromkeys(("rulesReplace", "rulesReorder", "ruleCreate", "ruleUpdate", "ruleDelete"), frozenset({"shipmail"})),
    **dict.fromkeys(("messageUpdate", "messageMove", "messageDelete"), frozenset({"shipmail"})),
    "operationCancel": frozenset(),
}
"""Which vendors document each verb (`documentationUrl` of each in `vendors`)."""

KINDS: Mapping[str, tuple[Kind, tuple[str, ...]]] = {
    **dict.fromkeys(("folderRename", "folderDelete"), (Kind.FOLDER, ("fld_0",))),
    **dict.fromkeys(("ruleUpdate", "ruleDelete"), (Kind.RULE, ("rule_0",))),
    **dict.fromkeys(("messageUpdate", "messageMove", "messageDelete"), (Kind.MESSAGE, ("thr_0", "eml_0"))),
}
"""What the id of a verb names that is not about a mailbox itself, and ids of the vendor's that no mailbox has."""

MORE: Mapping[str, Mapping[str, object]] = {
    "mailboxUpdate": {"input": {"signature": "x"}},
    "mailboxPasswordSet": {"password": PASSWORD},
    "mailboxAutoReplySet": {"input": {"enabled": False}},
    "mailboxSpamFilterSet": {"threshold": 5},
    "warmupUpdate": {"settings": {"dailyTarget": 20}},
    "folderCreate": {"name": "Orders"},
    "folderRename": {"name": "Orders"},
    "folderDelete": {"detachRules": True},
    "rulesReplace": {"rules": [RULE]},
    "rulesReorder": {"ids": []},
    "ruleCreate": {"rule": RULE},
    "ruleUpdate": {"rule": RULE},
    "messageUpdate": {"isRead": True},
    "messageMove": {"role": "ARCHIVE"},
}
"""What a verb wants to be told beside whom it is about."""

BY_ID = [verb for verb, field in VERBS.items() if {"id", "mailboxId"} & set(field.args)]
ON_MAILBOXES = [verb for verb in BY_ID if verb != "operationCancel"]


def id_argument(verb: str) -> str:
    return "id" if "id" in VERBS[verb].args else "mailboxId"


def arguments(verb: str, account: str, vendor_id: str | None = None) -> dict[str, Any]:
    """Arguments that suffice to be refused; `vendor_id` is the mailbox's, the steady one's if none is named."""
    mailbox = vendor_id or STEADY.get(account, "1")
    if verb == "mailboxConnect":
        return {"account": account, "provider": "GOOGLE"}
    if verb == "mailboxCreate":
        return {"input": wanted(account)}
    if verb == "mailboxBulkCreate":
        return {"input": {"mailboxes": [wanted(account)]}}
    if verb in ("mailboxBulkUpdate", "mailboxBulkTest"):
        changes = {"changes": {"signature": "x"}} if verb == "mailboxBulkUpdate" else {}
        return {"input": {"ids": [encode(Kind.MAILBOX, account, mailbox)], **changes}}
    kind, parts = KINDS.get(verb, (Kind.MAILBOX, ()))
    subject = encode(Kind.OPERATION, "", "none") if verb == "operationCancel" else encode(kind, account, mailbox, *parts)
    return {id_argument(verb): subject, **MORE.get(verb, {})}


def test_no_verb_is_forgotten() -> None:
    assert set(ABLE) == set(VERBS)


# ---------------------------------------------------------------------- which vendors can
@pytest.mark.parametrize("account", sorted(ALL))
@pytest.mark.parametrize("verb", sorted({verb for verb in VERBS if "Bulk" not in verb} - {"operationCancel"}))
async def test_what_a_vendor_cannot_do_is_refused_and_costs_it_nothing(fleet: Fleet, verb: str, account: str) -> None:
    if account in ABLE[verb]:
        return
    payload = await write(fleet, verb, **arguments(verb, account))
    assert {error["code"] for error in payload["userErrors"]} == {"UNSUPPORTED_BY_VENDOR"}
    assert all("Nothing was sent" in error["message"] for error in payload["userErrors"])
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)
    assert not any(payload[name] for name in ("mailbox", "applied", "operation", "deletedId", "folder", "rules") if name in payload)


@pytest.mark.parametrize("account", sorted(ALL))
@pytest.mark.parametrize("verb", ["mailboxBulkTest", "mailboxBulkUpdate"])
async def test_what_a_vendor_cannot_do_to_one_of_many_is_its_result(fleet: Fleet, verb: str, account: str) -> None:
    """All vendors but Woodpecker and ShipMail can test, and all but ShipMail and SendKit's OAuth mailboxes have a signature to write."""
    is_able = account in (ABLE[verb] if verb == "mailboxBulkTest" else ALL - {"shipmail"})
    payload = await write(fleet, verb, **arguments(verb, account))
    assert payload["userErrors"] == []
    if not is_able:
        [result] = payload["operation"]["results"]
        assert (result["index"], result["mailboxId"]) == (0, mailbox_id(account))
        assert {error["code"] for error in result["userErrors"]} == {"UNSUPPORTED_BY_VENDOR"}
        assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


# ---------------------------------------------------------------------- ids
BAD_IDS = ["", "x", "💥" * 40, "A" * 5000, encode(Kind.ACCOUNT, "shipmail"), encode(Kind.IDENTITY, "shipmail", "mbx_0159f0", "i")]


@pytest.mark.parametrize("verb", BY_ID)
async def test_an_id_that_is_none_is_told_where_it_stands(fleet: Fleet, verb: str) -> None:
    for bad in BAD_IDS:
        payload = await write(fleet, verb, **{**arguments(verb, "shipmail"), id_argument(verb): bad})
        assert errors_of(payload) == [([id_argument(verb)], "BAD_USER_INPUT")]
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


@pytest.mark.parametrize("verb", ON_MAILBOXES)
async def test_an_account_that_is_not_there_has_nothing(fleet: Fleet, verb: str) -> None:
    payload = await write(fleet, verb, **arguments(verb, NO_ACCOUNT))
    assert errors_of(payload) == [([id_argument(verb)], "NOT_FOUND")]


@pytest.mark.parametrize(
    ("verb", "account"), [(verb, account) for verb in ON_MAILBOXES for account in sorted(ABLE[verb])], ids=lambda each: each
)
async def test_what_the_vendor_does_not_know_is_told_at_the_id(fleet: Fleet, verb: str, account: str) -> None:
    unknown = {"sendkit": "6701a0b6c2d3e4f5a6ffffff", "shipmail": "mbx_nothing"}.get(account, "987654")
    given = arguments(verb, account, unknown)
    if (verb, account) == ("mailboxUpdate", "shipmail"):
        given["input"] = {"displayName": "x"}
    payload = await write(fleet, verb, **given)
    assert errors_of(payload) == [([id_argument(verb)], "NOT_FOUND")]
    assert not any(payload[name] for name in ("mailbox", "applied", "operation", "deletedId", "results") if name in payload)


@pytest.mark.parametrize("verb", sorted({*KINDS}))
async def test_what_is_not_in_a_mailbox_that_is_there_is_told_at_the_id(fleet: Fleet, verb: str) -> None:
    payload = await write(fleet, verb, **arguments(verb, "shipmail"))
    assert errors_of(payload) == [(["id"], "NOT_FOUND")]


# ---------------------------------------------------------------------- who may
READER, WRITER = caller("reader", "read"), caller("writer", "read", "write")
NARROW = caller("narrow", "read", "write", "secrets:write", accounts=("woodpecker",))


async def is_forbidden(fleet: Fleet, verb: str, given: Mapping[str, Any], *, key: str, scope: str) -> bool:
    """Whether a mutation is refused as a whole, for the lack of a scope, and without a word to any vendor."""
    sent = {"query": document(verb, *given), "variables": given}
    answer = await fleet.client.post("/graphql", json=sent, headers={"authorization": f"Bearer {key}"})
    body = answer.json()
    [error] = body["errors"]
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)
    assert body.get("data") is None
    return (error["extensions"]["code"], error["message"]) == ("FORBIDDEN", f"This key lacks the scope `{scope}`.")


async def test_writing_needs_its_scope() -> None:
    async with open_fleet(callers=[READER]) as fleet:
        for verb in VERBS:
            assert await is_forbidden(fleet, verb, arguments(verb, "shipmail"), key="reader", scope="write"), verb


async def test_every_secret_needs_a_scope_of_its_own() -> None:
    """Wherever in the input it stands, also where the vendor would not take it."""
    places = secret_places(SCHEMA)
    assert len(places) >= 27
    async with open_fleet(callers=[WRITER]) as fleet:
        for place in places:
            vendor = next((str(each) for each in place.path if each in STEADY), None)
            for account in [vendor] if vendor else sorted(STEADY):
                given = planted(SCHEMA, place, "s3cret", without_secrets(arguments(place.verb, account)))
                assert await is_forbidden(fleet, place.verb, given, key="writer", scope="secrets:write"), (str(place), account)


async def test_without_a_secret_the_scope_is_not_needed() -> None:
    async with open_fleet(callers=[WRITER]) as fleet:
        payload = await write(fleet, "mailboxUpdate", key="writer", id=mailbox_id("woodpecker"), input={"signature": "<p>x</p>"})
        assert payload["applied"] == ["SIGNATURE"]


def without_secrets(given: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """The same less all passwords."""
    if isinstance(given, dict):
        return {name: without_secrets(value) for name, value in given.items() if value != PASSWORD}
    return [without_secrets(each) for each in given] if isinstance(given, list) else given


@pytest.mark.parametrize("verb", [verb for verb in ON_MAILBOXES if "shipmail" in ABLE[verb]])
async def test_an_account_that_the_caller_may_not_see_is_not_there(verb: str) -> None:
    async with open_fleet(callers=[NARROW]) as fleet:
        payload = await write(fleet, verb, key="narrow", **arguments(verb, "shipmail"))
        nothing = await write(fleet, verb, key="narrow", **arguments(verb, NO_ACCOUNT))
        assert payload == nothing
        assert errors_of(payload) == [([id_argument(verb)], "NOT_FOUND")]
        assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


@pytest.mark.parametrize("verb", ["mailboxConnect", "mailboxCreate"])
async def test_nor_by_its_name(verb: str) -> None:
    async with open_fleet(callers=[NARROW]) as fleet:
        field = ["account"]
        assert errors_of(await write(fleet, verb, key="narrow", **arguments(verb, "sendkit"))) == [(field, "NOT_FOUND")]
        assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)
