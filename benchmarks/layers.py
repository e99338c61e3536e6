"""What each part of the gateway costs, by taking it away: `python -P layers.py <configuration> <operation>` prints JSON.

It stands alone, so that it runs with any source tree of the gateway. Figures are CPU microseconds, of the process's own clock.
"""

import asyncio
import gc
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import graphql
import httpx
import msgspec
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.app import build_gateway, connect
from gateway.config import Settings, load_settings
from gateway.transport.call import get
from gateway.transport.client import VendorHttp
from gateway.transport.failure import Fault
from gateway.vendors.registry import SPECS

CALLS, CALL_ROUNDS = 200, 15
ANSWERS, ANSWER_ROUNDS = 5, 7
_STATUS_OK = 200

Work = Callable[[], Awaitable[object]]


class InstantWire(httpx.AsyncBaseTransport):
    """Answers at once, with next to nothing: what is left is the layers' own cost."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(_STATUS_OK, content=b"{}", request=request)


async def alternated(variants: Mapping[str, Callable[[], Work]], *, times: int, rounds: int) -> dict[str, float]:
    """The least CPU microseconds of each, measured in turns. A variant switches something and gives the work."""
    best = dict.fromkeys(variants, float("inf"))
    for _ in range(rounds):
        for name, switch in variants.items():
            work = switch()
            await work()
            started = process_time()
            for _ in range(times):
                await work()
            best[name] = min(best[name], (process_time() - started) / times * 1e6)
    return best


# ---------------------------------------------------------------------- one call to a vendor
async def calls(settings: Settings) -> dict[str, float]:
    """A call through all layers, and without each of them."""
    http = connect(settings.accounts[0], wire=InstantWire()).http
    layers = http._layers  # noqa: SLF001 - there is no switch: nobody else takes a layer away
    names = [type(layer).__name__ for layer in layers]
    variants = {"all": partial(_with_layers, http, layers)}
    variants |= {name: partial(_with_layers, http, [each for each in layers if type(each).__name__ != name]) for name in names}
    found = await alternated(variants, times=CALLS, rounds=CALL_ROUNDS)
    await http.close()
    return found


def _with_layers(http: VendorHttp, layers: Sequence[Any]) -> Work:
    http._layers = tuple(layers)  # noqa: SLF001 - as above
    return partial(http.expect, get("/layers"), fault=lambda _: Fault())


# ---------------------------------------------------------------------- one answer
async def answers(settings: Settings, operation: str) -> dict[str, float]:
    """A warm answer through the whole app, without the server, and without each extension and our executor; and its known parts."""
    gateway = build_gateway(settings)
    schema: Any = gateway.schema
    extensions, executor = list(schema.extensions), schema.execution_context_class
    async with gateway.site.router.lifespan_context(gateway.site):
        gc.collect()
        gc.freeze()  # as `serve` does
        numbers = iter(range(1_000_000))
        work = partial(_ask, gateway.site, operation, numbers)
        first = msgspec.json.decode(await work())

        def switch(kept: Sequence[object], used: object) -> Work:
            schema.extensions, schema.execution_context_class = list(kept), used
            return work

        variants = {"all": partial(switch, extensions, executor)}
        for each in extensions:
            variants[each.__name__] = partial(switch, [other for other in extensions if other is not each], executor)
        variants[executor.__name__] = partial(switch, extensions, StrawberryGraphQLCoreExecutionContext)
        found = await alternated(variants, times=ANSWERS, rounds=ANSWER_ROUNDS)
        document = graphql.parse(operation)
        parts = {
            "parse": lambda: partial(_done, lambda: graphql.parse(operation)),
            "validate": lambda: partial(_done, lambda: graphql.validate(schema._schema, document)),  # noqa: SLF001 - graphql-core's own schema
            "encode": lambda: partial(_done, lambda: msgspec.json.encode(first)),
        }
        return found | await alternated(parts, times=ANSWERS, rounds=ANSWER_ROUNDS)


async def _done(work: Callable[[], object]) -> object:
    return work()


async def _ask(app: Callable[..., Awaitable[None]], operation: str, numbers: Any) -> bytes:  # noqa: ANN401 - an iterator of ints
    """One POST, with variables that nobody has sent before, as an ASGI server would hand it in."""
    variables = {"filter": {"not": {"address": {"eq": f"{next(numbers)}@nobody.example"}}}}
    body = json.dumps({"query": operation, "variables": variables}).encode()
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
        "state": {},
    }
    said: list[bytes] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        said.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(said)


def main() -> None:
    """Both, as JSON."""
    logging.basicConfig(level=logging.INFO, filename="layers.log")  # as `serve` logs; the file is in the caller's directory
    settings = load_settings(Path(sys.argv[1]), SPECS)
    found = {"calls": asyncio.run(calls(settings)), "answers": asyncio.run(answers(settings, sys.argv[2]))}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
