import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import parse_qsl

import httpx
import pytest

from gateway.domain.errors import (
    GatewayError,
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorProtocolError,
    VendorUnavailableError,
)
from gateway.domain.vault import MemoryVault
from gateway.sandbox.outreach import CLIENT_SECRET, FIRST_REFRESH_TOKEN, OAUTH_ACCOUNT, Outreach
from gateway.sandbox.server import Outage, Sandbox
from gateway.transport.client import VendorHttp
from gateway.vendors.outreach import SPEC
from gateway.vendors.outreach.client import OutreachClient
from gateway.vendors.outreach.grant import Grant, GrantVault
from gateway.vendors.outreach.oauth import TokenRefresher, application
from tests.limits import one_attempt
from tests.vendors.outreach.conftest import ACCOUNT, BASE_URL, OpenAdapter, recorded, recorded_answer


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 13, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Setup:
    """A client whose tokens renew themselves, over a sandbox and a clock."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.vendor = cast("Outreach", sandbox._app.state.vendor)  # type: ignore[attr-defined]
        self.vendor.oauth.grant_gap_seconds = 0
        self.clock = Clock()
        self.vault = MemoryVault()
        self.http = VendorHttp(ACCOUNT, BASE_URL, SPEC.authorize(OAUTH_ACCOUNT), one_attempt(), wire=httpx.ASGITransport(app=sandbox))
        self.tokens = self.refresher()
        self.client = OutreachClient(self.http, self.tokens)

    def refresher(self, refresh_token: str = FIRST_REFRESH_TOKEN) -> TokenRefresher:
        """As after a restart: only what the vault keeps is known."""
        granted = application(OAUTH_ACCOUNT, base_url=BASE_URL)
        return TokenRefresher(self.http, granted, refresh_token, self.vault, now=self.clock)

    async def kept(self) -> Grant:
        kept = await GrantVault(self.vault, FIRST_REFRESH_TOKEN).load()
        assert kept is not None
        return kept.grant

    @property
    def grants(self) -> int:
        return self.sandbox.count("/oauth/token")


@pytest.fixture
async def setup(sandbox: Sandbox) -> AsyncIterator[Setup]:
    made = Setup(sandbox)
    yield made
    await made.http.close()


async def test_the_first_call_fetches_a_token(setup: Setup) -> None:
    assert await setup.client.mailbox_count() == 24
    assert [request.path for request in setup.sandbox.requests] == ["/oauth/token", "/api/v2/mailboxes"]
    assert setup.sandbox.requests[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in setup.sandbox.requests[0].headers


async def test_callers_at_once_share_one_grant(setup: Setup) -> None:
    await asyncio.gather(*(setup.client.mailbox(str(each), with_users=False) for each in range(41, 61)))
    assert setup.grants == 1


async def test_a_token_is_used_until_five_minutes_before_its_end(setup: Setup) -> None:
    await setup.client.mailbox_count()
    setup.clock.pass_seconds(7200 - 301)
    await setup.client.mailbox_count()
    assert setup.grants == 1
    setup.clock.pass_seconds(2)
    await setup.client.mailbox_count()
    assert setup.grants == 2
    assert setup.sandbox.requests[-1].headers["authorization"].endswith("granted-access-token-2")


async def test_the_new_refresh_token_is_used_and_kept(setup: Setup) -> None:
    for _ in range(3):
        await setup.client.mailbox_count()
        setup.clock.pass_seconds(7200)
    kept = await setup.kept()
    assert kept.refresh_token == setup.vendor.oauth.refresh_token
    assert setup.grants == 3


async def test_the_grant_is_kept_before_it_is_used(setup: Setup) -> None:
    kept_after: list[tuple[int, int]] = []
    save = setup.vault.save

    async def saving(text: str) -> None:
        await asyncio.sleep(0)
        kept_after.append((setup.grants, setup.sandbox.count("/mailboxes")))
        await save(text)

    setup.vault.save = saving  # type: ignore[method-assign]
    await setup.client.mailbox_count()
    assert kept_after == [(0, 0), (1, 0)]


async def test_a_restart_goes_on_with_what_was_kept(setup: Setup) -> None:
    await setup.client.mailbox_count()
    again = OutreachClient(setup.http, setup.refresher())
    await again.mailbox_count()
    assert setup.grants == 1
    setup.clock.pass_seconds(7200)
    later = OutreachClient(setup.http, setup.refresher())
    assert await later.mailbox_count() == 24
    assert setup.grants == 2


async def test_a_refresh_token_that_was_changed_in_the_configuration_beats_the_kept_one(setup: Setup) -> None:
    await setup.client.mailbox_count()
    setup.vendor.oauth.refresh_token = "another"
    changed = OutreachClient(setup.http, setup.refresher("another"))
    assert await changed.mailbox_count() == 24
    assert setup.grants == 2
    assert b"refresh_token=another" in setup.sandbox.requests[-2].body


@pytest.mark.parametrize("text", ["", "rubbish", "{}", "[]", '{"configured": 1, "grant": {}}'])
async def test_what_cannot_be_read_was_not_kept(text: str, setup: Setup) -> None:
    await setup.vault.save(text)
    assert await setup.client.mailbox_count() == 24
    assert setup.grants == 1


async def test_the_configured_token_is_kept_as_a_digest_only(setup: Setup) -> None:
    await setup.client.mailbox_count()
    text = await setup.vault.load()
    assert text is not None
    assert FIRST_REFRESH_TOKEN not in text
    assert setup.vendor.oauth.refresh_token in text


async def test_what_another_process_renewed_is_used(setup: Setup) -> None:
    await setup.client.mailbox_count()
    setup.clock.pass_seconds(7200)
    other = OutreachClient(setup.http, setup.refresher())
    await other.mailbox_count()
    assert setup.grants == 2
    assert await setup.client.mailbox_count() == 24
    assert setup.grants == 2
    assert await setup.tokens.current() == "CANARY-outreach-granted-access-token-2"


async def test_a_token_that_another_process_renewed_replaces_a_refused_one(setup: Setup) -> None:
    await setup.client.mailbox_count()
    refused = await setup.tokens.current()
    setup.clock.pass_seconds(3600)
    other = setup.refresher()
    assert await other.current() == refused
    assert await other.replace(refused)
    assert setup.grants == 2
    setup.clock.pass_seconds(61)
    assert await setup.tokens.replace(refused)
    assert setup.grants == 2
    assert await setup.tokens.current() == await other.current() != refused


async def test_a_process_that_was_slower_uses_what_the_faster_one_kept(setup: Setup) -> None:
    setup.vendor.oauth.grant_gap_seconds = 60
    setup.sandbox.outages.append(Outage(path="/oauth", times=1, delay_seconds=0.02))
    slow = asyncio.ensure_future(setup.tokens.current())
    load, vault = setup.vault.load, setup.vault
    faster = setup.refresher()

    async def blank() -> None:
        vault.load = load  # type: ignore[method-assign]

    await asyncio.sleep(0.005)
    vault.load = blank  # type: ignore[method-assign] # it has looked before the other one said that it asks
    assert await faster.current() == await slow == "CANARY-outreach-granted-access-token-1"
    assert setup.vendor.oauth.grants == 1
    assert setup.grants == 2


async def test_a_restart_within_a_minute_does_not_ask_again(setup: Setup) -> None:
    setup.sandbox.outages.append(Outage(path="/oauth", status=503, times=1))
    with pytest.raises(VendorUnavailableError):
        await setup.client.mailbox_count()
    setup.clock.pass_seconds(30)
    again = OutreachClient(setup.http, setup.refresher())
    with pytest.raises(RateLimitedError) as caught:
        await again.mailbox_count()
    assert caught.value.retry_at == setup.clock.at + timedelta(seconds=30)
    assert setup.grants == 1
    setup.clock.pass_seconds(31)
    assert await again.mailbox_count() == 24
    assert setup.grants == 2


class FullError(GatewayError):
    """A disk's."""


async def full(text: str) -> None:
    del text
    raise FullError("The disk is full.")


async def test_a_vault_that_keeps_nothing_costs_no_grant(setup: Setup) -> None:
    setup.vault.save = full  # type: ignore[method-assign]
    with pytest.raises(FullError):
        await setup.client.mailbox_count()
    assert (setup.grants, setup.sandbox.count("/mailboxes")) == (0, 0)


async def test_a_grant_that_could_not_be_kept_is_not_used_until_it_is(setup: Setup) -> None:
    save, saves = setup.vault.save, 0

    async def full_for_a_while(text: str) -> None:
        nonlocal saves
        saves += 1
        if saves in (2, 3):
            raise FullError("The disk is full.")
        await save(text)

    setup.vault.save = full_for_a_while  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(FullError) as caught:
            await setup.client.mailbox_count()
        assert "CANARY" not in repr(caught.value)
    assert setup.sandbox.count("/mailboxes") == 0
    assert await setup.client.mailbox_count() == 24
    assert setup.grants == 1
    assert (await setup.kept()).refresh_token == setup.vendor.oauth.refresh_token


async def test_a_vault_that_fails_leaves_the_old_token_in_use(setup: Setup) -> None:
    await setup.client.mailbox_count()

    setup.vault.save = full  # type: ignore[method-assign]
    setup.clock.pass_seconds(7200 - 200)
    assert await setup.client.mailbox_count() == 24
    assert setup.grants == 1


async def test_a_refused_token_is_replaced_once(setup: Setup) -> None:
    await setup.client.mailbox_count()
    setup.vendor.oauth.tokens.clear()
    setup.clock.pass_seconds(61)
    answers = await asyncio.gather(*(setup.client.mailbox(str(each), with_users=False) for each in range(41, 49)))
    assert len(answers) == 8
    assert setup.grants == 2


async def test_a_refused_token_that_is_new_is_not_replaced(setup: Setup) -> None:
    await setup.client.mailbox_count()
    setup.vendor.oauth.tokens.clear()
    setup.clock.pass_seconds(59)
    with pytest.raises(VendorAuthError, match="JWT"):
        await setup.client.mailbox_count()
    assert setup.grants == 1


async def test_a_read_is_repeated_no_more_than_once(setup: Setup) -> None:
    await setup.client.mailbox_count()
    setup.sandbox.outages.append(Outage(path="/mailboxes", status=401))
    setup.clock.pass_seconds(61)
    with pytest.raises(VendorAuthError):
        await setup.client.mailbox_count()
    assert (setup.grants, setup.sandbox.count("/mailboxes")) == (2, 3)


async def test_a_listing_survives_a_token_that_dies_between_two_pages(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.vendors.outreach.client.PAGE_SIZE", 10)
    pages = setup.client.mailbox_pages()
    assert len(await anext(pages)) == 10
    setup.vendor.oauth.tokens.clear()
    setup.clock.pass_seconds(61)
    assert [len(page) async for page in pages] == [10, 4]
    assert setup.grants == 2


async def test_a_failed_grant_is_not_repeated_within_a_minute(setup: Setup) -> None:
    setup.sandbox.outages.append(Outage(path="/oauth", status=503, times=1))
    for _ in range(3):
        with pytest.raises(VendorUnavailableError):
            await setup.client.mailbox_count()
    assert setup.grants == 1
    setup.clock.pass_seconds(61)
    assert await setup.client.mailbox_count() == 24
    assert setup.grants == 2


async def test_a_failed_early_grant_leaves_the_old_token_in_use(setup: Setup) -> None:
    await setup.client.mailbox_count()
    setup.sandbox.outages.append(Outage(path="/oauth", status=500))
    setup.clock.pass_seconds(7200 - 200)
    assert await setup.client.mailbox_count() == 24
    assert await setup.client.mailbox_count() == 24
    assert setup.grants == 2
    setup.clock.pass_seconds(300)
    with pytest.raises(VendorUnavailableError):
        await setup.client.mailbox_count()


async def test_a_short_lived_token_still_costs_one_grant_a_minute(setup: Setup) -> None:
    body = {"access_token": "CANARY-outreach-access-token", "expires_in": 30}
    setup.sandbox.outages.append(Outage(path="/oauth", status=200, body=httpx.Response(200, json=body).content))
    await setup.client.mailbox_count()
    setup.clock.pass_seconds(40)
    with pytest.raises(RateLimitedError) as caught:
        await setup.client.mailbox_count()
    assert caught.value.retry_at == setup.clock.at + timedelta(seconds=20)
    assert setup.grants == 1


async def test_a_caller_who_leaves_does_not_lose_the_grant(setup: Setup) -> None:
    setup.sandbox.outages.append(Outage(path="/oauth", delay_seconds=0.05))
    caller = asyncio.ensure_future(setup.client.mailbox_count())
    await asyncio.sleep(0.01)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await setup.client.mailbox_count() == 24
    assert setup.grants == 1


async def test_a_failure_that_nobody_waits_for_is_quiet(setup: Setup) -> None:
    setup.sandbox.outages.append(Outage(path="/oauth", delay_seconds=0.02, status=500))
    caller = asyncio.ensure_future(setup.client.mailbox_count())
    await asyncio.sleep(0.01)
    caller.cancel()
    await asyncio.sleep(0.05)
    assert setup.grants == 1


async def test_a_dead_refresh_token(setup: Setup) -> None:
    setup.vendor.oauth.refresh_token = "another"
    with pytest.raises(VendorAuthError, match="invalid_grant: The provided authorization grant is invalid"):
        await setup.client.mailbox_count()
    assert setup.sandbox.count("/mailboxes") == 0


async def test_the_throttle_s_plain_text(setup: Setup) -> None:
    said = recorded_answer("oauth_token_refresh_429_plaintext")
    setup.sandbox.outages.append(Outage(path="/oauth", status=said.status, body=said.body, headers=dict(said.headers)))
    with pytest.raises(RateLimitedError) as caught:
        await setup.client.mailbox_count()
    assert caught.value.retry_at is not None
    assert timedelta(seconds=50) < caught.value.retry_at - datetime.now(UTC) <= timedelta(seconds=60)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"access_token": null}', b'{"access_token": ""}'])
async def test_a_grant_without_a_token(body: bytes, setup: Setup) -> None:
    setup.sandbox.outages.append(Outage(path="/oauth", status=200, body=body))
    with pytest.raises(VendorProtocolError, match="without an access token"):
        await setup.client.mailbox_count()


@pytest.mark.parametrize("lifetime", [None, 0, -5, "7200", 10**12, "soon"])
async def test_odd_lifetimes(lifetime: object, setup: Setup) -> None:
    body = {"access_token": "CANARY-outreach-access-token", "expires_in": lifetime}
    setup.sandbox.outages.append(Outage(path="/oauth", status=200, body=httpx.Response(200, json=body).content))
    await setup.client.mailbox_count()
    assert await setup.kept() == Grant(FIRST_REFRESH_TOKEN, "CANARY-outreach-access-token", setup.clock.at + timedelta(hours=2))


async def test_no_token_is_ever_shown(setup: Setup) -> None:
    await setup.client.mailbox_count()
    setup.clock.pass_seconds(7200)
    await setup.client.mailbox_count()
    echoes = [*setup.sandbox.secrets & {*setup.vendor.oauth.tokens, setup.vendor.oauth.refresh_token, FIRST_REFRESH_TOKEN, CLIENT_SECRET}]
    ours = [each for each in echoes if "granted" in each or "refresh" in each or "secret" in each]
    assert len(ours) == 5
    body = httpx.Response(500, json={"error": " and ".join(ours)}).content
    setup.sandbox.outages.append(Outage(status=500, body=body))
    kept = await GrantVault(setup.vault, FIRST_REFRESH_TOKEN).load()
    shown = [repr(kept), repr(setup.tokens._grant), repr(setup.tokens._application), repr(setup.http._credentials)]
    for _ in range(2):
        with pytest.raises(VendorError, match="and") as caught:
            await setup.client.mailbox_count()
        shown.append(f"{caught.value!r}")
        setup.clock.pass_seconds(7300)
    assert "CANARY" not in " ".join(shown)


# ---------------------------------------------------------------- the recorded request and where it goes
@pytest.mark.parametrize(
    ("settings", "base_url", "token_url"),
    [
        ({}, "https://api.outreach.io/api/v2", "https://api.outreach.io/oauth/token"),
        ({}, "http://127.0.0.1:8000/sandbox/outreach/api/v2/", "http://127.0.0.1:8000/sandbox/outreach/oauth/token"),
        ({}, "https://proxy.example/out", "https://proxy.example/oauth/token"),
        ({"token_url": "https://id.example/t"}, "https://api.outreach.io/api/v2", "https://id.example/t"),
    ],
)
def test_the_token_endpoint_is_beside_the_api(settings: dict[str, str], base_url: str, token_url: str) -> None:
    assert application({**OAUTH_ACCOUNT, **settings}, base_url=base_url).token_url == token_url


async def test_the_form_that_is_sent(open_adapter: OpenAdapter) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=recorded("oauth_token_refresh_200" if request.method == "POST" else "mailboxes_list_page2_last"))

    settings = {
        "client_id": "app-id",
        "client_secret": "app-secret",
        "refresh_token": "rt_invented_first",
        "redirect_uri": "https://gw.example/cb",
        "token_url": "https://id.example/grant",
    }
    assert (await open_adapter(answer, settings).probe()).mailbox_count is None
    assert str(asked[0].url) == "https://id.example/grant"
    form = {name: value for name, value in settings.items() if name != "token_url"}
    assert dict(parse_qsl(asked[0].content.decode())) == {**form, "grant_type": "refresh_token"}
    assert asked[1].headers["authorization"] == "Bearer eyJhbGciOiJub25lIn0.invented.payload"


def test_either_credentials_make_an_account() -> None:
    assert [[setting.key for setting in group] for group in SPEC.credentials] == [
        ["access_token"],
        ["client_id", "client_secret", "refresh_token"],
    ]
    assert {key for key, setting in SPEC.settings.items() if setting.is_secret} == {"access_token", "client_secret", "refresh_token"}
    assert SPEC.authorize(OAUTH_ACCOUNT).headers == ()
    assert repr(SPEC.authorize(OAUTH_ACCOUNT)) == "Credentials(hidden)"
