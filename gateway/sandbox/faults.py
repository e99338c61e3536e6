"""A switch on a sandbox that makes the vendor fail, for a person to turn: `/__faults` below the sandbox's address. The demo has it."""

import asyncio
import re
from contextlib import suppress
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.sandbox.server import Outage, Sandbox

PATH = "/__faults"
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LONGEST_SECONDS = 3600
_EXAMPLES = (
    '{"status": 503}, {"delaySeconds": 20}, {"status": 429, "headers": {"retry-after": "30"}}, {"hangUp": true} or '
    '{"status": 200, "body": "<html>"}, each also with "path", "method" and "times"'
)


class Fault(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What goes wrong with the next `times` requests (without it: all) of this `method` whose path contains `path`.

    The vendor answers with `status`, `headers` and `body`, or hangs up in the middle of that, or answers as always; each after a delay.
    """

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    headers: dict[str, str] = {}
    body: str = ""
    delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=_LONGEST_SECONDS)] = 0.0
    hang_up: bool = False
    path: str = ""
    method: str | None = None
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        if self.status is None and not self.hang_up and not self.delay_seconds:
            raise ValueError("Nothing would go wrong: give `status`, `delaySeconds` or `hangUp`")
        if self.status is None and not self.hang_up and (self.headers or self.body):
            raise ValueError("`headers` and `body` need a `status`")
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or not (value.isascii() and value.isprintable()):
                raise ValueError(f"{name!r} is no header that can be sent")

    def outage(self) -> Outage:
        """The same as the sandbox understands it."""
        return Outage(
            path=self.path,
            method=self.method,
            times=self.times,
            delay_seconds=self.delay_seconds,
            status=200 if self.hang_up and self.status is None else self.status,
            body=self.body.encode(),
            headers=self.headers,
            hang_up=self.hang_up,
        )


class FaultSwitch:
    """An ASGI app: a sandbox with the switch. What is asked of the switch never reaches the vendor's app, nor its record of requests."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._on: list[tuple[Fault, Outage]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].removeprefix(scope.get("root_path", "")) == PATH:
            response = await self._answer(Request(scope, receive))
            await response(scope, receive, send)
        else:
            # A hang-up, or the demo stops while the vendor hangs: the server closes what is not complete.
            with suppress(ConnectionResetError, asyncio.CancelledError):
                await self._sandbox(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        match request.method:
            case "POST":
                try:
                    self._add(msgspec.json.decode(await request.body(), type=Fault))
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    return _json({"error": f"{error}. Send JSON such as {_EXAMPLES}."}, 400)
            case "DELETE":
                self._mend()
            case "GET" | "HEAD":
                pass
            case _:
                return _json({"error": "POST a fault, GET those that are on, DELETE them all."}, 405, {"allow": "GET, POST, DELETE"})
        return _json({"faults": self._listed()}, 200)

    def _add(self, fault: Fault) -> None:
        """The newest goes before all others."""
        outage = fault.outage()
        self._on.insert(0, (fault, outage))
        self._sandbox.outages.insert(0, outage)

    def _mend(self) -> None:
        """What else is wrong with the sandbox stays."""
        ours = [outage for _, outage in self._on]
        self._sandbox.outages[:] = [each for each in self._sandbox.outages if not any(each is outage for outage in ours)]
        self._on.clear()

    def _listed(self) -> list[Fault]:
        """Those that are on, the newest first; `times` is how many are left."""
        self._on = [(fault, outage) for fault, outage in self._on if any(each is outage for each in self._sandbox.outages)]
        return [msgspec.structs.replace(fault, times=outage.times) for fault, outage in self._on]


def _json(body: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body) + b"\n", status, headers=headers, media_type="application/json")
