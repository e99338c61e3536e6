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


async def ask(
    sandbox: Sandbox,
    path: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    json: Any = None,  # noqa: ANN401 - whatever JSON
) -> httpx.Response:
    transport = httpx.ASGITransport(app=sandbox)
    async with httpx.AsyncClient(transport=transport, base_url="http://woodpecker.test") as client:
        return await client.request(method, path, headers=KEY if headers is None else headers, json=json)


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


async def test_a_big_fleet_is_built() -> None:
    assert len(await rows(woodpecker_sandbox(World(mailboxes=10_000)))) > 15_000


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


# ---------------------------------------------------------------------- adding mailboxes
BULK = "/v2/mailboxes/manual_connection/bulk"
ITEM = {
    "smtp_email": "neu@ostwind-leads.example",
    "smtp_login": "neu@ostwind-leads.example",
    "smtp_password": "CANARY-REQ-1-SMTP",
    "smtp_server": "mail.postbox.example",
    "smtp_port": 587,
    "imap_email": "neu@ostwind-leads.example",
    "imap_password": "CANARY-REQ-1-IMAP",
    "imap_server": "imap.postbox.example",
    "imap_port": 993,
}


async def add(sandbox: Sandbox, *items: dict[str, Any], **headers: str) -> httpx.Response:
    return await ask(sandbox, BULK, method="POST", json={"mailboxes": items}, headers={**KEY, **headers})


async def summary(sandbox: Sandbox, batch_id: int) -> Any:  # noqa: ANN401 - whatever JSON
    return (await ask(sandbox, f"{BULK}/{batch_id}/summary")).json()


def quick(**moods: Any) -> Sandbox:  # noqa: ANN401 - the sandbox's options
    return woodpecker_sandbox(World(mailboxes=5), **{"connect_seconds": 0.0, **moods})


async def test_a_batch_is_accepted_and_works_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox, now = quick(connect_seconds=20.0), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    before = await rows(sandbox)
    answer = await add(sandbox, ITEM, {**ITEM, "smtp_email": "b@x.example"})
    assert (answer.status_code, shape(answer.json())) == (202, shape(recorded("bulk_add_accepted")))
    batch_id = answer.json()["batch_id"]
    pending = await summary(sandbox, batch_id)
    assert same_shape(pending, recorded("batch_summary_pending"))
    assert (pending["processing_finished"], pending["batch_size"], pending["pending_mailboxes_count"]) == (False, 2, 2)
    assert await rows(sandbox) == before
    now += 11
    assert (await summary(sandbox, batch_id))["connected_mailboxes_count"] == 1
    now += 11
    assert (await summary(sandbox, batch_id))["processing_finished"] is True
    added = [row for key, row in (await rows(sandbox)).items() if key not in before]
    assert [row["type"] for row in added] == ["SMTP", "IMAP", "SMTP", "IMAP"]
    assert same_shape(added[0], recorded("get_smtp"))
    assert same_shape(added[1], recorded("get_imap"))
    assert added[0]["details"]["imap_id"] == added[1]["id"]


async def test_what_is_written_in_seconds_is_read_in_milliseconds() -> None:
    sandbox = quick()
    await add(sandbox, {**ITEM, "sending_wait_time_from": 60, "sending_wait_time_to": 120, "footer": "<b>F</b>", "bcc": "b@x.example"})
    [sender] = [row["details"] for row in (await rows(sandbox)).values() if row["details"]["email"] == ITEM["smtp_email"]][:1]
    assert (sender["frequency_from"], sender["frequency_to"]) == (60_000, 120_000)
    assert (sender["signature"], sender["bcc_crm"]) == ("<b>F</b>", "b@x.example")
    assert "CANARY-REQ" not in json.dumps(await rows(sandbox))


async def test_each_fails_for_itself_and_in_words_that_echo() -> None:
    sandbox = quick()
    items = [
        ITEM,
        {**ITEM, "smtp_email": "a@x.example", "imap_server": "imap.gone.invalid"},
        {**ITEM, "smtp_email": "b@x.example", "smtp_password": "CANARY-wrong"},
        {**ITEM, "smtp_email": "c@x.example", "smtp_server": "smtp.slow.example"},
    ]
    told = await summary(sandbox, (await add(sandbox, *items)).json()["batch_id"])
    assert same_shape(told, recorded("batch_summary_mixed"))
    assert [told[f"{name}_mailboxes_count"] for name in ("connected", "conditionally_connected", "failed")] == [1, 1, 2]
    assert [each["smtp_email"] for each in told["failed_mailboxes"]] == ["a@x.example", "b@x.example"]
    assert ITEM["smtp_password"] in told["failed_mailboxes"][0]["error"]
    assert "CANARY-wrong" in told["failed_mailboxes"][1]["error"]
    by_address = {row["details"]["email"]: row["details"] for row in (await rows(sandbox)).values() if row["type"] == "SMTP"}
    assert by_address["c@x.example"]["error"] == "Connected conditionally."
    assert not {"a@x.example", "b@x.example"} & set(by_address)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"smtp_port": 70_000}, "mailboxes[0].smtp_port must be between 1 and 65535"),
        ({"smtp_port": "587"}, "mailboxes[0].smtp_port must be an integer"),
        ({"imap_port": True}, "mailboxes[0].imap_port must be an integer"),
        ({"smtp_password": None}, "mailboxes[0].smtp_password must not be null"),
        ({"smtp_server": " "}, "mailboxes[0].smtp_server must not be blank"),
        ({"footer": ""}, "mailboxes[0].footer must not be blank"),
        ({"bcc": "nobody"}, "mailboxes[0].bcc must be a well-formed email address"),
        ({"open_tracking_domain": "https://t.example"}, "mailboxes[0].open_tracking_domain must be a valid domain"),
        ({"daily_sending_limit": 5501}, "mailboxes[0].daily_sending_limit must be between 1 and 5500"),
        ({"sending_wait_time_from": 9}, "mailboxes[0].sending_wait_time_from must be between 10 and 9999"),
        ({"imap_login": "x"}, "mailboxes[0].imap_login is not known"),
        (
            {"sending_wait_time_from": 30, "sending_wait_time_to": 30},
            "mailboxes[0].sending_wait_time_from must be less than sending_wait_time_to",
        ),
    ],
)
async def test_what_a_batch_must_say(sandbox: Sandbox, change: dict[str, Any], line: str) -> None:
    answer = await add(sandbox, {**ITEM, **change})
    assert answer.status_code == 400
    assert same_shape(answer.json(), recorded("bulk_add_invalid_400"))
    assert answer.json()["details"] == [line]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"mailboxes": []},
        {"mailboxes": [1]},
        {"mailboxes": [ITEM] * 201},
        {"mailboxes": [ITEM], "dry_run": True},
        {"mailboxes": [ITEM], "completion_notification_types": ["SMS"]},
        {"mailboxes": [ITEM], "completion_notification_types": "MAIL"},
    ],
)
async def test_a_batch_of_the_wrong_shape(sandbox: Sandbox, body: object) -> None:
    assert (await ask(sandbox, BULK, method="POST", json=body)).status_code == 400


async def test_an_address_twice_is_a_conflict_or_a_failure() -> None:
    refusing, failing = quick(), quick(is_duplicate_refused=False)
    for sandbox in (refusing, failing):
        assert (await add(sandbox, ITEM)).status_code == 202
    answer = await add(refusing, {**ITEM, "smtp_email": str(ITEM["smtp_email"]).upper()})
    assert (answer.status_code, answer.json()["details"][0][-20:]) == (409, "is already connected")
    assert same_shape(answer.json(), recorded("bulk_add_conflict_409"))
    told = await summary(failing, (await add(failing, ITEM)).json()["batch_id"])
    assert (told["failed_mailboxes_count"], told["connected_mailboxes_count"]) == (1, 0)


async def test_the_list_may_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox, now = quick(list_lag_seconds=20.0), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    before = await rows(sandbox)
    told = await summary(sandbox, (await add(sandbox, ITEM)).json()["batch_id"])
    assert told["processing_finished"] is True
    assert await rows(sandbox) == before
    now += 21
    assert len(await rows(sandbox)) == len(before) + 2


async def test_a_batch_belongs_to_its_company(sandbox: Sandbox) -> None:
    batch_id = (await add(sandbox, ITEM, **{"x-company-id": CLIENT_COMPANY})).json()["batch_id"]
    answer = await ask(sandbox, f"{BULK}/{batch_id}/summary")
    assert answer.status_code == 404
    assert same_shape(answer.json(), recorded("error_404"))


# ---------------------------------------------------------------------- the footer
@pytest.mark.parametrize(("footer", "shown"), [("<b>x</b>", "<b>x</b>"), ("", ""), (None, "")])
async def test_a_footer_is_read_back_as_the_signature(sandbox: Sandbox, footer: str | None, shown: str) -> None:
    answer = await ask(sandbox, "/v2/mailboxes/700021", method="PATCH", json={"footer": footer})
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await rows(sandbox))[700_021]["details"]["signature"] == shown


@pytest.mark.parametrize(
    ("record_id", "body", "status"),
    [
        (700_022, {"footer": "x"}, 400),
        (999, {"footer": "x"}, 404),
        (700_021, {}, 400),
        (700_021, {"footer": 5}, 400),
        (700_021, {"footer": "x", "daily_limit": 5}, 400),
    ],
)
async def test_a_footer_that_is_refused(sandbox: Sandbox, record_id: int, body: object, status: int) -> None:
    before = await rows(sandbox)
    answer = await ask(sandbox, f"/v2/mailboxes/{record_id}", method="PATCH", json=body)
    assert answer.status_code == status
    assert same_shape(answer.json(), recorded("error_404"))
    assert await rows(sandbox) == before


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


async def test_writes_wait_in_the_queue_too() -> None:
    sandbox = quick(is_serial=True, work_seconds=0.01)
    answers = await asyncio.gather(*(add(sandbox, {**ITEM, "smtp_email": f"n{index}@x.example"}) for index in range(10)))
    assert sorted(answer.status_code for answer in answers) == [202] * 7 + [429] * 3
