"""A state in a directory of its own, and its clock."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.state.sqlite import SqliteState
from tests.state.made_up import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
async def state(directory: Path, clock: Clock) -> AsyncIterator[SqliteState]:
    it = await SqliteState.open(directory, state_key="long and random", clock=clock)
    yield it
    await it.close()
