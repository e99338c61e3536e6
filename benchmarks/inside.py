"""Where the gateway's time goes: what its layers cost, and the profile of its cold path."""

import os
import subprocess
import tempfile
from pathlib import Path

import msgspec

from benchmarks import hot_places
from benchmarks.fleet_query import FLEET
from benchmarks.load import Plan
from benchmarks.measure import load
from benchmarks.peers import SMALL
from benchmarks.process import SERVER_CORE, Process, pin
from benchmarks.request import graphql
from benchmarks.servers import Under, configuration, gateway
from benchmarks.vendors import accounts

_LAYERS = Path(__file__).parent / "layers.py"
_PROFILED_SECONDS = 10.0


class Costs(msgspec.Struct, frozen=True):
    """CPU microseconds: of a call to a vendor, and of an answer; of `all` of each, and of what is left without the layer that is named."""

    calls: dict[str, float]
    answers: dict[str, float]


def costs(under: Under, vendors: Process) -> Costs | None:
    """None, and why on the terminal, for a gateway that is built otherwise."""
    with tempfile.TemporaryDirectory() as name:
        Path(name, "gateway.toml").write_text(configuration(accounts(vendors.address, size=SMALL)), "utf-8")
        process = subprocess.Popen(  # noqa: S603 - our own command
            [under.python, "-P", str(_LAYERS), "gateway.toml", FLEET],
            stdout=subprocess.PIPE,
            cwd=name,
            env={**os.environ, "PYTHONPATH": str(under.directory)},
        )
        pin(process.pid, SERVER_CORE)
        said, _ = process.communicate()
    return msgspec.json.decode(said, type=Costs) if process.returncode == 0 else None


def profile(under: Under, vendors: Process) -> hot_places.Profile:
    """Of cold answers, after some that do not count."""
    request = graphql(FLEET, no_cache=True)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "samples.json")
        with gateway(under, vendors.address, SMALL, samples=file) as process:
            load(Plan(process.port, [request], 1, 1.0))
            process.forget_samples()
            load(Plan(process.port, [request], 1, _PROFILED_SECONDS))
        return hot_places.read(file)
