"""The BFF's server: `python -m benchmarks.bff.app <accounts as JSON>` answers `GET /mailboxes` and prints its address."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import msgspec
import orjson
import uvicorn
import yarl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.bff import outreach, sendkit, shipmail, smartlead, woodpecker
from benchmarks.bff.value import Row
from benchmarks.bff.vendor import VendorModule
from benchmarks.fleet_query import FLEET_SIZE
from benchmarks.listener import address, listen

VENDORS: Mapping[str, VendorModule] = {
    "OUTREACH": outreach,
    "SENDKIT": sendkit,
    "SHIPMAIL": shipmail,
    "SMARTLEAD": smartlead,
    "WOODPECKER": woodpecker,
}
_OK = 200


class Account(msgspec.Struct):
    """Where one vendor is, and its credentials."""

    name: str
    vendor: str
    base_url: str
    values: dict[str, str]


class Fleet:
    """Fetches all accounts at once."""

    def __init__(self, accounts: list[Account], session: aiohttp.ClientSession) -> None:
        self._accounts = accounts
        self._session = session
        self._headers = {account.name: VENDORS[account.vendor].headers(account.values) for account in accounts}

    async def answer(self) -> bytes:
        """The fleet as JSON, ordered by address."""
        answers = await asyncio.gather(*map(self._read, self._accounts))
        rows = [row for rows, _ in answers for row in rows]
        rows.sort(key=place)
        body: bytes = orjson.dumps({"data": {"mailboxes": {"nodes": rows[:FLEET_SIZE], "sources": [told for _, told in answers]}}})
        return body

    async def _read(self, account: Account) -> tuple[list[Row], Row]:
        vendor = VENDORS[account.vendor]
        rows: list[Row] = []
        try:
            async for page in vendor.pages(lambda target: self._get(account, target), account.values):
                rows += [vendor.row(it, account.name) for it in page]
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError, KeyError) as error:
            return [], source(account, "UNAVAILABLE", problem=type(error).__name__)
        return rows, source(account, "FRESH", count=len(rows), as_of=now())

    async def _get(self, account: Account, target: str) -> Any:  # noqa: ANN401 - JSON as it comes
        url = yarl.URL(account.base_url + target, encoded=True)
        async with self._session.get(url, headers=self._headers[account.name]) as answer:
            answer.raise_for_status()
            return orjson.loads(await answer.read())


def now() -> str:
    """The time as the vendors write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def place(row: Any) -> tuple[bool, str, str, str]:  # noqa: ANN401 - a row's address and ids are text
    """By address, then account (one for each vendor, named after it), then id; rows without an address last."""
    address = row["address"]
    return address is None, address.casefold() if address else "", row["vendor"], row["vendorId"]


def source(account: Account, status: str, *, count: int | None = None, as_of: str | None = None, problem: str | None = None) -> Row:
    """How an account answered."""
    return {"account": {"name": account.name}, "status": status, "mailboxCount": count, "asOf": as_of, "problem": problem}


def build(accounts: list[Account]) -> Starlette:
    """The app."""
    fleets: list[Fleet] = []

    @asynccontextmanager
    async def opened(_: Starlette) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
            fleets[:] = [Fleet(accounts, session)]
            yield

    async def mailboxes(_: Request) -> Response:
        return Response(await fleets[0].answer(), media_type="application/json")

    async def healthz(_: Request) -> Response:
        return Response(status_code=_OK)

    return Starlette(routes=[Route("/mailboxes", mailboxes), Route("/healthz", healthz)], lifespan=opened)


def main() -> None:
    """Serve until stopped; prints the address first."""
    listener = listen()
    print(address(listener), flush=True)
    app = build(msgspec.json.decode(sys.argv[1], type=list[Account]))
    config = uvicorn.Config(app, loop="uvloop", http="httptools", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
