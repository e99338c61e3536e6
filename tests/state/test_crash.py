"""A process that is killed in the middle of its writes: whatever it was told is written is there."""

import asyncio
import signal
from pathlib import Path

import pytest

from gateway.state.sqlite import SqliteState
from gateway.state.store import KeyClaim
from tests.state.made_up import start


async def write_and_kill(directory: Path, first: int, *, count: int) -> int:
    """The last number that was confirmed."""
    process = start("writer", directory, first)
    assert process.stdout
    lines = [await asyncio.to_thread(process.stdout.readline) for _ in range(count)]
    process.send_signal(signal.SIGKILL)
    rest, errors = await asyncio.to_thread(process.communicate)
    assert (process.returncode, errors) == (-signal.SIGKILL, "")
    confirmed = [int(line) for line in ("".join(lines) + rest).splitlines()]
    assert confirmed == list(range(first, first + len(confirmed)))
    return confirmed[-1]


async def test_what_was_confirmed_survives_a_kill(directory: Path) -> None:
    last = -1
    for count in (1, 7, 20):
        last = await write_and_kill(directory, last + 1, count=count)
        state = await SqliteState.open(directory, state_key="k", is_exclusive=True)
        for number in range(last + 1):
            await look(state, number)
        assert int(await state.vault("rota").load() or "-1") in (last, last + 1)
        work = [each.work for each in await state.unfinished_operations()]
        assert {str(number).encode() for number in range(last + 1)} <= set(work)
        integrity = await state._database.read(lambda connection: connection.execute("PRAGMA integrity_check").fetchall())
        assert integrity == [("ok",)]
        await state.drop_operation(f"o-{last + 1}")  # begun, perhaps, when the kill came
        await state.release_key("s", f"o-{last + 1}")
        await state.close()


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
async def test_a_commit_is_on_the_disk_when_it_returns(state: SqliteState, pragma: str, value: object) -> None:
    """A kill cannot show this, a power cut could; 2 is FULL."""
    assert await state._database.read(lambda connection: connection.execute(f"PRAGMA {pragma}").fetchone()) == (value,)


async def look(state: SqliteState, number: int) -> None:
    key = f"o-{number}"
    assert await state.load_operation(key) is not None
    assert [each.mailbox_id for each in await state.load_results(key)] == [f"{number}"] * 20
    assert await state.claim_key("s", key, fingerprint="other", operation_key=None) == KeyClaim(False, "f", key, b"told")
