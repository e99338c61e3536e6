"""The vendor-free HTTP client: one per account, with that account's credentials, limits and layers."""

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import aiohttp
import httpx
import msgspec
from httpx_aiohttp import AiohttpTransport

from gateway.domain.account import Account
from gateway.domain.errors import VendorError, VendorProtocolError
from gateway.domain.redaction import redact
from gateway.transport.call import Answer, Call, query_string
from gateway.transport.failure import WIRE_ERRORS, FaultReader, from_answer, from_exception, protocol_error
from gateway.transport.onion import Deadline, Pace, Share, Trace, fold
from gateway.transport.quota import Quota

MAX_BODY_BYTES = 64 * 1024 * 1024
"""An answer larger than this, decompressed, is refused: 10,000 mailboxes in one Woodpecker list take about 10 MB."""
CONNECT_TIMEOUT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 30.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How an account may use its vendor; the vendor's spec gives the defaults, the configuration may change them."""

    quotas: tuple[Quota, ...] = ()
    concurrency: int = 8
    read_seconds: float = 15.0
    write_seconds: float = 60.0


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What proves who we are: added to every call, never shown. `secrets` are the values that no text may ever contain."""

    headers: tuple[tuple[str, str], ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Credentials(hidden)"


def open_wire(*, concurrency: int) -> httpx.AsyncBaseTransport:
    """A connection pool: httpx's interface over aiohttp's wire (a quarter of the CPU of httpx's own).

    Environment proxies are not used and cookies are not kept: a call carries what it was given and nothing else.
    """
    wire = AiohttpTransport(trust_env=False)

    def open_session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=wire.ssl_context)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

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
        self._credentials = credentials
        self._limits = limits
        self._wire = wire or open_wire(concurrency=limits.concurrency)
        self._around = (
            Trace(account),
            Pace(limits.quotas, limits.concurrency),
            Deadline(read_seconds=limits.read_seconds, write_seconds=limits.write_seconds),
        )
        self._send = fold((Share(), *self._around), self._send_on_wire)

    @property
    def limits(self) -> Limits:
        return self._limits

    @property
    def wire(self) -> httpx.AsyncBaseTransport:
        """The connections, for a client of another address of the same vendor (a token endpoint)."""
        return self._wire

    def replace_credentials(self, credentials: Credentials) -> None:
        """Use other credentials from the next call on (a refreshed token)."""
        self._credentials = credentials

    async def send(self, call: Call) -> Answer:
        """The vendor's answer, whatever its status. Raises `VendorError` when there is none."""
        try:
            return await self._send(call)
        except VendorError:
            raise
        except WIRE_ERRORS as error:
            raise from_exception(error, account=self.account) from None

    async def expect(self, call: Call, *, fault: FaultReader, success: Collection[int] = (200,)) -> Answer:
        """The answer when its status is one of `success`; otherwise the error that the status and the vendor's words make."""
        answer = await self.send(call)
        if answer.status in success:
            return answer
        raise from_answer(answer, fault(answer), account=self.account, now=datetime.now(UTC), redact=self.redact)

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
            raise from_exception(error, account=self.account) from None
        except BaseException:  # a caller who went away included
            await stack.aclose()
            raise
        return answer.headers, self._chunks(begun[0]), stack

    def redact(self, text: str) -> str:
        """A vendor's words without this account's secrets."""
        return redact(text, secrets=self._credentials.secrets)

    def garbled(self, what: str) -> VendorProtocolError:
        """An answer with a good status whose body is not what was promised, e.g. `http.garbled("answered without a list")`."""
        return protocol_error(self.account, what)

    async def close(self) -> None:
        """Close all connections."""
        await self._wire.aclose()

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
        response = await self._wire.handle_async_request(self._request(call))
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

    async def _chunks(self, response: httpx.Response) -> AsyncIterator[bytes]:
        try:
            async for chunk in response.aiter_bytes():
                yield chunk
        except WIRE_ERRORS as error:
            raise from_exception(error, account=self.account) from None
