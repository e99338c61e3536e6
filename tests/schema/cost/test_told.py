"""`extensions.cost`: what an answer cost the vendors, counted against what they got."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from gateway.config import CallerSettings
from tests.schema.conftest import Fleet, open_fleet

LIST = "{ mailboxes(first: 500) { totalCount } }"
DETAILS = "{ mailboxes(first: 500) { nodes { folders { name } owner { name } details { ... on OutreachDetails { canWrite } } } } }"
KEY = "k" * 32


def cost(answer: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """By account; the totals are checked."""
    told = answer["extensions"]["cost"]
    accounts = {each.pop("account"): each for each in told["accounts"]}
    for what in ("calls", "shared", "known"):
        assert told[what] == sum(each[what] for each in accounts.values())
    return accounts


def spent(*, calls: int = 0, shared: int = 0, known: int = 0) -> dict[str, int]:
    return {"calls": calls, "shared": shared, "known": known}


async def test_a_cold_list_costs_its_pages_and_a_warm_one_nothing(fleet: Fleet) -> None:
    assert cost(await fleet.ask(LIST)) == dict.fromkeys(fleet.sandboxes, spent(calls=1))
    assert cost(await fleet.ask(LIST)) == dict.fromkeys(fleet.sandboxes, spent(known=1))
    assert set(fleet.calls().values()) == {1}


async def test_a_question_that_no_vendor_is_asked_costs_nothing(fleet: Fleet) -> None:
    answer = await fleet.ask("{ accounts { name } vendors { title } __schema { queryType { name } } }")
    assert answer["extensions"]["cost"] == {"estimated": 22, "calls": 0, "shared": 0, "known": 0, "accounts": []}


async def test_details_cost_their_calls_and_are_known_for_the_fresh_time(fleet: Fleet) -> None:
    await fleet.data(LIST)
    before = fleet.calls()
    first = cost(await fleet.ask(DETAILS))
    assert {name: each["calls"] for name, each in first.items()} == {name: calls - before[name] for name, calls in fleet.calls().items()}
    again = cost(await fleet.ask(DETAILS))
    assert again["outreach"]["calls"] == 0
    assert again["outreach"]["known"] > 30, "the list, each mailbox's details, each owner"
    assert again["shipmail"] == spent(calls=30, known=1), "folders change by themselves: they are never taken for known"


async def test_no_cache_costs_what_it_asks_again(fleet: Fleet) -> None:
    await fleet.data(LIST)
    assert cost(await fleet.ask(LIST, cache_control="no-cache")) == dict.fromkeys(fleet.sandboxes, spent(calls=1))
    assert set(fleet.calls().values()) == {2}


@pytest.mark.parametrize("header", [{}, {"cache_control": "no-cache"}])
async def test_who_joins_a_load_shares_it(fleet: Fleet, header: dict[str, Any]) -> None:
    answers = await asyncio.gather(fleet.ask(LIST, **header), fleet.ask(LIST, **header), fleet.ask(LIST))
    for name in fleet.sandboxes:
        told = [cost({"extensions": {"cost": _copied(answer)}})[name] for answer in answers]
        assert sum(each["calls"] for each in told) == fleet.calls()[name]
        assert sum(each["shared"] for each in told) == 3 - fleet.calls()[name]


def _copied(answer: Mapping[str, Any]) -> dict[str, Any]:
    told = answer["extensions"]["cost"]
    return {**told, "accounts": [dict(each) for each in told["accounts"]]}


async def test_a_refresh_behind_costs_no_request_anything() -> None:
    async with open_fleet(fresh_for_seconds=0) as fleet:
        await fleet.data(LIST)
        assert cost(await fleet.ask(LIST)) == dict.fromkeys(fleet.sandboxes, spent(known=1))


async def test_identical_calls_under_way_are_shared(fleet: Fleet) -> None:
    [mailbox] = await fleet.ids("shipmail", 1)
    before = fleet.calls()["shipmail"]
    query = "query ($id: ID!) { mailbox(id: $id) { folders { name } } }"
    answers = [cost(each)["shipmail"] for each in await asyncio.gather(*(fleet.ask(query, {"id": mailbox}) for _ in range(2)))]
    assert sorted((each["calls"], each["shared"]) for each in answers) == [(0, 1), (1, 0)]
    assert fleet.calls()["shipmail"] == before + 1


async def test_a_mutation_tells_its_own_calls(fleet: Fleet) -> None:
    [mailbox] = await fleet.ids("shipmail", 1)
    before = fleet.calls()["shipmail"]
    query = "mutation ($id: ID!) { mailboxSpamFilterSet(id: $id, threshold: 3) { mailbox { folders { name } } userErrors { code } } }"
    told = cost(await fleet.ask(query, {"id": mailbox}))
    assert told["shipmail"]["calls"] == fleet.calls()["shipmail"] - before > 1


async def test_what_goes_on_after_the_answer_is_not_in_it(fleet: Fleet) -> None:
    ids = await fleet.ids("shipmail", 5)
    query = """mutation ($ids: [ID!]!) {
      mailboxBulkUpdate(input: {ids: $ids, changes: {displayName: "Ada"}, idempotencyKey: "five"}) {
        operation { id }
        userErrors { message }
      }
    }"""
    answer = await fleet.ask(query, {"ids": ids})
    operation = answer["data"]["mailboxBulkUpdate"]["operation"]["id"]
    async for event in fleet.watch("subscription ($id: ID!) { operation(id: $id) { state } }", {"id": operation}):
        state = event["operation"]["state"]
    assert state == "SUCCEEDED"
    assert cost(answer) == {}, "the operation's calls are nobody's request's"


async def test_an_answer_that_never_ran_tells_no_cost(fleet: Fleet) -> None:
    for query in ("{", "{ nonsense }"):
        assert "extensions" not in await fleet.ask(query)


async def test_a_caller_sees_the_cost_at_its_own_accounts_only() -> None:
    callers = [
        CallerSettings(
            name="narrow", key_hashes=(f"sha256:{sha256(KEY.encode()).hexdigest()}",), scopes=frozenset({"read"}), accounts=("sendkit",)
        )
    ]
    async with open_fleet(callers=callers, max_vendor_calls=10) as fleet:
        mailboxes = "mailboxes(first: 500) { nodes { folders { id } siblings { rules { id } } } }"
        query = f'{{ {mailboxes} account(name: "shipmail") {{ {mailboxes} }} }}'
        answer = await fleet.ask(query, authorization=f"Bearer {KEY}")
        assert "errors" not in answer, "an account that it does not see would make this too much"
        assert list(cost(answer)) == ["sendkit"]
        assert {name for name, calls in fleet.calls().items() if calls} == {"sendkit"}
