"""`gateway test` as a process: what it prints, how it ends, and how it is stopped."""

import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from gateway.commands.serve import listen, url
from gateway.domain.vendor import Vendor
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.world import World
from gateway.vendors.registry import SPECS
from tests.e2e.conftest import MAILBOXES, PATIENCE_SECONDS, ROOT, Finished, command, environment, run

ABLE = {f"my-{vendor.lower()}" for vendor, spec in SPECS.items() if spec.adapter.overrides("test_sending")}
UNABLE = {f"my-{vendor.lower()}" for vendor in SPECS} - ABLE
AT_ONCE = 8
"""How many mailboxes of an account are tested at once."""


def rows(printed: str) -> dict[str, list[str]]:
    """The table, by account: vendor, mailboxes, passing, failing, could not tell, not testable (, left out)."""
    lines = [line.replace("not read", "not-read").split() for line in printed.splitlines() if ":" not in line]
    return {line[0]: line[1:] for line in lines if line and line[0].startswith(("my-", "slow"))}


def verdicts(stdout: str) -> dict[str, Counter[str]]:
    """The verdicts of `--json`, by account; every line is an object."""
    counts: dict[str, Counter[str]] = {}
    for line in stdout.splitlines():
        each: dict[str, Any] = json.loads(line)
        counts.setdefault(each["account"], Counter())[each["verdict"]] += 1
    return counts


def counted(row: list[str]) -> Counter[str]:
    names = ("PASSING", "FAILING", "UNKNOWN", "NOT_TESTABLE", "LEFT_OUT")
    return Counter({name: int(cell) for name, cell in zip(names, row[2:], strict=False) if int(cell)})


# ---------------------------------------------------------------------- a whole fleet
def test_the_whole_fleet(config: Path, keys: Mapping[str, str]) -> None:
    done = run("test", "--config", str(config), env=keys)
    table = rows(done.stdout)
    assert set(table) == ABLE | UNABLE
    for account, row in table.items():
        assert row[1] == str(MAILBOXES)
        assert counted(row).total() == MAILBOXES
        assert (counted(row)["NOT_TESTABLE"] == MAILBOXES) == (account in UNABLE)
    failing = sum(counted(row)["FAILING"] for row in table.values())
    assert failing > 0
    assert f"\nFailing ({failing}):\n" in done.stdout
    assert sum(line.endswith(" done, not testable") for line in done.stdout.splitlines()) == len(UNABLE), "plain lines, no bars"
    assert "\x1b" not in done.stdout
    assert (done.exit_code, done.stderr) == (1, "")


def test_no_secret_of_any_vendor_is_printed(config: Path, keys: Mapping[str, str], sandboxes: Mapping[str, Sandbox]) -> None:
    for arguments in ([], ["--json"]):
        done = run("test", "--config", str(config), *arguments, env=keys)
        for sandbox in sandboxes.values():
            for secret in sandbox.secrets:
                assert secret not in done.stdout + done.stderr


def test_as_json(config: Path, keys: Mapping[str, str]) -> None:
    done = run("test", "--config", str(config), "--json", env=keys)
    told = verdicts(done.stdout)
    assert set(told) == ABLE | UNABLE
    assert len({json.loads(line)["id"] for line in done.stdout.splitlines()}) == 5 * MAILBOXES
    assert {account: counted(row) for account, row in rows(done.stderr).items()} == told
    assert done.exit_code == 1


def test_only_the_named_accounts_are_tested(config: Path, keys: Mapping[str, str]) -> None:
    done = run("test", "--config", str(config), "--account", "my-woodpecker", "--account", "my-shipmail", env=keys)
    assert set(rows(done.stdout)) == {"my-woodpecker", "my-shipmail"}
    assert "All that could be tested pass." in done.stdout
    assert (done.exit_code, done.stderr) == (0, "")


def test_an_account_with_a_wrong_key_does_not_hide_the_others(config: Path, keys: Mapping[str, str]) -> None:
    done = run("test", "--config", str(config), env={**keys, "MY_SMARTLEAD_API_KEY": "CANARY-a-wrong-key"})
    table = rows(done.stdout)
    assert table["my-smartlead"][1:] == ["not-read", "-", "-", "-", "-"]
    assert counted(table["my-outreach"]).total() == MAILBOXES
    assert "my-smartlead: Smartlead does not accept the credentials of this account (HTTP 401)" in done.stdout
    assert "    Cure: Look at api_key" in done.stdout
    assert done.exit_code == 1
    assert "CANARY" not in done.stdout + done.stderr


def test_an_account_that_is_not_there(config: Path, keys: Mapping[str, str]) -> None:
    done = run("test", "--config", str(config), "--account", "my-shipmial", "--account", "zzz\x1b[31m", env=keys)
    assert (done.exit_code, done.stdout) == (2, "")
    assert 'No account is called "my-shipmial".\n    Cure: Did you mean my-shipmail?' in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("arguments", [["test"], ["test", "--config", "nowhere.toml"], ["test", "--config", "x", "--account"]])
def test_a_wrong_command_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


# ---------------------------------------------------------------------- stopping
@contextmanager
def slow_vendor(outage: Outage, directory: Path) -> Iterator[tuple[Sandbox, Path]]:
    """A vendor that goes wrong in some way, on a socket of its own, and a configuration with its account."""
    vendor = Vendor.SMARTLEAD
    sandbox = SANDBOXES[vendor](World(mailboxes=60))
    sandbox.outages.append(outage)
    listener = listen("127.0.0.1", 0)
    assert listener is not None
    values = "".join(f'{key} = "{value}"\n' for key, value in sandbox.account.items())
    config = directory / "gateway.toml"
    address = f'base_url = "{url(listener)}{sandbox.base_path}"\npace = "off"\nconcurrency = {AT_ONCE}\n'
    config.write_text(f'[[accounts]]\nname = "slow"\nvendor = "{vendor.lower()}"\n{address}{values}')
    server = uvicorn.Server(uvicorn.Config(sandbox, lifespan="off", log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield sandbox, config
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        listener.close()


TEST = "/email-accounts/40"
"""What this vendor is asked for a test: one mailbox, by an id of its sandbox."""


@dataclass(frozen=True)
class Stopped(Finished):
    """A run that was interrupted: the calls that the vendor had got until it said so, and how many seconds it took to end then."""

    calls: int
    seconds: float


def stopped(sandbox: Sandbox, config: Path, *arguments: str, interrupts: int, after_calls: int, path: str = TEST) -> Stopped:
    """A run that gets SIGINT once the vendor got so many calls."""
    words = command("test", "--config", str(config), *arguments)
    with subprocess.Popen(words, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        assert process.stderr is not None
        watchdog = threading.Timer(PATIENCE_SECONDS, process.kill)
        watchdog.start()
        while sandbox.count(path) < after_calls and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        # Nothing is said before: it takes seconds until the first line about an account.
        first = (process.stderr if "--json" in arguments else process.stdout).readline()
        calls, began = sandbox.count(TEST), time.monotonic()
        if interrupts == 2:
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.stdout.read(), process.stderr.read()
        exit_code = process.wait()
        watchdog.cancel()
    assert first.startswith("Stopping: what is under way ends."), stdout + stderr
    return Stopped(exit_code, stdout, stderr, calls, time.monotonic() - began)


def test_ctrl_c_once_lets_end_what_is_under_way_and_reports(tmp_path: Path) -> None:
    with slow_vendor(Outage(path=TEST, delay_seconds=0.5), tmp_path) as (sandbox, config):
        done = stopped(sandbox, config, interrupts=1, after_calls=2 * AT_ONCE)
        calls = sandbox.count(TEST)
    assert calls - done.calls < AT_ONCE, "only what was under way"
    counts = counted(rows(done.stdout)["slow"])
    assert counts.total() == 60
    assert counts["LEFT_OUT"] == 60 - calls >= 60 - 4 * AT_ONCE
    assert f"Stopped. 60 mailboxes: {counts['PASSING']} passing" in done.stdout
    assert f"{counts['LEFT_OUT']} left out." in done.stdout
    assert (done.exit_code, done.stderr) == (130, "")


def test_ctrl_c_once_as_json(tmp_path: Path) -> None:
    with slow_vendor(Outage(path=TEST, delay_seconds=0.5), tmp_path) as (sandbox, config):
        done = stopped(sandbox, config, "--json", interrupts=1, after_calls=2 * AT_ONCE)
        calls = sandbox.count(TEST)
    told = verdicts(done.stdout)["slow"]
    assert told.total() == 60
    assert told["LEFT_OUT"] == 60 - calls
    assert counted(rows(done.stderr)["slow"]) == told
    assert done.exit_code == 130


def test_ctrl_c_twice_stops_at_once(tmp_path: Path) -> None:
    with slow_vendor(Outage(path=TEST, delay_seconds=14), tmp_path) as (sandbox, config):
        done = stopped(sandbox, config, interrupts=2, after_calls=1)
    assert done.exit_code == 130
    assert done.seconds < 5
    assert done.stdout.startswith("Stopped at once, 0 of 60 mailboxes done;")
    assert done.stderr == ""


def test_ctrl_c_while_the_list_is_read(tmp_path: Path) -> None:
    with slow_vendor(Outage(delay_seconds=14), tmp_path) as (sandbox, config):
        done = stopped(sandbox, config, interrupts=1, after_calls=1, path="")
        assert sandbox.count() == 1
    assert rows(done.stdout)["slow"] == [Vendor.SMARTLEAD.own_name, "not-read", "-", "-", "-", "-", "-"]
    assert done.exit_code == 130
    assert done.seconds < 5


def test_a_reader_that_goes_away_ends_it_quietly(config: Path, keys: Mapping[str, str]) -> None:
    words = command("test", "--config", str(config), "--json")
    with subprocess.Popen(words, cwd=ROOT, env=environment(keys), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())
        process.stdout.close()
        assert process.wait(PATIENCE_SECONDS) == 1
        assert process.stderr.read() == ""
