"""Every verb leaves one line in the audit, whatever becomes of it, and no line holds a value of an input."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.domain.identifier import Kind, encode
from gateway.sandbox.server import Outage
from tests.leaks import leaks
from tests.schema.conftest import Fleet, open_fleet
from tests.schema.mutations.document import SCHEMA, VERBS, document, ended, write
from tests.schema.mutations.test_any_verb import ABLE, NO_ACCOUNT, ON_MAILBOXES, READER, WRITER, arguments, id_argument, without_secrets
from tests.schema.mutations.things import PASSWORD, STEADY, mailbox_id, server, wanted
from tests.secret_places import planted, secret_places
from tests.web.conftest import caller

CANARY = "CANARY-audit-5b"
PARTS, ENDS = "part", "operation"
NARROW = caller("narrow", "read", "write", "secrets:write", accounts=("woodpecker",))


class Lines:
    """What the audit was told since the last time that it was asked."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        caplog.set_level(logging.INFO, "gateway.audit")

    def __call__(self, kind: str = "write") -> list[dict[str, Any]]:
        records = [each for each in self._caplog.records if each.name == "gateway.audit"]
        assert not leaks(repr([vars(each) for each in records]).encode(), [PASSWORD])
        found = [dict(vars(each)["event"]) for each in records if each.getMessage() == kind]
        self._caplog.clear()
        return found


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    return Lines(caplog)


async def ask(fleet: Fleet, verb: str, given: Mapping[str, Any], key: str = "") -> dict[str, Any]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    sent = {"query": document(verb, *given), "variables": given}
    body: dict[str, Any] = (await fleet.client.post("/graphql", json=sent, headers=headers)).json()
    return body


# ---------------------------------------------------------------------- every verb
async def test_each_verb_that_a_vendor_takes_or_refuses_has_its_line(fleet: Fleet, lines: Lines) -> None:
    for verb in VERBS:
        for account in sorted(ABLE[verb]) or ["sendkit"]:
            body = await ask(fleet, verb, arguments(verb, account))
            [line] = lines()
            payload = body["data"][verb]
            codes = list(dict.fromkeys(error["code"] for error in payload["userErrors"]))
            assert (line["verb"], line["caller"], line.get("codes", [])) == (verb, "anonymous", codes)
            is_over = (payload.get("operation") or {"state": "SUCCEEDED"})["state"] != "RUNNING"
            expected = {"failed", "partial", "unknown"} if codes else {"done", "begun"} if is_over else {"begun"}
            assert line["outcome"] in expected, (line, payload)
            assert line.get("accounts", [account]) == [account]


async def test_each_verb_that_may_not_be_asked_for_has_its_line(lines: Lines) -> None:
    async with open_fleet(callers=[READER]) as fleet:
        for verb in VERBS:
            await ask(fleet, verb, arguments(verb, "shipmail"), key="reader")
            assert lines() == [{"verb": verb, "caller": "reader", "outcome": "refused", "codes": ["FORBIDDEN"]}]


async def test_each_verb_with_arguments_that_are_none_has_its_line(fleet: Fleet, lines: Lines) -> None:
    for verb in VERBS:
        given = {name: [{CANARY: CANARY}] for name in VERBS[verb].args}
        for query in (f"mutation {{ {verb} {{ userErrors {{ code }} }} }}", document(verb, *given)):
            assert (await fleet.ask(query, given))["errors"], verb
            [line] = lines()
            assert (line["verb"], line["outcome"]) == (verb, "refused")
            assert set(line["codes"]) <= {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


async def test_each_secret_that_may_not_be_set_has_its_line(lines: Lines) -> None:
    async with open_fleet(callers=[WRITER]) as fleet:
        for place in secret_places(SCHEMA):
            account = next((str(each) for each in place.path if each in STEADY), "sendkit")
            await ask(fleet, place.verb, planted(SCHEMA, place, CANARY, without_secrets(arguments(place.verb, account))), key="writer")
            [line] = lines()
            assert (line["verb"], line["caller"], line["outcome"], line["codes"]) == (place.verb, "writer", "refused", ["FORBIDDEN"])


@pytest.mark.parametrize("verb", ON_MAILBOXES)
async def test_ids_that_a_client_made_up_are_not_repeated(fleet: Fleet, lines: Lines, verb: str) -> None:
    for account, made_up in ((NO_ACCOUNT, CANARY), (CANARY, "x"), ("shipmail", CANARY), ("sendkit", CANARY)):
        await ask(fleet, verb, arguments(verb, account, made_up))
        [line] = lines()
        assert "mailbox" not in line
        assert line.get("accounts", ["shipmail"]) in (["shipmail"], ["sendkit"])
    await ask(fleet, verb, {**arguments(verb, "shipmail"), id_argument(verb): CANARY})
    [line] = lines()
    assert (line["verb"], line["outcome"], line["codes"]) == (verb, "failed", ["BAD_USER_INPUT"])


async def test_what_another_caller_sees_is_told_to_the_operator_alone(lines: Lines) -> None:
    async with open_fleet(callers=[NARROW]) as fleet:
        await ask(fleet, "mailboxDelete", arguments("mailboxDelete", "shipmail"), key="narrow")
        assert lines() == [
            {"verb": "mailboxDelete", "caller": "narrow", "outcome": "failed", "accounts": ["shipmail"], "codes": ["NOT_FOUND"]}
        ]


# ---------------------------------------------------------------------- several in one document
async def test_each_of_several_has_one_whatever_it_is_called(fleet: Fleet, lines: Lines) -> None:
    query = """mutation ($none: ID!) {
      a: mailboxDelete(id: $none) { userErrors { code } }
      ...More
      mailboxConnect(account: "kit", provider: null) { userErrors { code } }
    }
    fragment More on Mutation { b: warmupStop(id: $none) { userErrors { code } } ... { b2: warmupStop(id: $none) { deletedId } } }"""
    await fleet.ask(query, {"none": mailbox_id("sendkit", "x")})
    told = [(line["verb"], line["outcome"]) for line in lines()]
    assert sorted(told) == [("mailboxConnect", "refused"), ("mailboxDelete", "refused"), ("warmupStop", "refused")]


async def test_a_verb_whose_argument_is_wrong_is_told_beside_those_that_ran(fleet: Fleet, lines: Lines) -> None:
    """A default makes the variable fit, and null comes all the same: only the field finds out."""
    query = """mutation ($name: String = "x", $id: ID!) {
      right: mailboxDelete(id: $id) { userErrors { code } }
      wrong: mailboxConnect(account: $name, provider: GOOGLE) { userErrors { code } }
    }"""
    await fleet.ask(query, {"name": None, "id": mailbox_id("sendkit")})
    told = [(line["verb"], line["outcome"], line.get("codes")) for line in lines()]
    assert told == [("mailboxDelete", "done", None), ("mailboxConnect", "refused", ["BAD_USER_INPUT"])]


async def test_a_mutation_by_get_has_a_line(fleet: Fleet, lines: Lines) -> None:
    query = f'mutation {{ mailboxDelete(id: "{mailbox_id("sendkit")}") {{ deletedId }} }}'
    answer = await fleet.client.get("/graphql", params={"query": query})
    assert answer.status_code == 405
    assert lines() == [{"verb": "mailboxDelete", "caller": "anonymous", "outcome": "refused", "codes": ["METHOD_NOT_ALLOWED"]}]


async def test_queries_and_what_is_no_verb_leave_none(fleet: Fleet, lines: Lines) -> None:
    await fleet.ask("{ mailboxes { totalCount } }")
    await fleet.ask(f"mutation {{ {CANARY.replace('-', '_')}(id: 1) {{ id }} }}")
    await fleet.ask("mutation {")
    assert lines() == []


# ---------------------------------------------------------------------- what goes on
async def test_a_creation_is_told_when_it_begins_and_when_it_is_over(fleet: Fleet, lines: Lines) -> None:
    payload = await write(fleet, "mailboxCreate", input=wanted("sendkit", "audited.one"))
    [begun] = lines()
    assert (begun["outcome"], begun["accounts"], begun["operation"]) == ("begun", ["sendkit"], payload["operation"]["id"])
    await ended(fleet, payload)
    [end] = lines(ENDS)
    assert (end["verb"], end["operation"], end["outcome"]) == ("mailboxCreate", payload["operation"]["id"], "succeeded")
    assert (end["caller"], end["mailbox"]) == ("anonymous", payload["mailbox"]["id"])


async def test_a_creation_that_is_over_at_once_has_one_line(fleet: Fleet, lines: Lines) -> None:
    payload = await write(fleet, "mailboxCreate", input=wanted("shipmail", "audited.two"))
    [line] = lines()
    assert (line["outcome"], line["mailbox"]) == ("done", payload["mailbox"]["id"])
    assert lines(ENDS) == []


async def test_a_repeated_request_says_that_it_is_one(fleet: Fleet, lines: Lines) -> None:
    for verb, given in (
        ("mailboxCreate", wanted("shipmail", "audited.three", idempotencyKey=CANARY)),
        ("mailboxBulkTest", {"ids": [mailbox_id("sendkit")], "idempotencyKey": CANARY}),
    ):
        for is_repeated in (False, True, True):
            await write(fleet, verb, input=given)
            [line] = lines()
            assert line.get("repeated", False) is is_repeated, verb


async def test_each_mailbox_of_many_has_its_line_and_all_together_one(fleet: Fleet, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gateway.audit")
    ids = [mailbox_id("sendkit"), mailbox_id("shipmail"), mailbox_id("woodpecker", CANARY)]
    payload = await write(fleet, "mailboxBulkUpdate", input={"ids": ids, "changes": {"dailyLimit": 20}})
    done = await ended(fleet, payload)
    told = [(each.getMessage(), vars(each)["event"]) for each in caplog.records if each.name == "gateway.audit"]
    parts = {event["part"]: event for kind, event in told if kind == PARTS}
    assert {index: event["outcome"] for index, event in parts.items()} == {0: "done", 1: "failed", 2: "failed"}
    assert parts[0]["mailbox"] == ids[0]
    assert "mailbox" not in parts[2]
    assert {event["operation"] for kind, event in told} == {payload["operation"]["id"]}
    [end] = [event for kind, event in told if kind == ENDS]
    assert (end["outcome"], end["done"], end["failed"], end["total"]) == (done["state"].lower(), 3, 2, 3)
    assert not leaks(repr(told).encode(), [])


async def test_what_is_only_tried_out_is_no_write(fleet: Fleet, lines: Lines) -> None:
    payload = await write(fleet, "mailboxBulkTest", input={"ids": [mailbox_id("sendkit")], "dryRun": True})
    assert payload["operation"]["state"] == "SUCCEEDED"
    assert lines(PARTS) == []
    await write(fleet, "mailboxBulkTest", input={"ids": [mailbox_id("sendkit")], "dryRun": True})
    assert lines(ENDS) == []


async def test_a_lost_answer_is_told_and_so_is_what_was_found_out(fleet: Fleet, lines: Lines) -> None:
    box = mailbox_id("smartlead")
    await fleet.data("{ mailboxes(first: 1) { totalCount } }")
    fleet.sandboxes["smartlead"].outages += [Outage(method=each, status=504, is_after=True) for each in ("POST", "PATCH", "PUT")]
    payload = await write(fleet, "mailboxSuspend", id=box)
    [line] = lines()
    assert (line["outcome"], line["codes"], line["mailbox"]) == ("unknown", ["OUTCOME_UNKNOWN"], box)
    await ended(fleet, payload)
    [end] = lines(ENDS)
    assert (end["verb"], end["operation"]) == ("mailboxSuspend", payload["operation"]["id"])
    assert end["outcome"] in ("failed", "succeeded", "unknown")


async def test_a_stumble_is_told(fleet: Fleet, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stumble(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(fleet.gateway.desk.writer, "delete", stumble)
    await ask(fleet, "mailboxDelete", arguments("mailboxDelete", "sendkit"))
    [line] = lines()
    assert (line["verb"], line["outcome"], line["codes"]) == ("mailboxDelete", "unknown", ["INTERNAL"])


def test_servers_are_inputs_with_passwords() -> None:
    """Else the fixture above would look for nothing."""
    assert PASSWORD in repr(server("h", 1, "a"))
    assert leaks(encode(Kind.MAILBOX, "a", CANARY).encode(), [])
