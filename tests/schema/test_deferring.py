"""`@defer`: an answer in frames is the whole one, what is fast does not wait for what is slow, and what fails fails in its own frame."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from gateway.execution import executor
from gateway.sandbox.server import Outage
from gateway.schema.document import Document, Ruling
from tests.frames import merged
from tests.schema.conftest import Fleet, open_fleet
from tests.web.test_answers import runner_of

CANARY = "CANARY-in-an-exception"
PARTS = "multipart/mixed"
PATIENCE_SECONDS = 20
TAGS = "{ accounts { name ... @defer { tags } ... @defer { domains { name } } } }"
"""One vendor has tags, another one domains."""
FLEET = "{ accounts { name ... @defer { mailboxes(first: 5) { totalCount nodes { id address } } } } }"


async def ask(fleet: Fleet, query: str, accept: str = PARTS, **headers: str) -> httpx.Response:
    sent = {"accept": accept} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await fleet.client.post("/graphql", json={"query": query}, headers=sent)


def parts(response: httpx.Response) -> Sequence[dict[str, Any]]:
    assert response.headers["content-type"] == 'multipart/mixed; boundary="-"', response.text
    beginning, *found, end = response.text.split("\r\n---")
    assert (beginning, end) == ("", "--\r\n")
    heads, bodies = zip(*(each.split("\r\n\r\n", 1) for each in found), strict=True)
    assert set(heads) == {"\r\nContent-Type: application/json; charset=utf-8"}
    return [json.loads(each) for each in bodies]


async def frames(fleet: Fleet, query: str, **headers: str) -> Sequence[dict[str, Any]]:
    return parts(await ask(fleet, query, **headers))


async def refused(fleet: Fleet, query: str) -> Sequence[str]:
    """The codes of an answer that is all errors, and no frame."""
    answer = (await ask(fleet, query, f"{PARTS}, application/json")).json()
    assert "data" not in answer
    return [error["extensions"]["code"] for error in answer["errors"]]


def deferred_names(frame: dict[str, Any], names: Sequence[str]) -> set[str]:
    """The accounts of `names` that a frame brings something of, by the ids that stand for their places."""
    return {names[int(each["id"])] for each in frame.get("incremental", ())}


# ---------------------------------------------------------------------- what comes
@pytest.mark.parametrize(
    "query",
    [
        FLEET,
        "{ ... @defer { vendors { vendor } } fleet { total ... @defer { complete byVendor { count } } } }",
        "{ mailboxes(first: 20) { totalCount ... @defer { nodes { id ... @defer { address ... @defer { status } } } } } }",
        """{ mailboxes(first: 20) { nodes { ...A ...B @defer } } } fragment A on Mailbox { id sending { dailyLimit } }
        fragment B on Mailbox { sending { dailyLimit sentToday } account { name } siblings { id ... @defer { address } } }""",
        "{ mailboxes(first: 20) { nodes { details { __typename ... on OutreachDetails @defer { email } } folders { name } } } }",
    ],
)
async def test_the_frames_make_up_the_whole(fleet: Fleet, query: str) -> None:
    whole = await fleet.data(query)
    found = await frames(fleet, query)
    assert len(found) > 1
    assert merged(found) == (whole, [])


async def test_the_first_frame_waits_for_nothing_that_is_deferred(fleet: Fleet) -> None:
    initial, *_ = await frames(fleet, FLEET)
    names = [*fleet.gateway.inventory.accounts]
    assert initial == {
        "data": {"accounts": [{"name": name} for name in names]},
        "pending": [{"id": str(index), "path": ["accounts", index]} for index in range(5)],
        "hasNext": True,
    }


@pytest.mark.parametrize("slow", ["outreach", "woodpecker"])
async def test_fast_vendors_come_before_a_slow_one(fleet: Fleet, slow: str) -> None:
    fleet.sandboxes[slow].outages.append(Outage(delay_seconds=1.0))
    initial, *later = await frames(fleet, FLEET)
    names = [each["name"] for each in initial["data"]["accounts"]]
    *before, last = later
    assert deferred_names(last, names) == {slow}
    assert set.union(*(deferred_names(each, names) for each in before)) == {*names} - {slow}
    assert last["incremental"][0]["data"]["mailboxes"]["nodes"], "and it comes, too"


async def test_a_slow_vendor_keeps_no_others_details_waiting(fleet: Fleet) -> None:
    detail = "details { ... on OutreachDetails { canWrite } ... on SmartleadDetails { isSuspended } }"
    query = f"{{ mailboxes(first: 500) {{ nodes {{ vendor ... @defer {{ {detail} }} }} }} }}"
    await fleet.data(query.replace(detail, "id"))
    fleet.sandboxes["smartlead"].outages.append(Outage(delay_seconds=1.0))
    initial, *later = await frames(fleet, query)
    vendors = [each["vendor"] for each in initial["data"]["mailboxes"]["nodes"]]
    vendor_of = {each["id"]: vendors[each["path"][-1]] for each in initial["pending"]}
    brought = [{vendor_of[each["id"]] for each in frame["completed"]} for frame in later]
    assert "OUTREACH" in set.union(*(each for each in brought if "SMARTLEAD" not in each))
    assert brought[-1] == {"SMARTLEAD"}


async def test_labels_conditions_and_nested_parts(fleet: Fleet) -> None:
    query = """query ($no: Boolean = false) {
      vendors { vendor ... @defer(if: $no) { title } }
      ... @defer(label: "fleet") { fleet { total ... @defer(label: "counts") { byVendor { count } } } }
    }"""
    initial, *later = await frames(fleet, query)
    assert initial["data"]["vendors"][0].keys() == {"vendor", "title"}
    assert initial["pending"] == [{"id": "0", "path": [], "label": "fleet"}]
    announced = [each for frame in later for each in frame.get("pending", ())]
    assert announced == [{"id": "1", "path": ["fleet"], "label": "counts"}]


async def test_what_is_deferred_by_no_part_of_the_answer_is_a_plain_answer(fleet: Fleet) -> None:
    for query in (
        "{ vendors { vendor ... @defer(if: false) { title } } }",
        "{ vendors { vendor } } fragment A on Query @defer { __typename }",
    ):
        answer = await ask(fleet, query, f"{PARTS}, application/json")
        assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_more_parts_than_may_be_come_with_what_is_around_them(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "MAX_PARTS", 10)
    query = "{ mailboxes(first: 100) { nodes { id ... @defer { address ... @defer { folders { name } } } } } }"
    whole = await fleet.data(query)
    found = await frames(fleet, query)
    assert merged(found) == (whole, [])
    assert sum(len(frame.get("pending", ())) for frame in found) == 10


async def test_a_client_that_takes_no_parts_gets_the_whole(fleet: Fleet) -> None:
    merged_data, _ = merged(await frames(fleet, FLEET))
    for accept in ("*/*", "application/json", "application/graphql-response+json", "multipart/mixed;deferSpec=20220824, application/json"):
        answer = await ask(fleet, FLEET, accept)
        assert answer.json()["data"] == merged_data
        assert "hasNext" not in answer.json()


# ---------------------------------------------------------------------- what may not be deferred
@pytest.mark.parametrize(
    "query",
    [
        'mutation { ... @defer { mailboxDelete(id: "x") { deletedId } } }',
        "{ vendors @defer { vendor } }",
        '{ vendors { ... @defer(label: "a") { vendor } ... @defer(label: "a") { title } } }',
        "query ($label: String) { vendors { ... @defer(label: $label) { vendor } } }",
        "{ vendors { ... @defer { nope } } }",
        "{ vendors @stream { vendor } }",
    ],
)
async def test_validation_refuses_it(fleet: Fleet, query: str) -> None:
    assert set(await refused(fleet, query)) == {"GRAPHQL_VALIDATION_FAILED"}


async def test_nothing_is_deferred_in_subscriptions(fleet: Fleet) -> None:
    for accept in ("text/event-stream", "multipart/mixed;subscriptionSpec=1.0"):
        answer = await ask(fleet, "subscription { mailboxChanged { kind ... @defer { mailboxId } } }", accept)
        assert answer.text.count("GRAPHQL_VALIDATION_FAILED") == 1


async def test_too_dear_a_query_is_refused_before_its_first_frame() -> None:
    async with open_fleet(max_vendor_calls=3) as fleet:
        await fleet.data("{ fleet { total } }")
        before = fleet.calls()
        assert await refused(fleet, "{ mailboxes(first: 500) { nodes { id ... @defer { folders { name } } } } }") == ["QUERY_TOO_COMPLEX"]
        assert fleet.calls() == before


# ---------------------------------------------------------------------- mutations
async def test_a_mutation_writes_before_its_first_frame_and_once(fleet: Fleet) -> None:
    (identifier, *_) = await fleet.ids("sendkit")
    query = f"""mutation {{
      mailboxUpdate(id: "{identifier}", input: {{dailyLimit: 7}}) {{
        userErrors {{ message }}
        ... @defer {{ mailbox {{ sending {{ dailyLimit }} }} }}
      }}
    }}"""
    before = fleet.calls()["sendkit"]
    found = await frames(fleet, query)
    assert found[0]["data"] == {"mailboxUpdate": {"userErrors": []}}
    assert merged(found)[0]["mailboxUpdate"]["mailbox"] == {"sending": {"dailyLimit": 7}}
    written = [each for each in [*fleet.sandboxes["sendkit"].requests][before:] if each.method != "GET"]
    assert len(written) == 1


# ---------------------------------------------------------------------- errors
async def test_a_vendor_that_fails_fails_in_its_own_frame(fleet: Fleet) -> None:
    fleet.sandboxes["smartlead"].outages.append(Outage(path="tags", status=403, body=b"{}"))
    found = await frames(fleet, TAGS)
    data, errors = merged(found)
    assert next(each["domains"] for each in data["accounts"] if each["name"] == "shipmail")
    (error,) = errors
    assert error["extensions"]["code"] == "VENDOR_FORBIDDEN"
    assert error["extensions"]["account"] == "smartlead"
    assert error["path"] == ["accounts", 3, "tags"]
    assert "errors" not in found[0]


async def test_a_part_that_cannot_be_is_completed_with_its_error_and_takes_nothing_down(fleet: Fleet) -> None:
    data, errors = merged(await frames(fleet, "{ vendors { vendor } ... @defer { mailboxes(first: -1) { totalCount } } }"))
    assert len(data["vendors"]) == 5
    assert "mailboxes" not in data
    assert [(each["extensions"], each["path"]) for each in errors] == [({"code": "BAD_USER_INPUT", "field": ["first"]}, ["mailboxes"])]


async def test_a_fault_of_ours_is_masked_in_a_frame_as_anywhere(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble() -> list[str]:
        raise RuntimeError(CANARY)

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(fleet.gateway.inventory.accounts["smartlead"].adapter, "list_tags", stumble)
    response = await ask(fleet, TAGS)
    (error,) = merged(parts(response))[1]
    assert error["extensions"].keys() == {"code", "requestId"}
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] in caplog.text
    assert CANARY not in response.text + caplog.text


async def test_a_vendor_that_hangs_is_an_error_once_the_time_is_up(fleet: Fleet) -> None:
    fleet.sandboxes["smartlead"].outages.append(Outage(path="tags", delay_seconds=3600))
    data, (error,) = merged(await frames(fleet, TAGS, x_request_timeout_ms="700"))
    assert error["extensions"]["code"] == "REQUEST_TIMED_OUT"
    assert error["path"] == ["accounts", 3, "tags"]
    assert next(each["domains"] for each in data["accounts"] if each["name"] == "shipmail")


@pytest.mark.parametrize("slow", ["folders", "nothing"])
async def test_parts_inside_of_pages_inside_of_parts_come_to_an_end(fleet: Fleet, slow: str) -> None:
    fleet.sandboxes["shipmail"].outages.append(Outage(path=slow, delay_seconds=0.2))
    query = """{ accounts { ... @defer { mailboxes(first: 9) { edges { cursor ... @defer { node { id ... @defer {
      folders { name ... @defer { totalCount } } account { mailboxes(first: 2) { nodes { ... @defer { address } } } } } } } } } } } }"""
    whole = await fleet.data(query)
    assert merged(await frames(fleet, query)) == (whole, [])


# ---------------------------------------------------------------------- what it costs
async def test_the_last_frame_tells_what_all_of_them_cost(fleet: Fleet) -> None:
    before = sum(fleet.calls().values())
    *earlier, last = await frames(
        fleet, "{ mailboxes(first: 9) { nodes { id ... @defer { folders { name } } } } accounts { ... @defer { tags } } }"
    )
    assert last["extensions"]["cost"]["calls"] == sum(fleet.calls().values()) - before > 5
    assert not any("extensions" in each for each in earlier)


async def test_deferred_answers_are_neither_kept_nor_shared(fleet: Fleet) -> None:
    await fleet.data("{ fleet { total } }")
    runner = runner_of(fleet)
    before = runner.figures()
    async with asyncio.TaskGroup() as group:
        several = [group.create_task(frames(fleet, FLEET)) for _ in range(3)]
    assert len({json.dumps(merged(each.result())) for each in several}) == 1
    after = runner.figures()
    assert (after.joined, after.answers) == (before.joined, before.answers)


async def test_whole_answers_of_the_same_document_are_kept(fleet: Fleet) -> None:
    await fleet.data(FLEET)
    whole = await fleet.data(FLEET)
    hits = runner_of(fleet).figures().answers.hits
    assert await fleet.data(FLEET) == whole
    assert merged(await frames(fleet, FLEET))[0] == whole, "those that take parts still get them"
    assert runner_of(fleet).figures().answers.hits == hits + 1


# ---------------------------------------------------------------------- documents
@pytest.fixture
async def documents() -> AsyncIterator[Fleet]:
    async with open_fleet(mailboxes=1) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "defers"),
    [
        (FLEET, True),
        ("{ vendors { ... @ defer { vendor } } }", True),
        ("query A { vendors { ...F @defer } } query B { vendors { vendor } } fragment F on VendorInfo { vendor }", True),
        ("{ defer: vendors { vendor } }", False),
        ("{ vendors { vendor } } # @defer", False),
        ('{ account(name: "@defer") { name } }', False),
        ("{ defer", False),
    ],
)
async def test_a_document_knows_whether_it_defers(documents: Fleet, text: str, *, defers: bool) -> None:
    document = Document(Ruling(documents.gateway.schema._schema), text)
    assert document.defers is defers
    assert (document.whole is document.node) is not defers
    assert document.whole is document.whole, "plans are kept by it"
