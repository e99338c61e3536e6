"""Real processes on real sockets: the gateway as a user starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in the background so, and every process below would inherit it: Ctrl-C could not be tested.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[2]
MAILBOXES = 24
PATIENCE_SECONDS = 30
"""How long anything may take before a test fails; nothing that works comes near it."""
EVERYTHING_MAY_BE_ASKED = "[limits]\nmax_tokens = 1000000\nmax_selections = 1000000\nmax_aliases = 1000000\nmax_cost = 1000000000\n"
"""Some tests ask for all that there is in one document, which is beyond what anybody asks for."""
_ADDRESS = re.compile(r"(http://[^\s/]+)/graphql")


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str


class Running:
    """A command that serves; `url` is what it printed, less `/graphql`."""

    def __init__(self, process: subprocess.Popen[str], log: IO[str], url: str, printed: str) -> None:
        self.process = process
        self.url = url
        self._log = log
        self._printed = printed

    def stop(self, how: signal.Signals = signal.SIGTERM) -> Finished:
        """Everything that it printed, once it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(timeout=PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self._printed += self.process.stdout.read()
        return self.so_far()

    def so_far(self) -> Finished:
        """What it printed until now; `exit_code` means nothing while it runs."""
        self._log.seek(0)
        return Finished(self.process.returncode, self._printed, self._log.read())


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's own, less what would change how a command prints, plus `more`."""
    return {**{key: value for key, value in os.environ.items() if key not in ("COLUMNS", "FORCE_COLOR")}, "COLUMNS": "120", **(more or {})}


def command(*arguments: str, module: str = "gateway") -> list[str]:
    # Every warning of Python's own (unclosed sockets, unawaited coroutines) is printed, so that a test can look for it.
    return [sys.executable, "-W", "default", "-m", module, *arguments]


def run(*arguments: str, env: Mapping[str, str] | None = None) -> Finished:
    """A command that ends by itself."""
    done = subprocess.run(  # noqa: S603 - our own command
        command(*arguments), cwd=ROOT, env=environment(env), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(*arguments: str, env: Mapping[str, str] | None = None, module: str = "gateway", state: Path | None = None) -> Iterator[Running]:
    """A command that serves until the block ends, or until it is stopped within. `state` is its state directory; by default a new one."""
    words = command(*arguments, module=module)
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryFile("w+") as log:
        variables = environment({"TMPDIR": directory, **(env or {}), "STATE": str(state or directory)})
        with subprocess.Popen(words, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=log, text=True) as process:  # noqa: S603 - our own command
            yield from _served(process, log)


def _served(process: subprocess.Popen[str], log: IO[str]) -> Iterator[Running]:
    watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
    try:
        watchdog.start()
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:  # ends when the process does
            printed += line
            if found := _ADDRESS.search(line):
                watchdog.cancel()
                yield Running(process, log, found[1], printed)
                break
        else:
            log.seek(0)
            pytest.fail(f"it ended without an address: {printed}\n{log.read()}")
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()


@pytest.fixture(scope="session")
def demo() -> Iterator[Running]:
    """`gateway demo` on a free port."""
    with started("demo", "--port", "0", "--mailboxes", str(MAILBOXES)) as running:
        yield running


@pytest.fixture(scope="session")
def sandboxes() -> Mapping[str, Sandbox]:
    """The demo's sandboxes once more, by account name: one seed makes one world, so their keys and secrets are the same."""
    return {vendor.lower(): build(World(mailboxes=MAILBOXES)) for vendor, build in SANDBOXES.items()}


def configuration(url: str, sandboxes: Mapping[str, Sandbox], *, paces: Mapping[str, str] | None = None) -> str:
    """The accounts of a demo as a file says them. `paces` is how fast each vendor may be asked, as TOML; by default without limit."""
    text = f'[server]\nstate_dir = "${{STATE}}"\nmax_vendor_calls = 100000\n{EVERYTHING_MAY_BE_ASKED}'
    for name, sandbox in sandboxes.items():
        base_url, pace = f"{url}/sandbox/{name}{sandbox.base_path}/", (paces or {}).get(name, '"off"')
        text += f'\n[[accounts]]\nname = "my-{name}"\nvendor = "{name}"\nbase_url = "{base_url}"\npace = {pace}\n'
        text += "".join(f'{setting} = "${{{_variable(name, setting)}}}"\n' for setting in sandbox.account)
    return text


@pytest.fixture(scope="session")
def config(demo: Running, sandboxes: Mapping[str, Sandbox], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration whose accounts are the demo's sandboxes; their keys come from the environment that `keys` makes."""
    path = tmp_path_factory.mktemp("config") / "gateway.toml"
    path.write_text(configuration(demo.url, sandboxes))
    return path


@pytest.fixture(scope="session")
def keys(sandboxes: Mapping[str, Sandbox], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment that the configuration asks for."""
    return {**variables(sandboxes), "STATE": str(tmp_path_factory.mktemp("state"))}


def variables(sandboxes: Mapping[str, Sandbox]) -> dict[str, str]:
    """The keys that a `configuration` of these sandboxes takes from the environment."""
    return {_variable(name, setting): value for name, sandbox in sandboxes.items() for setting, value in sandbox.account.items()}


def _variable(account: str, setting: str) -> str:
    return f"MY_{account}_{setting}".upper()


@pytest.fixture(scope="session")
def served(config: Path, keys: Mapping[str, str]) -> Iterator[Running]:
    """`gateway serve` over the demo's sandboxes, which it reaches over the network like any vendor."""
    with started("serve", "--config", str(config), "--port", "0", env=keys) as running:
        yield running


@pytest.fixture
def silent_vendor() -> Iterator[str]:
    """A server that takes connections and never says a word: the kernel holds them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
