"""What the size of a fleet costs: a page, a refresh, memory."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from multiprocessing import get_context
from statistics import median
from time import perf_counter

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import memory
from benchmarks.lag import Lag, watched
from benchmarks.vendors import accounts, playing
from gateway.app import build_gateway
from gateway.config import AccountSettings, ServerSettings, Settings
from gateway.domain.mailbox import MailboxStatus
from gateway.domain.vendor import Vendor
from gateway.inventory.connection import Connection
from gateway.inventory.filter import MailboxFilter, StringFilter
from gateway.inventory.inventory import Inventory
from gateway.inventory.order import Order, OrderDirection, OrderField
from gateway.inventory.page import Page, Window, page
from gateway.inventory.summary import Summary
from gateway.inventory.view import View

SIZES = (100, 1_000, 10_000)
MANY_ACCOUNTS, FEW_MAILBOXES = 200, 100
REFRESHES = 5
REPEATS = 200
PATIENCE_SECONDS = 300.0

BY_ADDRESS = Order(OrderField.ADDRESS)
BY_LIMIT = Order(OrderField.DAILY_LIMIT, OrderDirection.DESC)
ACTIVE = MailboxFilter(status=(MailboxStatus.ACTIVE,))


class Fleet(msgspec.Struct):
    """Figures of one fleet. Times of pages in microseconds, by case; of loads in seconds; sizes in bytes per mailbox."""

    mailboxes: int
    pages: dict[str, float] = {}
    load_seconds: float = 0.0
    load_lag: Lag = msgspec.field(default_factory=Lag)
    refresh_seconds: float = 0.0
    refresh_lag: Lag = msgspec.field(default_factory=Lag)
    resident: float = 0.0
    resident_later: float = 0.0
    tasks: int = 0


def scale() -> None:
    """Measures and prints; takes some minutes."""
    logging.disable(logging.WARNING)
    console = Console()
    with playing(SIZES) as address, _apart() as apart:
        fleets = [apart.submit(_fleet, accounts(address, size=size)).result() for size in SIZES]
        many = apart.submit(_fleet, accounts(address, size=FEW_MAILBOXES, count=MANY_ACCOUNTS)).result()
        rows = {each.vendor: apart.submit(_row, each).result() for each in accounts(address, size=SIZES[-1])}
    console.print(_pages_table(fleets, many), _loads_table(fleets, many), _memory_table(rows))


def _apart() -> ProcessPoolExecutor:
    """Every measurement has a process of its own: memory that another one has given back would hide what it takes."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1)


def _fleet(settings: Sequence[AccountSettings]) -> Fleet:
    return asyncio.run(_measured(settings))


def _row(settings: AccountSettings) -> tuple[float, float]:
    return asyncio.run(_row_bytes(settings))


# ---------------------------------------------------------------------- measuring
@asynccontextmanager
async def _opened(settings: Sequence[AccountSettings]) -> AsyncIterator[Inventory]:
    gateway = build_gateway(Settings(server=ServerSettings(answer_within_seconds=PATIENCE_SECONDS), accounts=tuple(settings)))
    async with gateway.site.router.lifespan_context(gateway.site):
        gc.collect()
        gc.freeze()  # as `serve` does
        yield gateway.inventory


async def _measured(settings: Sequence[AccountSettings]) -> Fleet:
    async with _opened(settings) as inventory:
        before = memory.resident_bytes()
        names = list(inventory.accounts)
        started = perf_counter()
        async with watched() as load_lag:
            views = await inventory.views(names, no_cache=False)
        it = Fleet(sum(len(view.rows) for view in views), load_lag=load_lag, load_seconds=perf_counter() - started)
        it.tasks = len(asyncio.all_tasks())
        it.resident = (memory.resident_bytes() - before) / it.mailboxes
        it.pages = _pages(views)
        started = perf_counter()
        async with watched() as it.refresh_lag:
            for _ in range(REFRESHES):
                await inventory.views(names, no_cache=True)
        it.refresh_seconds = (perf_counter() - started) / REFRESHES
        it.resident_later = (memory.resident_bytes() - before) / it.mailboxes
    return it


def _pages(views: Sequence[View]) -> dict[str, float]:
    needles = map(str, count())

    def first(order: Order = BY_ADDRESS, wanted: MailboxFilter | None = None, after: str | None = None) -> Page:
        return page(views, order=order, wanted=wanted, part=Window(after=after))

    def new_scan() -> Page:
        return first(wanted=MailboxFilter(address=StringFilter(contains=f"a{next(needles)}")))

    def total() -> int | None:
        return Connection(views, first(wanted=ACTIVE), ACTIVE, BY_ADDRESS).total_count

    def summary() -> object:
        it = Summary(views)
        return it.by_status, it.daily_capacity, it.average_warmup_health

    contains = MailboxFilter(address=StringFilter(contains="an"))
    address = MailboxFilter(address=StringFilter(eq=views[-1].rows[-1].address))
    at_first = {
        "ordered, the first time": _once(lambda: first(BY_LIMIT)),
        "summary, the first time": _once(summary),
        "conflicts, each time": _often(lambda: Summary(views).conflicts, times=5),
    }
    middle = first().cursors[-1]
    return {
        "first page": _often(lambda: first(Order())),
        "ordered": _often(first),
        "ordered, a page behind a cursor": _often(lambda: first(after=middle)),
        "ordered, filtered by status": _often(lambda: first(BY_LIMIT, ACTIVE)),
        "… with totalCount": _often(total),
        "by an address": _often(lambda: first(wanted=address)),
        "one account of all": _often(lambda: first(wanted=MailboxFilter(account=(views[0].source.account.name,)))),
        "contains, again": _often(lambda: first(wanted=contains)),
        "contains, the first time": _often(new_scan, times=10),
        "summary, again": _often(summary),
        **at_first,
    }


def _once(work: Callable[[], object]) -> float:
    """Microseconds."""
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1e6


def _often(work: Callable[[], object], *, times: int = REPEATS) -> float:
    """The median, after a first time that does not count."""
    work()
    return median(_once(work) for _ in range(times))


async def _row_bytes(settings: AccountSettings) -> tuple[float, float]:
    """Bytes per mailbox, and those of its texts."""
    async with _opened([settings]) as inventory:
        account = inventory.accounts[settings.name]
        await account.adapter.probe()  # what is opened and cached once is none of a mailbox's
        with memory.traced() as allocated:
            view = await account.view(wait_seconds=PATIENCE_SECONDS)
        return allocated.size / len(view.rows), memory.text_bytes(view.rows) / len(view.rows)


# ---------------------------------------------------------------------- showing
def _pages_table(fleets: Sequence[Fleet], many: Fleet) -> Table:
    table = Table(title="A page of 50 from what is known, microseconds")
    table.add_column("mailboxes")
    for it in fleets:
        table.add_column(f"{it.mailboxes:,} in 5", justify="right")
    table.add_column(f"x, {fleets[0].mailboxes:,} to {fleets[-1].mailboxes:,}", justify="right")
    table.add_column(f"{many.mailboxes:,} in {MANY_ACCOUNTS}", justify="right")
    for case in fleets[0].pages:
        times = [it.pages[case] for it in fleets]
        table.add_row(case, *(f"{time:,.0f}" for time in times), f"{times[-1] / times[0]:.1f}", f"{many.pages[case]:,.0f}")
    return table


def _loads_table(fleets: Sequence[Fleet], many: Fleet) -> Table:
    table = Table(title="All accounts at once: load, and refresh")
    table.add_column("mailboxes")
    figures: dict[str, Callable[[Fleet], str]] = {
        "first load, seconds": lambda it: f"{it.load_seconds:.2f}",
        "longest block, ms": lambda it: f"{it.load_lag.longest:.1f}",
        "… of computing": lambda it: f"{it.load_lag.computing:.1f}",
        "a refresh, seconds": lambda it: f"{it.refresh_seconds:.2f}",
        f"longest block in {REFRESHES}, ms": lambda it: f"{it.refresh_lag.longest:.1f}",
        "… of computing ": lambda it: f"{it.refresh_lag.computing:.1f}",
        "resident bytes a mailbox": lambda it: f"{it.resident:,.0f}",
        f"… after {REFRESHES} refreshes": lambda it: f"{it.resident_later:,.0f}",
        "tasks": lambda it: f"{it.tasks}",
    }
    for it in (*fleets, many):
        table.add_column(f"{it.mailboxes:,}" + (f" in {MANY_ACCOUNTS}" if it is many else " in 5"), justify="right")
    for name, show in figures.items():
        table.add_row(name, *(show(it) for it in (*fleets, many)))
    return table


def _memory_table(rows: dict[Vendor, tuple[float, float]]) -> Table:
    table = Table(title=f"Memory of one of {SIZES[-1]:,} mailboxes, bytes (tracemalloc)")
    for name in ("vendor", "all", "texts", "without texts"):
        table.add_column(name, justify="left" if name == "vendor" else "right")
    for vendor, (size, texts) in rows.items():
        table.add_row(vendor.own_name, f"{size:,.0f}", f"{texts:,.0f}", f"{size - texts:,.0f}")
    return table
