"""One account's part of the inventory: what is known of its mailboxes, how fresh that is, and when the vendor is asked again."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import msgspec

from gateway.domain.account import Domain, Owner
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.details import MAILBOX_PART
from gateway.domain.errors import GatewayError, RateLimitedError, VendorError
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.stumble import trail
from gateway.inventory.recent import Recent
from gateway.inventory.snapshot import Snapshot
from gateway.inventory.source import SourceReport, SourceStatus
from gateway.inventory.store import SnapshotStore
from gateway.inventory.view import View

logger = logging.getLogger("gateway.inventory")

FRESH_FOR = timedelta(seconds=30)
QUOTA_SHARE = 4
"""Refreshing may take a quarter of a vendor's quota."""
NO_CACHE_WAIT_SECONDS = 30.0
RECOVERY_WAIT_SECONDS = 1.0
"""How long a request waits for an account whose last load failed: long enough to see it well again, short enough if it still hangs."""
FIRST_HOLD = timedelta(seconds=2)
LONGEST_HOLD = timedelta(seconds=60)
"""After a failed load the vendor is left alone for a while: 2, 4, 8 … 60 seconds."""


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How long what we know counts. `seconds_per_call` is the vendor's quota turned round (1.0 for 60 calls a minute)."""

    fresh_for: timedelta | None = None
    keep_for: timedelta = timedelta(hours=24)
    seconds_per_call: float = 0.0

    def of(self, page_count: int) -> timedelta:
        """The fresh time of a snapshot that took so many calls."""
        if self.fresh_for is not None:
            return self.fresh_for
        return max(FRESH_FOR, timedelta(seconds=page_count * self.seconds_per_call * QUOTA_SHARE))


class Failure(msgspec.Struct, frozen=True):
    """The last load's end, when it was a bad one; `count` of them in a row. The vendor is not asked again before `hold_until`."""

    error: GatewayError
    count: int
    hold_until: datetime


class AccountInventory:
    """Holds an account's snapshot and keeps it fresh: one load at a time, whoever asks."""

    def __init__(
        self,
        adapter: MailboxAdapter,
        store: SnapshotStore,
        *,
        freshness: Freshness | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.adapter = adapter
        self.account = adapter.account
        self._store = store
        self._freshness = freshness or Freshness()
        self._clock = clock
        self._version = 0
        self._failure: Failure | None = None
        self._started_at: datetime | None = None
        self._load: asyncio.Task[None] | None = None
        self._next_load: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._mailboxes: dict[str, Mailbox] = {}
        lasts = self._freshness.of(1)
        self._details = Recent[tuple[str, str], Details](clock, lasts)
        self._owners = Recent[str, Owner](clock, lasts)
        self._domains = Recent[str, Sequence[Domain]](clock, lasts)

    # ------------------------------------------------------------------ what a request sees
    async def view(self, *, wait_seconds: float, no_cache: bool = False) -> View:
        """The account as it is known now.

        While the whole list was never read, the load is waited for at most `wait_seconds`, not at all when one has just failed,
        and briefly when the last one failed. A snapshot past its fresh time, or with a part of a newer list over it, is given at once and
        refreshed behind. `no_cache` waits for a refresh that starts after this call.
        """
        self._expire()
        if no_cache and not self._is_rate_limited():
            await asyncio.wait({self._refresh_after_now()}, timeout=NO_CACHE_WAIT_SECONDS)
            return self._view()
        snapshot = self._snapshot
        may_load = self._failure is None or self._clock() >= self._failure.hold_until
        if may_load and (snapshot is None or not snapshot.is_complete or not self._is_fresh(snapshot)):
            self._start_load()
        if (snapshot is None or not snapshot.is_whole) and may_load and self._load is not None:
            await asyncio.wait({self._load}, timeout=min(wait_seconds, RECOVERY_WAIT_SECONDS) if self._failure else wait_seconds)
        return self._view()

    def peek(self) -> View:
        """The account as it is known now, asking nobody."""
        self._expire()
        return self._view()

    def _view(self) -> View:
        snapshot = self._snapshot
        status = self._status(snapshot)
        stale_before = {
            SourceStatus.STALE: datetime.max.replace(tzinfo=UTC),
            SourceStatus.PARTIAL: self._started_at,
        }.get(status)
        return View(self._report(status, snapshot), snapshot, stale_before)

    def _report(self, status: SourceStatus, snapshot: Snapshot | None) -> SourceReport:
        error = self._failure.error if self._failure else None
        return SourceReport(
            account=self.account,
            status=status,
            problem=(error.reason or error.code) if isinstance(error, VendorError) else error.code if error else None,
            message=error.message if error else None,
            mailbox_count=len(snapshot.rows) if snapshot and snapshot.is_complete else None,
            as_of=snapshot.as_of if snapshot else None,
            retry_at=error.retry_at if isinstance(error, VendorError) else None,
        )

    def _status(self, snapshot: Snapshot | None) -> SourceStatus:
        if snapshot is None:
            return SourceStatus.LOADING if self._load else SourceStatus.UNAVAILABLE
        if not snapshot.is_complete:
            return SourceStatus.PARTIAL
        return SourceStatus.FRESH if self._failure is None and self._is_fresh(snapshot) else SourceStatus.STALE

    @property
    def _snapshot(self) -> Snapshot | None:
        return self._store.get(self.account.name)

    def _is_fresh(self, snapshot: Snapshot) -> bool:
        return self._clock() - snapshot.loaded_at <= self._freshness.of(snapshot.page_count)

    def _is_rate_limited(self) -> bool:
        failure = self._failure
        return failure is not None and isinstance(failure.error, RateLimitedError) and self._clock() < failure.hold_until

    def _expire(self) -> None:
        """After `keep_for` without one success the rows go."""
        snapshot = self._snapshot
        if snapshot is not None and self._load is None and self._clock() - snapshot.loaded_at > self._freshness.keep_for:
            self._store.drop(self.account.name)

    # ------------------------------------------------------------------ loading
    def _start_load(self) -> asyncio.Task[None]:
        if self._load is None:
            self._load = self._spawn(self._run_load(), f"load {self.account.name}")
        return self._load

    def _refresh_after_now(self) -> asyncio.Task[None]:
        """A load that starts after this call; requests that come while one is under way share the next."""
        if self._load is None:
            return self._start_load()
        if self._next_load is None:
            self._next_load = self._spawn(self._run_after(self._load), f"next load {self.account.name}")
        return self._next_load

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run_after(self, running: asyncio.Task[None]) -> None:
        await asyncio.wait({running})
        self._next_load = None
        if not self._is_rate_limited():
            await asyncio.wait({self._start_load()})

    async def _run_load(self) -> None:
        """Never raises: how it ended is kept and told in the source report."""
        started_at = self._started_at = self._clock()
        before = self._snapshot
        rows: dict[str, Mailbox] = {}
        page_count = 0
        try:
            expected = len(before.rows) if before and before.is_complete else 0
            async with aclosing(self._pages(expected)) as pages:
                async for page in pages:
                    page_count += 1
                    rows.update((row.vendor_id, row) for row in page)
                    if before is None or not before.is_complete:
                        self._publish(rows, before=before, started_at=started_at, page_count=page_count, is_complete=False)
            self._failure = None
            self._publish(rows, before=None, started_at=started_at, page_count=page_count, is_complete=True)
            self._forget_all_but(rows)
        except GatewayError as error:
            self._fail(error)
            self._keep(rows, before)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not take the whole fleet's answer down
            logger.error(  # noqa: TRY400 - `exception` would print the error's text, which may quote a row
                "Loading %s failed: %s", self.account.name, trail(error)
            )
            self._fail(GatewayError("The gateway stumbled over this vendor's answer; its log says where."))
            self._keep(rows, before)
        finally:
            self._load = None

    async def _pages(self, expected: int) -> AsyncGenerator[Sequence[Mailbox], None]:
        """The adapter's pages; whoever stops listening ends the adapter's work, too, at once."""
        pages = self.adapter.list_mailboxes(expected_count=expected)
        try:
            async for page in pages:
                yield page
        finally:
            if isinstance(pages, AsyncGenerator):
                await pages.aclose()

    def _keep(self, rows: Mapping[str, Mailbox], before: Snapshot | None) -> None:
        """What had arrived when a refresh failed lies over what was known."""
        if rows and before is not None:
            self._publish(rows, before=before, started_at=before.as_of, page_count=before.page_count, is_complete=False)

    def _publish(
        self, rows: Mapping[str, Mailbox], *, before: Snapshot | None, started_at: datetime, page_count: int, is_complete: bool
    ) -> None:
        """A whole list replaces what was known; a part of one lies over it, so that no mailbox is lost."""
        merged = {**(before.by_id if before is not None else {}), **rows}
        merged.update((key, self._completed(merged[key])) for key in self._mailboxes.keys() & merged.keys())
        self._version += 1
        snapshot = Snapshot(
            tuple(merged.values()),
            version=self._version,
            as_of=started_at,
            loaded_at=self._clock() if is_complete or before is None else before.loaded_at,
            is_complete=is_complete,
            is_whole=is_complete or (before is not None and before.is_whole),
            page_count=page_count,
        )
        self._store.put(self.account.name, snapshot)

    def _fail(self, error: GatewayError) -> None:
        now = self._clock()
        count = self._failure.count + 1 if self._failure else 1
        hold = min(FIRST_HOLD * 2 ** min(count - 1, 10), LONGEST_HOLD)
        retry_at = error.retry_at if isinstance(error, VendorError) else None
        self._failure = Failure(error, count, max(now + hold, retry_at) if retry_at else now + hold)
        code = error.code
        logger.warning("Loading %s failed (%s, %d in a row): %s", self.account.name, code, count, error.message)

    # ------------------------------------------------------------------ single mailboxes and their details
    async def mailboxes(self, mailbox_ids: Sequence[str]) -> Mapping[str, Mailbox | GatewayError]:
        """Mailboxes read one by one from the vendor; what they tell is remembered and shown in the fleet, too."""
        answers = await self.adapter.get_mailboxes(mailbox_ids)
        self._learn(answer for answer in answers.values() if isinstance(answer, Mailbox))
        return answers

    async def details(self, mailbox_ids: Sequence[str], part: str, *, no_cache: bool = False) -> Mapping[str, Details | GatewayError]:
        """The details of one part, from the vendor unless they were read within the fresh time."""
        known = {} if no_cache else self._details.find((mailbox_id, part) for mailbox_id in mailbox_ids)
        answers: dict[str, Details | GatewayError] = {mailbox_id: details for (mailbox_id, _), details in known.items()}
        missing = [mailbox_id for mailbox_id in mailbox_ids if mailbox_id not in answers]
        if missing and part == MAILBOX_PART:
            read = await self.mailboxes(missing)
            answers.update({key: answer.details if isinstance(answer, Mailbox) else answer for key, answer in read.items()})
        elif missing:
            loaded = await self.adapter.get_details(missing, part)
            answers.update(loaded)
            self._details.keep(((key, part), answer) for key, answer in loaded.items() if isinstance(answer, Details))
        return answers

    async def owners(self, owner_ids: Sequence[str], *, no_cache: bool = False) -> Mapping[str, Owner]:
        """Owners by their vendor id, as far as the vendor tells of them; asked again after the fresh time."""
        answers = {} if no_cache else self._owners.find(owner_ids)
        missing = [owner_id for owner_id in owner_ids if owner_id not in answers]
        if missing:
            told = await self.adapter.get_owners(missing)
            read = {owner_id: told.get(owner_id, Owner(owner_id)) for owner_id in missing}
            self._owners.keep(read.items())
            answers.update(read)
        return answers

    async def domains(self, *, no_cache: bool = False) -> Sequence[Domain]:
        """The account's sending domains; asked again after the fresh time."""
        known = {} if no_cache else self._domains.find([self.account.name])
        if not known:
            known = {self.account.name: await self.adapter.list_domains()}
            self._domains.keep(known.items())
        return known[self.account.name]

    def _learn(self, mailboxes: Iterable[Mailbox]) -> None:
        learned = {mailbox.vendor_id: mailbox for mailbox in mailboxes}
        self._mailboxes.update(learned)
        self._details.keep(((key, MAILBOX_PART), mailbox.details) for key, mailbox in learned.items())
        snapshot = self._snapshot
        if snapshot is None:
            return
        rows = [(row, self._completed(row)) for key in learned if (row := snapshot.by_id.get(key))]
        changed = [completed for row, completed in rows if completed is not row]
        if changed:
            self._version += 1
            self._store.put(self.account.name, snapshot.replace(changed, version=self._version))

    def _completed(self, row: Mailbox) -> Mailbox:
        """A list's row with what only a detail read could say."""
        known = self._mailboxes.get(row.vendor_id)
        return row if known is None else self.adapter.merge(row, known)

    def _forget_all_but(self, rows: Mapping[str, Mailbox]) -> None:
        """What was read of mailboxes that are gone, and details past their time, need no memory."""
        self._mailboxes = {key: mailbox for key, mailbox in self._mailboxes.items() if key in rows}
        self._details.forget(lambda key: key[0] not in rows)
        owners = {row.owner.vendor_id for row in rows.values() if row.owner}
        self._owners.forget(lambda owner_id: owner_id not in owners)

    async def close(self) -> None:
        """Stop loading."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
