import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from gateway.sandbox.server import Sandbox
from gateway.sandbox.shipmail import API_KEY, APP_PASSWORD, CURSOR_INBOX, FULL_ITEMS, LONG_INBOX, NARROW_API_KEY, shipmail_sandbox
from gateway.sandbox.world import World

Json = dict[str, Any]
RECORDED = Path(__file__).parents[1] / "vendors" / "shipmail" / "recorded"
EVERY_ANSWER = {"content-type", "x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}
MAPS = {"keywords", "body_values"}  # their keys are data


def recorded(name: str) -> Json:
    content: Json = json.loads((RECORDED / f"{name}.json").read_text())
    return content


@pytest.fixture
def sandbox() -> Sandbox:
    return shipmail_sandbox(World())


@pytest.fixture
async def vendor(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="http://shipmail.test", headers=headers) as client:
        yield client


async def listed(vendor: httpx.AsyncClient) -> list[Json]:
    rows: list[Json] = (await vendor.get("/mailboxes", params={"limit": 100})).json()["data"]
    return rows


async def inside(vendor: httpx.AsyncClient, index: int, what: str, params: Mapping[str, str | int] | None = None) -> httpx.Response:
    """What lies in the mailbox at this place of the list."""
    mailbox_id = (await listed(vendor))[index]["id"]
    return await vendor.get(f"/mailboxes/{quote(mailbox_id, safe='')}/{what}", params=params)


async def inbox(vendor: httpx.AsyncClient, index: int = 0, **params: str | int) -> Json:
    answer = await inside(vendor, index, "inbox/messages", params)
    assert answer.status_code == 200, answer.text
    page: Json = answer.json()
    return page


def unlike(value: object, example: object, at: str = "$") -> list[str]:
    """Where a JSON value differs in keys or types from a recorded one; null may stand for anything and be anything."""
    if value is None or example is None:
        return []
    if type(value) is not type(example):
        return [f"{at}: {type(value).__name__}, recorded {type(example).__name__}"]
    if isinstance(value, dict) and isinstance(example, dict):
        if at.rpartition(".")[2] in MAPS:
            return [each for inner in value.values() for each in _unlike_all(inner, [*example.values()], f"{at}{{}}")]
        keys = [f"{at}: keys {sorted(value.keys() ^ example.keys())}"] if value.keys() != example.keys() else []
        return keys + [each for key in value.keys() & example.keys() for each in unlike(value[key], example[key], f"{at}.{key}")]
    if isinstance(value, list) and isinstance(example, list):
        return [each for inner in value for each in _unlike_all(inner, example, f"{at}[]")]
    return []


def _unlike_all(value: object, examples: list[Any], at: str) -> list[str]:
    differences = [unlike(value, example, at) for example in examples]
    return [] if not differences or [] in differences else differences[0]


def assert_refused(answer: httpx.Response, name: str) -> None:
    recording = recorded(name)
    assert answer.status_code == recording["status"]
    assert unlike(answer.json(), recording["body"]) == []
    assert answer.json()["error"]["type"] == recording["body"]["error"]["type"]
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]
    assert answer.headers.keys() >= recording["headers"].keys()


# ---------------------------------------------------------------------- shapes
def test_the_comparison_sees_differences() -> None:
    assert unlike({"a": 1}, {"a": "1"})
    assert unlike({"a": 1, "b": 1}, {"a": 1})
    assert unlike([{"a": [True]}], [{"a": [1]}, {"a": ["x"]}])
    assert unlike({"a": None, "b": [{"c": 1}]}, {"a": 1, "b": [{"c": 2}, {"d": 1}]}) == []


async def test_a_page_of_mailboxes_looks_as_recorded(vendor: httpx.AsyncClient) -> None:
    for name, params in (("mailbox_list_page1", {"limit": 2}), ("mailbox_list_empty", {"domain_id": "dom_none0"})):
        answer = await vendor.get("/mailboxes", params=params)
        recording = recorded(name)
        assert answer.status_code == recording["status"]
        assert unlike(answer.json(), recording["body"]) == []
        assert answer.headers.keys() >= recording["headers"].keys()
    assert answer.json() == recorded("mailbox_list_empty")["body"]


@pytest.mark.parametrize(
    ("index", "path", "name"),
    [
        (0, "", "mailbox"),
        (1, "", "mailbox_auto_reply_on"),
        (3, "", "mailbox_suspended"),
        (CURSOR_INBOX, "", "mailbox_newer_api"),
        (0, "folders", "folders"),
        (CURSOR_INBOX, "folders", "folders_nested_newer_api"),
        (0, "identities", "identities"),
        (2, "identities", "identities_empty"),
        (1, "rules", "rules_empty"),
        (2, "inbox/messages", "inbox_messages_empty"),
        (0, "inbox/messages?folder_role=inbox&limit=1", "inbox_messages_page1"),
        (FULL_ITEMS, "inbox/messages?folder_role=sent", "inbox_messages_full_items"),
        (CURSOR_INBOX, "inbox/messages?folder_role=inbox&limit=1", "inbox_messages_cursor_newer_api"),
    ],
)
async def test_an_answer_looks_as_recorded(vendor: httpx.AsyncClient, index: int, path: str, name: str) -> None:
    answer = await inside(vendor, index, path) if path else await vendor.get(f"/mailboxes/{(await listed(vendor))[index]['id']}")
    recording = recorded(name)
    assert answer.status_code == recording["status"]
    assert answer.headers.keys() >= recording["headers"].keys() | EVERY_ANSWER
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    if name == "inbox_messages_cursor_newer_api":  # what the vendor's scanner adds is not imitated
        for row in recording["body"]["data"]:
            del row["security"]
    assert unlike(body, recording["body"]) == []
    assert body.get("object") == recording["body"].get("object")


def kinds(raws: list[Json]) -> set[tuple[str, ...]]:
    """Each condition or action, however deep, by its type and keys."""
    inner = [each for raw in raws for each in raw.get("conditions", [])]
    return {(raw["type"], *sorted(raw)) for raw in raws} | (kinds(inner) if inner else set())


async def test_rules_look_as_recorded(vendor: httpx.AsyncClient) -> None:
    body, example = (await inside(vendor, 0, "rules")).json(), recorded("rules_all_seed_era_types")["body"]
    for part in ("conditions", "actions"):
        made, shown = ([each for rule in answer["rules"] for each in rule.pop(part)] for answer in (body, example))
        assert kinds(made) == kinds(shown)
    assert unlike(body, example) == []


async def test_a_thread_looks_as_recorded(vendor: httpx.AsyncClient) -> None:
    page = await inbox(vendor, 0, folder_role="inbox", limit=1)
    answer = await inside(vendor, 0, f"inbox/threads/{quote(page['data'][0]['thread_id'], safe='')}")
    assert answer.status_code == 200
    body = answer.json()
    assert unlike(body, recorded("thread")["body"]) == []
    assert body["thread_id"] == page["data"][0]["thread_id"]
    assert page["data"][0]["id"] in {row["id"] for row in body["data"]}


async def test_domains_look_as_recorded(vendor: httpx.AsyncClient) -> None:
    answer = await vendor.get("/domains")
    assert unlike(answer.json(), recorded("domain_list_page")["body"]) == []
    first = answer.json()["data"][0]
    assert (await vendor.get(f"/domains/{first['id']}")).json() == first


# ---------------------------------------------------------------------- keys
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer sm_live_wrong", f"Basic {API_KEY}", API_KEY])
async def test_without_a_good_key(vendor: httpx.AsyncClient, header: str) -> None:
    answer = await vendor.get("/mailboxes", headers={"authorization": header})
    assert_refused(answer, "error_401")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_without_the_scope_reads_mailboxes_but_no_mail(vendor: httpx.AsyncClient) -> None:
    vendor.headers["authorization"] = f"Bearer {NARROW_API_KEY}"
    assert (await inside(vendor, 0, "folders")).status_code == 200
    assert (await vendor.get("/domains")).status_code == 200
    for path in ("inbox/messages", "inbox/threads/thr_0", "inbox/attachments"):
        assert_refused(await inside(vendor, 0, path), "error_403_scope")


async def test_the_status_page_needs_no_key(vendor: httpx.AsyncClient) -> None:
    answer = await vendor.get("/status", headers={"authorization": ""})
    assert answer.json().keys() == {"status", "version", "time", "request_id"}


# ---------------------------------------------------------------------- headers
async def test_every_answer_counts_down_and_has_its_own_request_id(vendor: httpx.AsyncClient) -> None:
    answers = [
        await vendor.get("/mailboxes"),
        await vendor.get("/mailboxes/gone"),
        await vendor.get("/nowhere"),
        await vendor.put("/mailboxes"),
    ]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 4
    assert [answer.status_code for answer in answers] == [200, 404, 404, 405]
    assert [answer.headers["x-ratelimit-limit"] for answer in answers] == ["1000", "1000", "1000", "200"]
    assert int(answers[0].headers["x-ratelimit-remaining"]) < 1000
    assert 190 < int(answers[3].headers["x-ratelimit-remaining"]) < 200
    assert 0 <= int(answers[0].headers["x-ratelimit-reset"]) - time.time() + 1 <= 62
    for answer in answers[1:]:
        assert answer.json()["error"].keys() == {"type", "message", "request_id"}


@pytest.mark.parametrize(
    "path", ["/mailboxes/mbx_gone", "/mailboxes/mbx_gone/folders", "/mailboxes/mbx_gone/inbox/messages", "/domains/dom_gone"]
)
async def test_what_is_not_there(vendor: httpx.AsyncClient, path: str) -> None:
    assert_refused(await vendor.get(path), "error_404")


# ---------------------------------------------------------------------- cursor paging
async def test_cursors_walk_all_mailboxes_newest_first(vendor: httpx.AsyncClient) -> None:
    rows: list[Json] = []
    params: dict[str, str | int] = {"limit": 7}
    while True:
        page = (await vendor.get("/mailboxes", params=params)).json()
        rows += page["data"]
        assert page["pagination"]["limit"] == 7
        assert page["pagination"]["has_more"] is (page["pagination"]["next_cursor"] is not None)
        if not page["pagination"]["has_more"]:
            break
        cursor: str = page["pagination"]["next_cursor"]
        assert quote(cursor, safe="") != cursor
        params["cursor"] = cursor
    assert rows == await listed(vendor)
    assert len({row["id"] for row in rows}) == 24
    plain = [row["created_at"] for row in rows if row["created_at"].endswith("Z")]
    assert plain == sorted(plain, reverse=True)


async def test_the_default_page_has_25_rows() -> None:
    transport = httpx.ASGITransport(app=shipmail_sandbox(World(mailboxes=40)))
    async with httpx.AsyncClient(transport=transport, base_url="http://v", headers={"authorization": f"Bearer {API_KEY}"}) as vendor:
        page = (await vendor.get("/mailboxes")).json()
        assert (len(page["data"]), page["pagination"]["limit"]) == (25, 25)


async def test_mailboxes_of_one_domain(vendor: httpx.AsyncClient) -> None:
    rows = await listed(vendor)
    domain_id = rows[0]["domain_id"]
    page = (await vendor.get("/mailboxes", params={"domain_id": domain_id})).json()
    assert page["data"] == [row for row in rows if row["domain_id"] == domain_id]
    assert 0 < len(page["data"]) < len(rows)


@pytest.mark.parametrize("path", ["/mailboxes", "/domains"])
@pytest.mark.parametrize(
    ("params", "field"),
    [({"limit": "0"}, "limit"), ({"limit": "101"}, "limit"), ({"limit": "ten"}, "limit"), ({"limit": ""}, "limit"),
     ({"cursor": "x"}, "cursor"), ({"cursor": ""}, "cursor"), ({"cursor": "bWJ4X2dvbmU=.2-_Q%3D"}, "cursor"),
     ({"cursor": "é.2-_Q%3D"}, "cursor")],
)  # fmt: skip
async def test_bad_paging(vendor: httpx.AsyncClient, path: str, params: dict[str, str], field: str) -> None:
    answer = await vendor.get(path, params=params)
    assert_refused(answer, "error_422")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]


# ---------------------------------------------------------------------- the inbox
async def test_positions(vendor: httpx.AsyncClient) -> None:
    first = await inbox(vendor, folder_role="inbox")
    assert first["pagination"] == {"position": 0, "limit": 50, "total": LONG_INBOX, "has_more": True, "next_position": 50}
    last = await inbox(vendor, folder_role="inbox", position=200, limit=100)
    assert last["pagination"] == {"position": 200, "limit": 100, "total": LONG_INBOX, "has_more": False, "next_position": None}
    assert len(last["data"]) == 30
    past = await inbox(vendor, folder_role="inbox", position=500)
    assert (past["data"], past["pagination"]["total"], past["pagination"]["has_more"]) == ([], LONG_INBOX, False)
    times = [row["received_at"] for row in first["data"]]
    assert times == sorted(times, reverse=True)


async def test_filters(vendor: httpx.AsyncClient) -> None:
    everything: list[Json] = [row for position in (0, 100, 200) for row in (await inbox(vendor, limit=100, position=position))["data"]]
    assert len(everything) == LONG_INBOX + 40
    folders = {row["role"] or row["id"]: row["id"] for row in (await inside(vendor, 0, "folders")).json()["data"]}

    async def total(**params: str | int) -> int:
        return int((await inbox(vendor, 0, **params))["pagination"]["total"])

    def count(keyword: str) -> int:
        return sum(row["keywords"].get(keyword) is True for row in everything)

    for folder in folders.values():
        assert await total(folder_id=folder) == sum(folder in row["folder_ids"] for row in everything)
    for role in ("inbox", "sent", "drafts", "archive", "junk", "trash"):
        assert await total(folder_role=role) == await total(folder_id=folders[role]) > 0
    for keyword in ("$seen", "$flagged", "$draft", "$answered", "$forwarded"):
        assert await total(has_keyword=keyword) == count(keyword) > 0
        assert await total(not_keyword=keyword) == len(everything) - count(keyword) > 0
    assert await total(folder_role="starred") == count("$flagged")
    assert await total(has_keyword="$flagged", not_keyword="$seen", folder_role="inbox") == sum(
        row["keywords"].get("$flagged") is True and row["keywords"].get("$seen") is not True and folders["inbox"] in row["folder_ids"]
        for row in everything
    )
    assert 0 < await total(search_text="GUTEN abend") < len(everything)
    assert await total(search_text="no such words anywhere") == 0


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"folder_id": "fld_0a1", "folder_role": "inbox"}, "folder_role"),
        ({"folder_role": "snoozed"}, "folder_role"),
        ({"search_text": "x" * 501}, "search_text"),
        ({"has_keyword": "newsletter"}, "has_keyword"),
        ({"not_keyword": ""}, "not_keyword"),
        ({"has_keyword": ["$seen", "$draft"]}, "has_keyword"),
        ({"limit": "101"}, "limit"),
        ({"position": "-1"}, "position"),
        ({"position": "x"}, "position"),
    ],
)
async def test_bad_filters(vendor: httpx.AsyncClient, params: dict[str, Any], field: str) -> None:
    mailbox_id = (await listed(vendor))[0]["id"]
    answer = await vendor.get(f"/mailboxes/{mailbox_id}/inbox/messages", params=params)
    assert_refused(answer, "error_422")
    assert answer.json()["error"]["details"][0]["field"] == field


async def test_an_unknown_folder(vendor: httpx.AsyncClient) -> None:
    assert_refused(await inside(vendor, 0, "inbox/messages", {"folder_id": "fld_gone"}), "error_404")


async def test_the_later_inbox_takes_cursors_and_no_positions(vendor: httpx.AsyncClient) -> None:
    first = await inbox(vendor, CURSOR_INBOX, limit=20)
    second = await inbox(vendor, CURSOR_INBOX, limit=20, cursor=first["pagination"]["next_cursor"])
    assert not {row["id"] for row in first["data"]} & {row["id"] for row in second["data"]}
    assert first["pagination"]["total"] == second["pagination"]["total"] > 40
    assert_refused(await inside(vendor, CURSOR_INBOX, "inbox/messages", {"position": 20}), "error_422")


async def test_the_mess_is_there(vendor: httpx.AsyncClient) -> None:
    everything: list[Json] = [row for position in (0, 100, 200) for row in (await inbox(vendor, limit=100, position=position))["data"]]
    assert any(row["from"] is None and row["to"] is None and row["subject"] is None for row in everything)
    assert any(row["from"] == [{"name": None, "email": None}] and row["to"] == [] and row["subject"] == "" for row in everything)
    assert any(row["folder_ids"] == [] for row in everything)
    assert any(len(row["folder_ids"]) == 2 for row in everything)
    assert any(row["keywords"] == {"$seen": False} for row in everything)
    assert any(row["keywords"].get("newsletter") for row in everything)
    assert any(isinstance(row["size"], str) for row in everything)
    full = [row for row in (await inbox(vendor, FULL_ITEMS, limit=100))["data"] if row["body_values"]]
    assert any("<script>" in part["value"] for row in full for part in row["body_values"].values())
    assert any("tracker.example" in part["value"] for row in full for part in row["body_values"].values())
    assert any(part["part_id"] not in row["body_values"] for row in full for part in row["text_body"])
    assert any(part["is_encoding_problem"] for row in full for part in row["body_values"].values())


# ---------------------------------------------------------------------- attachments
async def files(vendor: httpx.AsyncClient) -> list[Json]:
    for position in (0, 100, 200):
        for row in (await inbox(vendor, limit=100, position=position))["data"]:
            if row["id"] == "eml_0_7":
                thread = (await inside(vendor, 0, f"inbox/threads/{quote(row['thread_id'], safe='')}")).json()
                return [file for message in thread["data"] if message["id"] == row["id"] for file in message["attachments"]]
    raise AssertionError


async def test_files_by_their_download_path(vendor: httpx.AsyncClient) -> None:
    found = await files(vendor)
    assert {file["name"] for file in found} >= {None, "", "receipt août 1187.pdf", "../../etc/passwd"}
    for file in found[:-1]:
        answer = await vendor.get(file["download_path"])
        assert answer.status_code == 200
        assert len(answer.content) == file["size"] == int(answer.headers["content-length"])
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "\n" not in answer.headers["content-disposition"]
    assert max(file["size"] for file in found[:-1]) == 5 * 1024 * 1024
    assert (await vendor.get(found[-1]["download_path"])).status_code == 413


async def test_a_large_file_is_sent_in_pieces(vendor: httpx.AsyncClient, sandbox: Sandbox) -> None:
    path, _, query = (await files(vendor))[-2]["download_path"].partition("?")
    sizes: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's own
        sizes.extend([len(message["body"])] if message["type"] == "http.response.body" else [])

    headers = [(b"authorization", f"Bearer {API_KEY}".encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": headers,
        "asgi": {"spec_version": "2.4"},
    }
    await sandbox(scope, receive, send)
    assert sum(sizes) == 5 * 1024 * 1024
    assert max(sizes) == 64 * 1024


@pytest.mark.parametrize("params", [{}, {"blob_id": ""}, {"blob_id": "a b"}, {"blob_id": "x" * 257}, {"blob_id": "x", "name": "n" * 513}])
async def test_bad_downloads(vendor: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert_refused(await inside(vendor, 0, "inbox/attachments", params), "error_422")


async def test_unknown_files_and_threads(vendor: httpx.AsyncClient) -> None:
    assert_refused(await inside(vendor, 0, "inbox/attachments", {"blob_id": "gone"}), "error_404")
    assert_refused(await inside(vendor, 0, "inbox/threads/thr_gone"), "error_404")


# ---------------------------------------------------------------------- the world
async def test_the_planted_secrets_are_shown_by_the_vendor_and_listed(vendor: httpx.AsyncClient, sandbox: Sandbox) -> None:
    assert sandbox.secrets == {API_KEY, NARROW_API_KEY, APP_PASSWORD}
    assert all("CANARY-" in secret for secret in sandbox.secrets)
    assert APP_PASSWORD in (await vendor.get("/mailboxes")).text
    vendor.headers["authorization"] = f"Bearer {NARROW_API_KEY}"
    assert NARROW_API_KEY in (await inside(vendor, 0, "inbox/messages")).text


async def test_the_same_world_gives_the_same_answers(vendor: httpx.AsyncClient) -> None:
    world = World()
    twins = [httpx.ASGITransport(app=shipmail_sandbox(world)) for _ in range(2)]
    answers = []
    for twin in twins:
        async with httpx.AsyncClient(transport=twin, base_url="http://v", headers=vendor.headers) as each:
            answers.append([await listed(each), await inbox(each), (await inside(each, 3, "rules")).json()])
    assert answers[0] == answers[1]


async def test_ten_thousand_mailboxes_are_paged() -> None:
    transport = httpx.ASGITransport(app=shipmail_sandbox(World(mailboxes=10_000)))
    async with httpx.AsyncClient(transport=transport, base_url="http://v", headers={"authorization": f"Bearer {API_KEY}"}) as vendor:
        cursor: dict[str, str] = {}
        seen: set[str] = set()
        for _ in range(20):
            page = (await vendor.get("/mailboxes", params={"limit": "100", **cursor})).json()
            seen |= {row["id"] for row in page["data"]}
            cursor = {"cursor": page["pagination"]["next_cursor"]}
    assert len(seen) == 2000
