"""A real Chromium, and something for it to look at.

Playwright drives the Chromium of the operating system: its own download of one is neither needed nor made.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Chromium's own talk with its maker would fail on a closed network, and is not what is tested.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60.0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, found as `$CHROMIUM` or on PATH."""
    # Imported here, so that collecting these tests does not need Playwright: they are deselected by default.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no Chromium here: install one (Debian: apt-get install chromium) or name it in $CHROMIUM"
    with sync_playwright() as playwright:
        # Chromium's sandbox does not work for root, and CI is root.
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    """Where `gateway demo` listens, started as a user starts it, with nothing configured."""
    yield from _serving("gateway", "demo")


@pytest.fixture(scope="session")
def ticking_url() -> Iterator[str]:
    """Where a gateway with subscriptions made for tests listens."""
    yield from _serving("tests.web.ticking")


def _serving(module: str, *arguments: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", module, *arguments, "--port", str(port)]
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) as process:  # noqa: S603 - fixed words and a number
        try:
            _wait_until_alive(url, process)
            yield url
        except TimeoutError:
            process.kill()
            log.seek(0)
            pytest.fail(f"`{module}` does not answer on {url}:\n{log.read().decode(errors='replace')}")
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures for a person go: `$SCREENSHOTS`, or a temporary folder."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _wait_until_alive(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):  # noqa: S310 - our own http URL
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError
