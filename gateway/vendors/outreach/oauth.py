"""Access tokens that renew themselves (https://developers.outreach.io/api/getting-started, OAuth).

An access token lives two hours, a refresh token 14 days. Every grant returns a new refresh token; whether the old one dies at once is
disputed, so the new one is kept before the new access token is used, and only one grant runs at a time. Outreach allows one grant per
user and application every 60 seconds. Other processes may share what is kept: each looks there before it asks.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import msgspec

from gateway.domain.errors import (
    GatewayError,
    OutcomeUnknownError,
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorUnavailableError,
)
from gateway.domain.vault import Vault
from gateway.transport.call import Answer, Call
from gateway.transport.client import Credentials, VendorHttp
from gateway.transport.decode import DecodeError, decode_object
from gateway.transport.failure import Fault
from gateway.transport.limits import Limits
from gateway.vendors.outreach import wire
from gateway.vendors.outreach.grant import Grant, GrantVault

EARLY = timedelta(minutes=5)
GRANT_GAP = timedelta(seconds=60)
LIFETIME_SECONDS = 7200
_API_PATH = "/api/v2"
_FORM = (("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json"))


class Application(msgspec.Struct, frozen=True):
    """The OAuth application that speaks for the user."""

    client_id: str
    client_secret: str
    token_url: str
    redirect_uri: str | None = None

    def __repr__(self) -> str:
        return "Application(hidden)"


def application(settings: Mapping[str, str], *, base_url: str) -> Application:
    """The application out of an account's settings.

    Without `token_url`, the token endpoint is looked for beside the API that is spoken to: a secret that was made for a test server
    must never reach the real vendor.
    """
    token_url = settings.get("token_url") or _token_url(base_url)
    return Application(settings["client_id"], settings["client_secret"], token_url, settings.get("redirect_uri"))


def _token_url(base_url: str) -> str:
    address = urlsplit(base_url.rstrip("/"))
    mount = address.path.removesuffix(_API_PATH) if address.path.endswith(_API_PATH) else ""
    return f"{address.scheme}://{address.netloc}{mount}/oauth/token"


def bearer(access_token: str, *secrets: str) -> Credentials:
    """What every call carries; `secrets` are further values that no text may contain."""
    return Credentials(headers=(("authorization", f"Bearer {access_token}"),), secrets=(access_token, *secrets))


class TokenRefresher:
    """Keeps a `VendorHttp` supplied with a valid access token."""

    def __init__(
        self,
        http: VendorHttp,
        application: Application,
        refresh_token: str,
        vault: Vault,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = http
        self._application = application
        self._kept = GrantVault(vault, refresh_token)
        self._now = now
        self._grant = Grant(refresh_token)
        self._unsaved: Grant | None = None
        self._under_way: asyncio.Task[Grant] | None = None
        self._asked_at: datetime | None = None
        self._failure: VendorError | None = None
        address = urlsplit(application.token_url)
        self._token_path = address.path
        # Not a read to anybody: a grant must never be repeated or shared unasked. It need not wait as long as a write, though.
        limits = Limits(concurrency=1, write_seconds=http.limits.read_seconds)
        self._token_http = VendorHttp(http.account, f"{address.scheme}://{address.netloc}", Credentials(), limits, wire=http.write_wire)
        self._hide_secrets(self._grant)

    async def current(self) -> str:
        """The access token that the next call will carry, good for five more minutes wherever that can be had.

        Raises `VendorError` when Outreach gives none, and `GatewayError` when a new one cannot be kept: that is not used.
        """
        if self._grant.lasts(self._now() + EARLY) and self._grant.access_token:
            return self._grant.access_token
        try:
            return (await self._renewed()).access_token or ""
        except GatewayError:
            if self._grant.lasts(self._now()) and self._grant.access_token:
                return self._grant.access_token
            raise

    async def replace(self, refused: str) -> bool:
        """Whether there is another token than the `refused` one. False when it is too soon to ask for one."""
        if self._grant.access_token != refused:
            return True
        if self._is_too_soon():
            return False
        await self._renewed()
        return True

    async def _renewed(self) -> Grant:
        """One grant at a time, whoever asks; it belongs to nobody, so a caller who leaves does not lose a token that was given out."""
        if self._under_way is None:
            self._under_way = asyncio.ensure_future(self._renew())
            self._under_way.add_done_callback(self._forget)
        return await asyncio.shield(self._under_way)

    def _forget(self, task: "asyncio.Task[Grant]") -> None:
        self._under_way = None
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not complain where every caller has left

    async def _renew(self) -> Grant:
        """A grant that could not be kept is kept later: it may be the only one whose refresh token is alive."""
        if self._unsaved is None:
            if await self._adopt():
                return self._grant
            self._unsaved = await self._obtain()
        if self._unsaved is not None:
            await self._kept.save(self._unsaved, asked_at=self._asked_at)
            self._use(self._unsaved)
            self._unsaved = None
        return self._grant

    async def _obtain(self) -> Grant | None:
        """A new grant; None where another process was faster, and what it kept is taken over."""
        if self._is_too_soon():
            raise self._refusal()
        # Kept before it is asked: a crash does not forget the time, and a vault that can keep nothing costs no refresh token.
        asked_at = self._now()
        await self._kept.save(self._grant, asked_at=asked_at)
        self._asked_at, self._failure = asked_at, None
        try:
            return await self._ask()
        except VendorError as error:
            if await self._adopt():
                return None
            self._failure = error
            raise

    async def _adopt(self) -> bool:
        """Take over what another process, or this one before a restart, has kept; whether that is a token that lasts."""
        kept = await self._kept.load()
        if kept is None:
            return False
        self._asked_at = max((at for at in (self._asked_at, kept.asked_at) if at is not None), default=None)
        if not kept.grant.is_newer_than(self._grant):
            return False
        self._use(kept.grant)
        return kept.grant.lasts(self._now() + EARLY)

    def _is_too_soon(self) -> bool:
        """A clock that was set back does not block for longer."""
        return self._asked_at is not None and timedelta(0) <= self._now() - self._asked_at < GRANT_GAP

    def _refusal(self) -> VendorError:
        """Why there is no token until the gap is over: the last failure, where there was one."""
        if self._failure is not None:
            return self._failure.with_traceback(None)
        account = self._http.account
        message = "Outreach gives out one access token a minute, and the last one was asked for less than a minute ago."
        retry_at = (self._asked_at or self._now()) + GRANT_GAP
        return RateLimitedError(message, vendor=account.vendor, account=account.name, retry_at=retry_at)

    async def _ask(self) -> Grant:
        form = {
            "client_id": self._application.client_id,
            "client_secret": self._application.client_secret,
            # Whether a refresh needs it is not settled; the vendor's page lists it, so it is sent where it is configured.
            **({"redirect_uri": self._application.redirect_uri} if self._application.redirect_uri else {}),
            "grant_type": "refresh_token",
            "refresh_token": self._grant.refresh_token,
        }
        call = Call("POST", self._token_path, headers=_FORM, content=urlencode(form).encode(), is_read=False)
        try:
            answer = await self._token_http.expect(call, fault=token_fault)
        except OutcomeUnknownError as error:
            # Whoever waits for the token has written nothing yet.
            message = f"Outreach gave no token. {error.message}"
            raise VendorUnavailableError(message, vendor=error.vendor, account=error.account, status=error.status) from None
        return self._granted(answer)

    def _granted(self, answer: Answer) -> Grant:
        try:
            body = decode_object(answer.body, TokenBody)
        except DecodeError:
            body = TokenBody()
        if not body.access_token:
            raise self._token_http.garbled("answered a token request without an access token")
        lifetime = body.expires_in if body.expires_in and 0 < body.expires_in < 10**9 else LIFETIME_SECONDS
        refresh_token = body.refresh_token or self._grant.refresh_token
        return Grant(refresh_token, body.access_token, self._now() + timedelta(seconds=lifetime))

    def _use(self, grant: Grant) -> None:
        # The previous tokens stay secret: answers to calls that carried them may still come in.
        previous = tuple(token for token in (self._grant.access_token, self._grant.refresh_token) if token)
        self._hide_secrets(grant, *previous)
        self._http.replace_credentials(bearer(grant.access_token or "", grant.refresh_token, self._application.client_secret, *previous))
        self._grant = grant

    def _hide_secrets(self, grant: Grant, *previous: str) -> None:
        known = (self._application.client_secret, grant.refresh_token, grant.access_token, *previous)
        self._token_http.replace_credentials(Credentials(secrets=tuple(secret for secret in known if secret)))


class TokenBody(msgspec.Struct):
    """A token endpoint's answer, less what we do not need."""

    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: int | None = None

    def __repr__(self) -> str:
        return "TokenBody(hidden)"


def token_fault(answer: Answer) -> Fault:
    """What a token endpoint's error means.

    A 400 with an OAuth `error` (a dead refresh token, a wrong secret; RFC 6749, 5.2 - Outreach publishes no shape of its own) is about
    the credentials. A 429 comes as plain text without a header; the documented gap says when to come back.
    """
    said = wire.fault(answer)
    if answer.status == 400 and said.message:  # noqa: PLR2004 - Bad Request
        return Fault(message=said.message, kind=VendorAuthError)
    if answer.status == 429:  # noqa: PLR2004 - Too Many Requests
        return Fault(message=said.message, retry_after_seconds=GRANT_GAP.total_seconds())
    return said
