"""The sandbox against bodies taken from Outreach's pages and clients, and against what those pages say."""

import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from gateway.sandbox.outreach import (
    ACCESS_TOKEN,
    EXPIRED_TOKEN,
    GONE_USER_ID,
    MAILBOXES_ONLY_TOKEN,
    MEDIA_TYPE,
    OAUTH_ACCOUNT,
    UNSCOPED_TOKEN,
    Outreach,
    outreach_sandbox,
)
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World

RECORDED = Path(__file__).parent.parent / "vendors" / "outreach" / "recorded"
HEADERS = {"authorization": f"Bearer {ACCESS_TOKEN}", "content-type": MEDIA_TYPE}
Get = Callable[..., Coroutine[Any, Any, httpx.Response]]


def recorded(name: str) -> Any:  # noqa: ANN401 - any recorded answer
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture
def sandbox() -> Sandbox:
    return outreach_sandbox(World())


@pytest.fixture
def vendor(sandbox: Sandbox) -> Outreach:
    return cast("Outreach", sandbox._app.state.vendor)  # type: ignore[attr-defined]


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="https://outreach.test") as opened:
        yield opened


@pytest.fixture
def get(client: httpx.AsyncClient) -> Get:
    async def ask(path: str, *, token: str = ACCESS_TOKEN, **params: str) -> httpx.Response:
        return await client.get(f"/api/v2{path}", params=params, headers={**HEADERS, "authorization": f"Bearer {token}"})

    return ask


def kinds(body: Any) -> Any:  # noqa: ANN401 - any JSON
    """A body's keys and JSON types."""
    if isinstance(body, dict):
        return {name: kinds(value) for name, value in body.items()}
    if isinstance(body, list):
        return [kinds(value) for value in body]
    return type(body)


def same_kinds(ours: Any, theirs: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether keys and types agree; null stands for any type, lists are compared by their first elements."""
    if ours is None or theirs is None:
        return True
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return set(ours) == set(theirs) and all(same_kinds(ours[name], theirs[name]) for name in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return not ours or not theirs or same_kinds(ours[0], theirs[0])
    return type(ours) is type(theirs)


# ---------------------------------------------------------------- shapes
async def test_a_page_has_the_recorded_shape(get: Get) -> None:
    theirs = recorded("mailboxes_list_page1")
    ours = await get("/mailboxes", **{"page[size]": "2", "count": "true"})
    assert same_kinds(ours.json(), theirs["body"])
    assert set(ours.json()["data"][0]["attributes"]) == set(theirs["body"]["data"][0]["attributes"])
    assert set(ours.json()["data"][1]["attributes"]) == set(theirs["body"]["data"][1]["attributes"])
    assert set(theirs["headers"]) <= set(ours.headers)
    assert ours.headers["content-type"] == theirs["headers"]["content-type"]


async def test_the_last_page_has_no_next(get: Get) -> None:
    first = await get("/mailboxes", **{"page[size]": "20"})
    last = await follow(get, first.json()["links"]["next"])
    theirs = recorded("mailboxes_list_page2_last")["body"]
    assert set(last["links"]) == set(theirs["links"]) == {"first", "prev"}
    assert last["meta"] == theirs["meta"] == {"count": None}
    assert len(last["data"]) == 4


async def test_a_single_page_has_a_null_next_and_uncounted_ones_no_meta(get: Get) -> None:
    ours = (await get("/mailboxes", count="false")).json()
    assert ours["links"]["next"] is None
    assert recorded("mailboxes_list_messy")["body"]["links"]["next"] is None
    assert "meta" not in ours


async def test_a_mailbox_has_the_recorded_shape(get: Get) -> None:
    assert same_kinds((await get("/mailboxes/43")).json(), recorded("mailbox_get")["body"])
    params = {"include": "user", "fields[user]": "name,email", "provideAuthorizationMeta": "true"}
    assert same_kinds((await get("/mailboxes/41", **params)).json(), recorded("mailbox_get_include_user_meta")["body"])


@pytest.mark.parametrize(
    ("path", "params", "name"),
    [
        ("/mailAliases", {"filter[mailbox][id]": "44"}, "mail_aliases_list"),
        (
            "/mailings",
            {"filter[mailbox][id]": "44", "count": "true", "page[size]": "1", "fields[mailing]": "state"},
            "mailings_count_for_mailbox",
        ),
        (
            "/sequenceStates",
            {"filter[mailbox][id]": "46", "include": "sequence", "fields[sequence]": "name,enabled", "count": "false"},
            "sequence_states_for_mailbox",
        ),
    ],
)
async def test_what_hangs_on_a_mailbox_has_the_recorded_shape(path: str, params: dict[str, str], name: str, get: Get) -> None:
    ours, theirs = (await get(path, **params)).json(), recorded(name)["body"]
    assert ours["data"]
    for member in ("data", "included", "meta"):
        own_rows, their_rows = ours.get(member), theirs.get(member)
        if member == "data":
            own_rows, their_rows = ([{**row, "relationships": None} for row in rows] for rows in (own_rows, their_rows))
            assert all(set(row["relationships"]) >= {"mailbox"} for row in ours["data"])
        assert same_kinds(own_rows, their_rows), member
    assert ("included" in ours) == ("included" in theirs)


async def test_the_mess_of_the_recorded_rows_is_there(get: Get) -> None:
    ours = {str(row["id"]): row for row in (await get("/mailboxes")).json()["data"]}
    odd, bare = recorded("mailboxes_list_messy")["body"]["data"]
    assert kinds(ours["48"]["relationships"]["user"]) == kinds(odd["relationships"]["user"]) == {}
    assert ours["48"]["relationships"]["creator"] == odd["relationships"]["creator"] == {"data": None}
    assert set(ours["48"]["relationships"]["updater"]) == set(odd["relationships"]["updater"]) == {"links"}
    assert kinds(ours["49"]) == kinds(bare)
    assert "<script>" in ours["53"]["attributes"]["emailSignature"]
    assert ours["51"]["attributes"]["smtpPort"] == "587"


# ---------------------------------------------------------------- who may
@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"content-type": MEDIA_TYPE}, "error_401_gateway"),
        ({"content-type": MEDIA_TYPE, "authorization": "Bearer rubbish"}, "error_401_gateway"),
        ({"content-type": MEDIA_TYPE, "authorization": ACCESS_TOKEN}, "error_401_gateway"),
        ({"content-type": MEDIA_TYPE, "authorization": f"Bearer {EXPIRED_TOKEN}"}, "error_401_jsonapi"),
        ({"content-type": MEDIA_TYPE, "authorization": f"Bearer {UNSCOPED_TOKEN}"}, "error_403_scope"),
        ({"authorization": f"Bearer {ACCESS_TOKEN}"}, "error_415_details_plural"),
        ({"content-type": "application/json", "authorization": f"Bearer {ACCESS_TOKEN}"}, "error_415_details_plural"),
    ],
)
async def test_refusals_are_the_recorded_ones(headers: dict[str, str], name: str, client: httpx.AsyncClient) -> None:
    ours, theirs = await client.get("/api/v2/mailboxes", headers=headers), recorded(name)
    assert (ours.status_code, ours.json()) == (theirs["status"], theirs["body"])
    assert ours.headers["content-type"].partition(";")[0] == theirs["headers"]["content-type"]
    assert set(theirs["headers"]) <= set(ours.headers)


async def test_users_need_their_own_scope(get: Get) -> None:
    assert (await get("/mailboxes", token=MAILBOXES_ONLY_TOKEN)).status_code == 200
    for path, params in (
        ("/users", {}),
        ("/mailboxes", {"include": "user"}),
        ("/mailboxes/41", {"include": "creator"}),
        ("/mailAliases", {}),
    ):
        assert (await get(path, token=MAILBOXES_ONLY_TOKEN, **params)).status_code == 403


async def test_an_unknown_mailbox(get: Get) -> None:
    ours, theirs = await get("/mailboxes/999999"), recorded("error_404")
    assert (ours.status_code, ours.json()) == (404, theirs["body"])


async def test_the_hourly_limit(get: Get, vendor: Outreach) -> None:
    assert (await get("")).headers["x-ratelimit-remaining"].startswith("9999, ")
    vendor.quota.hourly_limit = 1
    ours, theirs = await get("/mailboxes"), recorded("error_429_epoch")
    assert ours.status_code == 429
    assert same_kinds(ours.json(), theirs["body"])
    assert set(theirs["headers"]) <= set(ours.headers)
    assert ours.headers["retry-after"] == ours.headers["x-ratelimit-reset"]
    assert 0 < int(ours.headers["retry-after"]) - time.time() <= 3600


# ---------------------------------------------------------------- paging
async def follow(get: Get, link: str) -> Any:  # noqa: ANN401 - any JSON body
    address = urlsplit(link)
    assert (address.scheme, address.netloc) == ("https", "api.outreach.io")
    return (await get(address.path.removeprefix("/api/v2"), **dict(parse_qsl(address.query)))).json()


@pytest.mark.parametrize("sort", [{}, {"sort": "-email"}, {"sort": "updatedAt,-email"}])
async def test_links_lead_through_all_rows_and_back(sort: dict[str, str], get: Get) -> None:
    page = (await get("/mailboxes", **{"page[size]": "10", **sort})).json()
    pages = [page]
    while next_link := page["links"].get("next"):
        page = await follow(get, next_link)
        pages.append(page)
    everything = (await get("/mailboxes", **sort)).json()["data"]
    assert [len(each["data"]) for each in pages] == [10, 10, 4]
    assert [row for each in pages for row in each["data"]] == everything
    assert (await follow(get, page["links"]["prev"]))["data"] == pages[1]["data"]
    assert (await follow(get, page["links"]["first"]))["data"] == pages[0]["data"]


async def test_the_default_page_holds_fifty() -> None:
    sandbox = outreach_sandbox(World(mailboxes=60))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="https://outreach.test", headers=HEADERS) as client:
        body = (await client.get("/api/v2/mailboxes")).json()
    assert len(body["data"]) == 50
    assert body["links"]["next"]


async def test_a_page_survives_the_removal_of_the_row_it_hangs_on(get: Get, vendor: Outreach) -> None:
    page = (await get("/mailboxes", **{"page[size]": "10"})).json()
    del vendor.rows.mailboxes[int(page["data"][-1]["id"])]
    assert [row["id"] for row in (await follow(get, page["links"]["next"]))["data"]] == list(range(51, 61))


async def test_a_page_token_belongs_to_its_list_and_order(get: Get) -> None:
    token = dict(parse_qsl(urlsplit((await get("/mailboxes", **{"page[size]": "10"})).json()["links"]["next"]).query))["page[after]"]
    for path, params in (("/mailboxes", {"sort": "email"}), ("/users", {})):
        assert (await get(path, **{"page[after]": token, **params})).status_code == 422
    assert (await get("/mailboxes", **{"page[after]": "rubbish"})).status_code == 422


async def test_offsets_are_deprecated_but_there(get: Get) -> None:
    body = (await get("/mailboxes", **{"page[limit]": "10", "page[offset]": "20"})).json()
    assert len(body["data"]) == 4
    assert set(body["links"]) == {"first", "last", "prev"}


@pytest.mark.parametrize(
    "params",
    [
        {"page[size]": "1001"},
        {"page[size]": "0"},
        {"page[size]": "many"},
        {"page[limit]": "1001"},
        {"page[offset]": "10001"},
        {"filter[sendDisabled]": "true"},
        {"filter[creator][id]": "3"},
        {"filter[user][name]": "x"},
        {"sort": "sendDisabled"},
        {"include": "mailAliases"},
        {"limit": "5"},
    ],
)
async def test_what_the_reference_does_not_list_is_refused(params: dict[str, str], get: Get) -> None:
    refused = await get("/mailboxes", **params)
    assert refused.status_code == 422
    assert kinds(refused.json()) == kinds({"errors": [{"id": "", "title": "", "detail": ""}]})


# ---------------------------------------------------------------- filters
async def ids(get: Get, **params: str) -> list[int]:
    return [int(row["id"]) for row in (await get("/mailboxes", **params)).json()["data"]]


async def test_filters(get: Get) -> None:
    rows = (await get("/mailboxes")).json()["data"]
    email = rows[3]["attributes"]["email"]
    assert await ids(get, **{"filter[email]": email}) == [44]
    assert await ids(get, **{"filter[id]": "41,43,999"}) == [41, 43]
    assert await ids(get, **{"filter[id]": "62..inf"}) == [62, 63, 64]
    assert await ids(get, **{"filter[id]": "neginf..42"}) == [41, 42]
    assert await ids(get, **{"filter[user][id]": "7"}) == [41, 42]
    assert await ids(get, **{"filter[userId]": "7,8"}) == [41, 42, 43, 44]
    assert 49 in await ids(get, **{"filter[updatedAt]": "__null__"})
    assert 49 not in await ids(get, **{"filter[updatedAt]": "__notnull__"})
    assert await ids(get, **{"filter[updatedAt]": "2020-01-01..2021-01-01"}) == []


async def test_the_new_filter_syntax(get: Get) -> None:
    assert await ids(get, **{"filter[id][gte]": "62", "filter[id][lte]": "63", "newFilterSyntax": "true"}) == [62, 63]
    assert (await get("/mailboxes", **{"filter[id][gte]": "62"})).status_code == 422


async def test_an_empty_list(get: Get) -> None:
    body = (await get("/mailboxes", **{"filter[email]": "nobody@northwind-demo.example", "count": "false"})).json()
    assert body["data"] == recorded("mailboxes_list_empty_no_links")["body"]["data"] == []


async def test_a_sparse_fieldset_goes_by_type(get: Get) -> None:
    body = (await get("/mailboxes", **{"include": "user", "fields[mailbox]": "email", "fields[user]": ""})).json()
    assert {name for row in body["data"] for name in row["attributes"]} == {"email"}
    assert all(user["attributes"] == {} for user in body["included"])


async def test_included_users_come_once_and_only_when_visible(get: Get) -> None:
    included = (await get("/mailboxes", include="user,creator,updater")).json()["included"]
    numbers = [user["id"] for user in included]
    assert len(numbers) == len(set(numbers))
    assert GONE_USER_ID not in numbers
    assert (await get(f"/users/{GONE_USER_ID}")).status_code == 404


async def test_authorization_meta_comes_when_asked_for(get: Get) -> None:
    plain = (await get("/mailboxes")).json()["data"][0]
    asked = (await get("/mailboxes", provideAuthorizationMeta="true")).json()["data"][0]
    assert "meta" not in plain
    assert set(asked["meta"]) == {"canWrite", "canDelete"}


async def test_counting_under_load(get: Get) -> None:
    body = (await get("/mailings", **{"filter[mailbox][id]": "46", "count": "true", "page[size]": "1"})).json()
    assert body["meta"] == recorded("mailboxes_list_count_truncated")["body"]["meta"] == {"count": 0, "count_truncated": True}


# ---------------------------------------------------------------- tokens
async def grant(client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    return await client.post("/oauth/token", data={**OAUTH_ACCOUNT, "grant_type": "refresh_token", **changes})


async def test_a_grant_has_the_recorded_shape_and_rotates(client: httpx.AsyncClient, get: Get, vendor: Outreach) -> None:
    granted, theirs = await grant(client), recorded("oauth_token_refresh_200")
    assert kinds(granted.json()) == kinds(theirs["body"])
    assert granted.headers["content-type"] == theirs["headers"]["content-type"]
    assert granted.json()["refresh_token"] != OAUTH_ACCOUNT["refresh_token"]
    assert (await get("/mailboxes", token=granted.json()["access_token"])).status_code == 200
    vendor.oauth.grant_gap_seconds = 0
    assert (await grant(client, refresh_token=granted.json()["refresh_token"])).status_code == 200


async def test_a_dead_refresh_token(client: httpx.AsyncClient) -> None:
    refused, theirs = await grant(client, refresh_token="dead"), recorded("oauth_token_refresh_400_assumed")
    assert (refused.status_code, refused.json()) == (theirs["status"], theirs["body"])
    assert (await grant(client, client_secret="wrong")).status_code == 401


async def test_one_grant_a_minute(client: httpx.AsyncClient) -> None:
    await grant(client)
    refused, theirs = await grant(client), recorded("oauth_token_refresh_429_plaintext")
    assert (refused.status_code, refused.text) == (theirs["status"], theirs["text"])
    assert refused.headers["content-type"].startswith(theirs["headers"]["content-type"])


# ---------------------------------------------------------------- the sandbox itself
def test_the_same_world_gives_the_same_rows() -> None:
    world = World(mailboxes=100)
    one, two = (Outreach(world).rows.mailboxes for _ in range(2))
    assert one == two


def test_ten_thousand_mailboxes_are_built() -> None:
    assert len(Outreach(World(mailboxes=10_000)).rows.mailboxes) == 10_000


async def test_planted_secrets_are_known(sandbox: Sandbox, get: Get) -> None:
    rows = (await get("/mailboxes")).text
    planted = {word for word in rows.replace('"', " ").split() if word.startswith("CANARY-")}
    assert len(planted) == 3
    assert planted <= sandbox.secrets
    assert set(sandbox.account.values()) <= sandbox.secrets
