import time

import httpx
import msgspec

from benchmarks.vendors import accounts
from gateway.domain.vendor import Vendor
from tests.benchmarks.replayed import replayed

LIST = "/mailboxes?limit=100"
LATENCY_SECONDS = 0.05


async def test_says_again_what_the_sandbox_said_and_changes_one_figure_each_time() -> None:
    async with replayed() as (address, replay), _client(address) as client:
        first, second, third = [(await client.get(LIST)).content for _ in range(3)]
        replay.varies = False
        fourth, fifth = [(await client.get(LIST)).content for _ in range(2)]
    assert len({first, second, third}) == 3
    assert fourth == fifth
    assert len(first) == len(second) == len(fourth)
    rows = msgspec.json.decode(fourth)["data"]
    again = msgspec.json.decode(second)["data"]
    changed = [(row, twin) for row, twin in zip(rows, again, strict=True) if row != twin]
    assert len(rows) == 3
    assert [{key for key in row if row[key] != twin[key]} for row, twin in changed] == [{"updated_at"}]


async def test_counts_answers_and_tells_the_good_ones_from_the_others() -> None:
    async with replayed() as (address, replay), _client(address) as client:
        assert (await client.get(LIST)).status_code == 200
        assert (await client.get(LIST)).status_code == 200
        assert (await client.get("/nowhere")).status_code == 404
        counts = (await client.get(f"{address}/counts")).json()
        targets = (await client.get(f"{address}/targets")).json()
    assert (counts["answers"], counts["bad_answers"]) == (3, 1)
    assert targets == [f"/3/shipmail{LIST}"]
    assert replay.answers == 3


async def test_takes_the_time_that_it_is_told() -> None:
    async with replayed() as (address, _), _client(address) as client:
        await client.get(LIST)
        await client.get(f"{address}/control?latency_ms={LATENCY_SECONDS * 1000}")
        started = time.perf_counter()
        await client.get(LIST)
        assert time.perf_counter() - started >= LATENCY_SECONDS


async def test_no_row_is_odd_unless_it_is_asked_for() -> None:
    async with replayed() as (address, _):
        tidy, odd = [await _ports(address, world) for world in ("40", "odd-40")]
    assert tidy <= {int, type(None)}
    assert not odd <= {int, type(None)}


async def _ports(address: str, world: str) -> set[type]:
    account = next(each for each in accounts(address, size=world) if each.vendor is Vendor.OUTREACH)
    headers = {"authorization": f"Bearer {account.values['access_token']}", "content-type": "application/vnd.api+json"}
    async with httpx.AsyncClient(base_url=account.base_url, headers=headers) as client:
        rows = (await client.get("/mailboxes?count=false")).json()["data"]
    return {type(row["attributes"].get("imapPort")) for row in rows}


def _client(address: str) -> httpx.AsyncClient:
    account = next(each for each in accounts(address, size=3) if each.vendor is Vendor.SHIPMAIL)
    return httpx.AsyncClient(base_url=account.base_url, headers={"authorization": f"Bearer {account.values['api_key']}"})
