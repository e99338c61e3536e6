"""Work that is shared belongs to all who wait for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import count

import pytest

from gateway.sandbox.server import Outage
from gateway.web.flights import Flights
from tests.schema.conftest import Fleet, open_fleet
from tests.web.test_answers import UPDATE, runner_of

FOLDERS = "{ mailboxes(first: 500, filter: { vendor: [SHIPMAIL] }) { nodes { id folders { name } } } }"
SLOW_SECONDS = 0.3


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with open_fleet() as opened:
        yield opened


class Work:
    """Counts how often it begins and how often it is cancelled; ends when `gate` is set."""

    def __init__(self) -> None:
        self.begun = count()
        self.times = 0
        self.cancelled = 0
        self.gate = asyncio.Event()

    def __call__(self) -> Coroutine[object, object, int]:
        return self._run()

    async def _run(self) -> int:
        self.times += 1
        number = next(self.begun)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return number


def waiting(
    flights: Flights[str, int], work: Callable[[], Coroutine[object, object, int]], key: str = "a", seconds: float = 60
) -> "asyncio.Task[tuple[int, bool]]":
    return asyncio.create_task(flights.share(key, work, boarding_seconds=seconds))


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_it_is_done_once_for_all_who_come_while_it_goes_on() -> None:
    flights, work = Flights[str, int](), Work()
    those = [waiting(flights, work) for _ in range(5)]
    await settled()
    work.gate.set()
    assert await asyncio.gather(*those) == [(0, False), *[(0, True)] * 4]
    assert (work.times, flights.joined) == (1, 4)
    assert await waiting(flights, work) == (1, False), "who comes later begins anew"


async def test_another_key_is_other_work() -> None:
    flights, work = Flights[str, int](), Work()
    those = [waiting(flights, work, key) for key in "ab"]
    await settled()
    work.gate.set()
    assert await asyncio.gather(*those) == [(0, False), (1, False)]


@pytest.mark.parametrize("leaver", [0, 1, 2])
async def test_whoever_goes_leaves_it_to_the_others(leaver: int) -> None:
    flights, work = Flights[str, int](), Work()
    those = [waiting(flights, work) for _ in range(3)]
    await settled()
    those.pop(leaver).cancel()
    await settled()
    work.gate.set()
    assert [landed[0] for landed in await asyncio.gather(*those)] == [0, 0]
    assert (work.times, work.cancelled) == (1, 0)


async def test_nobody_waiting_ends_it_and_nobody_joins_what_was_ended() -> None:
    flights, work = Flights[str, int](), Work()
    those = [waiting(flights, work) for _ in range(3)]
    await settled()
    for each in those:
        each.cancel()
    after = waiting(flights, work)
    await settled()
    assert work.cancelled == 1
    work.gate.set()
    assert (await after)[0] == 1


async def test_what_it_raises_all_are_told() -> None:
    async def fail() -> int:
        await asyncio.sleep(0)
        raise ValueError

    flights = Flights[str, int]()
    told = await asyncio.gather(*(waiting(flights, fail) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in told] == [ValueError] * 3


async def test_nobody_joins_what_has_been_under_way_for_long() -> None:
    flights, work = Flights[str, int](), Work()
    first = waiting(flights, work)
    await asyncio.sleep(0.05)
    second, third = waiting(flights, work, seconds=0.04), waiting(flights, work, seconds=60)
    await settled()
    work.gate.set()
    assert list(await asyncio.gather(first, second, third)) == [(0, False), (1, False), (1, True)]


# ---------------------------------------------------------------------- queries
async def slow_fleet(fleet: Fleet) -> None:
    """All lists are known, and ShipMail takes its time from now on."""
    await fleet.data("{ mailboxes { totalCount } }")
    fleet.sandboxes["shipmail"].outages.append(Outage(path="/folders", delay_seconds=SLOW_SECONDS))


async def test_the_same_query_at_the_same_time_asks_the_vendor_once(fleet: Fleet) -> None:
    await slow_fleet(fleet)
    before = fleet.calls()["shipmail"]
    alone = await fleet.ask(FOLDERS)
    once = fleet.calls()["shipmail"] - before
    first, *others = await asyncio.gather(*(fleet.ask(FOLDERS) for _ in range(4)))
    assert fleet.calls()["shipmail"] - before == 2 * once
    assert [each["data"] for each in (first, *others)] == [alone["data"]] * 4
    cost = first["extensions"]["cost"]
    assert cost["calls"] == alone["extensions"]["cost"]["calls"] == once > 0
    for each in others:
        assert each["extensions"]["cost"]["calls"] == 0
        assert each["extensions"]["cost"]["shared"] == once
        assert each["extensions"]["cost"]["accounts"] == [{"account": "shipmail", "calls": 0, "shared": once, "known": cost["known"]}]
    assert runner_of(fleet).figures().joined == 3


@pytest.mark.parametrize("headers", [{"cache_control": "no-cache"}, {"x_request_timeout_ms": "9000"}])
async def test_who_wants_news_or_has_less_time_asks_for_itself(fleet: Fleet, headers: dict[str, str]) -> None:
    await slow_fleet(fleet)
    await asyncio.gather(fleet.ask(FOLDERS), fleet.ask(FOLDERS, None, **headers))
    assert runner_of(fleet).figures().joined == 0


async def test_nobody_joins_a_query_that_began_before_its_own_write(fleet: Fleet) -> None:
    [mailbox] = await fleet.ids("shipmail", 1)
    await slow_fleet(fleet)
    query = "query ($id: ID!) { mailbox(id: $id) { displayName folders { name } } }"
    early = asyncio.create_task(fleet.data(query, {"id": mailbox}))
    await asyncio.sleep(SLOW_SECONDS / 10)
    await fleet.data(UPDATE, {"id": mailbox, "name": "Written Meanwhile"})
    assert not early.done()
    late = await fleet.data(query, {"id": mailbox})
    assert late["mailbox"]["displayName"] == "Written Meanwhile"
    await early


async def test_mutations_are_never_shared() -> None:
    async with open_fleet() as fleet:
        [mailbox] = await fleet.ids("sendkit", 1)
        before = fleet.calls()["sendkit"]
        await fleet.data(UPDATE, {"id": mailbox, "name": "x"})
        once = fleet.calls()["sendkit"] - before
        await asyncio.gather(*(fleet.data(UPDATE, {"id": mailbox, "name": "y"}) for _ in range(2)))
        assert fleet.calls()["sendkit"] - before == 3 * once
