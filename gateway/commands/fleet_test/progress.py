"""How a fleet's test goes on, for the person who waits: bars in a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, Task, TextColumn
from rich.table import Column, Table
from rich.text import Text

from gateway.commands.fleet_test.tally import Tally
from gateway.commands.fleet_test.verdict import Verdict
from gateway.domain.account import Account

LINE_EVERY_SECONDS = 5.0
MOST_NAME = 24
"""How many characters of an account's name stand before its bar; the table below shows all of it."""


class Display(Protocol):
    """What shows the progress, within `live`, which leaves the terminal as it was."""

    @property
    def live(self) -> AbstractContextManager[object]: ...

    def changed(self, tally: Tally) -> None:
        """An account has come further."""

    def say(self, words: str) -> None:
        """Tell the person something between."""


def words(tally: Tally, verdicts: Iterable[Verdict] = Verdict) -> str:
    """An account's step, in a few words: of these verdicts what there is, and how many fail where any could."""
    if tally.trouble is not None and not tally.found:
        return "its list could not be read"
    if not tally.outcomes and not tally.is_read:
        return f"reading its list, {tally.found} so far"
    if tally.count(Verdict.NOT_TESTABLE):
        return Verdict.NOT_TESTABLE.words
    shown = [verdict for verdict in verdicts if tally.count(verdict) or verdict is Verdict.FAILING]
    return ", ".join(f"{tally.count(verdict)} {verdict.words}" for verdict in shown)


class Bars:
    """A bar for each account."""

    def __init__(self, accounts: Sequence[Account], console: Console) -> None:
        self.live = _Narrow(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None, table_column=Column(ratio=1, max_width=30)),
            TextColumn("{task.fields[count]}", markup=False, justify="right"),
            TextColumn("{task.fields[words]}", markup=False),
            console=console,
            redirect_stdout=False,
        )
        self._tasks = {
            account: self.live.add_task(_shortened(account.name), total=None, count="", words=words(Tally(account))) for account in accounts
        }

    def changed(self, tally: Tally) -> None:
        is_known = tally.is_read or tally.trouble is not None
        self.live.update(
            self._tasks[tally.account],
            total=max(tally.found, 1) if is_known else None,
            completed=tally.done if tally.found else int(tally.is_done),
            count=f"{tally.done}/{tally.found}" if is_known else "",
            words=words(tally, (Verdict.PASSING, Verdict.FAILING)),
        )

    def say(self, words: str) -> None:
        self.live.console.print(Text(words))


class Lines:
    """A line for an account when some seconds have passed since its last one, and one at its end."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.live = nullcontext()
        self._console = console
        self._clock = clock
        self._last: dict[str, float] = {}
        self._began = clock()

    def changed(self, tally: Tally) -> None:
        name = tally.account.name
        if not tally.is_done and self._clock() - self._last.get(name, self._began) < LINE_EVERY_SECONDS:
            return
        self._last[name] = self._clock()
        is_counted = tally.is_read or bool(tally.outcomes)
        count = f"{tally.done} of {tally.found} done, " if is_counted else ""
        self.say(f"{name}: {count}{words(tally)}")

    def say(self, words: str) -> None:
        self._console.print(Text(words), soft_wrap=True)


class Silence:
    """For scripts: nothing but what is said in between."""

    def __init__(self, console: Console) -> None:
        self.live = nullcontext()
        self._console = console

    def changed(self, tally: Tally) -> None:
        pass

    def say(self, words: str) -> None:
        self._console.print(Text(words), soft_wrap=True)


class _Narrow(Progress):
    """Leaves room for the `^C` that a terminal writes behind the last bar: on a line of its own it would leave a bar behind."""

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        table = super().make_tasks_table(tasks)
        if self.tasks:  # without any it is still being built, and has no console yet
            table.width = self.console.width - len("^C^C")
        return table


def _shortened(name: str) -> str:
    return name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…"
