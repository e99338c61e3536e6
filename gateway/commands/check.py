"""`gateway check`: asks each account one cheap question and tells the person in the terminal what came of it."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import (
    GatewayError,
    RateLimitedError,
    VendorAuthError,
    VendorConflictError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.domain.vendor import Vendor

_UNKNOWN = "?"


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one account answered. None stands for what this answer does not tell; `problem` is None when all is well."""

    account: str
    vendor: Vendor
    is_reachable: bool | None
    is_authorised: bool | None
    mailbox_count: int | None = None
    milliseconds: float
    problem: str | None = None
    cure: str | None = None


class CheckReport(msgspec.Struct, frozen=True):
    """One row per account, in the order of the configuration."""

    rows: tuple[CheckRow, ...]

    @property
    def exit_code(self) -> int:
        """0 when every account is fine, else 1."""
        return int(any(row.problem is not None for row in self.rows))


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
    # The text of an error that is not ours may hold anything, a URL with a key too: only its class is told.
    is_known = isinstance(error, GatewayError)
    return CheckRow(
        account=adapter.account.name,
        vendor=adapter.account.vendor,
        is_reachable=_is_reachable(error),
        is_authorised=False if isinstance(error, VendorAuthError | VendorForbiddenError) else None,
        milliseconds=milliseconds,
        problem=error.message if isinstance(error, GatewayError) else f"The gateway itself failed ({type(error).__name__}).",
        cure=_cure(error, keys) if is_known else "This is a fault of the gateway: please report it.",
    )


def _is_reachable(error: Exception) -> bool | None:
    """Whoever answers is reachable, even with a refusal."""
    if not isinstance(error, VendorError):
        return None
    if isinstance(error, VendorTimeoutError | VendorUnavailableError):
        return error.status is not None
    return True


def _cure(error: Exception, keys: Sequence[str]) -> str | None:
    if isinstance(error, VendorAuthError):
        return f"Look at {_settings(keys)} of this account: is it complete, of this vendor, and not revoked or expired?"
    if isinstance(error, VendorForbiddenError):
        return f"The vendor knows {_settings(keys)} of this account: look there for the scopes, the plan, and who it belongs to."
    if isinstance(error, RateLimitedError):
        when = f" after {error.retry_at:%Y-%m-%d %H:%M:%S %Z}" if error.retry_at else " in some minutes"
        return f"Check again{when}; if it stays, something else uses up this account's calls: lower its pace."
    return next((cure for kinds, cure in _CURES if isinstance(error, kinds)), None)


_CURES: tuple[tuple[tuple[type[VendorError], ...], str], ...] = (
    ((VendorTimeoutError,), "Check again; look at base_url and the network, and raise timeout if the vendor is only slow."),
    ((VendorUnavailableError,), "Look at base_url, the network and the vendor's status page, then check again."),
    (
        (VendorNotFoundError, VendorProtocolError, VendorConflictError),
        "Look at base_url: it may lead to another version or another service.",
    ),
)


def _settings(keys: Sequence[str]) -> str:
    if not keys:
        return "the credentials"
    *front, last = keys
    return f"{', '.join(front)} and {last}" if front else last


# ---------------------------------------------------------------------- printing
def print_report(report: CheckReport, console: Console) -> None:
    """Print the table, then what is wrong with which account and what to do about it. "?" stands for what the vendor does not tell."""
    console.print(_table(report))
    for row in report.rows:
        if row.problem is not None:
            console.print(_explanation(row), soft_wrap=True)
    fine = sum(row.problem is None for row in report.rows)
    console.print(Text(f"\n{fine} of {len(report.rows)} accounts are fine." if report.exit_code else "\nAll accounts are fine."))


def _table(report: CheckReport) -> Table:
    table = Table()
    table.add_column("Account", overflow="fold")
    for title in ("Vendor", "Reachable", "Authorised"):
        table.add_column(title, no_wrap=True)
    for title in ("Mailboxes", "ms"):
        table.add_column(title, no_wrap=True, justify="right")
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


def _explanation(row: CheckRow) -> Text:
    """Plain text, never markup: the vendor's words hold brackets, and must not steer the terminal."""
    lines = [f"\n{row.account}: {_printable(row.problem or '')}", *([f"    Cure: {row.cure}"] if row.cure else [])]
    return Text("\n".join(lines))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
