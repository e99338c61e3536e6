"""Who may read the files, and who may serve from the directory."""

import asyncio
import logging
import os
import stat
from pathlib import Path

import pytest

from gateway.state import lock
from gateway.state.error import StateError
from gateway.state.sqlite import SqliteState
from tests.state.made_up import operation, start


def modes(directory: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


@pytest.fixture
def open_umask() -> object:
    before = os.umask(0)
    yield None
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
async def test_only_the_gateways_user_may_read(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "state"
    state = await SqliteState.open(directory, state_key=None, is_exclusive=True)
    await state.save_operation(operation(), work=None)
    assert modes(directory.parent)["state"] == 0o700
    assert modes(directory) == dict.fromkeys(["state.db", "state.db-wal", "state.db-shm", "lock", "fingerprint.key"], 0o600)
    await state.close()
    assert modes(directory) == dict.fromkeys(["state.db", "lock", "fingerprint.key"], 0o600)


async def test_a_directory_that_is_there_keeps_its_mode_and_its_files_are_closed(directory: Path) -> None:
    await (await SqliteState.open(directory, state_key=None)).close()
    open_to_all(directory)
    await (await SqliteState.open(directory, state_key=None)).close()
    assert modes(directory.parent)["state"] == 0o755
    assert modes(directory) == {"state.db": 0o600, "fingerprint.key": 0o600}


def open_to_all(directory: Path) -> None:
    directory.chmod(0o755)
    for path in directory.iterdir():
        path.chmod(0o644)


@pytest.mark.usefixtures("state")
async def test_with_a_state_key_no_other_key_lies_about(directory: Path) -> None:
    assert "fingerprint.key" not in modes(directory)


async def test_a_key_that_another_process_made_meanwhile_is_the_one(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late_link(source: str, target: Path) -> None:
        target.write_bytes(b"k" * 32)
        link(source, target)

    monkeypatch.setattr(os, "link", late_link)
    state = await SqliteState.open(directory, state_key=None)
    same = SqliteState.in_memory(state_key="k" * 32)
    assert state.fingerprint(b"x") == same.fingerprint(b"x")
    assert set(modes(directory)) == {"state.db", "state.db-wal", "state.db-shm", "fingerprint.key"}
    await asyncio.gather(state.close(), same.close())


async def test_only_one_gateway_serves_from_a_directory(directory: Path) -> None:
    serving = await SqliteState.open(directory, state_key=None, is_exclusive=True)
    with pytest.raises(StateError, match="Another gateway uses this state directory") as caught:
        await SqliteState.open(directory, state_key=None, is_exclusive=True)
    assert "state_dir of its own" in caught.value.cure
    looking = await SqliteState.open(directory, state_key=None)
    await looking.close()
    await serving.close()
    await (await SqliteState.open(directory, state_key=None, is_exclusive=True)).close()


async def test_another_process_holds_the_lock_until_it_dies(directory: Path) -> None:
    process = start("writer", directory, 0)
    assert process.stdout
    assert await asyncio.to_thread(process.stdout.readline) == "0\n"
    with pytest.raises(StateError, match="Another gateway uses this state directory"):
        await SqliteState.open(directory, state_key="k", is_exclusive=True)
    process.kill()
    await asyncio.to_thread(process.communicate)
    await (await SqliteState.open(directory, state_key="k", is_exclusive=True)).close()


def _unsupported(*_: object) -> None:
    raise OSError(95, "Operation not supported")


@pytest.mark.parametrize("flock", [None, _unsupported])
async def test_without_file_locks_it_warns_and_goes_on(
    directory: Path, flock: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lock, "flock", flock)
    with caplog.at_level(logging.WARNING):
        state = await SqliteState.open(directory, state_key=None, is_exclusive=True)
    await state.close()
    (record,) = caplog.records
    assert "no" in record.getMessage()
    assert "only one gateway uses" in record.getMessage()
