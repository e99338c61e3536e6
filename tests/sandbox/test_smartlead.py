import json
from base64 import b64decode, b64encode
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


# ---------------------------------------------------------------------- writes
NEW = FIRST_ID + 24
SAVE: Row = {
    "id": None,
    "from_name": "Nora Quill",
    "from_email": "new@quill-outreach.example",
    "user_name": "nora",
    "password": "CANARY-new-pw",
    "smtp_host": "smtp.quill.example",
    "smtp_port": 465,
    "imap_host": "imap.quill.example",
    "imap_port": 993,
    "warmup_enabled": True,
    "total_warmup_per_day": 20,
    "daily_rampup": 2,
}
TOKEN: Row = {
    "scope": "https://mail.google.com/",
    "token_type": "Bearer",
    "access_token": "CANARY-access",
    "refresh_token": "CANARY-refresh",
    "expiry_date": 1795694400000,
}
SAVE_OAUTH: Row = {
    **{key: SAVE[key] for key in ("from_name", "from_email", "warmup_enabled")},
    "username": "new@quill-outreach.example",
    "type": "OUTLOOK",
    "token": TOKEN,
    "use_whitelabel_credentials": True,
}
ONE = f"/email-accounts/{FIRST_ID}"


async def send(sandbox: Sandbox, method: str, path: str, body: object = None) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="http://smartlead") as http:
        return await http.request(method, path, params=KEY, json=body) if body is not None else await http.request(method, path, params=KEY)


async def row_and_detail(sandbox: Sandbox, number: int) -> tuple[Row, Row]:
    rows = rows_of((await ask(sandbox, "/email-accounts/")).json())
    row = next(row for row in rows if row["id"] == number)
    return row, object_of((await ask(sandbox, f"/email-accounts/{number}/")).json())


def without(body: Row, *names: str, **more: object) -> Row:
    return {key: value for key, value in body.items() if key not in names} | more


async def test_a_mailbox_that_is_saved_shows_in_list_and_detail() -> None:
    sandbox = smartlead_sandbox(World())
    answer = await send(sandbox, "POST", "/email-accounts/save", SAVE)
    body, expected = object_of(answer.json()), object_of(recorded("create_ok"))
    assert (answer.status_code, set(body), set(object_of(body["data"]))) == (200, set(expected), set(object_of(expected["data"])))
    assert object_of(body["data"])["id"] == NEW
    assert object_of(body["data"])["warmup_details"] == object_of(expected["data"])["warmup_details"]
    row, detail = await row_and_detail(sandbox, NEW)
    known_row, known_detail = await row_and_detail(sandbox, FIRST_ID)
    assert (set(row), set(detail)) == (set(known_row), set(known_detail))
    for shown in (row, detail):
        assert (shown["username"], shown["smtp_port_type"], shown["message_per_day"]) == ("nora", "SSL", 50)
        assert object_of(shown["warmup_details"])["warmup_max_count"] == 20
    assert (row["password"], detail["password"]) == (b64encode(b"CANARY-new-pw").decode(), "CANARY-new-pw")
    assert (row["campaign_count"], row["tags"], detail["is_suspended"]) == (0, [], False)


async def test_a_saved_token_shows_nowhere() -> None:
    sandbox = smartlead_sandbox(World())
    answer = await send(sandbox, "POST", "/email-accounts/save-oauth", SAVE_OAUTH)
    expected = object_of(recorded("create_oauth_ok"))
    assert (answer.status_code, set(object_of(answer.json()["data"]))) == (200, set(object_of(expected["data"])))
    row, detail = await row_and_detail(sandbox, NEW)
    assert (row["username"], row["smtp_host"], row["password"], detail["use_whitelabel_credentials"]) == (None, None, None, True)
    assert "CANARY" not in json.dumps([row, detail])


async def test_save_with_an_id_overwrites_and_forgets_what_is_left_out() -> None:
    sandbox = smartlead_sandbox(World())
    await send(sandbox, "POST", "/email-accounts/save", {**SAVE, "bcc": "a@b.example", "signature": "x", "is_suspended": True})
    again = await send(sandbox, "POST", "/email-accounts/save", {**SAVE, "id": NEW, "imap_username": "imap", "imap_password": "p"})
    assert object_of(again.json()["data"])["id"] == NEW
    row, detail = await row_and_detail(sandbox, NEW)
    assert (row["bcc_email"], row["signature"], detail["is_suspended"]) == (None, None, False)
    assert (row["is_different_imap_account"], detail["imap_username"], detail["imap_password"]) == (True, "imap", "p")
    assert len(rows_of((await ask(sandbox, "/email-accounts/")).json())) == 25
    unknown = await send(sandbox, "POST", "/email-accounts/save", {**SAVE, "id": 5})
    assert (unknown.status_code, unknown.json()) == (404, recorded("error_404"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {**SAVE, "smtp_host": "smtp.quill.invalid"},
            "SMTP connection failed: getaddrinfo ENOTFOUND smtp.quill.invalid (nora:CANARY-new-pw)",
        ),
        ({**SAVE, "imap_host": "x.invalid"}, "IMAP connection failed"),
        ({**SAVE, "password": "wrong-1"}, "Bad credentials for nora with wrong-1"),
        (
            {**SAVE, "imap_username": "i", "imap_password": "wrong-2"},
            "IMAP connection failed: Invalid login: 535 5.7.8 Bad credentials for i",
        ),
    ],
)
async def test_a_login_that_fails(body: Row, words: str) -> None:
    sandbox = smartlead_sandbox(World())
    answer = await send(sandbox, "POST", "/email-accounts/save", body)
    assert (answer.status_code, set(answer.json())) == (400, set(object_of(recorded("create_connection_failed"))))
    assert words in answer.json()["error"]
    assert len(rows_of((await ask(sandbox, "/email-accounts/")).json())) == 24


async def test_a_token_that_fails() -> None:
    body = {**SAVE_OAUTH, "token": {**TOKEN, "access_token": "wrong"}}
    answer = await send(smartlead_sandbox(World()), "POST", "/email-accounts/save-oauth", body)
    assert (answer.status_code, "Invalid OAuth token: wrong" in answer.json()["error"]) == (400, True)


async def test_logins_take_their_time() -> None:
    sandbox = smartlead_sandbox(World(), login_seconds=0.05)
    answer = await send(sandbox, "POST", "/email-accounts/save", SAVE)
    assert answer.elapsed.total_seconds() >= 0.1


BAD_BODIES: list[tuple[str, str, object, int, str]] = [
    ("POST", "/email-accounts/save", {**SAVE, "smtp_port_type": "TLS"}, 400, '"smtp_port_type" is not allowed'),
    ("POST", "/email-accounts/save", without(SAVE, "smtp_host"), 422, '"smtp_host" is required'),
    ("POST", "/email-accounts/save", {**SAVE, "bcc": None}, 422, '"bcc" must be a string'),
    ("POST", "/email-accounts/save", {**SAVE, "smtp_port": "587"}, 422, '"smtp_port" must be a number'),
    ("POST", "/email-accounts/save", {**SAVE, "smtp_port": True}, 422, '"smtp_port" must be a number'),
    ("POST", "/email-accounts/save", {**SAVE, "from_email": "nobody"}, 422, "from_email must be a valid email"),
    ("POST", "/email-accounts/save", {**SAVE, "type": "ZOHO"}, 422, "type must be one of"),
    ("POST", "/email-accounts/save", [], 400, "must be of type object"),
    ("POST", "/email-accounts/save-oauth", {**SAVE_OAUTH, "different_reply_to_address": "a@b"}, 400, "is not allowed"),
    ("POST", "/email-accounts/save-oauth", {**SAVE_OAUTH, "type": "SMTP"}, 422, "type must be one of"),
    ("POST", "/email-accounts/save-oauth", {**SAVE_OAUTH, "token": without(TOKEN, "refresh_token")}, 422, '"refresh_token" is required'),
    ("POST", "/email-accounts/save-oauth", {**SAVE_OAUTH, "token": {**TOKEN, "expiry_date": 1795694400}}, 422, "must be greater"),
    ("POST", ONE, {"password": "x"}, 400, '"password" is not allowed'),
    ("POST", ONE, {"signature": None}, 422, '"signature" must be a string'),
    ("POST", f"{ONE}/warmup", {"total_warmup_per_day": 5}, 422, '"warmup_enabled" is required'),
    ("POST", f"{ONE}/warmup", {"warmup_enabled": True, "total_warmup_per_day": 51}, 422, "per_day must be less than or equal to 50"),
    ("POST", f"{ONE}/warmup", {"warmup_enabled": True, "daily_rampup": 4}, 422, "daily_rampup must be greater than or equal to 5"),
    ("POST", f"{ONE}/warmup", {"warmup_enabled": True, "reply_rate_percentage": 101}, 422, "must be less than or equal to 100"),
    ("POST", f"{ONE}/warmup", {"warmup_enabled": True, "warmup_key_id": 5120}, 422, '"warmup_key_id" must be a string'),
    ("POST", "/tags", {"name": ""}, 422, '"name" is required'),
    ("POST", "/tags", {"name": "x", "color": "red"}, 422, "color must be a color"),
    ("POST", "/email-accounts/tag-manager", {"id": 31, "name": "x"}, 422, '"color" is required'),
    ("POST", "/email-accounts/tag-manager", {"id": 99, "name": "x", "color": "#000000"}, 404, "Tag not found"),
    ("POST", "/email-accounts/tag-list", {"email_ids": []}, 422, "email_ids must be greater"),
    ("POST", "/email-accounts/tag-mapping", {"emails": ["a"], "tag_ids": [31]}, 400, '"emails" is not allowed'),
    ("POST", "/email-accounts/tag-mapping", {"email_account_ids": [FIRST_ID] * 26, "tag_ids": [31]}, 422, "less than or equal to 25"),
    ("DELETE", "/email-accounts/tag-mapping", {"email_account_ids": [FIRST_ID], "tag_ids": [99]}, 404, "Tag not found"),
    ("DELETE", "/email-accounts/tag-mapping", {"email_account_ids": [1], "tag_ids": [31]}, 404, "Email account not found"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status", "words"), BAD_BODIES)
async def test_bodies_that_no_page_describes(method: str, path: str, body: object, status: int, words: str) -> None:
    sandbox = smartlead_sandbox(World())
    before = (await ask(sandbox, "/email-accounts/")).json()
    answer = await send(sandbox, method, path, body)
    assert answer.status_code == status
    assert words in answer.text.replace('\\"', '"')
    assert (await ask(sandbox, "/email-accounts/")).json() == before


async def test_a_body_that_is_no_json() -> None:
    sandbox = smartlead_sandbox(World())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="http://smartlead") as http:
        assert (await http.post("/email-accounts/save", params=KEY, content=b"{")).status_code == 400
        assert (await http.post("/email-accounts/save", content=b"{}")).status_code == 401


async def test_settings_show_in_list_and_detail_and_move_the_time() -> None:
    sandbox = smartlead_sandbox(World())
    before, _ = await row_and_detail(sandbox, FIRST_ID)
    answer = await send(sandbox, "POST", ONE, {"max_email_per_day": 7, "time_to_wait_in_mins": 3, "bcc": "", "is_suspended": True})
    assert (answer.status_code, answer.json()) == (200, recorded("update_ok"))
    row, detail = await row_and_detail(sandbox, FIRST_ID)
    assert (row["message_per_day"], detail["message_per_day"], row["minTimeToWaitInMins"], row["bcc_email"]) == (7, 7, 3, "")
    assert (row["signature"], detail["is_suspended"]) == (before["signature"], True)
    assert "is_suspended" not in row
    assert str(row["updated_at"]) == detail["updated_at"]
    assert str(row["updated_at"]) > str(before["updated_at"])


async def test_suspending_pauses_warmup() -> None:
    sandbox = smartlead_sandbox(World())
    suspended = await send(sandbox, "PUT", f"/email-accounts/suspend/{FIRST_ID}")
    assert (suspended.status_code, suspended.json()) == (200, with_id("suspend_ok"))
    _, detail = await row_and_detail(sandbox, FIRST_ID)
    assert (detail["is_suspended"], object_of(detail["warmup_details"])["status"]) == (True, "PAUSED")
    resumed = await send(sandbox, "DELETE", f"/email-accounts/unsuspend/{FIRST_ID}")
    assert (resumed.status_code, resumed.json()) == (200, with_id("unsuspend_ok"))
    _, detail = await row_and_detail(sandbox, FIRST_ID)
    assert (detail["is_suspended"], object_of(detail["warmup_details"])["status"]) == (False, "ACTIVE")
    unknown = await send(sandbox, "PUT", "/email-accounts/suspend/999")
    assert (unknown.status_code, unknown.json()) == (400, recorded("suspend_not_found_400"))


def with_id(name: str) -> Row:
    body = object_of(recorded(name))
    return {**body, "data": {**object_of(body["data"]), "accountId": FIRST_ID}}


async def test_deleting() -> None:
    sandbox = smartlead_sandbox(World())
    answer = await send(sandbox, "DELETE", ONE)
    assert (answer.status_code, answer.json()) == (200, {**object_of(recorded("delete_ok")), "emailAccountId": FIRST_ID})
    assert len(rows_of((await ask(sandbox, "/email-accounts/")).json())) == 23
    for gone in (await ask(sandbox, f"{ONE}/"), await send(sandbox, "DELETE", ONE), await send(sandbox, "POST", ONE, {"bcc": ""})):
        assert (gone.status_code, gone.json()) == (404, recorded("error_404"))
    made = await send(sandbox, "POST", "/email-accounts/save", SAVE)
    assert object_of(made.json()["data"])["id"] == NEW


async def test_warmup_forgets_what_is_left_out() -> None:
    sandbox = smartlead_sandbox(World())
    full = {"warmup_enabled": True, "total_warmup_per_day": 40, "reply_rate_percentage": 55, "warmup_key_id": "heron"}
    answer = await send(sandbox, "POST", f"{ONE}/warmup", full)
    assert (answer.status_code, answer.json()) == (200, recorded("warmup_update_ok"))
    _, detail = await row_and_detail(sandbox, FIRST_ID)
    warmup = object_of(detail["warmup_details"])
    assert [warmup[key] for key in ("status", "warmup_max_count", "reply_rate", "warmup_key_id")] == ["ACTIVE", 40, 55, "heron"]
    await send(sandbox, "POST", f"{ONE}/warmup", {"warmup_enabled": False})
    _, detail = await row_and_detail(sandbox, FIRST_ID)
    warmup = object_of(detail["warmup_details"])
    assert [warmup[key] for key in ("status", "warmup_max_count", "reply_rate", "warmup_key_id")] == ["INACTIVE", 20, 30, "heron"]
    begun = await send(sandbox, "POST", f"/email-accounts/{FIRST_ID + 2}/warmup", {"warmup_enabled": True})
    assert begun.status_code == 200
    assert (await row_and_detail(sandbox, FIRST_ID + 2))[0]["warmup_details"] is not None


async def test_tags_are_made_changed_assigned_and_taken_away() -> None:
    sandbox = smartlead_sandbox(World())
    made = (await send(sandbox, "POST", "/tags", {"name": "New"})).json()
    assert (made["ok"], set(made["data"]), made["data"]["id"]) == (True, {"id", "name", "color"}, 34)
    changed = (await send(sandbox, "POST", "/email-accounts/tag-manager", {"id": 34, "name": "Newer", "color": "#000000"})).json()
    assert changed["data"] == {"id": 34, "name": "Newer", "color": "#000000"}
    assert changed["data"] in (await ask(sandbox, "/email-accounts/tags")).json()
    mapping = {"email_account_ids": [FIRST_ID, FIRST_ID + 8], "tag_ids": [34]}
    for _ in range(2):
        assert (await send(sandbox, "POST", "/email-accounts/tag-mapping", mapping)).json() == recorded("tag_mapping_ok")
    row, detail = await row_and_detail(sandbox, FIRST_ID)
    assert [tag["tag_name"] for tag in rows_of(row["tags"])] == ["Nordics", "Été 🌞", "Newer"]
    assert "tags" not in detail
    told = (await send(sandbox, "POST", "/email-accounts/tag-list", {"email_ids": [row["from_email"]]})).json()
    assert [tag["name"] for tag in told["data"][0]["tags"]] == ["Nordics", "Été 🌞", "Newer"]
    assert (told["data"][0]["email_account_id"], told["data"][0]["from_email"]) == (FIRST_ID, row["from_email"])
    taken = await send(sandbox, "DELETE", "/email-accounts/tag-mapping", mapping)
    assert (taken.status_code, taken.headers["content-type"], taken.text) == (200, "text/html; charset=utf-8", "Tags removed successfully")
    assert (await row_and_detail(sandbox, FIRST_ID + 8))[0]["tags"] == []


@pytest.mark.parametrize(("allows_twins", "status"), [(True, 200), (False, 400)])
async def test_an_address_that_is_there_already(*, allows_twins: bool, status: int) -> None:
    sandbox = smartlead_sandbox(World(), allows_twins=allows_twins)
    assert (await send(sandbox, "POST", "/email-accounts/save", SAVE)).status_code == 200
    assert (await send(sandbox, "POST", "/email-accounts/save", SAVE)).status_code == status
    assert (await send(sandbox, "POST", "/email-accounts/save", {**SAVE, "id": NEW})).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", ONE), ("DELETE", "/email-accounts/save"), ("PUT", f"{ONE}/warmup"), ("POST", f"{ONE}/")]
)
async def test_another_method_is_not_found(method: str, path: str) -> None:
    assert (await send(smartlead_sandbox(World()), method, path, {})).status_code == 404
