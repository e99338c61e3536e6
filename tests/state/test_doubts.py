"""Doubts: creations that may yet turn out to have happened."""

from datetime import timedelta
from pathlib import Path

from gateway.state.sqlite import SqliteState
from tests.state.made_up import Clock


async def test_a_doubt_belongs_to_its_account_and_address(state: SqliteState) -> None:
    await state.save_doubt("a", "x@y.example", b"\0first")
    await state.save_doubt("a", "x@y.example", b"\0second")
    assert await state.load_doubt("a", "x@y.example") == b"\0second"
    assert await state.load_doubt("b", "x@y.example") is None
    assert await state.load_doubt("a", "z@y.example") is None


async def test_a_dropped_doubt_is_gone(state: SqliteState) -> None:
    await state.save_doubt("a", "x", b"q")
    await state.drop_doubt("a", "x")
    await state.drop_doubt("a", "x")
    assert await state.load_doubt("a", "x") is None


async def test_a_doubt_survives_and_goes_after_a_week(state: SqliteState, directory: Path, clock: Clock) -> None:
    await state.save_doubt("a", "x", b"q")
    await state.close()
    clock.turn(seconds=timedelta(days=7).total_seconds() - 1)
    again = await SqliteState.open(directory, state_key=None, clock=clock)
    assert await again.load_doubt("a", "x") == b"q"
    await again.close()
    clock.turn(seconds=1)
    last = await SqliteState.open(directory, state_key=None, clock=clock)
    assert await last.load_doubt("a", "x") is None
    await last.close()
