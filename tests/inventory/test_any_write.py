"""Any mix of own writes, other people's changes, and lists that lag, against a vendor whose history is known."""

import asyncio
from datetime import datetime, timedelta
from typing import TypeAlias

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.mailbox import Mailbox
from gateway.inventory.account import AccountInventory, Freshness
from gateway.inventory.source import SourceStatus
from gateway.inventory.store import MemoryStore
from gateway.inventory.view import View
from gateway.inventory.written import LISTS_LAG
from tests.inventory.made_up import Clock, MadeUpAdapter, fault, mailbox, settle

State: TypeAlias = dict[str, Mailbox]
Move: TypeAlias = tuple[str, str, str | None] | tuple[str, float]

IDS = st.sampled_from(["1", "2", "3"])
NAMES = st.sampled_from([None, "A", "B"])
"""None deletes."""
MOVES = st.one_of(
    st.tuples(st.sampled_from(["write", "write", "elsewhere"]), IDS, NAMES),
    st.tuples(st.just("turn"), st.sampled_from([0.0, 1.0, 50.0, 119.0, 120.0, 300.0])),
    st.tuples(st.just("begin"), st.sampled_from([0.0, 1.0, 60.0, 120.0])),
    st.tuples(st.sampled_from(["end", "fail"]), st.just(0.0)),
)

CAME_AND_WENT: list[Move] = [("write", "3", "A"), ("turn", 50.0), ("write", "3", None), ("turn", 1.0)]
BACK_TO_WHAT_A_LIST_HAS_READ: list[Move] = [
    ("elsewhere", "1", "A"),
    ("begin", 0.0),
    ("turn", 50.0),
    ("elsewhere", "1", "B"),
    ("turn", 50.0),
    ("write", "1", "A"),
]


class Vendor:
    """Remembers all that it was, so that its lists can lag: each shows a moment not before that of the list before it."""

    def __init__(self, clock: Clock, *, tells_times: bool) -> None:
        self.clock = clock
        self.tells_times = tells_times
        self.history: list[tuple[datetime, State]] = [(clock() - LISTS_LAG, {"1": mailbox("1"), "2": mailbox("2")})]
        self._listed = 0

    @property
    def now(self) -> State:
        return self.history[-1][1]

    def change(self, mailbox_id: str, name: str | None) -> Mailbox | None:
        state = {**self.now}
        state.pop(mailbox_id, None)
        if name is not None:
            state[mailbox_id] = mailbox(mailbox_id, display_name=name, updated_at=self.clock() if self.tells_times else None)
        self.history.append((self.clock(), state))
        return state.get(mailbox_id)

    def listed(self, lag_seconds: float) -> State:
        moment = self.clock() - timedelta(seconds=lag_seconds)
        shown = max(index for index, (at, _) in enumerate(self.history) if at <= moment)
        self._listed = max(shown, self._listed)
        return self.history[self._listed][1]


class Play:
    """An account beside the plainest model of it: who changed each mailbox last."""

    def __init__(self, *, tells_times: bool) -> None:
        self.clock = Clock()
        self.vendor = Vendor(self.clock, tells_times=tells_times)
        self.adapter = MadeUpAdapter(self.clock)
        freshness = Freshness(fresh_for=timedelta(days=99), keep_for=timedelta(days=99))
        self.account = AccountInventory(self.adapter, MemoryStore(), freshness=freshness, clock=self.clock)
        self.mine: dict[str, Mailbox | None] = {}
        self.request: asyncio.Task[View] | None = None

    async def make(self, move: Move) -> None:
        match move:
            case ("write", str(mailbox_id), name):
                self.write(mailbox_id, name)
            case ("elsewhere", str(mailbox_id), name):
                self.vendor.change(mailbox_id, name)
                self.mine.pop(mailbox_id, None)
            case ("turn", float(seconds)):
                self.clock.turn(seconds)
            case ("begin", float(lag_seconds)):
                await self.begin(lag_seconds)
            case (how, _):
                await self.end(is_failing=how == "fail")

    def write(self, mailbox_id: str, name: str | None) -> None:
        state = self.mine[mailbox_id] = self.vendor.change(mailbox_id, name)
        if state is None:
            self.account.deleted(mailbox_id)
        else:
            self.account.wrote(state)

    async def begin(self, lag_seconds: float) -> None:
        """The rows are those of the list's beginning, however late it ends."""
        if self.request is None:
            rows = list(self.vendor.listed(lag_seconds).values())
            self.adapter.script = [rows[:1], rows[1:]]
            self.adapter.turnstile = asyncio.Semaphore(1)
            self.request = asyncio.create_task(self.account.view(wait_seconds=60, no_cache=True))
            await settle()

    async def end(self, *, is_failing: bool = False) -> None:
        if self.request is not None and self.adapter.turnstile is not None:
            if is_failing:
                assert isinstance(self.adapter.script, list)
                self.adapter.script[1] = fault()
            self.adapter.turnstile.release()
            await self.request
            self.request = None

    def check(self) -> None:
        """Whatever nobody else changed since is shown as we wrote it."""
        view = self.account.peek()
        if view.snapshot is not None:
            assert {key: name_of(view.find(key)) for key in self.mine} == {key: name_of(state) for key, state in self.mine.items()}
            assert all(view.find(row.vendor_id) is row for row in view.rows)
        if view.source.status in (SourceStatus.FRESH, SourceStatus.STALE):
            assert view.source.mailbox_count == len(view.rows)

    async def check_end(self) -> None:
        """Once lists have caught up, what they show is what there is, and nothing else is remembered."""
        await self.end()
        self.clock.turn(LISTS_LAG.total_seconds())
        await self.begin(0)
        await self.end()
        view = self.account.peek()
        assert {row.vendor_id: name_of(row) for row in view.rows} == {key: name_of(row) for key, row in self.vendor.now.items()}
        assert not self.account._rows._written
        await self.account.close()


def name_of(state: Mailbox | None) -> str | None:
    """ "" for a mailbox without a name, None for none."""
    return None if state is None else state.display_name or ""


async def play(moves: list[Move], *, tells_times: bool) -> None:
    it = Play(tells_times=tells_times)
    for move in moves:
        await it.make(move)
        it.check()
    await it.check_end()


@given(st.lists(MOVES, max_size=25), st.booleans())
@example([("begin", 0.0), ("write", "1", "A"), ("turn", 300.0), ("end", 0.0)], False)
@example([*CAME_AND_WENT, ("begin", 60.0), ("end", 0.0), ("turn", 50.0), ("begin", 60.0), ("end", 0.0)], False)
@example([*BACK_TO_WHAT_A_LIST_HAS_READ, ("end", 0.0), ("turn", 50.0), ("begin", 60.0), ("end", 0.0)], False)
def test_nothing_that_we_wrote_is_undone_by_a_list_that_lags(moves: list[Move], tells_times: bool) -> None:  # noqa: FBT001 - drawn
    asyncio.run(play(moves, tells_times=tells_times))
