import json
from base64 import b64decode
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

from gateway.sandbox.server import Sandbox
from gateway.sandbox.smartlead import API_KEY, FIRST_ID, smartlead_sandbox
from gateway.sandbox.world import World

RECORDED = Path(__file__).parents[1] / "vendors" / "smartlead" / "recorded"
KEY = {"api_key": API_KEY}
Row: TypeAlias = dict[str, object]


def recorded(name: str) -> object:
    read: object = json.loads((RECORDED / f"{name}.json").read_bytes())
    return read


def rows_of(body: object) -> list[Row]:
    assert isinstance(body, list)
    return body


def object_of(body: object) -> Row:
    assert isinstance(body, dict)
    return body


async def ask(sandbox: Sandbox, path: str, **params: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="http://smartlead") as http:
        return await http.get(path, params={**KEY, **params})


async def get(path: str, *, mailboxes: int = 24, **params: str) -> httpx.Response:
    return await ask(smartlead_sandbox(World(mailboxes=mailboxes)), path, **params)


async def listed(**params: str) -> list[Row]:
    answer = await get("/email-accounts/", mailboxes=60, **params)
    assert answer.status_code == 200
    return rows_of(answer.json())


def types_of(rows: list[Row], key: str) -> set[str]:
    return {type(row[key]).__name__ for row in rows if key in row}


def assert_same_shape(answered: list[Row], expected: list[Row]) -> None:
    """Every recorded key occurs, no other does, and each has the recorded JSON types and perhaps others that the notes allow."""
    keys = set().union(*expected)
    assert set().union(*answered) == keys
    for key in keys:
        assert types_of(expected, key) - {"NoneType"} <= types_of(answered, key), key


RECORDED_LISTS = ("list_page_full", "list_page_last_short", "list_messy_variants", "list_with_campaign_ids")


# ---------------------------------------------------------------------- shapes
async def test_list_rows_have_the_recorded_keys_and_types() -> None:
    answer = await get("/email-accounts/", fetch_campaigns="true")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(answer.headers)
    rows = rows_of(answer.json())
    known = [row for name in RECORDED_LISTS for row in rows_of(recorded(name))]
    assert_same_shape(rows, known)
    warmups = [object_of(row["warmup_details"]) for row in rows if row["warmup_details"]]
    assert_same_shape(warmups, [object_of(row["warmup_details"]) for row in known if row["warmup_details"]])


async def test_the_ordinary_row_has_exactly_the_recorded_keys() -> None:
    ordinary = rows_of((await get("/email-accounts/")).json())[1]
    assert set(ordinary) - {"tags"} == set(rows_of(recorded("list_page_full"))[1])
    assert "is_suspended" not in ordinary
    assert "campaign_ids" not in ordinary


async def test_the_read_of_one_has_the_recorded_keys_and_types() -> None:
    expected = object_of(recorded("get_detail"))
    answer = await get(f"/email-accounts/{FIRST_ID}/", fetch_campaigns="true")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    body = object_of(answer.json())
    assert set(body) == set(expected)
    assert set(object_of(body["warmup_details"])) == set(object_of(expected["warmup_details"]))
    loose = {"different_reply_to_address"}  # null in the recorded one
    assert {key: type(value) for key, value in body.items() if key not in loose} == {
        key: type(value) for key, value in expected.items() if key not in loose
    }
    assert isinstance(object_of(body["warmup_details"])["warmup_reputation"], int)
    assert "campaign_ids" not in (await get(f"/email-accounts/{FIRST_ID}/")).json()
    suspended = (await get(f"/email-accounts/{FIRST_ID + 6}/")).json()
    assert suspended["is_suspended"] is True


async def test_list_and_read_of_one_spell_passwords_differently() -> None:
    sandbox = smartlead_sandbox(World())
    row = rows_of((await ask(sandbox, "/email-accounts/")).json())[0]
    one = (await ask(sandbox, f"/email-accounts/{FIRST_ID}/")).json()
    for key in ("password", "imap_password"):
        assert b64decode(str(row[key])).decode() == one[key]
        assert one[key] in sandbox.secrets


async def test_the_first_24_show_the_mess() -> None:
    sandbox = smartlead_sandbox(World())
    rows = rows_of((await ask(sandbox, "/email-accounts/")).json())
    shown = json.dumps(rows)
    assert {row["type"] for row in rows} >= {"GMAIL", "OUTLOOK", "SMTP", "ZOHO", "PROTON"}
    assert {None, True, False} == {row["is_smtp_success"] for row in rows}
    assert types_of(rows, "message_per_day") == types_of(rows, "smtp_port") - {"NoneType"} == {"int", "str"}
    assert types_of(rows, "warmup_details") == {"dict", "NoneType"}
    assert any("tags" not in row for row in rows)
    assert any(row["smtp_host"] is None for row in rows)
    assert any(row["from_name"] == "" for row in rows)
    assert any(not str(row["from_name"]).isascii() for row in rows)
    assert any("<script" in str(row["signature"]) for row in rows)
    assert any(secret in shown for secret in sandbox.secrets)
    statuses = {object_of(row["warmup_details"])["status"] for row in rows if row["warmup_details"]}
    assert statuses == {"ACTIVE", "INACTIVE", "PAUSED", "BLOCKED", "THROTTLED"}


async def test_tags() -> None:
    answer = await get("/email-accounts/tags")
    assert answer.status_code == 200
    assert_same_shape(rows_of(answer.json()), rows_of(recorded("tags_all")))


@pytest.mark.parametrize(("index", "name"), [(0, "warmup_stats_wire"), (1, "warmup_stats_documented"), (8, "warmup_stats_empty")])
async def test_warmup_stats(index: int, name: str) -> None:
    answer = await get(f"/email-accounts/{FIRST_ID + index}/warmup-stats")
    body, expected = object_of(answer.json()), object_of(recorded(name))
    assert answer.status_code == 200
    assert {key: type(value) for key, value in body.items()} == {key: type(value) for key, value in expected.items()}
    for key in {"stats_by_date", "daily_stats"} & set(expected):
        assert (rows_of(body[key]) == []) is (rows_of(expected[key]) == [])
        for day in rows_of(body[key]):
            first = rows_of(expected[key])[0]
            assert {part: type(value) for part, value in day.items()} == {part: type(value) for part, value in first.items()}


async def test_warmup_stats_of_a_mailbox_without_warmup_are_not_found() -> None:
    answer = await get(f"/email-accounts/{FIRST_ID + 2}/warmup-stats")
    assert (answer.status_code, answer.json()) == (404, recorded("error_404"))


async def test_campaign_accounts() -> None:
    sandbox = smartlead_sandbox(World())
    users = rows_of((await ask(sandbox, "/campaigns/9001/email-accounts", include_tags="true")).json())
    everyone = rows_of((await ask(sandbox, "/email-accounts/", fetch_campaigns="true")).json())
    expected = [row["id"] for row in everyone if 9001 in [*map(int, map(str, list_of(row["campaign_ids"])))]]
    assert [row["id"] for row in users] == expected
    assert expected
    assert set(users[0]) >= set(rows_of(recorded("campaign_accounts"))[0]) - {"tags"}
    without = rows_of((await ask(sandbox, "/campaigns/9001/email-accounts")).json())
    assert not any("tags" in row for row in without)
    assert (await ask(sandbox, "/campaigns/1/email-accounts")).status_code == 404


def list_of(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


async def test_health_metrics() -> None:
    path = "/analytics/mailbox/name-wise-health-metrics"
    answer = await get(path, start_date="2025-11-01", end_date="2025-11-20", full_data="true")
    body, expected = object_of(answer.json()), object_of(recorded("health_by_mailbox"))
    assert (answer.status_code, set(body), body["ok"]) == (200, set(expected), True)
    rows, known = (rows_of(object_of(each["data"])["email_health_metrics"]) for each in (body, expected))
    assert_same_shape(rows, known)
    paged = (await get(path, start_date="2025-11-01", end_date="2025-11-20", limit="2", offset="1")).json()
    assert [row["from_email"] for row in paged["data"]["email_health_metrics"]] == [row["from_email"] for row in rows[1:3]]
    refused = await get(path, start_date="2025-11-01")
    assert refused.status_code == 422
    assert "end_date" in refused.json()["error"]


# ---------------------------------------------------------------------- paging and filters
async def test_paging() -> None:
    sandbox = smartlead_sandbox(World(mailboxes=130))
    pages = [rows_of((await ask(sandbox, "/email-accounts/", offset=str(offset), limit="50")).json()) for offset in (0, 50, 100, 150)]
    assert [len(page) for page in pages] == [50, 50, 30, 0]
    ids = [row["id"] for page in pages for row in page]
    assert ids == list(range(FIRST_ID, FIRST_ID + 130))
    assert len(rows_of((await ask(sandbox, "/email-accounts/")).json())) == 100
    assert len(rows_of((await ask(sandbox, "/email-accounts")).json())) == 100


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("limit", "101", "less than or equal to 100"),
        ("limit", "0", "greater than or equal to 1"),
        ("limit", "many", "a number"),
        ("limit", "", "a number"),
        ("offset", "-1", "greater than or equal to 0"),
        ("isInUse", "yes", "one of"),
        ("isSmtpSuccess", "1", "one of"),
        ("isWarmupBlocked", "TRUE", "one of"),
        ("fetch_campaigns", "1", "one of"),
        ("emailWarmupStatus", "PAUSED", "one of"),
        ("esp", "ZOHO", "one of"),
        ("client_id", "x", "a number"),
    ],
)
async def test_bad_parameters(name: str, value: str, words: str) -> None:
    answer = await ask(smartlead_sandbox(World()), "/email-accounts/", **{name: value})
    assert answer.status_code == 422
    assert set(answer.json()) == set(object_of(recorded("error_422_limit")))
    assert answer.json()["error"].startswith(f"{name} must be")
    assert words in answer.json()["error"]


async def test_the_words_for_a_limit_too_large_are_the_recorded_ones() -> None:
    assert (await get("/email-accounts/", limit="500")).json() == recorded("error_422_limit")


async def test_filters() -> None:
    everyone = await listed(fetch_campaigns="true")
    in_use = {row["id"] for row in everyone if row["campaign_ids"]}
    ids = {row["id"] for row in everyone}
    assert ids > in_use > set()
    assert {row["id"] for row in await listed(isInUse="true")} == in_use
    assert {row["id"] for row in await listed(isInUse="false")} == ids - in_use
    assert {row["type"] for row in await listed(esp="OUTLOOK")} == {"OUTLOOK"}
    assert {row["client_id"] for row in await listed(client_id="88")} == {88}
    working = await listed(isSmtpSuccess="true")
    assert {row["is_smtp_success"] for row in working} == {True}
    assert {row["id"] for row in await listed(isSmtpSuccess="false")} == ids - {row["id"] for row in working}
    for status in ("ACTIVE", "INACTIVE"):
        assert {object_of(row["warmup_details"])["status"] for row in await listed(emailWarmupStatus=status)} == {status}
    blocked = await listed(isWarmupBlocked="true")
    assert {object_of(row["warmup_details"])["status"] for row in blocked} == {"BLOCKED"}
    assert len(await listed(isWarmupBlocked="false")) == 60 - len(blocked)


async def test_filter_by_part_of_the_login() -> None:
    login = str((await listed())[0]["username"])
    found = await listed(username=login[1:6].upper())
    assert found
    assert all(login[1:6] in str(row["username"]) for row in found)
    assert await listed(username="nobody-has-this") == []


# ---------------------------------------------------------------------- errors
async def test_a_missing_key_and_a_wrong_one() -> None:
    missing = await get("/email-accounts/", api_key="")
    assert (missing.status_code, missing.json()) == (401, recorded("error_401_structured"))
    wrong = await get("/email-accounts/", api_key="nonsense")
    assert (wrong.status_code, wrong.json()) == (401, recorded("error_401_message"))
    assert wrong.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("mailbox_id", ["999999", "abc", "-1"])
async def test_an_unknown_mailbox(mailbox_id: str) -> None:
    answer = await get(f"/email-accounts/{mailbox_id}/")
    assert (answer.status_code, answer.json()) == (404, recorded("error_404"))


@pytest.mark.parametrize("path", [f"/email-accounts/{FIRST_ID}", "/email-accounts/tags/", f"/email-accounts/{FIRST_ID}/warmup-stats/"])
async def test_a_slash_too_many_or_too_few_is_not_found(path: str) -> None:
    assert (await get(path)).status_code == 404


async def test_the_quota_counts_ten_in_two_seconds_and_sixty_in_a_minute() -> None:
    now = 1000.0
    sandbox = smartlead_sandbox(World(), quota=True, clock=lambda: now)
    answers = [await ask(sandbox, "/email-accounts/tags") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers[:3]] == ["59", "58", "57"]
    refused, expected = answers[-1], object_of(recorded("error_429"))
    assert set(refused.json()["error"]) == set(object_of(expected["error"]))
    assert (refused.json()["error"]["retry_after"], refused.headers["retry-after"]) == (2, "2")
    assert refused.json()["error"]["code"] == object_of(expected["error"])["code"]
    for _ in range(5):
        now += 2.0
        assert [(await ask(sandbox, "/email-accounts/tags")).status_code for _ in range(10)] == [200] * 10
    now += 2.0
    minute = await ask(sandbox, "/email-accounts/tags")
    assert (minute.status_code, minute.headers["retry-after"], minute.headers["x-ratelimit-remaining"]) == (429, "48", "0")
    now += 48.0
    assert (await ask(sandbox, "/email-accounts/tags")).status_code == 200


async def test_the_quota_is_off_by_default() -> None:
    sandbox = smartlead_sandbox(World())
    assert {(await ask(sandbox, "/email-accounts/tags")).status_code for _ in range(70)} == {200}
