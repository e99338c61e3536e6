"""The vendor-free HTTP client: one per account, with that account's credentials, limits and layers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import MappingProxyType

import httpx
import msgspec
from msgspec.structs import force_setattr

from gateway.domain.account import Account
from gateway.domain.budget import current
from gateway.domain.errors import OutcomeUnknownError, VendorError, VendorProtocolError
from gateway.domain.vitals import Vitals
from gateway.transport.aiohttp_wire import AiohttpWire
from gateway.transport.body import BodyError, pieces_of, read_body
from gateway.transport.call import Answer, Call, encoded, query_string
from gateway.transport.failure import WIRE_ERRORS, FaultReader, from_answer, from_exception, protocol_error, unclear
from gateway.transport.httpx_wire import HttpxWire
from gateway.transport.layers.breaker import Breaker
from gateway.transport.layers.deadline import Deadline
from gateway.transport.layers.pace import Pace
from gateway.transport.layers.retry import Retry
from gateway.transport.layers.share import Share
from gateway.transport.layers.trace import Trace
from gateway.transport.limits import Limits
from gateway.transport.onion import Send, fold
from gateway.transport.recent_secrets import RecentSecrets
from gateway.transport.redactor import Redactor
from gateway.transport.wire import Response, Wire

HEADERS = (("accept-encoding", "gzip"), ("user-agent", "mailbox-gateway"))
NOWHERE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What proves who we are: added to every call, never shown. `secrets` are the values that no text may ever contain.

    `query` is made of `params`.
    """

    headers: tuple[tuple[str, str], ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    query: str = ""

    def __post_init__(self) -> None:
        force_setattr(self, "query", encoded(self.params))

    def __repr__(self) -> str:
        return "Credentials(hidden)"


class VendorHttp:
    """Sends calls for one account.

    Redirects are not followed: a redirected POST can become a GET, and a base URL from the configuration is the only host we speak to.
    """

    def __init__(
        self,
        account: Account,
        base_url: str,
        credentials: Credentials,
        limits: Limits,
        *,
        wire: Wire | httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.account = account
        self.base_url = base_url.rstrip("/")
        self._recent_secrets = RecentSecrets()
        self.replace_credentials(credentials)
        self._limits = limits
        self._wire = _wire(wire, concurrency=limits.concurrency)
        self._write_wire = _wire(wire, concurrency=limits.concurrency, is_for_writes=True)
        self._attempts = Counter[str]()
        self._breaker = Breaker(account, limits.breaker)
        self._pace = Pace(account, limits)
        paced = (self._pace, self._breaker)
        self._layers = (Deadline(account), Share(account), Trace(account), Retry(limits.retries, limits.read_seconds), *paced)
        self._layers_of_streams = (Deadline(account), Trace(account), *paced)

    @property
    def limits(self) -> Limits:
        return self._limits

    def vitals(self) -> Vitals:
        """How it goes just now."""
        return Vitals(
            account=self.account.name,
            breaker=self._breaker.state,
            rest_seconds=self._pace.rest_seconds,
            running=self._pace.running,
            waiting=self._pace.waiting,
            attempts=dict(self._attempts),
        )

    @property
    def write_wire(self) -> Wire:
        """The connections of writes, for a client of another address of the same vendor (a token endpoint)."""
        return self._write_wire

    def replace_credentials(self, credentials: Credentials) -> None:
        """Use other credentials from the next call on (a refreshed token)."""
        self._credentials = credentials
        self._redactor = Redactor(credentials.secrets, self._recent_secrets)

    async def expect(
        self,
        call: Call,
        *,
        fault: FaultReader,
        success: Collection[int] = (200,),
        places: Mapping[str, tuple[str, ...]] = NOWHERE,
    ) -> Answer:
        """The answer when its status is one of `success`; otherwise the error that the status and the vendor's words make.

        `places` tell where in the caller's arguments the vendor's names of fields belong, e.g. `{"smtpHost": ("smtp", "host")}`.
        """
        self._recent_secrets.add(call.secrets)

        async def attempt(call: Call) -> Answer:
            answer = await self._within_limits(call, self._send_on_wire)
            if answer.status in success:
                return answer
            raise self._refusal(call, answer, fault, places)

        return await fold(self._layers, attempt)(call)

    async def stream(self, call: Call, *, fault: FaultReader) -> tuple[httpx.Headers, AsyncIterator[bytes], AsyncExitStack]:
        """An answer of any size, chunk by chunk; the caller closes the stack.

        Pace and deadline cover the beginning, up to the headers, not the body; nobody shares it.
        """
        stack = AsyncExitStack()
        begun: list[Response] = []
        attempts: list[asyncio.Task[object] | None] = []

        async def begin(call: Call) -> Answer:
            response = await self._begin(self._wire, call)
            stack.push_async_callback(response.aclose)
            begun.append(response)
            is_fine = response.status_code == httpx.codes.OK
            return Answer(response.status_code, response.headers, b"" if is_fine else await self._read(response))

        async def attempt(call: Call) -> Answer:
            attempts.append(asyncio.current_task())
            answer = await self._within_limits(call, begin)
            if answer.status == httpx.codes.OK:
                return answer
            raise self._refusal(call, answer, fault)

        try:
            answer = await fold(self._layers_of_streams, attempt)(call)
        except BaseException:  # a caller who went away included: nobody else can use what was begun
            for task in attempts:
                if task is not None:
                    task.cancel()
            await stack.aclose()
            raise
        return answer.headers, self._pieces(begun[0], call), stack

    def redact(self, text: str) -> str:
        """A vendor's words without this account's secrets, and without those that were written lately: mail servers echo logins late."""
        return self._redactor.redact(text)

    def garbled(self, what: str) -> VendorProtocolError:
        """An answer with a good status whose body is not what was promised, e.g. `http.garbled("answered without a list")`."""
        error = protocol_error(self.account, what)
        self._breaker.spoil(error)
        return error

    def unclear(self, what: str) -> OutcomeUnknownError:
        """A write that was answered with a success that cannot be understood, e.g. `http.unclear("answered without a mailbox")`."""
        return unclear(self.account, what)

    async def close(self) -> None:
        """Break off what is under way, and close all connections."""
        await self._pace.close()
        await self._wire.aclose()
        await self._write_wire.aclose()

    # ------------------------------------------------------------------ one attempt
    async def _within_limits(self, call: Call, send: Send) -> Answer:
        """An answer of whatever status, in the time that one attempt may take. Raises `VendorError` when there is none."""
        current().charge(self.account.name)
        outcome = "CANCELLED"
        try:
            async with asyncio.timeout(self._seconds(call)):
                answer = await send(call)
            outcome = str(answer.status)
        except (BodyError, *WIRE_ERRORS) as error:
            failure = self._failure(call, error)
            outcome = failure.code
            raise failure from None
        else:
            return answer
        finally:
            self._attempts[outcome] += 1

    def _failure(self, call: Call, error: Exception) -> VendorError:
        if not isinstance(error, BodyError):
            return from_exception(error, account=self.account, call=call)
        return protocol_error(self.account, str(error)) if call.is_read else unclear(self.account, str(error))

    def _refusal(self, call: Call, answer: Answer, fault: FaultReader, places: Mapping[str, tuple[str, ...]] = NOWHERE) -> VendorError:
        return from_answer(
            answer,
            fault(answer),
            account=self.account,
            now=datetime.now(UTC),
            redact=self.redact,
            is_write=not call.is_read,
            places=places,
        )

    def _seconds(self, call: Call) -> float:
        return self._limits.read_seconds if call.is_read else self._limits.write_seconds

    async def _begin(self, wire: Wire, call: Call) -> Response:
        return await wire.send(
            call.method,
            self.base_url + call.path + query_string(call.params, self._credentials.query),
            (*HEADERS, *self._credentials.headers, *call.headers),
            call.content,
            seconds=self._seconds(call),
        )

    async def _send_on_wire(self, call: Call) -> Answer:
        response = await self._begin(self._wire if call.is_read else self._write_wire, call)
        try:
            return Answer(response.status_code, response.headers, await self._read(response))
        finally:
            await response.aclose()

    async def _read(self, response: Response) -> bytes:
        return await read_body(response, max_bytes=self._limits.max_answer_bytes)

    async def _pieces(self, response: Response, call: Call) -> AsyncIterator[bytes]:
        try:
            async for piece in pieces_of(response):
                yield piece
        except BodyError as error:
            raise protocol_error(self.account, str(error)) from None
        except WIRE_ERRORS as error:
            raise from_exception(error, account=self.account, call=call) from None


def _wire(given: Wire | httpx.AsyncBaseTransport | None, *, concurrency: int, is_for_writes: bool = False) -> Wire:
    """What was given, or a pool."""
    if isinstance(given, httpx.AsyncBaseTransport):
        return HttpxWire(given)
    return given or AiohttpWire(concurrency=concurrency, is_for_writes=is_for_writes)
