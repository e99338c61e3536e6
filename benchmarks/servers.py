"""The servers that are measured, each started as its users start it."""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.process import OTHERS_CORE, SERVER_CORE, Process, running, wait_until_ready
from benchmarks.vendors import accounts
from gateway.config import AccountSettings


class Under(msgspec.Struct, frozen=True):
    """Which gateway is tested: a source tree (None: this one) and the Python that has its dependencies."""

    directory: Path | None = None
    python: str = sys.executable


@contextmanager
def vendors() -> Iterator[Process]:
    """The replayed vendors."""
    with running([sys.executable, "-m", "benchmarks.replay.server"], core=OTHERS_CORE) as process:
        yield process


@contextmanager
def bff(vendors_address: str, world: str) -> Iterator[Process]:
    """The BFF written by hand."""
    spec = [
        {"name": each.name, "vendor": each.vendor, "base_url": each.base_url, "values": dict(each.values)}
        for each in accounts(vendors_address, size=world)
    ]
    with running([sys.executable, "-m", "benchmarks.bff.app", json.dumps(spec)], core=SERVER_CORE) as process:
        wait_until_ready(process)
        yield process


@contextmanager
def gateway(under: Under, vendors_address: str, world: str) -> Iterator[Process]:
    """`gateway serve`, with inventories that count as fresh for an hour."""
    root = under.directory or Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "gateway.toml").write_text(configuration(accounts(vendors_address, size=world)), "utf-8")
        words = [under.python, "-m", "gateway", "serve", "--config", "gateway.toml", "--port", "0"]
        with running(words, core=SERVER_CORE, directory=directory, environment={"PYTHONPATH": str(root)}) as process:
            wait_until_ready(process)
            yield process


def configuration(settings: Sequence[AccountSettings]) -> str:
    """A `gateway.toml`."""
    return "\n".join(["[server]", 'answer_within = "60s"', 'request_timeout = "120s"', 'max_lag = "30s"', *map(_account, settings)])


def _account(settings: AccountSettings) -> str:
    values: Mapping[str, str] = {
        "name": settings.name,
        "vendor": settings.vendor.lower(),
        "base_url": settings.base_url,
        "pace": "off",
        "fresh_for": "1h",
        "timeout": "60s",
        **settings.values,
    }
    return "\n".join(["", "[[accounts]]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())])
