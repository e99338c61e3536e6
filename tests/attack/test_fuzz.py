"""Thousands of generated and broken requests over a real socket: none makes the gateway fail, hang, or tell a secret.

Half of them are the same in every run. For the other half a seed is made up and printed: what fails by chance has failed all the same.
A request that is to blame lies in a file, as it was sent: `nc 127.0.0.1 8000 < file`.
"""

import asyncio
import re
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

SEED = 6
COUNT = 5_100
"""With each seed."""
CPU_SECONDS = 2.0
"""No request may take more of the gateway's time, besides what it was told to cost: so much for each of `extensions.cost.estimated`."""
CPU_SECONDS_OF_COST = 20e-6
BUSY_TRIES = 100
BUSY_SECONDS = 0.05
MOST_COMPLAINTS = 20
_ESTIMATED = re.compile(rb'"estimated":([0-9]+)')


@dataclass
class Run:
    """What came of it; `folder` is for the requests that are to blame."""

    folder: Path
    tried: Counter[str] = field(default_factory=Counter)
    said: Counter[int] = field(default_factory=Counter)
    efforts: list[tuple[float, str, bytes]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def note(self, attack: Attack, answer: Answer | None, spent: float, complaint: str | None) -> None:
        if complaint:
            path = self.folder / str(self.tried.total())
            path.write_bytes(attack.request)
            self.complaints.append(f"{path}: {attack.kind}: {complaint}: {attack.request[:300]!r}")
        self.tried[attack.kind] += 1
        self.said[answer.status if answer else -1] += 1
        self.efforts.append((spent, attack.kind, attack.request[:300]))

    def __str__(self) -> str:
        worst = sorted(self.efforts, reverse=True)[:10]
        dear = "\n".join(f"{spent:.2f} s of CPU: {kind} {request!r}" for spent, kind, request in worst)
        return f"{self.tried.total()} requests\n{dict(self.said)}\n{dict(self.tried)}\n{dear}"


@pytest.mark.parametrize("seed", [SEED, pytest.param(None, id="by chance")])
async def test_nothing_that_is_sent_breaks_it(target: Target, seed: int | None, tmp_path: Path) -> None:
    seed = randbelow(2**32) if seed is None else seed
    run, began = Run(tmp_path), time.monotonic()
    await attack(target, Arsenal(target.schema, target.pool, target.key, seed), run)
    print(f"seed {seed}, {time.monotonic() - began:.0f} s: {run}")  # noqa: T201 - pytest shows it when the test fails
    assert run.complaints == [], f"seed {seed}"
    assert run.tried.total() == COUNT
    target.assert_sound()


async def attack(target: Target, arsenal: Arsenal, run: Run) -> None:
    wire, effort = Wire(target.url), Effort(target.running.process.pid)
    for each in arsenal.attacks(COUNT):
        before = effort.cpu_seconds
        answer = await exchange(wire, each)
        spent = effort.cpu_seconds - before
        wrong = "it hangs" if answer is None else complaint(each, answer, target.secrets)
        run.note(each, answer, spent, wrong or (f"it took {spent:.1f} s of CPU" if spent > allowed_seconds(answer) else None))
        if answer is None or len(run.complaints) >= MOST_COMPLAINTS:
            break
    wire.close()


def allowed_seconds(answer: Answer | None) -> float:
    estimated = _ESTIMATED.search(answer.body) if answer else None
    return CPU_SECONDS + (int(estimated[1]) if estimated else 0) * CPU_SECONDS_OF_COST


async def exchange(wire: Wire, each: Attack) -> Answer | None:
    """The answer, or None where there is none. Whoever is turned away because the last one was too much comes again."""
    for _ in range(BUSY_TRIES):
        try:
            answer = await wire.exchange(each.request, has_body=each.has_body, is_framed=each.is_framed)
        except TimeoutError:
            return None
        if not is_busy(answer):
            break
        await asyncio.sleep(BUSY_SECONDS)
    return answer
