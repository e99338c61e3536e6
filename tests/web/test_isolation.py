"""To a caller its accounts are all there are: a gateway that knows more answers it exactly as one would that knows no others.

Two gateways on real sockets: one with the accounts of two callers, where the other one has done everything, and one that was never told
of the other's accounts. Whatever a caller sends must be answered alike by both, but for the moment; and no other vendor may be asked.
The questions are made from the schema, so that a new field, verb or argument is among them.
"""

import asyncio
import json
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.app import Gateway, build_gateway
from gateway.commands.demo import MOUNT, demo_accounts
from gateway.config import CallerSettings, ServerSettings, Settings
from gateway.domain.identifier import Kind, encode
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from gateway.web.accept import EVENT_STREAM
from tests.everything import UNLIMITED, everything, reachable
from tests.schema.mutations.document import ERRORS, OPERATION, SCHEMA, VERBS, document
from tests.schema.mutations.test_any_verb import arguments
from tests.schema.mutations.things import STEADY, mailbox_id, wanted
from tests.secret_places import input_places, planted
from tests.web.conftest import MAILBOXES, VENDORS, Served, caller, served, wire_to
from tests.web.test_websocket import speaking

ALL_SCOPES = ("read", "write", "secrets:write", "operate")
HERS, HIS, BOTH = ("outreach", "shipmail"), ("smartlead", "woodpecker"), "sendkit"
ANN = caller("ann", *ALL_SCOPES, key="mgw_ann", accounts=(*HERS, BOTH))
BOB = caller("bob", *ALL_SCOPES, key="mgw_bob", accounts=(*HIS, BOTH))
BEN = caller("ben", *ALL_SCOPES, key="mgw_ben", accounts=HIS)
ANN_KEY, BOB_KEY, BEN_KEY = "mgw_ann", "mgw_bob", "mgw_ben"
NO_COST: Mapping[str, Any] = {"cost": {"accounts": ()}}
NONE = "nowhere"
"""An account that no gateway has."""
NOW = datetime.now(UTC).replace(microsecond=0)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
LISTS = {
    "Query.mailboxes": "first: 500",
    "Account.mailboxes": "first: 500",
    "Mailbox.messages": "first: 5",
    "WarmupStatus.history": "days: 90",
}


@dataclass(frozen=True)
class House:
    """A gateway on a real socket, and what it asks."""

    server: Served
    gateway: Gateway
    sandboxes: Mapping[str, Sandbox]
    client: httpx.Client

    def send(self, key: str, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        sent = {"query": query, "variables": variables}
        return self.client.post("/graphql", json=sent, headers={"authorization": f"Bearer {key}", **headers}, timeout=30)

    def data(self, key: str, query: str, **variables: Any) -> Any:  # noqa: ANN401 - JSON of any shape
        answer = self.send(key, query, variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def asked(self, accounts: Sequence[str]) -> int:
        """How many requests the vendors of these accounts got."""
        return sum(len(self.sandboxes[name].requests) for name in accounts)


def house(stack: ExitStack, names: Sequence[str], callers: tuple[CallerSettings, ...]) -> House:
    sandboxes = {
        name: build(World(mailboxes=MAILBOXES, now=NOW)) for vendor, build in SANDBOXES.items() if (name := vendor.lower()) in names
    }
    vendors = Starlette(routes=[Mount(f"{MOUNT}/{name}", sandbox) for name, sandbox in sandboxes.items()])
    every = {vendor.lower(): sandboxes.get(vendor.lower()) or build(World(mailboxes=0)) for vendor, build in SANDBOXES.items()}
    accounts = tuple(
        msgspec.structs.replace(each, fresh_for_seconds=3600.0) for each in demo_accounts(every, VENDORS) if each.name in sandboxes
    )
    settings = Settings(
        server=ServerSettings(max_lag_seconds=60.0, introspection=True), limits=UNLIMITED, accounts=accounts, callers=callers
    )
    gateway = build_gateway(settings, wires={name: wire_to(vendors) for name in sandboxes})
    server = stack.enter_context(served(gateway))
    return House(server, gateway, sandboxes, stack.enter_context(httpx.Client(base_url=server.url)))


@dataclass(frozen=True)
class Pair:
    """`shared` has everything, `alone` only what Bob sees. `hers` are ids of Ann's, `operations` those of what she did."""

    shared: House
    alone: House
    hers: Mapping[str, str]
    operations: Sequence[str]

    def alike(self, query: str, variables: Mapping[str, Any] | None = None, *, keys: Sequence[str] = (BOB_KEY, BEN_KEY)) -> Any:  # noqa: ANN401 - JSON
        """What both answer Bob, once that is the same. Ben, who sees nothing of Ann's, is answered alike in what it cost, too."""
        before = self.shared.asked(HERS)
        answers = {key: [house.send(key, query, variables) for house in (self.shared, self.alone)] for key in keys}
        for key, (one, other) in answers.items():
            assert one.status_code == other.status_code
            assert _normal(one, with_cost=key == BEN_KEY) == _normal(other, with_cost=key == BEN_KEY), (key, query[:400], variables)
            assert {spent["account"] for spent in one.json().get("extensions", NO_COST)["cost"]["accounts"]} <= {*HIS, BOTH}
        assert self.shared.asked(HERS) == before, "a vendor of hers was asked"
        return _normal(answers[BOB_KEY][0], with_cost=False)[1]


def _normal(answer: httpx.Response, *, with_cost: bool) -> tuple[object, Any]:
    """The answer but for moments; of an account that both use the cost depends on what the other one read before."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "content-length", "x-request-id")}
    body = answer.json()
    return headers, json.loads(_MOMENT.sub("<moment>", json.dumps(body if with_cost else {**body, "extensions": None})))


EVERY_ID = """
{ accounts { id domains { id } mailboxes(first: 500) { edges { cursor } nodes {
  id folders { id } rules { id } identities { id } messages(first: 5) { nodes { id threadId attachments { id } } }
} } } }
"""


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with ExitStack() as stack:
        shared = house(stack, (*HERS, *HIS, BOTH), (ANN, BOB, BEN))
        alone = house(stack, (*HIS, BOTH), (msgspec.structs.replace(ANN, accounts=(BOTH,)), BOB, BEN))
        alone.data(ANN_KEY, EVERY_ID)  # what Ann reads in the account that both see is known of it afterwards
        yield Pair(shared, alone, *_busy(shared))


def _busy(shared: House) -> tuple[Mapping[str, str], Sequence[str]]:
    """Ann reads all that she has, and leaves operations behind: over her own accounts, and over one that both see together with hers."""
    hers: dict[str, str] = {}
    for account in shared.data(ANN_KEY, EVERY_ID)["accounts"]:
        for found in _ids(account):
            hers.setdefault(_kind(found), found) if _account(found) in HERS else None
    bulk = f"mutation ($input: MailboxBulkTestInput!) {{ mailboxBulkTest(input: $input) {{ operation {OPERATION} }} }}"
    operations = [
        shared.data(ANN_KEY, bulk, input=given)["mailboxBulkTest"]["operation"]["id"]
        for given in (
            {"ids": [mailbox_id("outreach")], "idempotencyKey": "one key"},
            {"ids": [mailbox_id("outreach"), mailbox_id(BOTH)]},
            {"ids": [mailbox_id("smartlead")]},  # which is not hers
        )
    ]
    refused = {"input": {"mailboxes": [{"account": "smartlead", "address": "x@y.example"}, wanted("shipmail", "first.one")]}}
    operations.append(shared.data(ANN_KEY, document("mailboxBulkCreate", "input"), **refused)["mailboxBulkCreate"]["operation"]["id"])
    under_way, end = "{ operations(state: [PENDING, RUNNING]) { nodes { id } } }", time.monotonic() + 30
    while shared.data(ANN_KEY, under_way)["operations"]["nodes"]:
        assert time.monotonic() < end, "they never end"
        time.sleep(0.05)
    return hers, operations


def _ids(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name in ("id", "threadId") and each is not None:
                yield each
            yield from _ids(each)
    elif isinstance(value, list):
        for each in value:
            yield from _ids(each)


def _parts(global_id: str) -> list[Any]:
    parts: list[Any] = json.loads(urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)))
    return parts


def _kind(global_id: str) -> str:
    return str(_parts(global_id)[1])


def _account(global_id: str) -> str:
    return str(_parts(global_id)[2])


# ---------------------------------------------------------------------- reading
def test_everything_that_can_be_asked_is_answered_as_if_alone(pair: Pair) -> None:
    """Every field of every type, for an account that both see, and for each that only Bob sees."""
    covered: set[str] = set()
    queries: dict[str, None] = {}
    for account in (*HIS, BOTH):
        own = pair.alike("query ($n: String!) { account(name: $n) { id mailboxes(first: 1) { nodes { id } } } }", {"n": account})["data"]
        given = {
            "Query.node": f'id: "{mailbox_id(HIS[0])}"',
            "Query.nodes": f'ids: ["{encode(Kind.ACCOUNT, BOTH)}", "{pair.hers["Mailbox"]}"]',
            "Query.mailbox": f'id: "{own["account"]["mailboxes"]["nodes"][0]["id"]}"',
            "Query.account": f'name: "{account}"',
            "Query.operation": f'id: "{pair.operations[0]}"',
            "Mailbox.thread": f'id: "{pair.hers["Thread"]}"',
        }
        asked = everything(SCHEMA, {**LISTS, **given})
        covered |= asked.covered
        queries |= dict.fromkeys(asked.documents.values())
    for query in queries:
        for house in (pair.shared, pair.alone):
            house.send(ANN_KEY, query)  # her answers may be kept, his are others
        assert "data" in pair.alike(query)
        assert "data" in pair.alike(query, keys=(BOB_KEY,)), "again, which may be a kept answer"
    assert covered == reachable(SCHEMA)


def query_places() -> list[tuple[str, str]]:
    """Arguments of fields of the root, and of mailboxes and accounts, with their types."""
    found = []
    for parent in ("Query", "Mailbox", "Account", "Subscription"):
        for name, field in SCHEMA.type_map[parent].fields.items():  # type: ignore[attr-defined] # an object type
            found += [(f"{parent}.{name}", argument) for argument in field.args]
    return found


def test_no_argument_is_forgotten() -> None:
    """A new one must be looked at: whether it can name what another caller sees."""
    page = {"first", "after", "last", "before", "filter", "orderBy"}
    named = {place for place, argument in query_places() if argument not in page}
    assert named == {
        "Query.node",
        "Query.nodes",
        "Query.mailbox",
        "Query.account",
        "Query.operation",
        "Query.operations",
        "Mailbox.signature",
        "Mailbox.thread",
        "Subscription.operation",
    }


def test_every_id_anywhere_in_a_query_may_be_hers(pair: Pair) -> None:
    for kind in Kind:
        parts = _parts(pair.hers[kind])[3:] if kind in pair.hers else ["x"] * (4 if kind is Kind.ATTACHMENT else 1)
        for account in HERS:
            given = encode(kind, "" if kind is Kind.OPERATION else account, *parts)
            hers, nothing = pair.hers.get(kind, given), encode(kind, "" if kind is Kind.OPERATION else NONE, *parts)
            for query in (
                "query ($id: ID!) { node(id: $id) { __typename id } }",
                "query ($id: ID!) { nodes(ids: [$id]) { __typename id } }",
                "query ($id: ID!) { mailbox(id: $id) { __typename id } }",
                "query ($id: ID!) { operation(id: $id) { __typename id } }",
                "query ($id: ID!) { mailboxes(filter: {domainId: [$id]}) { totalCount sources { status } } }",
                "query ($id: ID!) { mailboxes(filter: {not: {domainId: [$id]}}) { totalCount } }",
                "query ($id: ID!) { mailboxes(first: 2) { nodes { thread(id: $id) { id } } } }",
                "query ($id: ID!) { mailboxes(first: 2) { nodes { messages(filter: {folder: $id}) { nodes { id } } } } }",
            ):
                answers = [pair.alike(query, {"id": each}) for each in (given, hers, nothing)]
                assert answers[0] == answers[1] == answers[2], (query, given)


FILTERED = """query ($f: MailboxFilter) {
  mailboxes(filter: $f) { totalCount nodes { id } sources { account { name } } } fleet(filter: $f) { total }
}"""


@pytest.mark.parametrize("account", [*HERS, NONE])
def test_an_account_by_its_name(pair: Pair, account: str) -> None:
    assert pair.alike("query ($n: String!) { account(name: $n) { id source { status } } }", {"n": account})["data"] == {"account": None}
    for wanted_ in ({"account": [account]}, {"not": {"account": [account]}}, {"or": [{"account": [account]}, {"account": [BOTH]}]}):
        pair.alike(FILTERED, {"f": wanted_})


async def test_nobody_gets_the_answer_that_somebody_else_waits_for(pair: Pair) -> None:
    """The same new question at the same moment by both, again and again, whoever comes first."""
    expected = pair.alike(FILTERED)["data"]
    async with httpx.AsyncClient(base_url=pair.shared.server.url, timeout=30) as client:

        async def ask(key: str, query: str) -> Any:  # noqa: ANN401 - JSON of any shape
            return (await client.post("/graphql", json={"query": query}, headers={"authorization": f"Bearer {key}"})).json()["data"]

        for number in range(10):
            answers = await asyncio.gather(*(ask(key, f"{FILTERED} # {number}") for key in (ANN_KEY, BOB_KEY, ANN_KEY, BOB_KEY)))
            assert [answer == expected for answer in answers] == [False, True, False, True]


def test_cursors_of_hers_are_only_places(pair: Pair) -> None:
    for order in ("ADDRESS", "DAILY_LIMIT", "CREATED_AT"):
        query = (
            "query ($after: String, $before: String) { mailboxes(first: 500, after: $after, before: $before, orderBy: {field: "
            + order
            + "}) { totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
        )
        for edge in pair.shared.data(ANN_KEY, query)["mailboxes"]["edges"]:
            pair.alike(query, {"after": edge["cursor"]})
            pair.alike(query, {"before": edge["cursor"]})
    listing = (
        "query ($after: String) { operations(first: 50, after: $after) { edges { cursor node { id } } pageInfo { hasPreviousPage } } }"
    )
    for edge in pair.shared.data(ANN_KEY, listing)["operations"]["edges"]:
        pair.alike(listing, {"after": edge["cursor"]})


def test_her_attachments_are_404(pair: Pair) -> None:
    for house in (pair.shared, pair.alone):
        answers = [
            house.client.get(f"/attachments/{each}", headers={"authorization": f"Bearer {BOB_KEY}"})
            for each in (encode(Kind.ATTACHMENT, account, STEADY["shipmail"], "b", "n", "t") for account in ("shipmail", NONE))
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1


def test_figures_are_of_his_accounts_only(pair: Pair) -> None:
    text = pair.shared.client.get("/metrics", headers={"authorization": f"Bearer {BOB_KEY}"}).text
    assert set(re.findall(r'account="([^"]*)"', text)) == {*HIS, BOTH}
    for name in HERS:
        assert name not in text


# ---------------------------------------------------------------------- writing
@pytest.mark.parametrize("verb", sorted(VERBS))
def test_no_verb_reaches_what_is_hers(pair: Pair, verb: str) -> None:
    for account in (*HERS, NONE):
        given = _dry(verb, arguments(verb, account))
        payload = pair.alike(_with_own_operation(verb, given), given)
        assert payload["data"][verb]["userErrors"] or "Bulk" in verb


def _dry(verb: str, given: dict[str, Any]) -> dict[str, Any]:
    """Of an operation over many only what it would do: how far it has come at a moment is nobody's secret, and never the same."""
    return {"input": {**given["input"], "dryRun": True}} if "Bulk" in verb else given


def _with_own_operation(verb: str, given: Mapping[str, Any]) -> str:
    """Without the ids of operations, which are made up anew for each."""
    return document(verb, *given).replace("operation { id ", "operation { ").replace("operation { id }", "operation { kind }")


ID_PLACES = input_places(SCHEMA, "ID")


def test_ids_stand_in_many_places() -> None:
    assert len(ID_PLACES) >= 38


@pytest.mark.parametrize("place", ID_PLACES, ids=str)
def test_an_id_of_hers_in_an_input_is_one_of_nothing(pair: Pair, place: Any) -> None:  # noqa: ANN401 - see `input_places`
    """Wherever in the input of a mutation an id can stand, beside things of his own."""
    for kind in (Kind.MAILBOX, Kind.FOLDER, Kind.RULE, Kind.DOMAIN, Kind.MESSAGE, Kind.OPERATION):
        answers = []
        for account in ("shipmail", NONE):
            parts = {Kind.MAILBOX: 1, Kind.FOLDER: 2, Kind.RULE: 2, Kind.DOMAIN: 1, Kind.MESSAGE: 3, Kind.OPERATION: 1}[kind]
            foreign = encode(kind, "" if kind is Kind.OPERATION else account, *[STEADY["shipmail"], "x", "y"][:parts])
            given = _dry(place.verb, planted(SCHEMA, place, foreign, arguments(place.verb, "smartlead")))
            answers.append(pair.alike(_with_own_operation(place.verb, given), given))
        assert answers[0] == answers[1], str(place)


def test_over_many_by_filter_only_his_are_meant(pair: Pair) -> None:
    query = """mutation ($f: MailboxFilter) { mailboxBulkTest(input: {filter: $f, dryRun: true}) {
      userErrors { message code } operation { progress { total } results { mailboxId } }
    } }"""
    for wanted_ in ({}, {"account": [*HERS]}, {"account": [HERS[0], BOTH]}, {"not": {"account": [*HIS]}}):
        answer = pair.alike(query, {"f": wanted_})["data"]["mailboxBulkTest"]
        assert {_account(each["mailboxId"]) for each in answer["operation"]["results"]} <= {*HIS, BOTH}


# ---------------------------------------------------------------------- operations
def test_her_operations_are_not_there(pair: Pair) -> None:
    listed = pair.shared.data(BOB_KEY, "{ operations(first: 500) { nodes { id } } }")["operations"]["nodes"]
    assert not {each["id"] for each in listed} & set(pair.operations)
    mine = pair.shared.data(ANN_KEY, "{ operations(first: 500) { nodes { id } } }")["operations"]["nodes"]
    assert set(pair.operations[:2]) <= {each["id"] for each in mine}
    nothing = encode(Kind.OPERATION, "", "never-was")
    for query in (
        "query ($id: ID!) { operation(id: $id) { id state results { index } } }",
        "query ($id: ID!) { node(id: $id) { id } }",
        "mutation ($id: ID!) { operationCancel(id: $id) { userErrors { field message code } operation { id } } }",
    ):
        answers = [pair.alike(query, {"id": each}) for each in (*pair.operations, nothing)]
        assert all(answer == answers[-1] for answer in answers)


def test_an_operation_that_touches_one_account_of_his_and_one_of_hers_is_hers(pair: Pair) -> None:
    both = pair.operations[1]
    assert pair.shared.data(ANN_KEY, "query ($id: ID!) { operation(id: $id) { state } }", id=both)["operation"] is not None
    assert pair.shared.data(BOB_KEY, "query ($id: ID!) { operation(id: $id) { state } }", id=both) == {"operation": None}


def test_her_idempotency_keys_say_nothing_to_him(pair: Pair) -> None:
    """Neither an answer nor a conflict, whether with her input or with another."""
    query = f"mutation ($input: MailboxBulkTestInput!) {{ mailboxBulkTest(input: $input) {{ {ERRORS} operation {OPERATION} }} }}"
    given = {"ids": [mailbox_id("outreach")], "idempotencyKey": "one key", "dryRun": True}
    same = pair.shared.data(BOB_KEY, query, input=given)["mailboxBulkTest"]
    assert same["userErrors"] == []
    assert same["operation"]["id"] not in pair.operations
    assert [each["userErrors"][0]["code"] for each in same["operation"]["results"]] == ["NOT_FOUND"]


# ---------------------------------------------------------------------- watching
async def _events(server: Served, variables: Mapping[str, Any], query: str) -> AsyncIterator[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        headers = {"authorization": f"Bearer {BOB_KEY}", "accept": EVENT_STREAM}
        async with client.stream("POST", "/graphql", json={"query": query, "variables": variables}, headers=headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: {"):
                    yield json.loads(line.removeprefix("data: "))


WATCH = "subscription ($f: MailboxFilter) { mailboxChanged(filter: $f) { kind mailboxId mailbox { account { name } } } }"
RENAME = "mutation ($id: ID!, $s: String!) { mailboxUpdate(id: $id, input: {signature: $s}) { applied userErrors { message } } }"


@pytest.mark.parametrize("filter_", [None, {"account": [*HERS, BOTH]}, {"not": {"account": [*HIS]}}], ids=str)
async def test_he_hears_of_his_own_only(pair: Pair, filter_: Any) -> None:  # noqa: ANN401 - JSON of any shape
    """Ann changes hers, then what both see: that is the first that he hears of, over a stream and over a socket."""
    async with asyncio.timeout(60), speaking(pair.shared.server) as speaker:
        await speaker.begin(authorization=f"Bearer {BOB_KEY}")
        await speaker.subscribe("1", WATCH, f=filter_)
        stream = _events(pair.shared.server, {"f": filter_}, WATCH)
        first = asyncio.ensure_future(anext(stream))
        heard = asyncio.ensure_future(speaker.connection.recv())
        for number in range(100):
            for account in ("outreach", BOTH):
                send = partial(pair.shared.data, ANN_KEY, RENAME, id=_id_of(pair, account), s=f"<p>{number} {filter_}</p>")
                assert (await asyncio.to_thread(send))["mailboxUpdate"]["applied"] == ["SIGNATURE"]
            done, _ = await asyncio.wait({first, heard}, timeout=0.3, return_when=asyncio.ALL_COMPLETED)
            if len(done) == 2:
                break
        event, message = await first, json.loads(await heard)
        await stream.aclose()  # type: ignore[attr-defined] # a generator
    for each in (event, message["payload"]):
        assert each["data"]["mailboxChanged"]["mailbox"] == {"account": {"name": BOTH}}


def _id_of(pair: Pair, account: str) -> str:
    """A mailbox there whose signature can be written."""
    found = pair.shared.data(ANN_KEY, "query ($n: String!) { account(name: $n) { mailboxes { nodes { id login } } } }", n=account)
    nodes = found["account"]["mailboxes"]["nodes"]
    return mailbox_id(account) if any(each["id"] == mailbox_id(account) for each in nodes) else str(nodes[-1]["id"])


@pytest.mark.parametrize("index", range(4))
async def test_her_operations_cannot_be_watched(pair: Pair, index: int) -> None:
    query = "subscription ($id: ID!) { operation(id: $id) { id state } }"
    answers = []
    for subject in (pair.operations[index], encode(Kind.OPERATION, "", "never-was")):
        stream = _events(pair.shared.server, {"id": subject}, query)
        answers.append([each async for each in stream])
        async with speaking(pair.shared.server) as speaker:
            await speaker.begin(authorization=f"Bearer {BOB_KEY}")
            await speaker.say(type="subscribe", id="1", payload={"query": query, "variables": {"id": subject}})
            answers.append([await speaker.hear()])
    assert answers[:2] == answers[2:]
    assert "NOT_FOUND" in json.dumps(answers[0])
