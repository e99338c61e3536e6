"""`gateway check`: asks each account one cheap question and tells the person in the terminal what came of it."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.commands.trouble import Trouble, trouble_of
from gateway.commands.words import account_table, print_trouble
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import VendorAuthError, VendorError, VendorForbiddenError, VendorTimeoutError, VendorUnavailableError
from gateway.domain.vendor import Vendor

_UNKNOWN = "?"


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one account answered. None stands for what this answer does not tell; `trouble` is None when all is well."""

    account: str
    vendor: Vendor
    is_reachable: bool | None
    is_authorised: bool | None
    mailbox_count: int | None = None
    milliseconds: float
    trouble: Trouble | None = None


class CheckReport(msgspec.Struct, frozen=True):
    """One row per account, in the order of the configuration."""

    rows: tuple[CheckRow, ...]

    @property
    def exit_code(self) -> int:
        """0 when every account is fine, else 1."""
        return int(any(row.trouble is not None for row in self.rows))


async def check(accounts: Sequence[MailboxAdapter], *, keys: Mapping[str, Sequence[str]] | None = None) -> CheckReport:
    """Ask all accounts at once, each for as long as its own adapter waits.

    `keys` are the settings that each account is configured with, by account name (`AccountSettings.values`): the cure for a refused
    login names them. No account's failure, whatever it is, hides the others.
    """
    given = keys or {}
    return CheckReport(tuple(await asyncio.gather(*(_ask(account, given.get(account.account.name, ())) for account in accounts))))


async def _ask(adapter: MailboxAdapter, keys: Sequence[str]) -> CheckRow:
    started = time.perf_counter()
    try:
        reachability = await adapter.probe()
    except Exception as error:  # noqa: BLE001 - a fault of one adapter is that account's row, not the end of the others
        return _failed(adapter, error, _milliseconds_since(started), keys)
    return CheckRow(
        account=adapter.account.name,
        vendor=adapter.account.vendor,
        is_reachable=True,
        is_authorised=True,
        mailbox_count=reachability.mailbox_count,
        milliseconds=_milliseconds_since(started),
    )


def _milliseconds_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _failed(adapter: MailboxAdapter, error: Exception, milliseconds: float, keys: Sequence[str]) -> CheckRow:
    return CheckRow(
        account=adapter.account.name,
        vendor=adapter.account.vendor,
        is_reachable=_is_reachable(error),
        is_authorised=False if isinstance(error, VendorAuthError | VendorForbiddenError) else None,
        milliseconds=milliseconds,
        trouble=trouble_of(error, keys),
    )


def _is_reachable(error: Exception) -> bool | None:
    """Whoever answers is reachable, even with a refusal."""
    if not isinstance(error, VendorError):
        return None
    if isinstance(error, VendorTimeoutError | VendorUnavailableError):
        return error.status is not None
    return True


# ---------------------------------------------------------------------- printing
def print_report(report: CheckReport, console: Console) -> None:
    """Print the table, then what is wrong with which account and what to do about it. "?" stands for what the vendor does not tell."""
    console.print(_table(report))
    for row in report.rows:
        if row.trouble is not None:
            print_trouble(row.account, row.trouble, console)
    fine = sum(row.trouble is None for row in report.rows)
    console.print(Text(f"\n{fine} of {len(report.rows)} accounts are fine." if report.exit_code else "\nAll accounts are fine."))


def _table(report: CheckReport) -> Table:
    table = account_table(["Reachable", "Authorised"], ["Mailboxes", "ms"])
    for row in report.rows:
        count = _UNKNOWN if row.mailbox_count is None else str(row.mailbox_count)
        table.add_row(
            Text(row.account), row.vendor.own_name, _answer(row.is_reachable), _answer(row.is_authorised), count, f"{row.milliseconds:.0f}"
        )
    return table


def _answer(value: bool | None) -> Text:  # noqa: FBT001 - the three values are what it prints
    if value is None:
        return Text(_UNKNOWN)
    return Text("yes", style="green") if value else Text("no", style="bold red")
