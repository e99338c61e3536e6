"""What a backend of `examples` must do, whatever it is written in."""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.world import World
from gateway.web.key import new_key
from tests.e2e.conftest import PATIENCE_SECONDS, ROOT, Running, configuration, started, variables

EXAMPLES = ROOT / "examples"
INSTALL_SECONDS = 180
DOWN = "outreach"
TESTED = "SENDKIT"
"""A vendor that tests mailboxes when it is asked to."""
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def copied(name: str, checkout: Path) -> Path:
    """One of the examples as it is in an empty checkout, of which there is only as much as it needs."""
    shutil.copy(ROOT / "schema.graphql", checkout)
    made = shutil.ignore_patterns("node_modules", "gql", ".venv", "gateway_client", "__pycache__")
    return shutil.copytree(EXAMPLES / name, checkout / "examples" / name, ignore=made)


def done(*words: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Runs a command to its end; fails with what it printed when it fails."""
    finished = subprocess.run(  # noqa: S603 - our own command
        words, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    assert finished.returncode == 0, f"{words}\n{finished.stdout}\n{finished.stderr}"


@contextmanager
def serving(words: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> Iterator[str]:
    """The address of a server, as it prints it, until the block ends."""
    with subprocess.Popen(  # noqa: S603 - our own command
        words, cwd=cwd, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            printed = ""
            for line in process.stdout:
                printed += line
                if found := _ADDRESS.search(line):
                    watchdog.cancel()
                    yield found[0]
                    return
            pytest.fail(f"it ended without an address: {printed}")
        finally:
            watchdog.cancel()
            process.kill()


class BackendChecks:
    """To be inherited by a class of tests with a fixture `installed`: how the backend is started, and where."""

    @pytest.fixture(scope="class")
    @classmethod
    def gateway(cls, demo: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
        """The address of a gateway that asks for a key, and the key."""
        sandboxes = {vendor.lower(): build(World()) for vendor, build in SANDBOXES.items()}
        key, key_hash = new_key()
        accounts = configuration(demo.url, sandboxes).replace("\nvendor =", '\nfresh_for = "1s"\nvendor =')
        callers = f'\n[[callers]]\nname = "backend"\nkey_hash = "{key_hash}"\nscopes = ["read", "write"]\n'
        path = tmp_path_factory.mktemp("gateway") / "gateway.toml"
        path.write_text(accounts + callers)
        with started("serve", "--config", str(path), "--port", "0", env=variables(sandboxes)) as running:
            yield f"{running.url}/graphql", key

    @pytest.fixture(scope="class")
    @classmethod
    def backend(cls, installed: tuple[Sequence[str | Path], Path], gateway: tuple[str, str]) -> Iterator[httpx.Client]:
        words, folder = installed
        url, key = gateway
        with (
            serving(words, cwd=folder, env={"GATEWAY_URL": url, "GATEWAY_KEY": key, "PORT": "0"}) as address,
            httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as client,
        ):
            yield client

    def test_a_page_follows_the_other(self, backend: httpx.Client) -> None:
        first = _fleet(backend)
        second = _fleet(backend, after=first["next"])
        ids = [mailbox["id"] for page in (first, second) for mailbox in page["mailboxes"]]
        assert len(set(ids)) == len(ids) == 100

    def test_the_page_shows_what_is_wrong(self, backend: httpx.Client) -> None:
        page = _fleet(backend, status=["ERROR", "SUSPENDED"])
        assert {mailbox["status"] for mailbox in page["mailboxes"]} == {"ERROR", "SUSPENDED"}
        assert page["total"] == len(page["mailboxes"])

    def test_a_vendor_that_is_down_is_named_and_its_mailboxes_stay(self, backend: httpx.Client, demo: Running) -> None:
        before = _fleet(backend)["total"]
        faults = f"{demo.url}/sandbox/{DOWN}/__faults"
        httpx.post(faults, json={"status": 503}).raise_for_status()
        try:
            page = _until(lambda: _fleet(backend), lambda page: any(source["message"] for source in page["notFresh"]))
        finally:
            httpx.delete(faults).raise_for_status()

        [source] = [source for source in page["notFresh"] if source["message"]]
        assert source["account"]["name"] == f"my-{DOWN}"
        assert source["status"] == "STALE"
        assert page["total"] == before

    def test_a_mailbox_is_tested_once_however_often_it_is_asked_for(self, backend: httpx.Client) -> None:
        mailbox = next(each for each in _fleet(backend, status=["ACTIVE"])["mailboxes"] if each["vendor"] == TESTED)
        begun = [backend.post(f"/mailboxes/{mailbox['id']}/tests", headers={"Idempotency-Key": "once"}) for _ in range(2)]
        assert [response.status_code for response in begun] == [202, 202]
        [test_id] = {response.json()["operation"]["id"] for response in begun}

        ended = _until(lambda: backend.get(f"/tests/{test_id}").json(), lambda test: test["state"] not in ("PENDING", "RUNNING"))

        assert ended["state"] == "SUCCEEDED"
        assert [result["mailbox"]["address"] for result in ended["results"]] == [mailbox["address"]]

    def test_what_cannot_be_done_is_said(self, backend: httpx.Client) -> None:
        unknown_word = backend.get("/fleet", params={"status": "NICE"})
        assert (unknown_word.status_code, unknown_word.json()["code"]) == (400, "BAD_USER_INPUT")
        assert backend.post("/mailboxes/any/tests").status_code == 400  # no Idempotency-Key
        assert backend.get("/tests/any").status_code == 400
        assert backend.get("/nothing").status_code == 404

    def test_a_gateway_that_does_not_answer_is_told(self, installed: tuple[Sequence[str | Path], Path], gateway: tuple[str, str]) -> None:
        words, folder = installed
        with serving(words, cwd=folder, env={"GATEWAY_URL": gateway[0], "GATEWAY_KEY": "CANARY-wrong-key", "PORT": "0"}) as address:
            response = httpx.get(f"{address}/fleet", timeout=PATIENCE_SECONDS)
        assert response.status_code == 502
        assert "CANARY" not in response.text


def _fleet(backend: httpx.Client, **asked: Any) -> Any:  # noqa: ANN401 - JSON
    response = backend.get("/fleet", params={name: value for name, value in asked.items() if value is not None})
    assert response.status_code == 200, response.text
    return response.json()


def _until(ask: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - JSON
    """What is answered once it holds."""
    for _ in range(PATIENCE_SECONDS * 10):
        answer = ask()
        if holds(answer):
            return answer
        time.sleep(0.1)
    return pytest.fail(f"still not so: {answer}")
