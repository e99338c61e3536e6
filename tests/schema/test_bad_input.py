"""Bad input gets a clear error with a code, and costs nothing else."""

import pytest

from gateway.domain.identifier import Kind, encode
from gateway.schema.filter import MOST_FILTERS
from tests.schema.conftest import Fleet

ELSEWHERE = encode(Kind.MAILBOX, "not-configured", "1")
FOLDER = encode(Kind.FOLDER, "shipmail", "mbx_other", "fld_1")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ mailboxes(first: -1) { totalCount } }", "between 0 and 500"),
        ("{ mailboxes(first: 1, last: 1) { totalCount } }", "not both"),
        ('{ mailboxes(after: "zzz") { totalCount } }', "not made by this gateway"),
        ('{ mailboxes(before: "") { totalCount } }', "not made by this gateway"),
        ('{ mailbox(id: "zzz") { id } }', "not made by this gateway"),
        ('{ node(id: "") { id } }', "not made by this gateway"),
        (f'{{ mailbox(id: "{encode(Kind.ACCOUNT, "shipmail")}") {{ id }} }}', "one of kind Mailbox is needed"),
        ('{ mailboxes(filter: {domainId: ["x"]}) { totalCount } }', "not made by this gateway"),
        ("{ mailboxes(filter: {or: [" + "{stale: true} " * MOST_FILTERS + "]}) { totalCount } }", "holds 101 filters, but at most 100"),
        ("{ fleet(filter: {not: {or: [" + "{not: {stale: true}} " * 50 + "]}}) { total } }", "holds 102 filters, but at most 100"),
        ('{ mailboxes(filter: {createdAt: {gte: "yesterday"}}) { totalCount } }', "RFC 3339"),
        ('{ mailboxes(filter: {createdAt: {gte: "2026-01-01T00:00:00"}}) { totalCount } }', "RFC 3339"),
    ],
)
async def test_bad_arguments(fleet: Fleet, query: str, words: str) -> None:
    error = await fleet.error(query)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in error["message"]
    assert set(fleet.calls().values()) == {0}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ mailboxes( }", "GRAPHQL_PARSE_FAILED"),
        ("", "BAD_REQUEST"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ mailboxes(first: "ten") { totalCount } }', "GRAPHQL_VALIDATION_FAILED"),
        ("{ mailboxes(filter: {status: [BROKEN]}) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($first: Int!) { mailboxes(first: $first) { totalCount } }", "BAD_USER_INPUT"),
    ],
)
async def test_requests_that_never_run(fleet: Fleet, query: str, code: str) -> None:
    answer = await fleet.client.post("/graphql", json={"query": query})
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert "data" not in answer.json()


async def test_an_unknown_id_is_null_and_a_malformed_one_an_error_on_its_own_entry(fleet: Fleet) -> None:
    known = (await fleet.ids("sendkit", first=1))[0]
    answer = await fleet.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [known, ELSEWHERE, "garbage", known]})
    assert answer["data"]["nodes"] == [{"id": known}, None, None, {"id": known}]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["nodes", 2], "BAD_USER_INPUT")]


async def test_as_many_filters_as_are_allowed(fleet: Fleet) -> None:
    answer = await fleet.ask("{ mailboxes(filter: {or: [" + "{stale: false} " * (MOST_FILTERS - 1) + "]}) { totalCount } }")
    assert answer["data"]["mailboxes"]["totalCount"] > 0


async def test_too_many_ids_at_once(fleet: Fleet) -> None:
    error = await fleet.error("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [ELSEWHERE] * 101})
    assert "at most 100" in error["message"]


async def test_a_cursor_of_another_order(fleet: Fleet) -> None:
    data = await fleet.data("{ mailboxes(first: 1, orderBy: {field: ADDRESS}) { pageInfo { endCursor } } }")
    cursor = data["mailboxes"]["pageInfo"]["endCursor"]
    error = await fleet.error(f'{{ mailboxes(after: "{cursor}") {{ totalCount }} }}')
    assert "another order" in error["message"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("filter: {isRead: true, isStarred: true}", "isRead"),
        ('filter: {isRead: true, hasKeyword: "$answered"}', "hasKeyword"),
        ('filter: {hasKeyword: "$phishing"}', "$"),
        (f'filter: {{folder: "{FOLDER}"}}', "another mailbox"),
        ('filter: {folder: "nonsense"}', "not made by this gateway"),
        ('after: "nonsense"', "after"),
        ("first: -1", "between 0 and 500"),
    ],
)
async def test_what_a_vendor_cannot_combine_is_said_in_words(fleet: Fleet, arguments: str, words: str) -> None:
    mailbox_id = (await fleet.ids("shipmail", first=1))[0]
    before = fleet.calls()
    error = await fleet.error(f"query ($id: ID!) {{ mailbox(id: $id) {{ messages({arguments}) {{ totalCount }} }} }}", {"id": mailbox_id})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in error["message"] + str(error["extensions"])
    assert fleet.calls() == before


async def test_the_days_of_a_history(fleet: Fleet) -> None:
    some = "first: 1, filter: {vendor: [SMARTLEAD], warmupState: [RUNNING]}"
    query = f"{{ mailboxes({some}) {{ nodes {{ warmup {{ history(days: 0) {{ date }} }} }} }} }}"
    assert "between 1 and 90" in (await fleet.error(query))["message"]


async def test_a_name_as_long_as_the_document_is_not_repeated_whole(fleet: Fleet) -> None:
    [error] = (await fleet.ask("{ " + "a" * 100_000 + " }"))["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert len(error["message"]) < 3000
