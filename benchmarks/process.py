"""Processes that are measured: where they run, what they take."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import IO

from benchmarks.request import ask, get

SERVER_CORE, OTHERS_CORE = 0, 1
READY_WITHIN_SECONDS = 60.0
_OK = 200
_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A server in a process of its own, alone on its core where the machine has two."""

    def __init__(self, process: subprocess.Popen[str], address: str, started_at: float) -> None:
        self._process = process
        self.address = address
        self.started_at = started_at
        self.ready_seconds = 0.0

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def cpu_seconds(self) -> float:
        """What all its threads have computed, in their own code and in the kernel's."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def resident_mb(self) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))

    def forget_samples(self) -> None:
        """Of a process that runs under `sampled.py`: what was seen until now."""
        os.kill(self.pid, signal.SIGUSR1)


def pin(pid: int, core: int) -> None:
    """Keep a process on one core; on a machine with a single one there is nothing to do."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


@contextmanager
def running(
    words: Sequence[str], core: int, environment: Mapping[str, str] | None = None, directory: Path | None = None, log: IO[str] | None = None
) -> Iterator[Process]:
    """Runs a server that prints its address on a line that begins with http; stopped at the end. `log` gets its standard error."""
    started_at = time.perf_counter()
    started = subprocess.Popen(  # noqa: S603 - our own commands
        words, stdout=subprocess.PIPE, stderr=log, text=True, cwd=directory, env={**os.environ, **(environment or {})}
    )
    try:
        pin(started.pid, core)
        yield Process(started, _address(started, log), started_at)
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def _address(process: subprocess.Popen[str], log: IO[str] | None) -> str:
    assert process.stdout is not None  # noqa: S101 - asked for above
    for line in process.stdout:
        if line.startswith("http"):
            scheme, _, rest = line.strip().partition("://")
            return f"{scheme}://{rest.partition('/')[0]}"
    said = Path(log.name).read_text("utf-8")[-2000:] if log else ""
    sys.exit(f"A server ended before it said where it listens: {process.args!r}\n{said}")


def wait_until_ready(process: Process) -> None:
    """Until `/healthz` answers; notes how long that took. Raises `TimeoutError` when it does not in a minute."""
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until:
        with suppress(OSError, HTTPException):
            if ask(process.port, get("/healthz")).status == _OK:
                process.ready_seconds = time.perf_counter() - process.started_at
                return
        time.sleep(0.002)
    message = f"{process.address}/healthz did not answer in {READY_WITHIN_SECONDS:.0f} s"
    raise TimeoutError(message)
