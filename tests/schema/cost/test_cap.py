"""An operation that may need more calls than one operation may make is refused before anything of it runs."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.domain.identifier import Kind, encode
from gateway.sandbox.server import Outage
from tests.schema.conftest import MAILBOXES, Fleet, open_fleet

CAP = 100
FOLDERS = "query ($first: Int) { mailboxes(first: $first) { nodes { folders { name } } } }"
SHIPMAIL = 'query ($first: Int) { account(name: "shipmail") { mailboxes(first: $first) { nodes { %s } } } }'


@pytest.fixture
async def capped() -> AsyncIterator[Fleet]:
    """Thirty mailboxes at each vendor, all known, and a cap of ten calls."""
    async with open_fleet(max_vendor_calls=10) as fleet:
        await fleet.data("{ mailboxes { totalCount } }")
        yield fleet


async def needed(fleet: Fleet, query: str, variables: dict[str, Any] | None = None) -> int:
    """How many calls the refusal names; nothing was sent."""
    before = fleet.calls()
    answer = await fleet.ask(query, variables)
    assert "data" not in answer
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX", error
    assert error["extensions"]["max"] == 10
    assert f"{error['extensions']['needed']:,} calls" in error["message"]
    assert fleet.calls() == before
    number: int = error["extensions"]["needed"]
    return number


async def calls(fleet: Fleet, query: str, variables: dict[str, Any] | None = None) -> int:
    """How many calls an operation that passes makes."""
    before = fleet.calls()
    await fleet.data(query, variables)
    return sum(fleet.calls().values()) - sum(before.values())


async def test_folders_of_five_hundred_mailboxes_are_refused_with_the_number() -> None:
    async with open_fleet(max_vendor_calls=CAP, mailboxes=500) as fleet:
        await fleet.data('{ account(name: "shipmail") { mailboxes { totalCount } } }')
        before = fleet.calls()
        error = await fleet.error(SHIPMAIL % "folders { name }", {"first": 500})
        assert error["message"].startswith("This operation needs up to 500 calls to vendors; at most 100 are allowed.")
        assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX", "max": CAP, "needed": 500}
        assert fleet.calls() == before
        await fleet.data(SHIPMAIL % "folders { name }", {"first": CAP})
        assert fleet.calls()["shipmail"] == before["shipmail"] + CAP


async def test_a_page_holds_no_more_mailboxes_of_a_vendor_than_there_are() -> None:
    """Lists that were never read are read before anything is refused for being too much."""
    async with open_fleet(max_vendor_calls=MAILBOXES) as fleet:
        assert len((await fleet.data(FOLDERS, {"first": 500}))["mailboxes"]["nodes"]) == 5 * MAILBOXES
        assert fleet.calls() == {**dict.fromkeys(fleet.sandboxes, 1), "shipmail": 1 + MAILBOXES}


async def test_a_vendor_whose_list_cannot_be_had_counts_as_a_full_page() -> None:
    async with open_fleet(max_vendor_calls=MAILBOXES) as fleet:
        fleet.sandboxes["shipmail"].outages.append(Outage(status=401))
        error = await fleet.error(FOLDERS, {"first": 500})
        assert error["extensions"]["needed"] == 500


async def test_the_size_of_a_page_counts_however_it_is_said(capped: Fleet) -> None:
    assert await needed(capped, SHIPMAIL % "folders { name }") == MAILBOXES
    assert await needed(capped, SHIPMAIL % "folders { name }", {"first": 11}) == 11
    assert await calls(capped, SHIPMAIL % "folders { name }", {"first": 10}) == 10
    last = 'query ($n: Int = 12) { account(name: "shipmail") { mailboxes(last: $n) { edges { node { rules { name } } } } } }'
    assert await needed(capped, last) == 12
    assert await calls(capped, last, {"n": 10}) == 10
    assert await calls(capped, SHIPMAIL % "folders { name }", {"first": 0}) == 0


async def test_the_same_again_counts_once(capped: Fleet) -> None:
    fields = (
        "folders { name } again: folders { id } ...F ... on Mailbox { folders { role } messages(first: 0) { nodes { folders { id } } } }"
    )
    fragment = " fragment F on Mailbox { ...G ...G } fragment G on Node { ... on Mailbox { folders { name } } }"
    assert await needed(capped, SHIPMAIL % fields + fragment, {"first": 6}) == 12
    assert await calls(capped, SHIPMAIL % fields + fragment, {"first": 5}) == 10


async def test_other_arguments_are_another_question(capped: Fleet) -> None:
    messages = "messages(first: 1) { totalCount } same: messages(first: 1) { totalCount } other: messages(first: %s) { totalCount }"
    assert await needed(capped, SHIPMAIL % (messages % 2), {"first": 6}) == 12
    assert await needed(capped, SHIPMAIL % (messages % 450), {"first": 2}) == 12, "a page of messages is a hundred"
    assert await calls(capped, SHIPMAIL % (messages % 2), {"first": 5}) == 10
    assert await calls(capped, SHIPMAIL % (messages % 1), {"first": 10}) == 10


async def test_what_is_skipped_costs_nothing(capped: Fleet) -> None:
    query = (SHIPMAIL % "folders @include(if: $with) { name } ... @skip(if: $without) { rules { name } }").replace(
        "$first: Int", "$first: Int, $with: Boolean!, $without: Boolean!"
    )
    assert await needed(capped, query, {"first": 6, "with": True, "without": False}) == 12
    assert await calls(capped, query, {"first": 6, "with": True, "without": True}) == 6
    assert await calls(capped, query, {"first": 6, "with": False, "without": True}) == 0


async def test_filters_by_vendor_and_account_count(capped: Fleet) -> None:
    query = "query ($filter: MailboxFilter) { mailboxes(first: 500, filter: $filter) { nodes { folders { name } } } }"
    others: list[dict[str, Any]] = [
        {"vendor": ["SENDKIT"]},
        {"account": ["smartlead", "gone"]},
        {"not": {"vendor": ["SHIPMAIL"]}},
        {"or": [{"account": ["outreach"]}, {"vendor": ["WOODPECKER"]}], "status": ["ACTIVE"]},
        {"and": [{"vendor": ["SHIPMAIL"]}, {"account": ["outreach"]}]},
        {"or": []},
    ]
    for other in others:
        assert await calls(capped, query, {"filter": other}) == 0, other
    for maybe in ({"status": ["ACTIVE"]}, {"not": {"vendor": ["SHIPMAIL"], "stale": True}}, {"or": [{"stale": True}, {"account": ["x"]}]}):
        assert await needed(capped, query, {"filter": maybe}) == MAILBOXES, maybe


async def test_every_place_in_a_list_of_accounts_counts(capped: Fleet) -> None:
    query = "{ accounts { mailboxes(first: %s) { nodes { folders { name } campaigns { name } account { tags domains { name } } } } } }"
    assert await needed(capped, query % 4) == 14, "folders of 4, campaigns of 2 x 4, tags and domains of one account each"
    assert await calls(capped, query % 2) == 8


async def test_the_same_page_reached_on_several_ways_counts_once(capped: Fleet) -> None:
    page = "mailboxes(first: %s) { nodes { folders { name } account { ... on Account { %s } } } }"
    query = f'{{ account(name: "shipmail") {{ {page % ("%s", page % ("%s", page % ("%s", "name")))} }} }}'
    assert await needed(capped, query % (11, 11, 11)) == 11
    assert await calls(capped, query % (10, 10, 10)) == 10


async def test_siblings_are_in_other_accounts(capped: Fleet) -> None:
    query = (
        'query ($first: Int) { account(name: "%s") { mailboxes(first: $first) { nodes { folders { id } siblings { rules { name } } } } } }'
    )
    await calls(capped, query % "shipmail", {"first": 10})
    assert await needed(capped, query % "sendkit", {"first": 11}) == 11


async def test_details_are_counted_by_the_call_that_brings_them(capped: Fleet) -> None:
    query = "query ($first: Int) { mailboxes(first: $first, filter: {vendor: [%s]}) { nodes { details { %s } } } }"
    outreach = query % ("OUTREACH", "... on OutreachDetails { canWrite creator { name } email }")
    assert await calls(capped, outreach, {"first": 30}) == 1
    sendkit = query % ("SENDKIT", "... on SendkitDetails { smtpHost setupStatus { spf { status } } analytics { sent } }")
    sendkit = sendkit.replace("analytics { sent }", "analytics { __typename }")
    assert await needed(capped, sendkit, {"first": 10}) == 11
    assert await calls(capped, sendkit, {"first": 9}) == 10
    foreign = query % ("SMARTLEAD", "... on SendkitDetails { smtpHost } ... on OutreachDetails { mailings { __typename } }")
    assert await calls(capped, foreign, {"first": 30}) == 0


async def test_ids_count_by_what_they_name(capped: Fleet) -> None:
    ids = await capped.ids("shipmail", 12)
    other = await capped.ids("sendkit", 20)
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Mailbox { folders { name } } } }"
    assert await needed(capped, query, {"ids": [*ids[:11], *other]}) == 11
    assert await calls(capped, query, {"ids": [*ids[:10], *ids[:10], *other]}) == 10
    unknown = [encode(Kind.MAILBOX, "shipmail", f"mbx_{number}") for number in range(11)]
    assert await needed(capped, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": unknown}) == 11


async def test_conversations_are_asked_for_once(capped: Fleet) -> None:
    query = 'query { account(name: "shipmail") { mailboxes(first: 1) { nodes { id messages(first: 1) { nodes { id threadId } } } } } }'
    [mailbox] = (await capped.data(query))["account"]["mailboxes"]["nodes"]
    [message] = mailbox["messages"]["nodes"]
    told = "query ($id: ID!, $thread: ID!) { mailboxes(first: 500) { nodes { thread(id: $thread) { id } } } node(id: $id) { id } }"
    answer = await capped.ask(told, {"id": message["id"], "thread": message["threadId"]})
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}, "it belongs to one of them"
    assert answer["extensions"]["cost"]["calls"] == 1


async def test_a_mutation_is_measured_by_what_its_answer_selects(capped: Fleet) -> None:
    [mailbox] = await capped.ids("shipmail", 1)
    fields = " ".join(f'm{number}: messages(first: 1, filter: {{search: "{number}"}}) {{ totalCount }}' for number in range(11))
    query = "mutation ($id: ID!) { mailboxSpamFilterSet(id: $id, threshold: 5) { mailbox { %s } userErrors { code } } }"
    assert await needed(capped, query % fields, {"id": mailbox}) == 11
    assert await calls(capped, query % "folders { name }", {"id": mailbox}) > 1


async def test_a_subscription_is_measured_by_one_event(capped: Fleet) -> None:
    fields = " ".join(f'm{number}: messages(first: 1, filter: {{search: "{number}"}}) {{ totalCount }}' for number in range(11))
    response = await capped.client.post(
        "/graphql",
        json={"query": f"subscription {{ mailboxChanged {{ mailbox {{ {fields} }} }} }}"},
        headers={"accept": "text/event-stream"},
    )
    assert "needs up to 11 calls" in response.text


async def test_wrong_arguments_are_told_as_such(capped: Fleet) -> None:
    """Whatever the estimate would be."""
    for arguments in ("first: -1", "first: 500, last: 500"):
        answer = await capped.ask(f"{{ mailboxes({arguments}) {{ nodes {{ folders {{ id }} }} }} }}")
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", arguments
    answer = await capped.ask(SHIPMAIL % "folders { name }", {"first": "many"})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_field_that_will_fail_hides_none_of_the_others(capped: Fleet) -> None:
    fields = "m: messages(first: 1, filter: {isRead: $bad}) { totalCount } folders { name } mailbox: siblings { id }"
    query = (SHIPMAIL % fields).replace("($first: Int)", '($first: Int, $bad: Boolean, $id: ID! = "x")')
    query = query[:-1] + 'mailbox(id: $id) { folders { name } } thread: node(id: "nonsense") { id } }'
    assert await needed(capped, query, {"first": 11}) == 22
