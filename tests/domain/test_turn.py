"""Long computing in turns: all of it done, in order, and never two turns in one pass of the loop."""

import asyncio
from functools import partial
from itertools import pairwise

import pytest

from gateway.domain import turn
from gateway.domain.turn import in_turn, map_in_turns


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thing a turn."""
    monkeypatch.setattr(turn, "TURN_SECONDS", 0.0)


@pytest.mark.usefixtures("short_turns")
async def test_others_run_between_any_two_turns_whoever_has_them() -> None:
    told: list[str] = []

    def tell(name: str, number: int) -> int:
        told.append(name)
        return number

    async def watch() -> None:
        while True:
            await asyncio.sleep(0)
            told.append("pass")

    watching = asyncio.create_task(watch())
    assert await asyncio.gather(*(map_in_turns(partial(tell, name), range(5)) for name in "abc")) == [[0, 1, 2, 3, 4]] * 3
    watching.cancel()
    turns = [index for index, what in enumerate(told) if what != "pass"]
    assert all("pass" in told[one:other] for one, other in pairwise(turns))
    assert [told[index] for index in turns] == [*"abc"] * 5, "in turns"


async def test_nothing_is_done_in_no_time() -> None:
    assert await map_in_turns(str, []) == []


async def test_a_turn_that_fails_is_over() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_turn(lambda: 1 // 0)
    assert await asyncio.wait_for(in_turn(lambda: 1), 5) == 1


@pytest.mark.usefixtures("short_turns")
async def test_one_who_goes_away_keeps_no_turn() -> None:
    going = asyncio.create_task(map_in_turns(str, range(1000)))
    await asyncio.sleep(0)
    going.cancel()
    assert await asyncio.wait_for(map_in_turns(str, range(2)), 5) == ["0", "1"]
    assert going.cancelled()


def test_every_loop_has_its_own_turns() -> None:
    for _ in range(2):
        assert asyncio.run(map_in_turns(str, [1])) == ["1"]
