"""The servers that are measured, each started as its users start it."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.process import OTHERS_CORE, SERVER_CORE, Process, running, wait_until_ready
from benchmarks.request import ask, get
from benchmarks.vendors import accounts
from gateway.config import AccountSettings

_MERCURIUS = Path(__file__).parent / "mercurius"
_SAMPLED = Path(__file__).parent / "sampled.py"


class Under(msgspec.Struct, frozen=True):
    """Which gateway is tested: a source tree, and the Python that has its dependencies."""

    directory: Path = Path(__file__).parents[1]
    python: str = sys.executable


@contextmanager
def vendors() -> Iterator[Process]:
    """The replayed vendors."""
    with running([sys.executable, "-m", "benchmarks.replay.server"], OTHERS_CORE) as process:
        yield process


@contextmanager
def bff(vendors_address: str, world: str) -> Iterator[Process]:
    """The BFF written by hand."""
    with _serving([sys.executable, "-m", "benchmarks.bff.app", _spec(vendors_address, world)]) as process:
        yield process


@contextmanager
def strawberry_plain(vendors_address: str, world: str) -> Iterator[Process]:
    """Strawberry and httpx as tutorials show them."""
    with _serving([sys.executable, "-m", "benchmarks.strawberry_plain.app", _spec(vendors_address, world)]) as process:
        yield process


@contextmanager
def mercurius(vendors_address: str, world: str) -> Iterator[Process]:
    """fastify, mercurius with graphql-jit, undici. Installed from its lock file when it is not yet."""
    if not (_MERCURIUS / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=_MERCURIUS, check=True, stdout=subprocess.DEVNULL)  # noqa: S607
    with _serving(["node", str(_MERCURIUS / "server.mjs"), _spec(vendors_address, world)], {"NODE_ENV": "production"}) as process:
        yield process


def has_node() -> bool:
    """Whether mercurius can run here."""
    return all(map(shutil.which, ("node", "npm")))


@contextmanager
def ready_body(vendors_address: str, world: str) -> Iterator[Process]:
    """Starlette alone, with what the BFF says as its ready body."""
    with tempfile.NamedTemporaryFile() as file:
        with bff(vendors_address, world) as process:
            file.write(ask(process.port, get("/mailboxes")).body)
            file.flush()
        with _serving([sys.executable, "-m", "benchmarks.ready_body", file.name]) as process:
            yield process


@contextmanager
def _serving(words: Sequence[str], environment: Mapping[str, str] | None = None) -> Iterator[Process]:
    with running(words, SERVER_CORE, environment) as process:
        wait_until_ready(process)
        yield process


def _spec(vendors_address: str, world: str) -> str:
    return json.dumps(
        [
            {"name": each.name, "vendor": each.vendor, "base_url": each.base_url, "values": dict(each.values)}
            for each in accounts(vendors_address, size=world)
        ]
    )


@contextmanager
def gateway(under: Under, vendors_address: str, world: str, *, samples: Path | None = None) -> Iterator[Process]:
    """`gateway serve`, with inventories that count as fresh for an hour; with `samples`, where it computes is written there at its end."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "gateway.toml").write_text(configuration(accounts(vendors_address, size=world)), "utf-8")
        runs = ["-m", "gateway"] if samples is None else ["-P", str(_SAMPLED), str(samples)]
        words = [under.python, *runs, "serve", "--config", "gateway.toml", "--port", "0"]
        environment = {"PYTHONPATH": str(under.directory)}
        with (directory / "log").open("w") as log, running(words, SERVER_CORE, environment, directory, log) as process:
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
