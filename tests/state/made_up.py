"""Operations, a clock, and programs that use the state beside the test."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from gateway.domain.operation import Operation

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class Clock:
    """Stands still until the test turns it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **how_much: float) -> None:
        self.now += timedelta(**how_much)


def operation(key: str = "o-1", **changes: object) -> Operation:
    it = Operation(key=key, kind="mailboxBulkTest", accounts=("a",), created_at=NOON)
    return msgspec.structs.replace(it, **changes)


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """One of the programs in this folder, in a process of its own; it prints a line for whatever it has confirmed."""
    command = [sys.executable, "-m", f"tests.state.{program}", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
