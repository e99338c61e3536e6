"""`gateway test`: tests a whole fleet, shows how it goes on, and tells what it came to."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console

from gateway.app import open_accounts
from gateway.commands.fleet_test.fleet import Audience, FleetTest
from gateway.commands.fleet_test.interrupt import interruptible
from gateway.commands.fleet_test.json_line import json_line
from gateway.commands.fleet_test.progress import Bars, Display, Lines, Silence
from gateway.commands.fleet_test.report import print_fleet
from gateway.commands.fleet_test.tally import Tally
from gateway.commands.fleet_test.verdict import Outcome
from gateway.config import ConfigurationError, Settings
from gateway.config.problem import Problem, did_you_mean, listed, quoted
from gateway.domain.account import Account

STOPPING = "Stopping: what is under way ends. Ctrl-C again stops at once."
INTERRUPTED = 130


def only(names: Sequence[str] | None, settings: Settings) -> Settings:
    """The settings with the accounts of these names alone; None: all. Raises `ConfigurationError` for a name that none has."""
    if names is None:
        return settings
    known = [account.name for account in settings.accounts]
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    if unknown:
        problems = [Problem("--account", f"No account is called {quoted(name)}.", _cure(name, known)) for name in unknown]
        raise ConfigurationError("The command line", problems)
    return msgspec.structs.replace(settings, accounts=tuple(account for account in settings.accounts if account.name in names))


def _cure(name: str, known: Sequence[str]) -> str:
    meant = did_you_mean(name, known)
    return f"Did you mean {meant}?" if meant is not None else f"The file has {listed(known)}."


async def test_fleet(settings: Settings, *, is_json: bool) -> int:
    """Returns the exit code. Standard output gets the report, or, as JSON, every mailbox; then all else goes to standard error."""
    logging.getLogger("gateway").setLevel(logging.ERROR)  # what a vendor does wrong is in the report
    console = Console(stderr=is_json)
    async with open_accounts(settings) as adapters:
        display = _display([each.account for each in adapters], console, is_json=is_json)
        audience = Audience(display.changed, _print_json if is_json else _be_quiet)
        keys = {account.name: tuple(account.values) for account in settings.accounts}
        async with FleetTest.opened(adapters, keys=keys, audience=audience) as fleet:
            return await _run(fleet, display, console)


async def _run(fleet: FleetTest, display: Display, console: Console) -> int:
    def stop() -> None:
        fleet.stop()
        display.say(STOPPING)

    try:
        with display.live, interruptible(stop):
            await fleet.run()
    except asyncio.CancelledError:
        display.say(f"Stopped at once, {_done(fleet.tallies)} mailboxes done; tests that were under way may have run.")
        return INTERRUPTED
    except BrokenPipeError:  # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    print_fleet(fleet.tallies, console, is_stopped=fleet.is_stopped)
    if fleet.is_stopped:
        return INTERRUPTED
    return int(not all(tally.is_good for tally in fleet.tallies))


def _display(accounts: Sequence[Account], console: Console, *, is_json: bool) -> Display:
    is_live = console.is_terminal and not console.is_dumb_terminal
    if is_json:  # lines of JSON in the same terminal would break the bars
        return Bars(accounts, console) if is_live and not sys.stdout.isatty() else Silence(console)
    return Bars(accounts, console) if is_live else Lines(console)


def _print_json(outcome: Outcome) -> None:
    print(json_line(outcome), flush=True)


def _be_quiet(outcome: Outcome) -> None:
    del outcome


def _done(tallies: Sequence[Tally]) -> str:
    return f"{sum(tally.done for tally in tallies)} of {sum(tally.found for tally in tallies)}"
