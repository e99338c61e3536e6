"""Everything at once against a gateway whose vendors fail by chance: the same chance in every run. Each answer is looked at."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from gateway.domain.errors import ErrorCode
from gateway.inventory.account import LATE
from tests.leaks import leaks

VENDORS = ("outreach", "sendkit", "shipmail", "smartlead", "woodpecker")
FLEET = """{ mailboxes(first: 500, orderBy: {field: ADDRESS}) {
  totalCount nodes { id address vendor stale } sources { account { name } status problem message retryAt } } }"""
FILTER = """{ mailboxes(first: 20, filter: {address: {contains: "an"}, status: [ACTIVE]}, orderBy: {field: SENT_TODAY, direction: DESC}) {
  totalCount nodes { address siblings { address } } sources { status } } }"""
DETAILS = """{ mailboxes(first: 10, filter: {vendor: [SHIPMAIL, SMARTLEAD]}) {
  nodes { id folders { name } rules { name } warmup { state history { date } } } sources { status } } }"""
SUMMARY = "{ fleet { total byVendor { vendor count } conflicts { address } } }"
ONE = "query ($id: ID!) { mailbox(id: $id) { id address status health { sending { state } } } }"
RENAME = """mutation ($id: ID!, $name: String!) { mailboxUpdate(id: $id, input: {displayName: $name}) {
  mailbox { id displayName } operation { id state } userErrors { code message } } }"""
CHANGED = "subscription { mailboxChanged { kind mailboxId changedFields } }"
FAULTS: Sequence[Mapping[str, object]] = (
    {"status": 503},
    {"status": 500, "times": 3},
    {"status": 429, "headers": {"retry-after": "1"}, "times": 2},
    {"status": 401, "times": 2},
    {"status": 502, "body": "<html>Bad Gateway</html>"},
    {"status": 200, "body": '{"data": [{"id": '},
    {"status": 200, "body": ""},
    {"hangUp": True, "body": "{", "times": 5},
    {"delaySeconds": 0.3},
    {"delaySeconds": 30, "times": 4, "method": "GET"},  # a write is never cut off: several in a row would outlast the test
    {"delaySeconds": 1.5, "times": 2},
)
MIX = (FLEET, FLEET, FILTER, DETAILS, SUMMARY, ONE, RENAME)


class MixedLoad:
    """`url` is the gateway's, `vendors_url` that of the demo whose sandboxes are its vendors; `mailboxes` is how many each has."""

    def __init__(self, url: str, vendors_url: str, *, mailboxes: int, secrets: frozenset[str], seed: int = 4177) -> None:
        self.seen: Counter[str] = Counter()
        """Answers by what they were, and error codes."""
        self._url = url
        self._vendors_url = vendors_url
        self._total = mailboxes * len(VENDORS)
        self._secrets = secrets
        self._random = random.Random(seed)  # noqa: S311 - chance, no secret
        self._ids: list[str] = []

    async def warm_up(self) -> None:
        """Every vendor is read once, unharmed."""
        async with httpx.AsyncClient(base_url=self._url, timeout=60) as client:
            news = {"cache-control": "no-cache"}
            while "data" not in (answer := await self._ask(client, FLEET, headers=news)):  # noqa: ASYNC110 - that is what Retry-After is for
                await asyncio.sleep(1)
        self._ids = [node["id"] for node in answer["data"]["mailboxes"]["nodes"]]

    async def run(self, seconds: float, *, callers: int = 6, listeners: int = 2) -> None:
        """All of it until the time is up; then every vendor is well again. Raises what a look at an answer raised."""
        works: list[Callable[[], Coroutine[None, None, None]]] = (
            [self._call] * callers + [self._stream, self._socket] * listeners + [self._break]
        )
        end = asyncio.get_running_loop().time() + seconds

        async def repeat(work: Callable[[], Coroutine[None, None, None]]) -> None:
            while asyncio.get_running_loop().time() < end:
                await work()

        try:
            async with asyncio.TaskGroup() as group:
                for work in works:
                    group.create_task(repeat(work))
        finally:
            await self._mend()

    async def _call(self) -> None:
        """A client with a connection of its own, which it keeps for some requests."""
        async with httpx.AsyncClient(base_url=self._url, timeout=60) as client:
            for _ in range(self._random.randint(1, 20)):
                query = self._random.choice(MIX)
                headers = {"x-request-timeout-ms": "3000"} | ({"cache-control": "no-cache"} if self._random.random() < 0.05 else {})
                await self._ask(client, query, headers=headers, **self._variables(query))

    def _variables(self, query: str) -> dict[str, object]:
        if query not in (ONE, RENAME):
            return {}
        name = {"name": f"Soaked {self._random.randint(1, 99)}"} if query is RENAME else {}
        return {"id": self._random.choice(self._ids), **name}

    async def _ask(self, client: httpx.AsyncClient, query: str, *, headers: Mapping[str, str], **variables: object) -> dict[str, Any]:
        response = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        answer: dict[str, Any] = response.json()
        self._look(response.content, answer)
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            assert response.headers["retry-after"] == "1"
            return answer  # there is enough to do on this machine
        assert response.status_code == httpx.codes.OK, answer
        self.seen["answers"] += 1
        if query is FLEET:
            self._look_at_fleet(answer)
        return answer

    def _look(self, content: bytes, answer: Mapping[str, Any]) -> None:
        assert not leaks(content, self._secrets)
        for error in answer.get("errors", ()):
            code = error["extensions"]["code"]
            assert code in ErrorCode.__members__, error
            assert code != ErrorCode.INTERNAL, error
            self.seen[code] += 1

    def _look_at_fleet(self, answer: Mapping[str, Any]) -> None:
        """Whatever fails: everything that was known is there, once, and what is not fresh says so."""
        found = answer["data"]["mailboxes"]
        assert found["totalCount"] == len({node["id"] for node in found["nodes"]}) == self._total, found["sources"]
        assert [source["account"]["name"] for source in found["sources"]] == [f"my-{name}" for name in VENDORS]
        for source in found["sources"]:
            assert source["status"] in ("FRESH", "STALE", "PARTIAL"), source
            is_late = source["message"] == LATE and source["status"] != "FRESH"  # told of, and no problem yet
            assert bool(source["problem"]) == bool(source["message"]) or is_late, source
            self.seen[source["problem"] or source["status"]] += 1

    async def _stream(self) -> None:
        """Listens for a while to server-sent events, and goes without a word."""
        async with httpx.AsyncClient(base_url=self._url, timeout=60) as client:
            streaming = client.stream("POST", "/graphql", json={"query": CHANGED}, headers={"accept": "text/event-stream"})
            with suppress(TimeoutError):
                async with asyncio.timeout(self._random.uniform(0.2, 3)), streaming as stream:
                    async for line in stream.aiter_lines():
                        self._event(line)

    async def _socket(self) -> None:
        """The same over WebSocket, with two operations."""
        url = f"ws{self._url.removeprefix('http')}/graphql"
        with suppress(TimeoutError, ConnectionClosed, InvalidStatus):  # the last: refused, since there is enough to do
            async with (
                asyncio.timeout(self._random.uniform(0.2, 3)),
                connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket,
            ):
                await socket.send('{"type": "connection_init"}')
                for identifier, query in (("1", CHANGED), ("2", FLEET)):
                    await socket.send(json.dumps({"type": "subscribe", "id": identifier, "payload": {"query": query}}))
                async for message in socket:
                    self._event(str(message))

    def _event(self, text: str) -> None:
        assert not leaks(text.encode(), self._secrets)
        assert ErrorCode.INTERNAL not in text, text
        self.seen["events"] += "mailboxChanged" in text

    async def _break(self) -> None:
        vendor, fault = self._random.choice(VENDORS), self._random.choice(FAULTS)
        async with httpx.AsyncClient(base_url=self._vendors_url, timeout=60) as client:
            await asyncio.sleep(self._random.uniform(0.1, 0.6))
            if self._random.random() < 0.5:  # half of the time a vendor is mended instead
                await client.delete(f"/sandbox/{vendor}/__faults")
            else:
                (await client.post(f"/sandbox/{vendor}/__faults", json=fault)).raise_for_status()
                self.seen["faults"] += 1

    async def _mend(self) -> None:
        async with httpx.AsyncClient(base_url=self._vendors_url, timeout=60) as client:
            for vendor in VENDORS:
                await client.delete(f"/sandbox/{vendor}/__faults")
