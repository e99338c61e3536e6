"""Answers that are sent again: only to who asked, and only while nothing that they rest on has changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from sys import getsizeof
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from gateway.app import profiles, writable_fields
from gateway.domain.identifier import Kind, encode
from gateway.domain.scope import Scope
from gateway.sandbox.server import Outage
from gateway.web.answers import VIEW_BYTES, question
from gateway.web.caller import Caller
from gateway.web.figures import KeptFigures
from gateway.web.graphql import GraphqlEndpoint
from gateway.web.request import Operation, RefusedError
from gateway.web.runner import Runner
from tests.schema.conftest import Fleet, open_fleet
from tests.web.conftest import caller

NAMES = "{ mailboxes(first: 500) { nodes { id displayName stale } sources { account { name } status problem } } }"
FRESH_SECONDS = 0.4
UPDATE = "mutation ($id: ID!, $name: String!) { mailboxUpdate(id: $id, input: { displayName: $name }) { userErrors { message } } }"


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with open_fleet() as opened:
        yield opened


def runner_of(fleet: Fleet) -> Runner:
    endpoints = [route.endpoint for route in fleet.gateway.site.routes if isinstance(route, Route)]
    return next(each._runner for each in endpoints if isinstance(each, GraphqlEndpoint))


def answers(fleet: Fleet) -> KeptFigures:
    return runner_of(fleet).figures().answers


async def hits(fleet: Fleet, query: str, variables: Mapping[str, Any] | None = None, **headers: str) -> int:
    """How many answers were sent again when this was asked once."""
    before = answers(fleet).hits
    await fleet.data(query, variables, **headers)
    return answers(fleet).hits - before


async def warmed(fleet: Fleet) -> dict[str, Any]:
    """The whole fleet is known, and the answer to `NAMES` is kept."""
    await fleet.data(NAMES)
    return await fleet.data(NAMES)


async def test_the_same_question_is_answered_alike_without_being_run_again(fleet: Fleet) -> None:
    first = await fleet.ask(NAMES)
    calls = fleet.calls()
    assert await hits(fleet, NAMES) == 1
    again = await fleet.ask(NAMES)
    assert again["data"] == first["data"]
    assert again["extensions"]["cost"] == {
        "estimated": first["extensions"]["cost"]["estimated"],
        "calls": 0,
        "shared": 0,
        "known": 5,
        "accounts": [{"account": name, "calls": 0, "shared": 0, "known": 1} for name in sorted(fleet.sandboxes)],
    }
    assert fleet.calls() == calls


async def test_another_text_another_name_and_other_variables_are_another_question(fleet: Fleet) -> None:
    await warmed(fleet)
    assert await hits(fleet, NAMES.replace("500", "499")) == 0
    query = "query ($n: Int) { mailboxes(first: $n) { nodes { id } } }"
    sizes = [len((await fleet.data(query, {"n": size}))["mailboxes"]["nodes"]) for size in (1, 2, 1, 2)]
    assert sizes == [1, 2, 1, 2]
    both = "query A { vendors { vendor } } query B { vendors { title } }"
    seen = [(await fleet.client.post("/graphql", json={"query": both, "operationName": name})).json()["data"] for name in "ABAB"]
    assert [set(each["vendors"][0]) for each in seen] == [{"vendor"}, {"title"}] * 2


async def test_variables_are_compared_by_what_they_say_not_by_their_order(fleet: Fleet) -> None:
    query = "query ($a: Int, $f: MailboxFilter) { mailboxes(first: $a, filter: $f) { totalCount } }"
    await fleet.data(query, {"a": 3, "f": {"stale": False, "vendor": ["SENDKIT"]}})
    assert await hits(fleet, query, {"f": {"vendor": ["SENDKIT"], "stale": False}, "a": 3}) == 1
    assert await hits(fleet, query, {"a": 3, "f": {"vendor": ["SENDKIT"], "stale": True}}) == 0


def test_variables_that_are_nested_too_deeply_are_the_requests_fault() -> None:
    """Decoding them takes a little less of the stack than comparing them."""
    nested: list[Any] = []
    for _ in range(5_000):
        nested = [nested]
    with pytest.raises(RefusedError) as caught:
        question(Operation("{ vendors { vendor } }", None, {"a": nested}), Caller("", frozenset(), {}))
    assert caught.value.status == 400


async def test_an_own_write_ends_it(fleet: Fleet) -> None:
    before = await warmed(fleet)
    own = await fleet.ids("sendkit")
    mailbox = next(node["id"] for node in before["mailboxes"]["nodes"] if node["id"] in own)
    written = await fleet.data(UPDATE, {"id": mailbox, "name": "Somebody Else"})
    assert written["mailboxUpdate"]["userErrors"] == []
    assert await hits(fleet, NAMES) == 0
    names = {node["id"]: node["displayName"] for node in (await fleet.data(NAMES))["mailboxes"]["nodes"]}
    assert names[mailbox] == "Somebody Else"
    assert await hits(fleet, NAMES) == 1


async def test_time_alone_ends_it_and_asks_the_vendors_for_news() -> None:
    async with open_fleet(fresh_for_seconds=FRESH_SECONDS) as fleet:
        await warmed(fleet)
        calls = fleet.calls()
        await asyncio.sleep(FRESH_SECONDS * 1.5)
        answer = await fleet.data(NAMES)
        assert {each["status"] for each in answer["mailboxes"]["sources"]} == {"STALE"}
        assert all(node["stale"] for node in answer["mailboxes"]["nodes"])
        await _refreshed(fleet, calls)


async def _refreshed(fleet: Fleet, calls: Mapping[str, int]) -> None:
    async with asyncio.timeout(5):
        while any(count == calls[name] for name, count in fleet.calls().items()):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def test_a_kept_answer_still_asks_for_news_when_they_are_due() -> None:
    """A stale answer is kept, too: what is told of it would be the same; but the refresh that it causes ends it."""
    async with open_fleet(fresh_for_seconds=FRESH_SECONDS) as fleet:
        await warmed(fleet)
        await asyncio.sleep(FRESH_SECONDS * 1.5)
        calls = fleet.calls()
        await fleet.data("{ mailboxes(first: 500) { nodes { id } } }")
        await _refreshed(fleet, calls)
        async with asyncio.timeout(5):
            while (await fleet.data(NAMES))["mailboxes"]["sources"][0]["status"] != "FRESH":  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)


async def test_a_failure_ends_it() -> None:
    async with open_fleet(fresh_for_seconds=FRESH_SECONDS) as fleet:
        await warmed(fleet)
        fleet.sandboxes["sendkit"].outages.append(Outage(status=503))
        await fleet.ask(NAMES, cache_control="no-cache")
        sources = {each["account"]["name"]: each for each in (await fleet.data(NAMES))["mailboxes"]["sources"]}
        assert (sources["sendkit"]["status"], sources["sendkit"]["problem"]) == ("STALE", "VENDOR_UNAVAILABLE")


async def test_no_cache_is_never_answered_from_what_is_kept(fleet: Fleet) -> None:
    await warmed(fleet)
    calls = fleet.calls()
    assert await hits(fleet, NAMES, cache_control="no-cache") == 0
    assert all(count > calls[name] for name, count in fleet.calls().items())
    assert await hits(fleet, NAMES) == 1, "but its answer may be kept"


@pytest.mark.parametrize(
    "query",
    [
        "{ operations(first: 1) { nodes { id } } }",
        '{ node(id: "%s") { ... on Mailbox { identities { id } } } }',
        f'{{ nodes(ids: ["%s", "{encode(Kind.OPERATION, "", "1")}"]) {{ id }} }}',
        "{ accounts { domains { id } } }",
        "{ mailboxes(first: 1) { nodes { folders { id } } } }",
        "{ mailboxes(first: 1) { nodes { id } } operations { nodes { id } } }",
    ],
)
async def test_what_rests_on_more_than_lists_is_run_each_time(fleet: Fleet, query: str) -> None:
    [mailbox] = await fleet.ids("shipmail", 1)
    query = query.replace("%s", mailbox)
    assert [await hits(fleet, query) for _ in range(3)] == [0, 0, 0]


async def test_what_a_single_read_told_is_not_kept_and_what_the_list_told_is() -> None:
    async with open_fleet() as fleet:
        async with open_fleet() as other:
            [mailbox] = await other.ids("sendkit", 1)
        query = "query ($id: ID!) { mailbox(id: $id) { displayName } }"
        assert [await hits(fleet, query, {"id": mailbox}) for _ in range(2)] == [0, 0]
        await warmed(fleet)
        assert [await hits(fleet, query, {"id": mailbox}) for _ in range(2)] == [0, 1]


async def test_a_mailbox_by_its_global_id_is_kept_like_any_other(fleet: Fleet) -> None:
    await warmed(fleet)
    [mailbox] = await fleet.ids("shipmail", 1)
    query = "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }"
    assert [await hits(fleet, query, {"id": mailbox}) for _ in range(2)] == [0, 1]


async def test_a_faulty_answer_is_not_kept(fleet: Fleet) -> None:
    query = '{ mailboxes(first: 1, after: "nonsense") { totalCount } }'
    for _ in range(2):
        await fleet.ask(query)
    assert answers(fleet).hits == 0


async def test_nobody_gets_another_ones_answer() -> None:
    callers = (caller("all", "read", "write"), caller("some", "read", accounts=("sendkit",)), caller("also", "read", accounts=("sendkit",)))
    async with open_fleet(callers=callers) as fleet:
        query = "{ accounts { name } mailboxes(first: 500) { nodes { id } } }"

        async def seen(name: str) -> set[str]:
            return {each["name"] for each in (await fleet.data(query, authorization=f"Bearer {name}"))["accounts"]}

        for _ in range(3):
            assert await seen("all") == set(fleet.sandboxes)
            assert await seen("some") == {"sendkit"}
        before = answers(fleet).hits
        assert await seen("also") == {"sendkit"}
        assert answers(fleet).hits == before, "not even one that would be the same"


async def test_a_caller_without_the_scope_is_refused_what_others_have_asked() -> None:
    async with open_fleet(callers=(caller("reader", "read"), caller("writer", "write"))) as fleet:
        for _ in range(2):
            await fleet.data(NAMES, authorization="Bearer reader")
        answer = await fleet.client.post("/graphql", json={"query": NAMES}, headers={"authorization": "Bearer writer"})
        assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert "data" not in answer.json()


async def test_it_is_bounded() -> None:
    async with open_fleet() as fleet:
        inventory = fleet.gateway.inventory
        runner = Runner(fleet.gateway.schema, inventory, fleet.gateway.desk, profiles(), writable_fields(), kept_answer_bytes=50_000)
        asker = Caller("", frozenset(Scope), {name: each.account for name, each in inventory.accounts.items()})
        for number in range(200):
            await runner.run(Operation(f"{{ mailboxes(first: {number % 500}) {{ nodes {{ id address displayName }} }} }}"), asker)
            assert runner.figures().answers.size_bytes <= 50_000
        assert 0 < runner.figures().answers.held < 100


async def test_its_bound_counts_the_views_that_an_answer_rests_on_and_the_text_as_it_lies_in_memory(fleet: Fleet) -> None:
    """A short answer about two hundred accounts is larger by what is kept of each of them."""
    query = "{ mailboxes(first: 0) { complete } } # \N{SNOWMAN}" + " " * 1000
    await warmed(fleet)
    before = answers(fleet).size_bytes
    answer = await fleet.ask(query)
    grown = answers(fleet).size_bytes - before
    assert grown >= len(json.dumps(answer["data"])) + getsizeof(query) + 5 * VIEW_BYTES
    assert getsizeof(query) > 2 * len(query)


async def test_it_can_be_switched_off() -> None:
    async with open_fleet(kept_answers_mib=0) as fleet:
        assert [await hits(fleet, NAMES) for _ in range(3)] == [0, 0, 0]
        assert answers(fleet).held == 0


async def test_it_holds_no_secret(fleet: Fleet) -> None:
    """What is kept is what was sent: `data` without secrets. Neither the caller's key nor a vendor's is in it."""
    query = "{ mailboxes(first: 500) { nodes { id login address smtp { host username } imap { host username } details { __typename } } } }"
    await fleet.data(query)
    kept = [answer.data.beginning for answer, _ in runner_of(fleet)._answers._kept._kept.values()]
    assert kept
    secrets = {secret for sandbox in fleet.sandboxes.values() for secret in sandbox.secrets}
    assert secrets
    assert not [secret for secret in secrets for text in kept if secret.encode() in text]


async def test_all_kinds_of_answer_are_whole(fleet: Fleet) -> None:
    """In events and as one answer, small and large, the first time and again."""
    for query in ("{ vendors { vendor } }", NAMES.replace("id ", "id address vendorId login health { sending { message state } } " * 30)):
        plain = await fleet.data(query)
        for _ in range(2):
            answer = await fleet.client.post("/graphql", json={"query": query}, headers={"accept": "text/event-stream"})
            event = answer.text.partition("data: ")[2].partition("\n")[0]
            assert httpx.Response(200, text=event).json()["data"] == plain
            assert await fleet.data(query) == plain
