"""The vendor-free HTTP client: one per account, with that account's credentials, limits and layers."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import MappingProxyType

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from gateway.domain.account import Account
from gateway.domain.errors import OutcomeUnknownError, VendorError, VendorProtocolError
from gateway.domain.redaction import Hiding, redact
from gateway.transport.call import Answer, Call, query_string
from gateway.transport.failure import WIRE_ERRORS, FaultReader, from_answer, from_exception, protocol_error, unclear
from gateway.transport.limits import Limits
from gateway.transport.onion import Deadline, Pace, Share, Trace, fold
from gateway.transport.recent_secrets import RecentSecrets

MAX_BODY_BYTES = 64 * 1024 * 1024
"""An answer larger than this, decompressed, is refused: 10,000 mailboxes in one Woodpecker list take about 10 MB."""
CONNECT_TIMEOUT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 30.0


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What proves who we are: added to every call, never shown. `secrets` are the values that no text may ever contain."""

    headers: tuple[tuple[str, str], ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Credentials(hidden)"


def open_wire(*, concurrency: int, is_for_writes: bool = False) -> httpx.AsyncBaseTransport:
    """A connection pool: httpx's interface over aiohttp's wire (a quarter of the CPU of httpx's own).

    Environment proxies are not used and cookies are not kept: a call carries what it was given and nothing else.
    A write gets a connection of its own and is sent once: on a kept one that the vendor has just closed, nobody could tell whether it
    arrived, and aiohttp sends PUT and DELETE again there.
    """
    wire = AiohttpTransport(trust_env=False)

    def open_session() -> aiohttp.ClientSession:
        if is_for_writes:
            connector = aiohttp.TCPConnector(limit=concurrency, force_close=True, ssl=wire.ssl_context)
        else:
            connector = aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=wire.ssl_context)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        session._retry_connection = not is_for_writes  # noqa: SLF001 - aiohttp 3.14 has no public switch; a test counts what arrives
        return session

    wire.client = open_session
    return wire


class VendorHttp:
    """Sends calls for one account.

    Redirects are not followed: a redirected POST can become a GET, and a base URL from the configuration is the only host we speak to.
    """

    def __init__(
        self, account: Account, base_url: str, credentials: Credentials, limits: Limits, *, wire: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.account = account
        self.base_url = base_url.rstrip("/")
        self.replace_credentials(credentials)
        self._limits = limits
        self._recent_secrets = RecentSecrets()
        self._wire = wire or open_wire(concurrency=limits.concurrency)
        self._write_wire = wire or open_wire(concurrency=limits.concurrency, is_for_writes=True)
        self._around = (
            Trace(account),
            Pace(limits.quotas, limits.concurrency, write_quotas=limits.write_quotas),
            Deadline(read_seconds=limits.read_seconds, write_seconds=limits.write_seconds),
        )
        self._send = fold((Share(), *self._around), self._send_on_wire)

    @property
    def limits(self) -> Limits:
        return self._limits

    @property
    def write_wire(self) -> httpx.AsyncBaseTransport:
        """The connections of writes, for a client of another address of the same vendor (a token endpoint)."""
        return self._write_wire

    def replace_credentials(self, credentials: Credentials) -> None:
        """Use other credentials from the next call on (a refreshed token)."""
        self._credentials = credentials
        self._hiding = Hiding(credentials.secrets)

    async def send(self, call: Call) -> Answer:
        """The vendor's answer, whatever its status.

        Raises `VendorError` when there is none; for a write that may have arrived that is `OutcomeUnknownError`.
        """
        self._recent_secrets.add(call.secrets)
        try:
            return await self._send(call)
        except VendorProtocolError:
            if call.is_read:
                raise
            raise self.unclear("gave an answer that cannot be read") from None
        except VendorError:
            raise
        except WIRE_ERRORS as error:
            raise from_exception(error, account=self.account, call=call) from None

    async def expect(
        self,
        call: Call,
        *,
        fault: FaultReader,
        success: Collection[int] = (200,),
        places: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> Answer:
        """The answer when its status is one of `success`; otherwise the error that the status and the vendor's words make.

        `places` tell where in the caller's arguments the vendor's names of fields belong, e.g. `{"smtpHost": ("smtp", "host")}`.
        """
        answer = await self.send(call)
        if answer.status in success:
            return answer
        raise from_answer(
            answer,
            fault(answer),
            account=self.account,
            now=datetime.now(UTC),
            redact=self.redact,
            is_write=not call.is_read,
            places=places,
        )

    async def stream(self, call: Call, *, fault: FaultReader) -> tuple[httpx.Headers, AsyncIterator[bytes], AsyncExitStack]:
        """An answer of any size, chunk by chunk; the caller closes the stack.

        Pace and deadline cover the beginning, up to the headers, not the body; nobody shares it.
        """
        stack = AsyncExitStack()
        begun: list[httpx.Response] = []

        async def begin(call: Call) -> Answer:
            response = await self._wire.handle_async_request(self._request(call))
            stack.push_async_callback(response.aclose)
            begun.append(response)
            body = b"" if response.status_code == httpx.codes.OK else await self._read(response)
            return Answer(response.status_code, response.headers, body)

        try:
            answer = await fold(self._around, begin)(call)
            if answer.status != httpx.codes.OK:
                raise from_answer(answer, fault(answer), account=self.account, now=datetime.now(UTC), redact=self.redact)
        except WIRE_ERRORS as error:
            await stack.aclose()
            raise from_exception(error, account=self.account, call=call) from None
        except BaseException:  # a caller who went away included
            await stack.aclose()
            raise
        return answer.headers, self._chunks(begun[0], call), stack

    def redact(self, text: str) -> str:
        """A vendor's words without this account's secrets, and without those that were written lately: mail servers echo logins late."""
        return redact(self._recent_secrets.hide(text), secrets=self._hiding)

    def garbled(self, what: str) -> VendorProtocolError:
        """An answer with a good status whose body is not what was promised, e.g. `http.garbled("answered without a list")`."""
        return protocol_error(self.account, what)

    def unclear(self, what: str) -> OutcomeUnknownError:
        """A write that was answered with a success that cannot be understood, e.g. `http.unclear("answered without a mailbox")`."""
        return unclear(self.account, what)

    async def close(self) -> None:
        """Close all connections."""
        await self._wire.aclose()
        await self._write_wire.aclose()

    def _request(self, call: Call) -> httpx.Request:
        url = self.base_url + call.path + query_string((*call.params, *self._credentials.params))
        read_seconds = self._limits.read_seconds if call.is_read else self._limits.write_seconds
        timeout = httpx.Timeout(read_seconds, connect=min(CONNECT_TIMEOUT_SECONDS, read_seconds))
        return httpx.Request(
            call.method,
            url,
            headers=[("accept-encoding", "gzip, deflate"), ("user-agent", "mailbox-gateway"), *self._credentials.headers, *call.headers],
            content=call.content,
            extensions={"timeout": timeout.as_dict()},
        )

    async def _send_on_wire(self, call: Call) -> Answer:
        wire = self._wire if call.is_read else self._write_wire
        response = await wire.handle_async_request(self._request(call))
        try:
            return Answer(response.status_code, response.headers, await self._read(response))
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise protocol_error(self.account, f"answered with more than {MAX_BODY_BYTES // 2**20} MiB")
        return bytes(body)

    async def _chunks(self, response: httpx.Response, call: Call) -> AsyncIterator[bytes]:
        try:
            async for chunk in response.aiter_bytes():
                yield chunk
        except WIRE_ERRORS as error:
            raise from_exception(error, account=self.account, call=call) from None
