import asyncio
import json
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.sandbox.server import Sandbox
from gateway.sandbox.woodpecker import API_KEY, CLIENT_COMPANY, EMPTY_COMPANY, woodpecker_sandbox
from gateway.sandbox.world import World

RECORDED = Path(__file__).parents[1] / "vendors" / "woodpecker" / "recorded"
KEY = {"x-api-key": API_KEY}


def recorded(name: str) -> Any:  # noqa: ANN401 - whatever JSON
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture
def sandbox() -> Sandbox:
    return woodpecker_sandbox(World(mailboxes=24))


async def ask(sandbox: Sandbox, path: str, *, method: str = "GET", headers: dict[str, str] | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=sandbox)
    async with httpx.AsyncClient(transport=transport, base_url="http://woodpecker.test") as client:
        return await client.request(method, path, headers=KEY if headers is None else headers)


def shape(value: Any) -> Any:  # noqa: ANN401 - whatever JSON
    """Keys and JSON types, numbers and texts left out."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return type(value).__name__


async def rows(sandbox: Sandbox, **headers: str) -> dict[int, Any]:
    answer = await ask(sandbox, "/v2/mailboxes", headers={**KEY, **headers})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return {row["id"]: row for row in answer.json()}


def same_shape(row: Any, expected: Any) -> bool:  # noqa: ANN401 - whatever JSON
    return bool(shape(row) == shape(expected))


# ---------------------------------------------------------------------- records
async def test_records_have_the_recorded_shape(sandbox: Sandbox) -> None:
    listed = await rows(sandbox)
    assert same_shape(listed[700_021], recorded("get_smtp"))
    assert same_shape(listed[700_022], recorded("get_imap"))


async def test_a_paused_record_has_the_recorded_shape(sandbox: Sandbox) -> None:
    pause = (await rows(sandbox))[700_001]["details"]["freeze_account"][0]
    assert same_shape(pause, recorded("list_mailboxes")[2]["details"]["freeze_account"][0])
    assert pause["date_from"].endswith("+01:00")


async def test_the_older_form_has_the_recorded_shape(sandbox: Sandbox) -> None:
    listed = await rows(sandbox)
    imap, smtp = recorded("list_mailboxes_legacy")[:2]
    assert same_shape(listed[700_101], smtp)
    assert same_shape(listed[700_102], imap)
    old, older = listed[700_101]["details"]["freeze_account"][0], smtp["details"]["freeze_account"][0]
    assert list(old) == list(older)
    assert [len(text) for text in old.values()] == [len(text) for text in older.values()]


async def test_the_first_mailboxes_show_the_mess(sandbox: Sandbox) -> None:
    listed = await rows(sandbox)
    details = [row["details"] for row in listed.values()]
    senders = [row["details"] for row in listed.values() if row["type"] != "IMAP"]
    assert {row["type"] for row in listed.values()} == {"SMTP", "IMAP", "EXCHANGE"}
    assert any(each["port"] is None for each in details)
    assert any(isinstance(each["port"], str) for each in details)
    assert any("<script" in (each["signature"] or "") for each in senders)
    assert {type(each.get("freeze_account")) for each in senders} >= {list, str, type(None)}
    assert {type(each.get("error")) for each in senders} >= {str, type(None)}
    assert any("error" not in each for each in senders)
    assert any(each["imap_id"] not in listed and isinstance(each["imap_id"], int) for each in senders)
    assert [each["imap_id"] for each in senders].count(700_052) == 3
    assert {(each.get("warmup_data") or {}).get("status") for each in senders} >= {
        "RUNNING",
        "PAUSED",
        "DISABLED",
        "BLOCKED",
        "COOLING_DOWN",
    }


async def test_both_orders_of_halves_occur(sandbox: Sandbox) -> None:
    types = [row["type"] for row in (await rows(sandbox)).values()]
    assert ("IMAP", "SMTP") in zip(types[::2], types[1::2], strict=False)
    assert types[0:2] != ["SMTP", "SMTP"]


async def test_secrets_are_planted_where_they_could_be_shown(sandbox: Sandbox) -> None:
    body = (await ask(sandbox, "/v2/mailboxes")).text
    planted = sandbox.secrets - {API_KEY}
    assert planted
    assert all(secret in body for secret in planted)


async def test_the_same_world_gives_the_same_records() -> None:
    world = World(mailboxes=40)
    first, second = [await rows(woodpecker_sandbox(world)) for _ in range(2)]
    assert first == second
    assert first != await rows(woodpecker_sandbox(World(mailboxes=40, seed=8, now=world.now)))


async def test_a_big_fleet_is_built_quickly() -> None:
    started = time.perf_counter()
    sandbox = woodpecker_sandbox(World(mailboxes=10_000))
    assert time.perf_counter() - started < 4  # usually 0.3: the machine may be busy
    assert len(await rows(sandbox)) > 15_000


# ---------------------------------------------------------------------- paths
@pytest.mark.parametrize("record_id", [700_021, 700_022, 700_142])
async def test_either_half_can_be_read(sandbox: Sandbox, record_id: int) -> None:
    answer = await ask(sandbox, f"/v2/mailboxes/{record_id}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == (await rows(sandbox))[record_id]


@pytest.mark.parametrize("record_id", ["1", "999", "x", "-700021"])
async def test_an_unknown_record(sandbox: Sandbox, record_id: str) -> None:
    answer = await ask(sandbox, f"/v2/mailboxes/{record_id}")
    assert answer.status_code == 404
    assert same_shape(answer.json(), recorded("error_404"))
    assert answer.json()["detail"] == f"Mailbox {record_id} was not found"


async def test_the_list_has_no_parameters(sandbox: Sandbox) -> None:
    assert (await ask(sandbox, "/v2/mailboxes?page=2&type=IMAP")).json() == (await ask(sandbox, "/v2/mailboxes")).json()


@pytest.mark.parametrize(("is_empty_204", "status", "body"), [(True, 204, b""), (False, 200, b"[]")])
async def test_an_empty_account(is_empty_204: bool, status: int, body: bytes) -> None:  # noqa: FBT001 - a parameter of the test
    answer = await ask(woodpecker_sandbox(World(mailboxes=0), is_empty_204=is_empty_204), "/v2/mailboxes")
    assert (answer.status_code, answer.content) == (status, body)


async def test_the_key_can_be_checked(sandbox: Sandbox) -> None:
    assert (await ask(sandbox, "/v1/me")).status_code == 200


@pytest.mark.parametrize(("path", "like"), [("/v2/nothing", "error_404"), ("/v1/nothing", "error_401_v1")])
async def test_an_unknown_path_speaks_the_dialect_of_its_version(sandbox: Sandbox, path: str, like: str) -> None:
    answer = await ask(sandbox, path)
    assert answer.status_code == 404
    assert same_shape(answer.json(), recorded(like))


async def test_an_unknown_method(sandbox: Sandbox) -> None:
    assert (await ask(sandbox, "/v2/mailboxes/700021", method="DELETE")).status_code == 405


# ---------------------------------------------------------------------- keys and companies
def basic(text: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(text.encode()).decode()}


@pytest.mark.parametrize("headers", [KEY, basic(f":{API_KEY}"), basic(f"{API_KEY}:x")])
async def test_ways_to_show_the_key(sandbox: Sandbox, headers: dict[str, str]) -> None:
    assert (await ask(sandbox, "/v1/me", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-api-key": "wrong"}, basic(":wrong"), {"authorization": "Basic %"}, {"authorization": f"Bearer {API_KEY}"}],
)
@pytest.mark.parametrize(("path", "like"), [("/v2/mailboxes", "error_401"), ("/v1/me", "error_401_v1"), ("/v2/nothing", "error_401")])
async def test_without_a_key(sandbox: Sandbox, headers: dict[str, str], path: str, like: str) -> None:
    answer = await ask(sandbox, path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")
    assert same_shape(answer.json(), recorded(like))


async def test_a_company_has_its_own_mailboxes(sandbox: Sandbox) -> None:
    theirs = await rows(sandbox, **{"x-company-id": CLIENT_COMPANY})
    assert 3 <= len(theirs) <= 6
    assert not set(theirs) & set(await rows(sandbox))
    assert (await ask(sandbox, "/v2/mailboxes", headers={**KEY, "x-company-id": EMPTY_COMPANY})).status_code == 204
    assert (await ask(sandbox, "/v2/mailboxes", headers={**KEY, "x-company-id": "99"})).status_code == 403


async def test_the_agency_view(sandbox: Sandbox) -> None:
    answer = await ask(sandbox, f"/v2/agency/companies/{CLIENT_COMPANY}/email_accounts")
    assert (answer.status_code, list(answer.json())) == (200, ["content"])
    by_type = {row["type"]: row for row in answer.json()["content"]}
    like_smtp, like_imap = recorded("agency_email_accounts")["content"]
    assert same_shape(by_type["SMTP"], like_smtp)
    assert list(by_type["IMAP"]["details"]) == list(like_imap["details"])
    assert (await ask(sandbox, "/v2/agency/companies/99/email_accounts")).status_code == 404


# ---------------------------------------------------------------------- the queue
async def test_one_runs_six_wait_and_the_rest_is_dropped() -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), is_serial=True, work_seconds=0.01)
    answers = await asyncio.gather(*(ask(sandbox, "/v2/mailboxes") for _ in range(10)))
    dropped = [answer for answer in answers if answer.status_code == 429]
    assert (len(answers) - len(dropped), len(dropped)) == (7, 3)
    assert "retry-after" not in dropped[0].headers
    assert same_shape(dropped[0].json(), recorded("error_429"))


async def test_each_company_has_its_own_queue() -> None:
    sandbox = woodpecker_sandbox(World(mailboxes=5), is_serial=True, work_seconds=0.01)
    companies = [{}, {"x-company-id": CLIENT_COMPANY}]
    answers = await asyncio.gather(*(ask(sandbox, "/v2/mailboxes", headers={**KEY, **company}) for company in companies for _ in range(7)))
    assert {answer.status_code for answer in answers} == {200}


async def test_who_waits_too_long_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.sandbox.woodpecker.queue.QUEUE_SECONDS", 0.01)
    sandbox = woodpecker_sandbox(World(mailboxes=5), is_serial=True, work_seconds=0.1)
    answers = await asyncio.gather(*(ask(sandbox, "/v1/me") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 429, 429]
