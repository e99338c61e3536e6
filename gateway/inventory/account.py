"""One account's part of the inventory: what is known of its mailboxes, how fresh that is, and when the vendor is asked again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from gateway.domain.account import Domain, Owner
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.budget import Budget, current, spending
from gateway.domain.details import MAILBOX_PART
from gateway.domain.errors import GatewayError, VendorNotFoundError
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.stumble import trail
from gateway.domain.turn import in_turn
from gateway.inventory.directory import Directory
from gateway.inventory.failure import Failure, failure
from gateway.inventory.load import Load
from gateway.inventory.rows import Rows
from gateway.inventory.sharing import MANY, LaterSharing
from gateway.inventory.snapshot import Snapshot
from gateway.inventory.source import SourceReport, SourceStatus
from gateway.inventory.store import SnapshotStore
from gateway.inventory.under_way import UnderWay
from gateway.inventory.view import ALWAYS, View

logger = logging.getLogger("gateway.inventory")

FRESH_FOR = timedelta(seconds=30)
QUOTA_SHARE = 4
"""Refreshing may take a quarter of a vendor's quota."""
NO_CACHE_WAIT_SECONDS = 30.0
UNASKED = "This account was not asked yet: no question was about it."
LATE_SECONDS = 3.0
LATE = "The vendor is being asked, and its whole list has not come yet."
NO_NEWS = "No newer list came in the time that this request had."
RECOVERY_WAIT_SECONDS = 1.0
"""How long a request waits for an account whose last load failed: long enough to see it well again, short enough if it still hangs."""


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


class AccountListener(Protocol):
    """Who wants to know at once when something changes."""

    def load_ended(self) -> None:
        """Well or badly."""

    def written(self, mailbox_id: str, before: Mailbox | None, after: Mailbox | None) -> None:
        """A mailbox was written through us; None where it was not there, or was not known."""


class _Fresh(NamedTuple):
    """A view that will be the same `until` then, unless rows change or a load fails."""

    view: View
    until: datetime


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
        self._freshness = freshness or Freshness()
        self._clock = clock
        self._failure: Failure | None = None
        self._started_at: datetime | None = None
        self._load: UnderWay | None = None
        self._next_load: UnderWay | None = None
        self._last_fresh: _Fresh | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        lasts = self._freshness.of(1)
        self._rows = Rows(adapter, store, clock, lasts)
        self._directory = Directory(adapter, clock, lasts)
        self._later_sharing = LaterSharing()
        self.listener: AccountListener | None = None
        self.revision = 0
        """Changes whenever somebody may have been told of news: a load ended, a mailbox was written or read by itself."""

    # ------------------------------------------------------------------ what a request sees
    async def view(self, *, wait_seconds: float, no_cache: bool = False) -> View:
        """The account as it is known now.

        While the whole list was never read, the load is waited for until it is `wait_seconds` old, not at all when one has just failed,
        and briefly when the last one failed. A snapshot past its fresh time, or with a part of a newer list over it, is given at once and
        refreshed behind. `no_cache` waits for a refresh that starts after this call, and where none comes in time, what is known is stale.
        """
        self._expire()
        if no_cache and not self._is_rate_limited():
            asked_at = self._clock()
            seconds = wait_seconds if self._failure else NO_CACHE_WAIT_SECONDS
            await self._await_refresh(seconds, patience_seconds=wait_seconds)
            return self._view(asked_at)
        known = self.view_at_once()
        if known is not None:
            return known
        before, seconds = self._load, min(wait_seconds, RECOVERY_WAIT_SECONDS) if self._failure else wait_seconds
        load = self._start_load(Budget(is_background=True))
        await load.wait(self.account.name, seconds=max(0.0, seconds - load.age_seconds), is_ours=load is not before)
        return self._view()

    def view_at_once(self) -> View | None:
        """The same without `no_cache`; None, and nothing is begun, where it would have to be waited for."""
        last = self._last_fresh
        if last is not None and self._failure is None and self._clock() <= last.until and self._rows.are(last.view.snapshot):
            current().of(self.account.name).known += 1
            return last.view
        self._expire()
        snapshot = self._rows.listed
        may_load = self._failure is None or not self._failure.holds(self._clock())
        if may_load and (snapshot is None or not snapshot.is_whole):
            return None
        if snapshot is not None:
            if may_load and not (snapshot.is_complete and self._is_fresh(snapshot)):
                self._start_load(Budget(is_background=True))
            current().of(self.account.name).known += 1
        view = self._view()
        self._last_fresh = self._fresh(view)
        return view

    def _fresh(self, view: View) -> "_Fresh | None":
        snapshot = view.snapshot
        if snapshot is None or view.source.status is not SourceStatus.FRESH:
            return None
        return _Fresh(view, snapshot.loaded_at + min(self._freshness.of(snapshot.page_count), self._freshness.keep_for))

    def peek(self) -> View:
        """The account as it is known now, asking nobody."""
        self._expire()
        return self._view()

    def is_stale(self, mailbox: Mailbox) -> bool:
        """As `peek().is_stale`, without looking at all the others."""
        before = self._stale_before(self._status(self._rows.listed))
        return before is not None and mailbox.observed_at < before

    def seconds_until_due(self) -> float | None:
        """After how long `view` will ask the vendor again; 0 or less: now. None while it is being asked."""
        if self._load is not None:
            return None
        snapshot, due_at = self._rows.listed, self._clock()
        if snapshot is not None and snapshot.is_complete:
            due_at = snapshot.loaded_at + self._freshness.of(snapshot.page_count) + datetime.resolution
        if self._failure is not None:
            due_at = max(due_at, self._failure.hold_until)
        return (due_at - self._clock()).total_seconds()

    def _view(self, asked_at: datetime | None = None) -> View:
        """`asked_at`: what was read before that is not what was asked for."""
        snapshot = self._rows.shown
        status = self._status(snapshot)
        is_too_old = asked_at is not None and snapshot is not None and status is SourceStatus.FRESH and snapshot.as_of < asked_at
        if is_too_old:
            status = SourceStatus.STALE
        report = self._report(status, snapshot)
        if is_too_old:
            report = msgspec.structs.replace(report, message=report.message or NO_NEWS)
        return View(report, snapshot, self._stale_before(status))

    def _stale_before(self, status: SourceStatus) -> datetime | None:
        return {SourceStatus.STALE: ALWAYS, SourceStatus.PARTIAL: self._started_at}.get(status)

    def _report(self, status: SourceStatus, snapshot: Snapshot | None) -> SourceReport:
        last = self._failure
        return SourceReport(
            account=self.account,
            status=status,
            problem=last.problem if last else None,
            message=last.error.message if last else _doubts(snapshot) or self._delay(status) or _silence(status),
            mailbox_count=len(snapshot.rows) if snapshot and snapshot.is_complete else None,
            as_of=snapshot.as_of if snapshot else None,
            retry_at=last.retry_at if last else None,
        )

    def _delay(self, status: SourceStatus) -> str | None:
        """That the vendor keeps us waiting, where it does."""
        is_late = self._load is not None and self._load.age_seconds > LATE_SECONDS
        return LATE if is_late and status is not SourceStatus.FRESH else None

    def _status(self, snapshot: Snapshot | None) -> SourceStatus:
        if snapshot is None:
            return SourceStatus.LOADING if self._load else SourceStatus.UNAVAILABLE
        if not snapshot.is_complete:
            return SourceStatus.PARTIAL
        return SourceStatus.FRESH if self._failure is None and self._is_fresh(snapshot) else SourceStatus.STALE

    def _is_fresh(self, snapshot: Snapshot) -> bool:
        return self._clock() - snapshot.loaded_at <= self._freshness.of(snapshot.page_count)

    def _is_rate_limited(self) -> bool:
        return self._failure is not None and self._failure.is_rate_limited(self._clock())

    def _expire(self) -> None:
        """After `keep_for` without one success the rows go."""
        snapshot = self._rows.listed
        if snapshot is not None and self._load is None and self._clock() - snapshot.loaded_at > self._freshness.keep_for:
            self._rows.expire()

    # ------------------------------------------------------------------ loading
    def _start_load(self, budget: Budget) -> UnderWay:
        if self._load is None:
            self._load = self._spawn(self._run_load(), f"load {self.account.name}", budget)
        return self._load

    async def _await_refresh(self, seconds: float | None = None, *, patience_seconds: float | None = None) -> None:
        """A load that starts after this call; requests that come while one is under way share the next.

        `patience_seconds` is how long a page may wait for the vendor's quota: who asks for news is to be told rather than kept waiting.
        """
        before = (self._load, self._next_load)
        load = self._refresh_after_now(Budget(patience_seconds=patience_seconds))
        await load.wait(self.account.name, seconds=seconds, is_ours=load not in before)

    def _refresh_after_now(self, budget: Budget) -> UnderWay:
        if self._load is None:
            return self._start_load(budget)
        self._load.budget.is_background = False  # somebody waits for its end now
        if self._next_load is None:
            self._next_load = self._spawn(self._run_after(self._load.task), f"next load {self.account.name}", budget)
        return self._next_load

    def _spawn(self, work: Coroutine[None, None, None], name: str, budget: Budget) -> UnderWay:
        with spending(budget):
            task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return UnderWay(task, budget)

    async def _run_after(self, running: asyncio.Task[None]) -> None:
        await asyncio.wait({running})
        self._next_load = None
        if not self._is_rate_limited():
            await asyncio.wait({self._start_load(current()).task})

    async def _run_load(self) -> None:
        """Never raises: how it ended is kept and told in the source report."""
        load = Load(self.adapter, self._rows, self._clock)
        self._started_at = load.started_at
        try:
            if await self._attempt(load.read()):
                self._failure = None
            await self._attempt(load.settle())
            if self._directory.knows_owners:
                await in_turn(self._forget_owners)
            self._share_later()
        finally:
            self._load = None
            self.revision += 1
            if self.listener is not None:
                self.listener.load_ended()

    async def _attempt(self, work: Awaitable[None]) -> bool:
        """Whether it went well."""
        try:
            await work
        except GatewayError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not take the whole fleet's answer down
            logger.error(  # noqa: TRY400 - `exception` would print the error's text, which may quote a row
                "Loading %s failed: %s", self.account.name, trail(error)
            )
            self._fail(GatewayError("The gateway stumbled over this vendor's answer; its log says where."))
        else:
            return True
        return False

    def _share_later(self) -> None:
        """Longer lists have been shared already."""
        listed = self._rows.listed
        if listed is not None and len(listed.rows) <= MANY:
            self._later_sharing.plan(listed.rows)

    def _forget_owners(self) -> None:
        """Owners of mailboxes that are gone need no memory."""
        self._directory.forget_owners_but({row.owner.vendor_id for row in self._view().rows if row.owner})

    def _fail(self, error: GatewayError) -> None:
        last = self._failure = failure(error, self._clock(), earlier=self._failure)
        logger.warning("Loading %s failed (%s, %d in a row): %s", self.account.name, error.code, last.count, error.message)

    # ------------------------------------------------------------------ single mailboxes and their details
    async def known(self, mailbox_id: str) -> Mailbox:
        """One mailbox as it is known now, by its vendor id; read from the vendor where nothing is known of it.

        Raises the vendor's error, and `VendorNotFoundError` without a call for what was just deleted.
        """
        self._expire()
        mailbox = self._rows.find(mailbox_id)
        if mailbox is not None:
            return mailbox
        answer = (await self.mailboxes([mailbox_id]))[mailbox_id]
        if isinstance(answer, GatewayError):
            raise answer
        return answer

    async def mailboxes(self, mailbox_ids: Sequence[str]) -> Mapping[str, Mailbox | GatewayError]:
        """Mailboxes read one by one from the vendor; what they tell is remembered and shown in the fleet, too."""
        answers: dict[str, Mailbox | GatewayError] = {key: self._gone(key) for key in mailbox_ids if self._rows.is_deleted(key)}
        asked = [mailbox_id for mailbox_id in mailbox_ids if mailbox_id not in answers]
        if asked:
            with self._rows.learned.reading() as outdated:
                read = await self.adapter.get_mailboxes(asked)
            self.revision += 1
            answers.update(read)
            answers.update((key, self._rows.learn(each)) for key, each in read.items() if isinstance(each, Mailbox) and key not in outdated)
        return answers

    async def find(self, address: str) -> Sequence[Mailbox]:
        """The mailboxes with this address as the vendor says now. Raises its error.

        Where it can only list all that it has, that is a refresh, which those who ask meanwhile share.
        """
        if self.adapter.overrides("find_mailboxes"):
            return await self.adapter.find_mailboxes(address)
        await self._await_refresh()
        if self._failure is not None:
            raise self._failure.error
        return self._view().at_address(address)

    async def details(self, mailbox_ids: Sequence[str], part: str, *, no_cache: bool = False) -> Mapping[str, Details | GatewayError]:
        """The details of one part, from the vendor unless they were read within the fresh time."""
        learned = self._rows.learned
        answers: dict[str, Details | GatewayError] = {} if no_cache else {**learned.find_details(mailbox_ids, part)}
        missing = [mailbox_id for mailbox_id in mailbox_ids if mailbox_id not in answers]
        if answers:
            current().of(self.account.name).known += len(answers)
        if missing and part == MAILBOX_PART:
            told = await self.mailboxes(missing)
            answers.update({key: answer.details if isinstance(answer, Mailbox) else answer for key, answer in told.items()})
        elif missing:
            with learned.reading() as outdated:
                read = await self.adapter.get_details(missing, part)
            answers.update(read)
            learned.keep_details({key: each for key, each in read.items() if isinstance(each, Details) and key not in outdated}, part)
        return answers

    async def owners(self, owner_ids: Sequence[str], *, no_cache: bool = False) -> Mapping[str, Owner]:
        """Owners by their vendor id, as far as the vendor tells of them; asked again after the fresh time."""
        return await self._directory.owners(owner_ids, no_cache=no_cache)

    async def domains(self, *, no_cache: bool = False) -> Sequence[Domain]:
        """The account's sending domains; asked again after the fresh time."""
        return await self._directory.domains(no_cache=no_cache)

    def _gone(self, mailbox_id: str) -> VendorNotFoundError:
        message = f"The mailbox {mailbox_id} was deleted a moment ago."
        return VendorNotFoundError(message, vendor=self.account.vendor, account=self.account.name)

    # ------------------------------------------------------------------ what was written through us
    def wrote(self, mailbox: Mailbox) -> None:
        """A mailbox was created or changed and is in this state now, in the vendor's own words (its answer, or a read after it).

        It is shown at once, and stays while the vendor's lists lag; see `Written`. Its `updated_at` must be the vendor's, of this state.
        """
        before = self._rows.find(mailbox.vendor_id)
        after = self._rows.wrote(mailbox, is_loading=self._load is not None)
        self._tell(mailbox.vendor_id, before, after)

    def deleted(self, mailbox_id: str) -> None:
        """A mailbox was deleted: it is gone at once, and stays so while the vendor's lists lag."""
        before = self._rows.find(mailbox_id)
        self._rows.deleted(mailbox_id, is_loading=self._load is not None)
        self._tell(mailbox_id, before, None)

    def has_written(self, address: str) -> bool:
        """Whether there is a mailbox with this address that was created or changed through us lately."""
        return self._rows.has_written(address)

    def is_deleted(self, mailbox_id: str) -> bool:
        """Whether it was deleted through us so lately that the vendor may still list it."""
        return self._rows.is_deleted(mailbox_id)

    def forget(self, mailbox_id: str) -> None:
        """What was written does not hold (a creation that failed later): only what the vendor listed counts."""
        before = self._rows.find(mailbox_id)
        self._rows.forget(mailbox_id)
        self._tell(mailbox_id, before, self._rows.find(mailbox_id))

    def _tell(self, mailbox_id: str, before: Mailbox | None, after: Mailbox | None) -> None:
        self.revision += 1
        if self.listener is not None:
            self.listener.written(mailbox_id, before, after)

    async def close(self) -> None:
        """Stop loading."""
        self._later_sharing.cancel()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _doubts(snapshot: Snapshot | None) -> str | None:
    """What there is to say of a list that came to its end and may have missed something."""
    if snapshot is None or not snapshot.unconfirmed:
        return None
    return f"The vendor's latest list lacks {len(snapshot.unconfirmed)} of these mailboxes; they go when the next one lacks them, too."


def _silence(status: SourceStatus) -> str | None:
    """Why nothing is known where nothing went wrong."""
    return UNASKED if status is SourceStatus.UNAVAILABLE else None
