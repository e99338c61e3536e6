"""What a fleet's test came to: a table of the accounts, then the mailboxes that somebody has to look at."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.commands.fleet_test.tally import Tally
from gateway.commands.fleet_test.verdict import Outcome, Verdict
from gateway.commands.words import INDENT, account_table, print_line, print_trouble
from gateway.config.problem import printable
from gateway.domain.outcome import CheckResult

MOST_ADDRESSES = 3
"""So many are named where many mailboxes have the same to say."""
_COLUMNS = {
    "Passing": Verdict.PASSING,
    "Failing": Verdict.FAILING,
    "Could\nnot tell": Verdict.UNKNOWN,
    "Not\ntestable": Verdict.NOT_TESTABLE,
    "Left\nout": Verdict.LEFT_OUT,
}
_STYLES = {Verdict.PASSING: "green", Verdict.FAILING: "bold red"}


def print_fleet(tallies: Sequence[Tally], console: Console, *, is_stopped: bool) -> None:
    """Print all of it. A mailbox is told with all that its vendor said, an account with what would help."""
    console.print()
    console.print(_table(tallies, is_stopped=is_stopped))
    for line in _lines(tallies):
        print_line(line, console)
    for tally in tallies:
        if tally.trouble is not None:
            print_trouble(tally.account.name, tally.trouble, console)
    console.print()
    print_line(_summary(tallies, is_stopped=is_stopped), console)


# ---------------------------------------------------------------------- the table
def _table(tallies: Sequence[Tally], *, is_stopped: bool) -> Table:
    columns = {title: verdict for title, verdict in _COLUMNS.items() if is_stopped or verdict is not Verdict.LEFT_OUT}
    table = account_table([], ["Mailboxes", *columns])
    for tally in tallies:
        counts = [_count(tally, verdict) for verdict in columns.values()]
        table.add_row(Text(tally.account.name), tally.account.vendor.own_name, _mailboxes(tally), *counts)
    return table


def _mailboxes(tally: Tally) -> Text:
    """A list that broke off holds at least so many."""
    if tally.is_read:
        return Text(str(tally.found))
    return Text(f"{tally.found} + ?" if tally.found else "not read", style="bold red")


def _count(tally: Tally, verdict: Verdict) -> Text:
    count = tally.count(verdict)
    return Text(str(count) if tally.found or tally.is_read else "-", style=_STYLES.get(verdict, "") if count else "")


# ---------------------------------------------------------------------- the mailboxes
def _lines(tallies: Sequence[Tally]) -> Iterator[str]:
    failing = [each for tally in tallies for each in tally.outcomes if each.verdict is Verdict.FAILING]
    if failing:
        yield ""
        yield f"Failing ({len(failing)}):"
        for outcome in failing:
            yield from _failing(outcome)
    unclear = list(_unclear(tallies))
    if unclear:
        yield ""
        yield "Could not tell:"
        yield from unclear
    unable = [tally for tally in tallies if tally.count(Verdict.NOT_TESTABLE)]
    if unable:
        yield ""
        yield "Not testable:"
        for tally in unable:
            yield f"  {tally.account.name}: {tally.account.vendor.own_name} has no test of mailboxes. That says nothing against them."


def _failing(outcome: Outcome) -> Iterator[str]:
    """Where both checks have the same to say, it is said once. What could not be tested besides is told, too."""
    yield f"  {_name(outcome)}  ({outcome.mailbox.account_name})"
    same: defaultdict[str, list[str]] = defaultdict(list)
    for check in outcome.result.checks or ():
        if check.passed is False:
            same[f"{_said(check)} ({_when(check)})"].append(check.check.lower())
    for words, checks in same.items():
        yield f"{INDENT}{' and '.join(checks)}: {words}"
    for error in outcome.result.user_errors:
        yield f"{INDENT}not tested: {printable(error.message)}"


def _unclear(tallies: Sequence[Tally]) -> Iterator[str]:
    """Many mailboxes have the same to say: each thing is told once for an account."""
    for tally in tallies:
        same: defaultdict[str, list[Outcome]] = defaultdict(list)
        for outcome in tally.outcomes:
            if outcome.verdict is Verdict.UNKNOWN:
                same[_why(outcome)].append(outcome)
        for why, them in same.items():
            names = ", ".join(_name(each) for each in them[:MOST_ADDRESSES])
            more = f", and {len(them) - MOST_ADDRESSES} more" if len(them) > MOST_ADDRESSES else ""
            yield f"  {tally.account.name}: {why}"
            yield f"{INDENT}{names}{more}"


def _why(outcome: Outcome) -> str:
    """What stands against a verdict, each thing once."""
    result = outcome.result
    said = [error.message for error in result.user_errors]
    said += [_said(check) for check in result.checks or () if check.passed is None]
    return " ".join(dict.fromkeys(printable(each) for each in said))


def _name(outcome: Outcome) -> str:
    return printable(outcome.mailbox.address or outcome.mailbox.vendor_id)


def _said(check: CheckResult) -> str:
    return printable(check.message) if check.message else "the vendor gives no reason."


def _when(check: CheckResult) -> str:
    return f"observed {check.observed_at:%Y-%m-%d %H:%M:%S %Z}" if check.observed_at else "the vendor does not say when"


# ---------------------------------------------------------------------- the summary
def _summary(tallies: Sequence[Tally], *, is_stopped: bool) -> str:
    counts = {verdict: sum(tally.count(verdict) for tally in tallies) for verdict in Verdict}
    total = _mailbox_count(sum(tally.found for tally in tallies))
    shown = ", ".join(f"{count} {verdict.words}" for verdict, count in counts.items() if count)
    words = f"{total}: {shown}." if shown else f"{total}."
    unread = sum(not tally.is_read for tally in tallies)
    if unread:
        words += f" {unread} of {len(tallies)} accounts not read to the end."
    if is_stopped:
        return f"Stopped. {words}"
    return f"All that could be tested pass. {words}" if all(tally.is_good for tally in tallies) else words


def _mailbox_count(count: int) -> str:
    return "1 mailbox" if count == 1 else f"{count} mailboxes"
