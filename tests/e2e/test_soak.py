"""Mixed load while all five vendors fail by chance: every answer is right, and afterwards nothing is left behind.

`SOAK_SECONDS=600 pytest tests/e2e/test_soak.py -s` does it for as long as that, and prints what it measured.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from gateway.app import build_gateway, open_state
from gateway.config import load_settings
from gateway.operations.timing import Timing
from gateway.sandbox.server import Sandbox
from gateway.vendors.registry import SPECS
from tests.e2e.conftest import MAILBOXES, Running, configuration, started
from tests.e2e.mixed_load import MixedLoad
from tests.e2e.test_serving import is_clean
from tests.web.conftest import served

SECONDS = float(os.environ.get("SOAK_SECONDS", "15"))
WARM_UP_SECONDS = min(SECONDS / 3, 60)
SETTLE_SECONDS = 60
"""How long what is left may take to go; idle connections to vendors are kept for a quarter of that."""
SOON = Timing(looks=(0.5, 1, 2), give_up=10)
"""Finding out what became of a lost write takes a minute by default, which is longer than this test waits for it to end."""
MORE_FILES = 8
MORE_TASKS = 4
MORE_MIB = 40
"""How much more memory may be in use than after the warm-up: the allocator's own, not what load leaves behind."""


class Resources:
    """What a process holds."""

    def __init__(self, process_id: int) -> None:
        self._place = Path(f"/proc/{process_id}")

    @property
    def files(self) -> int:
        return len([*(self._place / "fd").iterdir()])

    @property
    def mib(self) -> float:
        pages = int((self._place / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.fixture(scope="module")
def vendors() -> Iterator[Running]:
    """A demo of its own: its sandboxes are broken and written to."""
    with started("demo", "--port", "0", "--mailboxes", str(MAILBOXES)) as running:
        yield running


@pytest.fixture
def config(vendors: Running, sandboxes: Mapping[str, Sandbox], tmp_path: Path) -> Path:
    """Vendors are given up on after a second, and what they said is fresh for one."""
    path = tmp_path / "gateway.toml"
    path.write_text(configuration(vendors.url, sandboxes).replace('pace = "off"', 'pace = "off"\nfresh_for = "1s"\ntimeout = "1s"'))
    return path


@pytest.fixture(scope="module")
def secrets(sandboxes: Mapping[str, Sandbox]) -> frozenset[str]:
    return frozenset(secret for sandbox in sandboxes.values() for secret in sandbox.secrets)


async def settles(value: Callable[[], int], most: int) -> int:
    """The value once it is small enough, or when there is no hope."""
    end = time.monotonic() + SETTLE_SECONDS
    while value() > most and time.monotonic() < end:  # noqa: ASYNC110 - the kernel and another thread tell nobody
        await asyncio.sleep(0.2)
    return value()


async def test_a_process_keeps_nothing(
    vendors: Running, config: Path, keys: Mapping[str, str], secrets: frozenset[str], tmp_path: Path
) -> None:
    with started("serve", "--config", str(config), "--port", "0", env=keys, state=tmp_path) as running:
        held = Resources(running.process.pid)
        load = MixedLoad(running.url, vendors.url, mailboxes=MAILBOXES, secrets=secrets)
        await load.warm_up()
        files_before = held.files
        await load.run(WARM_UP_SECONDS)
        mib_before = held.mib
        await load.run(SECONDS)
        files_at_work, mib_after = held.files, held.mib
        files_after = await settles(lambda: held.files, files_before + MORE_FILES)
        done = await asyncio.to_thread(running.stop)
    print(f"\nfiles {files_before} -> {files_at_work} -> {files_after}, MiB {mib_before:.0f} -> {mib_after:.0f}, {dict(load.seen)}")  # noqa: T201 - for whoever runs the long form
    assert files_after <= files_before + MORE_FILES
    assert mib_after <= mib_before + MORE_MIB
    assert load.seen["answers"] > SECONDS
    assert load.seen["faults"] > SECONDS / 5
    assert is_clean(done), done.stderr


async def test_an_event_loop_keeps_nothing(
    vendors: Running, config: Path, keys: Mapping[str, str], secrets: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same in this process, where its tasks can be counted."""
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(config, SPECS)
    with served(build_gateway(settings, state=await open_state(settings), timing=SOON)) as running:
        load = MixedLoad(running.url, vendors.url, mailboxes=MAILBOXES, secrets=secrets, seed=5)
        await load.warm_up()
        loop = running.server.servers[0].get_loop()
        before = len(asyncio.all_tasks(loop))
        await load.run(SECONDS / 3)
        at_work = len(asyncio.all_tasks(loop))
        after = await settles(lambda: len(asyncio.all_tasks(loop)), before + MORE_TASKS)
        left = [task.get_name() for task in asyncio.all_tasks(loop)]
    print(f"\ntasks {before} -> {at_work} -> {after}, {dict(load.seen)}")  # noqa: T201 - as above
    assert after <= before + MORE_TASKS, left
