"""Thousands of generated and broken requests over a real socket: none makes the gateway fail, hang, or tell a secret.

Half of them are the same in every run. For the other half a seed is made up and printed: what fails by chance has failed all the same.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from secrets import randbelow

import pytest

from tests.attack.arsenal import Arsenal
from tests.attack.attack import Attack
from tests.attack.conftest import Target
from tests.attack.effort import Effort
from tests.attack.verdict import complaint, is_busy
from tests.attack.wire import Answer, Wire
from tests.leaks import leaks

SEED = 6
COUNT = 5_500
"""With each seed."""
CPU_SECONDS = 3.0
"""No request may take more of the gateway's time; on a machine that has nothing else to do the worst takes a fifth."""
MEMORY_MIB = 600
BUSY_TRIES = 50
NORMAL = "{ mailboxes(first: 3) { totalCount nodes { address } sources { status } } }"


@dataclass
class Run:
    """What came of it."""

    tried: Counter[str] = field(default_factory=Counter)
    said: Counter[int] = field(default_factory=Counter)
    efforts: list[tuple[float, str, bytes]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.mark.parametrize("seed", [SEED, pytest.param(None, id="by chance")])
async def test_nothing_that_is_sent_breaks_it(target: Target, seed: int | None, tmp_path: Path) -> None:
    seed = randbelow(2**32) if seed is None else seed
    run, began = Run(), time.monotonic()
    arsenal = Arsenal(target.schema, target.pool, target.key, seed)
    try:
        await attack(target, Wire(target.url), arsenal, run, tmp_path)
    finally:
        report(seed, run, time.monotonic() - began)
    assert run.complaints == [], f"seed {seed}: the requests are in {tmp_path}"
    assert sum(run.tried.values()) == COUNT
    assert_sound(target)


def report(seed: int, run: Run, seconds: float) -> None:
    print(f"seed {seed}: {sum(run.tried.values())} inputs in {seconds:.0f} s, {dict(run.said)}, {dict(run.tried)}")
    print("\n".join(f"{cpu:.2f} s of CPU: {kind} {request[:200]!r}" for cpu, kind, request in sorted(run.efforts, reverse=True)[:10]))


async def attack(target: Target, wire: Wire, arsenal: Arsenal, run: Run, folder: Path) -> None:
    effort = Effort(target.running.process.pid)
    for index, each in enumerate(arsenal.attacks(COUNT)):
        before = effort.cpu_seconds if effort.is_known else 0.0
        answer = await exchange(wire, each)
        spent = effort.cpu_seconds - before if effort.is_known else 0.0
        said = "it hangs" if answer is None else complaint(each, answer, target.secrets)
        said = said or (f"it took {spent:.1f} s of CPU" if spent > CPU_SECONDS else None)
        if said:
            (folder / f"{index}").write_bytes(each.request)
            run.complaints.append(f"{index} {each.kind}: {said}: {each.request[:300]!r}")
        run.tried[each.kind] += 1
        run.said[answer.status if answer else -1] += 1
        run.efforts.append((spent, each.kind, each.request[:300]))
        if len(run.complaints) > 20 or answer is None:
            break
    wire.close()


async def exchange(wire: Wire, each: Attack) -> Answer | None:
    """The answer, or None where there is none. Whoever is turned away because the last one was too much comes again."""
    try:
        for _ in range(BUSY_TRIES):
            answer = await wire.exchange(each.request, has_body=each.has_body, is_framed=each.is_framed)
            if not is_busy(answer):
                return answer
            await asyncio.sleep(0.05)
    except TimeoutError:
        return None
    return answer


def assert_sound(target: Target) -> None:
    """It answers whoever asks for something sensible, has not grown without bounds, and its log tells of no fault and no secret."""
    answer = target.ask(NORMAL)
    assert answer.status_code == 200, answer.text
    assert "errors" not in answer.json(), answer.text
    printed = target.running.so_far()
    assert leaks((printed.stdout + printed.stderr).encode(), target.secrets) == set()
    assert "Traceback" not in printed.stderr, printed.stderr[-5_000:]
    assert " ERROR " not in printed.stderr, printed.stderr[-5_000:]
    effort = Effort(target.running.process.pid)
    if effort.is_known:
        print(f"{effort.most_memory_mib} MiB at most")
        assert effort.most_memory_mib < MEMORY_MIB
