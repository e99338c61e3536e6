"""The sandbox against answers in the shapes of the vendor's pages."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import TypeAlias

import httpx
import pytest

from gateway.sandbox.sendkit import PLATFORM_KEY, WORKSPACE_ID, WORKSPACE_KEY, object_id, sendkit_sandbox
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from tests.vendors.sendkit.recordings import Recording, recorded

Json: TypeAlias = dict[str, "Json | list[Json] | str | float | bool | None"]
UNKNOWN = "6701a0b1c2d3e4f5a6b7c8ff"
PLATFORM = {"x-api-key": PLATFORM_KEY, "x-workspace-id": WORKSPACE_ID}
CUSTOM, QUEUED, UNVERIFIED, FAILED = (object_id(index) for index in (6, 1, 9, 8))


@pytest.fixture
def sandbox() -> Sandbox:
    return sendkit_sandbox(World())


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    wire = httpx.ASGITransport(app=sandbox)
    async with httpx.AsyncClient(transport=wire, base_url="https://api.sendkit.ai", headers={"x-api-key": WORKSPACE_KEY}) as opened:
        yield opened


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row.get("_id") or row["id"] for row in answer.json()["data"]]


def rows(answer: httpx.Response) -> list[dict[str, object]]:
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert isinstance(data, list)
    return data


def shape(value: object) -> object:
    """A JSON value's keys and types; numbers are one type, a list has the shape of its first element."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def differences(ours: object, theirs: object, path: str = "$") -> list[str]:
    """Where our answer lacks a recorded key, or has another type; null and empty stand for any type."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        missing = [f"{path}.{key} is missing" for key in theirs if key not in ours]
        return missing + [each for key in theirs if key in ours for each in differences(ours[key], theirs[key], f"{path}.{key}")]
    if isinstance(theirs, list) and isinstance(ours, list):
        return differences(ours[0], theirs[0], f"{path}[]") if ours and theirs else []
    if ours is None or theirs is None or shape(ours) == shape(theirs):
        return []
    return [f"{path}: {shape(ours)} instead of {shape(theirs)}"]


def body_of(recording: Recording) -> object:
    return httpx.Response(200, content=recording.content).json()


@pytest.mark.parametrize(
    ("name", "path", "headers"),
    [
        ("mailboxes_first_page", "/v1/mailboxes?limit=2&search=example", {}),
        ("mailboxes_last_page", f"/v1/mailboxes?limit=100&cursor={object_id(1)}", {}),
        ("mailbox", f"/v1/mailboxes/{CUSTOM}", {}),
        ("mailbox_oauth", f"/v1/mailboxes/{object_id(0)}", {}),
        ("health", f"/v1/mailboxes/{object_id(0)}/health", {}),
        ("connection_test_passed", f"/v1/mailboxes/{object_id(0)}/connection-test", {}),
        ("connection_test_pending", f"/v1/mailboxes/{UNVERIFIED}/connection-test", {}),
        ("connection_test_inactive", f"/v1/mailboxes/{QUEUED}/connection-test", {}),
        ("connection_test_failed", f"/v1/mailboxes/{object_id(2)}/connection-test", {}),
        ("connection_test_failed_with_reason", f"/v1/mailboxes/{FAILED}/connection-test", {}),
        ("warmup_stats", f"/v1/warmup/stats/{object_id(0)}?days=30", {}),
        ("warmup_stats_of_workspace", "/v1/warmup/stats?days=7&limit=25", {}),
        ("warmup_config", f"/v1/warmup/config/{object_id(0)}", {}),
        ("analytics", "/v1/analytics/mailboxes?from=2026-03-01&to=2026-03-12", {}),
        ("workspaces", "/v1/workspaces", {}),
        ("error_unauthorized", "/v1/mailboxes", {"x-api-key": "sk_live_nobody"}),
        ("error_workspace_required", "/v1/mailboxes", {"x-api-key": PLATFORM_KEY}),
        ("error_forbidden_flat", "/v1/account", {}),
        ("error_not_found", f"/v1/mailboxes/{UNKNOWN}", {}),
        ("error_validation", "/v1/mailboxes?limit=101", {}),
    ],
)
async def test_answers_look_like_the_recorded_ones(client: httpx.AsyncClient, name: str, path: str, headers: Mapping[str, str]) -> None:
    recording = recorded(name)
    answer = await client.get(path, headers=headers)
    assert answer.status_code == recording.status
    assert {header: answer.headers[header] for header in recording.headers} == recording.headers
    assert differences(answer.json(), body_of(recording)) == []
    if recording.status != 422:
        assert answer.json().get("success") == httpx.Response(200, content=recording.content).json().get("success")


@pytest.mark.parametrize("name", ["connection_test_passed", "connection_test_pending", "error_unauthorized", "error_not_found"])
async def test_answers_without_variety_have_no_other_keys(client: httpx.AsyncClient, name: str) -> None:
    paths = {
        "connection_test_passed": f"/v1/mailboxes/{object_id(0)}/connection-test",
        "connection_test_pending": f"/v1/mailboxes/{UNVERIFIED}/connection-test",
        "error_unauthorized": "/v1/mailboxes",
        "error_not_found": f"/v1/mailboxes/{UNKNOWN}",
    }
    headers = {"x-api-key": "nobody"} if name == "error_unauthorized" else {}
    assert shape((await client.get(paths[name], headers=headers)).json()) == shape(body_of(recorded(name)))


async def test_a_list_row_is_thinner_than_the_detail(client: httpx.AsyncClient) -> None:
    row = next(each for each in rows(await client.get("/v1/mailboxes?limit=100")) if each.get("_id") == CUSTOM)
    detail = (await client.get(f"/v1/mailboxes/{CUSTOM}")).json()["data"]
    missing = {"smtpHost", "smtpPort", "smtpSecure", "imapHost", "imapPort", "imapSecure", "totalReceived", "updatedAt"}
    assert set(detail) - set(row) == missing
    assert row["setupStatus"] == {"healthScore": detail["setupStatus"]["healthScore"]}
    first = rows(await client.get("/v1/mailboxes?limit=1"))[0]
    recorded_row = httpx.Response(200, content=recorded("mailboxes_first_page").content).json()["data"][0]
    assert set(first) == set(recorded_row)
    assert shape(first["warmup"]) == shape(recorded_row["warmup"])


# ---------------------------------------------------------------------- paging


async def test_pages_follow_the_cursor_and_has_more_ends_them(client: httpx.AsyncClient) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        answer = await client.get("/v1/mailboxes", params={"limit": "10"} | ({"cursor": cursor} if cursor else {}))
        paging = answer.json()["pagination"]
        seen += ids(answer)
        cursor = paging["nextCursor"]
        assert (paging["limit"], paging["total"], paging["hasMore"]) == (10, 24, len(seen) < 24)
    assert seen == [object_id(index) for index in range(24)]
    assert cursor == object_id(23), "on the last page the cursor is not null"


async def test_the_default_limit(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/mailboxes")).json()["pagination"]["limit"] == 25


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "", "²"])
async def test_a_limit_out_of_range(client: httpx.AsyncClient, limit: str) -> None:
    assert (await client.get("/v1/mailboxes", params={"limit": limit})).status_code == 422


async def test_a_page_can_be_empty_though_more_follow(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/mailboxes", params={"limit": "1", "notInCampaign": "true"})
    sizes = []
    while answer.json()["pagination"]["hasMore"]:
        sizes.append(len(rows(answer)))
        cursor = answer.json()["pagination"]["nextCursor"]
        answer = await client.get("/v1/mailboxes", params={"limit": "1", "notInCampaign": "true", "cursor": cursor})
    assert set(sizes) == {0, 1}
    assert answer.json()["pagination"]["total"] == sum(sizes) + len(rows(answer))


async def test_a_big_fleet_is_made_and_paged_quickly() -> None:
    started = time.process_time()
    sandbox = sendkit_sandbox(World(mailboxes=10_000))
    built = time.process_time()
    headers = {"x-api-key": WORKSPACE_KEY}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="https://api.sendkit.ai", headers=headers) as client:
        answer = await client.get("/v1/mailboxes", params={"limit": "100", "cursor": object_id(5000)})
    assert len(ids(answer)) == 100
    assert built - started < 2
    assert time.process_time() - built < 0.5


# ---------------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"status": "suspended"}, {7}),
        ({"status": "error"}, {2}),
        ({"status": "pending"}, {9}),
        ({"provider": "azure", "status": "error"}, {2}),
        ({"sendingEnabled": "false"}, {1, 7, 9, 16}),
        ({"warmupStatus": "blocked"}, {13}),
        ({"warmupStatus": "paused"}, {2, 22}),
        ({"status": "warming_up", "search": "EXAMPLE"}, {10}),
        ({"search": "🚀"}, {17}),
        ({"search": "nobody at all"}, set()),
        ({"minBounceRate": "0.08"}, {18}),
        ({"highBounceRate": "true"}, {18}),
        ({"status": "suspended", "status_": "ignored"}, {7}),
    ],
)
async def test_filters(client: httpx.AsyncClient, params: dict[str, str], expected: set[int]) -> None:
    answer = await client.get("/v1/mailboxes", params=params)
    assert set(ids(answer)) == {object_id(index) for index in expected}
    assert answer.json()["pagination"]["total"] == len(expected)


async def test_filters_agree_with_the_rows(client: httpx.AsyncClient) -> None:
    everybody = rows(await client.get("/v1/mailboxes?limit=100"))

    async def ask(**params: str) -> list[dict[str, object]]:
        return rows(await client.get("/v1/mailboxes", params={"limit": "100", **params}))

    assert await ask(connectionType="oauth") == [row for row in everybody if row.get("connectionType") == "oauth"]
    assert await ask(untagged="true") == [row for row in everybody if not row.get("tags")]
    assert await ask(untagged="false") == [row for row in everybody if row.get("tags")]
    assert await ask(tags="emea,latam") == [row for row in everybody if {"emea", "latam"} & _tags(row)]
    both = await ask(tags="emea,tier-1", tagMode="all")
    assert both == [row for row in everybody if {"emea", "tier-1"} <= _tags(row)]
    assert both
    enabled, disabled = await ask(warmupEnabled="true"), await ask(warmupEnabled="false")
    assert len(enabled) + len(disabled) == 24
    scored = await ask(minHealthScore="100", maxHealthScore="100")
    assert scored == [row for row in everybody if _member(row, "setupStatus").get("healthScore") == 100]
    assert len(await ask(maxBounceRate="0.01")) + len(await ask(minBounceRate="0.0101")) == 24
    good = await ask(warmupHealth="good")
    assert good
    assert all(_member(_member(row, "warmup"), "metrics")["inboxRate"] >= 90 for row in good)
    used, unused = await ask(notInCampaign="false"), await ask(notInCampaign="true")
    assert len(used) + len(unused) == 24
    active = await ask(inActiveCampaign="true")
    assert active
    assert all(row in used for row in active)
    assert all(row in used for row in await ask(campaignIds="67aa00000000000000000001,67aa00000000000000000002"))


def _tags(row: dict[str, object]) -> set[object]:
    tags = row.get("tags")
    return set(tags) if isinstance(tags, list) else set()


def _member(row: Mapping[str, object], name: str) -> dict[str, int]:
    member = row.get(name)
    return member if isinstance(member, dict) else {}


@pytest.mark.parametrize(
    "params",
    [
        {"status": "asleep"},
        {"provider": "zoho"},
        {"connectionType": "imap"},
        {"sendingEnabled": "yes"},
        {"tagMode": "none"},
        {"minBounceRate": "high"},
        {"inActiveCampaign": "1"},
        {"cursor": "page-2"},
    ],
)
async def test_values_that_no_page_names_are_refused(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    answer = await client.get("/v1/mailboxes", params=params)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] in params


# ---------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x-api-key": ""}, 401, "UNAUTHORIZED"),
        ({"x-api-key": "sk_live_nobody"}, 401, "UNAUTHORIZED"),
        ({"x-api-key": WORKSPACE_KEY}, 200, None),
        ({"x-api-key": "", "authorization": f"Bearer {WORKSPACE_KEY}"}, 200, None),
        ({"x-api-key": "", "authorization": f"Basic {WORKSPACE_KEY}"}, 401, "UNAUTHORIZED"),
        ({"x-api-key": WORKSPACE_KEY, "x-workspace-id": WORKSPACE_ID}, 400, "BAD_REQUEST"),
        (PLATFORM, 200, None),
        ({"x-api-key": PLATFORM_KEY}, 400, "WORKSPACE_REQUIRED"),
        (PLATFORM | {"x-workspace-id": "66f0aa11bb22cc33dd44ee99"}, 403, "FORBIDDEN"),
    ],
)
async def test_keys(client: httpx.AsyncClient, headers: dict[str, str], status: int, code: str | None) -> None:
    answer = await client.get("/v1/mailboxes", headers=headers)
    assert answer.status_code == status
    assert answer.json().get("error", {}).get("code") == code


async def test_the_account_is_for_platform_keys(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/account", headers=PLATFORM)).status_code == 200
    assert (await client.get("/v1/workspaces", headers={"x-api-key": PLATFORM_KEY})).status_code == 200


# ---------------------------------------------------------------------- the rest


@pytest.mark.parametrize("path", ["/v1/warmup/stats?days=0", "/v1/warmup/stats?days=91", f"/v1/warmup/stats/{object_id(0)}?days=91"])
async def test_days_out_of_range(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 422


async def test_analytics_take_dates_only(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/analytics/mailboxes?from=monday")).status_code == 422
    assert len(rows(await client.get("/v1/analytics/mailboxes"))) == 24


async def test_warmup_days_ascend_with_gaps(client: httpx.AsyncClient) -> None:
    data = (await client.get(f"/v1/warmup/stats/{object_id(0)}?days=90")).json()["data"]
    days = [day["_id"] for day in data["dailyStats"]]
    assert days == sorted(set(days))
    assert data["totalSent"] == sum(day["sent"] for day in data["dailyStats"]) == sum(data["placementBreakdown"].values())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/v1/mailboxes", 405),
        ("POST", f"/v1/mailboxes/{CUSTOM}", 405),
        ("POST", f"/v1/warmup/bless/{CUSTOM}", 404),
        ("POST", f"/v1/warmup/stats/{CUSTOM}", 405),
        ("POST", "/v1/mailboxes/connect/yahoo", 404),
        ("GET", "/v2/mailboxes", 404),
    ],
)
async def test_what_is_not_there_is_refused_in_the_vendors_envelope(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["success"] is False


async def test_secrets_are_planted_where_the_vendor_could_show_them(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    listed = (await client.get("/v1/mailboxes?limit=100")).text
    details = [(await client.get(f"/v1/mailboxes/{object_id(index)}")).text for index in range(24)]
    test = (await client.get(f"/v1/mailboxes/{FAILED}/connection-test")).text
    assert "CANARY-" in listed
    assert "CANARY-" in test
    shown = listed + test + "".join(details)
    keys = {WORKSPACE_KEY, PLATFORM_KEY}
    assert {secret for secret in sandbox.secrets if secret in shown} == sandbox.secrets - keys


async def test_the_same_world_is_the_same_in_every_run(client: httpx.AsyncClient) -> None:
    now = World().now
    one, other = (sendkit_sandbox(World(now=now)) for _ in range(2))
    texts = []
    for each in (one, other):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=each), base_url="https://api.sendkit.ai", headers=client.headers
        ) as opened:
            texts.append((await opened.get("/v1/mailboxes?limit=100")).text)
    assert texts[0] == texts[1]


# ---------------------------------------------------------------------- writes

PASSWORD = "CANARY-written-password"
NEW: dict[str, object] = {"email": "New@quill.example", "smtp": {"host": "smtp.quill.example", "username": "new", "password": PASSWORD}}


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def opened(sandbox: Sandbox) -> httpx.AsyncClient:
    wire = httpx.ASGITransport(app=sandbox)
    return httpx.AsyncClient(transport=wire, base_url="https://api.sendkit.ai", headers={"x-api-key": WORKSPACE_KEY})


def details_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [each["field"] for each in answer.json()["error"]["details"]]


@pytest.mark.parametrize(
    ("name", "method", "path", "body"),
    [
        ("mailbox_queued", "POST", "/v1/mailboxes", {**NEW, "signature": "<p>S</p>", "tags": ["latam"]}),
        ("mailbox_patched", "PATCH", f"/v1/mailboxes/{object_id(0)}", {"displayName": "Mira H."}),
        ("connect_google", "POST", "/v1/mailboxes/connect/google", None),
        ("warmup_started", "POST", f"/v1/warmup/start/{object_id(14)}", None),
        ("warmup_config", "PATCH", f"/v1/warmup/config/{object_id(0)}", {"dailyIncrease": 3}),
    ],
)
async def test_answers_to_writes_look_like_the_recorded_ones(
    client: httpx.AsyncClient, name: str, method: str, path: str, body: object
) -> None:
    answer = await client.request(method, path, json=body) if body else await client.request(method, path)
    recording = recorded(name)
    assert answer.status_code == recording.status
    assert differences(answer.json(), body_of(recording)) == []
    theirs = body_of(recording)
    assert isinstance(theirs, dict)
    assert answer.json().keys() == theirs.keys()
    assert answer.json()["data"].keys() == theirs["data"].keys()


async def test_a_new_mailbox_is_queued_with_the_documented_defaults(client: httpx.AsyncClient) -> None:
    data = (await client.post("/v1/mailboxes", json=NEW)).json()["data"]
    expected = {"email": "new@quill.example", "displayName": "new", "provider": "custom", "status": "inactive", "sendingEnabled": False}
    servers = {"smtpPort": 587, "smtpSecure": True, "imapHost": "smtp.quill.example", "imapPort": 993, "imapSecure": True}
    assert data | expected | servers | {"dailySendLimit": 15, "tags": [], "signature": None} == data
    detail = (await client.get(f"/v1/mailboxes/{data['_id']}")).json()["data"]
    assert "setupStatus" not in detail
    assert PASSWORD not in str(detail)
    assert ids(await client.get("/v1/mailboxes?search=new@quill.example")) == [data["_id"]]
    assert ids(await client.get("/v1/mailboxes?limit=100"))[-1] == data["_id"]


async def test_verification_takes_time_and_the_records_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("gateway.sandbox.sendkit.rows.time", clock)
    async with opened(sendkit_sandbox(World(), verify_seconds=5)) as client:
        path = f"/v1/mailboxes/{(await client.post('/v1/mailboxes', json=NEW)).json()['data']['_id']}"
        for seconds, test, status, has_records in (
            (4.9, "pending", "inactive", False),
            (5, "passed", "active", False),
            (10, "passed", "active", True),
        ):
            clock.seconds = seconds
            assert (await client.get(f"{path}/connection-test")).json()["data"] == {"status": test}
            detail = (await client.get(path)).json()["data"]
            assert (detail["status"], detail["sendingEnabled"], "setupStatus" in detail) == (status, status == "active", has_records)


@pytest.mark.parametrize("server", [{"password": "so wrong"}, {"host": "smtp.quill.invalid"}])
@pytest.mark.parametrize("name", ["smtp", "imap"])
async def test_a_mailbox_that_fails_goes_and_its_test_stays(name: str, server: dict[str, str]) -> None:
    login = {"host": "smtp.quill.example", "username": "new", "password": PASSWORD}
    async with opened(sendkit_sandbox(World(), verify_seconds=0)) as client:
        body = {"email": "new@quill.example", "smtp": login, name: login | server}
        path = f"/v1/mailboxes/{(await client.post('/v1/mailboxes', json=body)).json()['data']['_id']}"
        test = (await client.get(f"{path}/connection-test")).json()["data"]
        assert test["status"] == "failed"
        assert name.upper() in test["error"]
        assert "new" in test["error"]
        assert (login | server)["password"] in test["error"]
        assert (await client.get(path)).status_code == 404
        assert (await client.post("/v1/mailboxes", json=NEW)).status_code == 201


async def test_a_mailbox_deleted_while_it_is_verified_stays_deleted() -> None:
    async with opened(sendkit_sandbox(World(), verify_seconds=0.02)) as client:
        path = f"/v1/mailboxes/{(await client.post('/v1/mailboxes', json=NEW)).json()['data']['_id']}"
        assert (await client.delete(path)).json()["data"] == {"message": "Mailbox deleted"}
        await asyncio.sleep(0.03)
        assert (await client.get(path)).status_code == 404
        assert (await client.get(f"{path}/connection-test")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "x@y.example"}, "smtp"),
        ({**NEW, "email": "x"}, "email"),
        ({**NEW, "password": "p"}, "password"),
        ({**NEW, "smtp": {"host": "h", "username": "u", "password": "p", "login": "u"}}, "smtp.login"),
        ({**NEW, "smtp": {"host": "h", "username": "u"}}, "smtp.password"),
        ({**NEW, "smtp": {"host": "h", "username": "u", "password": "p", "secure": "true"}}, "smtp.secure"),
        ({**NEW, "smtp": {"host": "h", "username": "u", "password": "p", "port": 65536}}, "smtp.port"),
        ({**NEW, "imap": {}}, "imap.host"),
        ({**NEW, "imap": None}, "imap"),
        ({**NEW, "dailySendLimit": True}, "dailySendLimit"),
        ({**NEW, "dailySendLimit": 1.5}, "dailySendLimit"),
        ({**NEW, "tags": [1]}, "tags"),
        ({**NEW, "provider": "zoho"}, "provider"),
    ],
)
async def test_a_creation_that_no_page_describes(client: httpx.AsyncClient, body: dict[str, object], field: str) -> None:
    assert details_of(await client.post("/v1/mailboxes", json=body)) == [field]


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PATCH", f"/v1/mailboxes/{CUSTOM}", {"email": "x@y.example"}, "email"),
        ("PATCH", f"/v1/mailboxes/{CUSTOM}", {"smtp": {}}, "smtp"),
        ("PATCH", f"/v1/mailboxes/{CUSTOM}", {"signature": None}, "signature"),
        ("PATCH", f"/v1/warmup/config/{CUSTOM}", {"replyRates": 30}, "replyRates"),
        ("PATCH", f"/v1/warmup/config/{CUSTOM}", {"enabled": True}, "enabled"),
        ("POST", f"/v1/warmup/start/{CUSTOM}", {"dailyIncrease": 1}, "dailyIncrease"),
        ("POST", f"/v1/warmup/start/{CUSTOM}", {"config": {"startingVolume": 1}}, "config.startingVolume"),
    ],
)
async def test_changes_that_no_page_describes(
    client: httpx.AsyncClient, method: str, path: str, body: dict[str, object], field: str
) -> None:
    assert details_of(await client.request(method, path, json=body)) == [field]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", f"/v1/mailboxes/{CUSTOM}"),
        ("POST", f"/v1/warmup/pause/{CUSTOM}"),
        ("POST", "/v1/mailboxes/connect/outlook"),
    ],
)
async def test_a_body_where_none_is_shown(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path, json={})).status_code == 400


@pytest.mark.parametrize(("content", "kind"), [(b"{", "application/json"), (b"[]", "application/json"), (b"{}", "text/plain")])
async def test_what_is_no_json_object(client: httpx.AsyncClient, content: bytes, kind: str) -> None:
    assert (await client.post("/v1/mailboxes", content=content, headers={"content-type": kind})).status_code == 400


@pytest.mark.parametrize(("asked", "kept"), [(0, 1), (-7, 1), (50, 50), (51, 50), (500, 50)])
async def test_the_daily_limit_is_cut_without_a_word(client: httpx.AsyncClient, asked: int, kept: int) -> None:
    created = await client.post("/v1/mailboxes", json={**NEW, "dailySendLimit": asked})
    patched = await client.patch(f"/v1/mailboxes/{CUSTOM}", json={"dailySendLimit": asked})
    assert [answer.json()["data"]["dailySendLimit"] for answer in (created, patched)] == [kept, kept]
    assert (await client.get(f"/v1/mailboxes/{CUSTOM}")).json()["data"]["dailySendLimit"] == kept


@pytest.mark.parametrize(
    ("sandbox", "name"),
    [
        (sendkit_sandbox(World(), max_mailboxes=24), "error_limit_reached"),
        (sendkit_sandbox(World(), is_subscribed=False), "error_subscription_required"),
    ],
)
async def test_refusals_of_the_plan(sandbox: Sandbox, name: str) -> None:
    async with opened(sandbox) as client:
        answer = await client.post("/v1/mailboxes", json=NEW)
    assert answer.status_code == recorded(name).status
    assert shape(answer.json()) == shape(body_of(recorded(name)))


async def test_an_address_that_is_there(client: httpx.AsyncClient) -> None:
    await client.post("/v1/mailboxes", json=NEW)
    answer = await client.post("/v1/mailboxes", json={**NEW, "email": "NEW@quill.example"})
    assert answer.status_code == 409
    assert shape(answer.json()) == shape(body_of(recorded("error_conflict")))


async def test_a_mailbox_in_an_active_campaign_cannot_be_deleted(client: httpx.AsyncClient) -> None:
    used, *_ = ids(await client.get("/v1/mailboxes?inActiveCampaign=true"))
    assert (await client.delete(f"/v1/mailboxes/{used}")).status_code == 409
    unused, *_ = ids(await client.get("/v1/mailboxes?notInCampaign=true"))
    answer = await client.delete(f"/v1/mailboxes/{unused}")
    assert shape(answer.json()) == shape(body_of(recorded("mailbox_deleted")))
    assert (await client.delete(f"/v1/mailboxes/{unused}")).status_code == 404
    assert (await client.get("/v1/mailboxes?limit=1")).json()["pagination"]["total"] == 23


async def test_deleting_does_not_shift_the_pages(client: httpx.AsyncClient) -> None:
    first = ids(await client.get("/v1/mailboxes?limit=10"))
    unused = next(each for each in ids(await client.get("/v1/mailboxes?limit=100&notInCampaign=true")) if each in first)
    await client.delete(f"/v1/mailboxes/{unused}")
    assert ids(await client.get(f"/v1/mailboxes?limit=10&cursor={first[-1]}")) == [object_id(index) for index in range(10, 20)]


async def test_warm_up_moves_only_where_it_can(client: httpx.AsyncClient) -> None:
    path = "/v1/warmup/{}/" + object_id(14)
    verbs = ("pause", "start", "start", "pause", "pause", "resume", "stop", "resume", "start")
    statuses = [(await client.post(path.format(verb))).status_code for verb in verbs]
    assert statuses == [409, 200, 409, 200, 409, 200, 200, 409, 200]
    assert (await client.post(f"/v1/warmup/start/{QUEUED}")).status_code == 400
    assert (await client.post(f"/v1/warmup/start/{UNKNOWN}")).status_code == 404


# ---------------------------------------------------------------------- the import

HEAD = "email,password,smtphost,imaphost"


async def upload(client: httpx.AsyncClient, *lines: str, head: str = HEAD, **form: str) -> httpx.Response:
    file = "\r\n".join((head, *lines))
    return await client.post("/v1/mailboxes/import/smtp", files={"file": ("m.csv", file.encode())}, data=form)


async def test_an_import_tests_its_rows_before_it_answers() -> None:
    async with opened(sendkit_sandbox(World(), verify_seconds=0)) as client:
        await client.post("/v1/mailboxes", json=NEW)
        answer = await upload(
            client, "a@q.example,p,h,i", "new@quill.example,p,h,i", "b@q.example,wrong,h,i", "A@q.example,p,h,i", tag="spring"
        )
        theirs = body_of(recorded("import_smtp"))
        assert shape(answer.json()) == shape(theirs)
        data = answer.json()["data"]
        assert (data["imported"], data["skipped"], data["failed"]) == (1, 2, 1)
        assert [error["email"] for error in data["errors"]] == ["b@q.example"]
        (row,) = rows(await client.get("/v1/mailboxes?search=a@q.example"))
        detail = (await client.get(f"/v1/mailboxes/{row['_id']}")).json()["data"]
    assert (detail["status"], detail["tags"], detail["displayName"]) == ("active", ["spring"], "a")
    assert (detail["smtpPort"], detail["smtpSecure"], detail["imapPort"], detail["imapSecure"]) == (587, False, 993, True)


async def test_an_import_without_tests_leaves_its_rows_pending(client: httpx.AsyncClient) -> None:
    answer = await upload(client, "a@q.example,wrong,h,i", skipConnectionTest="true")
    assert answer.json()["data"] == {"imported": 1, "skipped": 0, "failed": 0, "errors": []}
    assert [row["status"] for row in rows(await client.get("/v1/mailboxes?search=a@q.example"))] == ["pending"]


@pytest.mark.parametrize(
    ("lines", "head", "form", "field"),
    [
        ((), "email,password,smtphost", {}, "file"),
        ((), f"{HEAD},signature", {}, "file"),
        (("a@q.example,,h,i",), HEAD, {}, "file.password"),
        (("a@q.example,p,h,i,ssl",), f"{HEAD},smtpport", {}, "file.smtpport"),
        (("a@q.example,p,h,i,yes",), f"{HEAD},smtpsecure", {}, "file.smtpsecure"),
        (("a@q.example,p,h,i",) * 501, HEAD, {}, "file"),
        ((), HEAD, {"skipConnectionTest": "yes"}, "skipConnectionTest"),
        ((), HEAD, {"workspace": "x"}, "workspace"),
    ],
)
async def test_imports_that_no_page_describes(
    client: httpx.AsyncClient, lines: tuple[str, ...], head: str, form: dict[str, str], field: str
) -> None:
    assert details_of(await upload(client, *lines, head=head, **form)) == [field]


async def test_an_import_that_is_no_form(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/mailboxes/import/smtp", json={})).status_code == 400
    assert details_of(await client.post("/v1/mailboxes/import/smtp", files={"tag": (None, "x")})) == ["file"]
