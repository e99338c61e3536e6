"""Many mailboxes in one operation: a few at a time in each account, one result for each, told as they come."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from gateway.domain.errors import ErrorCode, GatewayError
from gateway.domain.operation import Operation, OperationResult, OperationState, Progress
from gateway.domain.outcome import UserError, user_errors
from gateway.domain.stumble import trail
from gateway.operations.journal import Journal
from gateway.operations.work import Many, Question, Verify

logger = logging.getLogger("gateway.operations")

MOST_PARTS = 10_000
AT_ONCE = 8
"""How many parts of one account are under way at once; the transport sends no more of them than the vendor allows."""
UNDER_WAY = "It had begun, and how it ended is not known yet."
NOT_BEGUN = "It was not begun, and nothing was sent: {why}"


class ErrorPolicy(StrEnum):
    """What follows when a part fails."""

    CONTINUE = "CONTINUE"
    STOP = "STOP"


class Part(msgspec.Struct, frozen=True):
    """One mailbox's share: how it is done, and how it is found out about if the gateway dies over it."""

    index: int
    account: str
    question: Question
    act: Callable[[], Awaitable[OperationResult]]


Settle = Callable[[int, Question | Verify], Awaitable[OperationResult]]
"""Finds out how a part ended that an earlier life of the gateway had begun."""


class Runner:
    """Runs operations of many parts."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def begin(
        self,
        kind: str,
        parts: Sequence[Part],
        *,
        policy: ErrorPolicy,
        key: str,
        refused: Sequence[OperationResult] = (),
        groups: "Groups | None" = None,
    ) -> Operation:
        """Begin, and answer before it is done. `refused` are the results of those that cannot even be tried."""
        accounts = {part.account for part in parts}
        work = Many({part.index: part.question for part in parts})
        operation = await self._journal.begin(kind, accounts=accounts, work=work, total=len(parts) + len(refused), key=key)
        if refused:
            await self._journal.advance(key, refused)
        self._journal.spawn(self._run(key, parts, policy, has_failed=bool(refused), groups=groups), name=f"{kind} {key}", is_write=True)
        return await self._journal.get(key) or operation

    async def _run(self, key: str, parts: Sequence[Part], policy: ErrorPolicy, *, has_failed: bool, groups: "Groups | None") -> None:
        run = _Run(self._journal, key, policy, work={part.index: part.question for part in parts}, has_failed=has_failed)
        by_account: defaultdict[str, list[Part]] = defaultdict(list)
        for part in parts:
            by_account[part.account].append(part)
        jobs = [job for account, own in by_account.items() for job in _jobs(account, own, run, groups)]
        await asyncio.gather(*jobs)
        if not self._journal.is_closing:
            await run.end()

    async def resume(self, operation: Operation, work: Many, results: Sequence[OperationResult], settle: Settle) -> None:
        """After a restart nothing is sent anew: what had begun is found out about, and of the rest it is said that it was not done."""
        run = _Run(self._journal, operation.key, ErrorPolicy.CONTINUE, work=work.questions, has_failed=False)
        known = {each.index: each for each in results}
        run.weigh([each for each in results if not is_under_way(each)])
        begun = [n for n in work.questions if n in known and is_under_way(known[n])]
        missing = [n for n in range(operation.progress.total) if n not in known]
        why = "the gateway was restarted. Ask again for these."
        await self._journal.advance(operation.key, [not_begun(n, why) for n in missing])
        await asyncio.gather(*(_settle(n, settle(n, work.questions[n]), run) for n in begun))
        run.is_cut_short = bool(missing)
        await run.end()


class _Run:
    """One run and what it has come to so far."""

    def __init__(self, journal: Journal, key: str, policy: ErrorPolicy, *, work: Mapping[int, Question | Verify], has_failed: bool) -> None:
        self._journal = journal
        self.key = key
        self._policy = policy
        self._work = dict(work)
        self._has_failed = has_failed
        self._is_open = False
        self.is_cut_short = False

    @property
    def is_stopped(self) -> bool:
        return self._journal.is_cancelled(self.key) or (self._has_failed and self._policy is ErrorPolicy.STOP)

    @property
    def is_closing(self) -> bool:
        return self._journal.is_closing

    @property
    def why(self) -> str:
        return "the operation was cancelled." if self._journal.is_cancelled(self.key) else "an earlier one had failed."

    async def has_begun(self, indexes: Sequence[int]) -> None:
        """Written down before anything is sent."""
        under_way = (UserError(UNDER_WAY, ErrorCode.OUTCOME_UNKNOWN),)
        await self._journal.advance(self.key, [OperationResult(n, user_errors=under_way) for n in indexes], are_done=False)

    async def are_accepted(self, work: Mapping[int, Verify]) -> None:
        """The vendor is at work on these: after a restart it is asked about them."""
        if work:
            self._work.update(work)
            await self._journal.change_work(self.key, Many(self._work))

    async def tell(self, results: Sequence[OperationResult]) -> None:
        self.weigh(results)
        await self._journal.advance(self.key, results)

    def weigh(self, results: Sequence[OperationResult]) -> None:
        """What these results make of the whole."""
        errors = [each for result in results for each in result.user_errors]
        self._is_open |= any(each.code is ErrorCode.OUTCOME_UNKNOWN for each in errors)
        self._has_failed |= any(each.code is not ErrorCode.OUTCOME_UNKNOWN for each in errors)

    async def leave_out(self, indexes: Sequence[int]) -> None:
        self.is_cut_short = True
        await self._journal.advance(self.key, [not_begun(n, self.why) for n in indexes])

    async def end(self) -> None:
        operation = await self._journal.get(self.key)
        progress = operation.progress if operation is not None else None
        state = OperationState.SUCCEEDED
        if self.is_cut_short and self._journal.is_cancelled(self.key):
            state = OperationState.CANCELLED
        elif self._has_failed or self.is_cut_short:
            state = OperationState.FAILED
        elif self._is_open:
            state = OperationState.UNKNOWN
        message = f"{progress.total - progress.failed} of {progress.total} done." if progress is not None else None
        await self._journal.end(self.key, state, message=message)


class SentPart(msgspec.Struct, frozen=True):
    """A part that went out with others. `ending` is awaited on its own, since some take longer; `work` is what the vendor is still at."""

    ending: Awaitable[OperationResult]
    work: Verify | None = None


class Groups(msgspec.Struct, frozen=True):
    """Parts that go to the vendor together: how many at once in an account, which of them may, and how."""

    size_of: Callable[[str], int]
    fits: Callable[[int], bool]
    act: Callable[[str, Sequence[int]], Awaitable[Sequence[SentPart]]]
    """Sends a group."""


def _jobs(account: str, parts: Sequence[Part], run: _Run, groups: Groups | None) -> list[Coroutine[None, None, None]]:
    size = groups.size_of(account) if groups is not None else 0
    together = [part for part in parts if size and groups is not None and groups.fits(part.index)]
    single = [part for part in parts if part not in together] if together else list(parts)
    waiting = iter(single)
    jobs = [_work(waiting, run) for _ in range(min(AT_ONCE, len(single)))]
    if together and groups is not None:
        jobs.append(_work_in_groups(account, together, size, run, groups))
    return jobs


async def _work(waiting: Iterator[Part], run: _Run) -> None:
    """One worker: the next part that nobody has taken, until none is left."""
    for part in waiting:
        if run.is_closing:
            return
        if run.is_stopped:
            await run.leave_out([part.index, *(each.index for each in waiting)])
            return
        await run.has_begun([part.index])
        await run.tell([await _done(part.index, part.act())])


async def _work_in_groups(account: str, parts: Sequence[Part], size: int, run: _Run, groups: Groups) -> None:
    """A group after the other is sent; while one settles, the next may go."""
    async with asyncio.TaskGroup() as settling:
        for start in range(0, len(parts), size):
            indexes = [part.index for part in parts[start : start + size]]
            if run.is_closing:
                return
            if run.is_stopped:
                await run.leave_out([part.index for part in parts[start:]])
                return
            await run.has_begun(indexes)
            sent = dict(zip(indexes, await groups.act(account, indexes), strict=True))
            for index, each in sent.items():
                settling.create_task(_settle(index, each.ending, run))
            await run.are_accepted({index: each.work for index, each in sent.items() if each.work is not None})


async def _settle(index: int, ending: Awaitable[OperationResult], run: _Run) -> None:
    await run.tell([await _done(index, ending)])


async def _done(index: int, ending: Awaitable[OperationResult]) -> OperationResult:
    """A part's result, also where it fails; a fault of ours costs its part, not the others."""
    try:
        return await ending
    except GatewayError as error:
        return OperationResult(index, user_errors=user_errors(error))
    except Exception as error:  # noqa: BLE001 - see above
        logger.error("a part of an operation failed: %s", trail(error))  # noqa: TRY400 - its own text may quote data
        message = "The gateway stumbled over this one; its log says where. It may or may not have happened."
        return OperationResult(index, user_errors=(UserError(message, ErrorCode.OUTCOME_UNKNOWN),))


def progress_of(results: Sequence[OperationResult], total: int) -> Progress:
    """How far an operation had come by what is written down of its parts."""
    done = [each for each in results if not is_under_way(each)]
    return Progress(len(done), sum(bool(each.user_errors) for each in done), total)


def is_under_way(result: OperationResult) -> bool:
    """Whether a part had begun and not ended when this was written."""
    return any(error.message == UNDER_WAY for error in result.user_errors)


def not_begun(index: int, why: str) -> OperationResult:
    """The result of a part that was left out."""
    return OperationResult(index, user_errors=(UserError(NOT_BEGUN.format(why=why), ErrorCode.INTERNAL),))
