"""Many mailboxes in one operation: a few at a time in each account, one result for each, told as they come."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from enum import StrEnum

import msgspec

from gateway.domain.errors import ErrorCode, GatewayError
from gateway.domain.operation import Operation, OperationResult, OperationState
from gateway.domain.outcome import UserError, user_errors
from gateway.domain.stumble import trail
from gateway.operations.journal import Journal
from gateway.operations.reconcile import Reconciler
from gateway.operations.work import Many, Question, mailbox_of

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


class Runner:
    """Runs operations of many parts."""

    def __init__(self, journal: Journal, reconciler: Reconciler) -> None:
        self._journal = journal
        self._reconciler = reconciler

    async def begin(  # noqa: PLR0913 - all by keyword
        self,
        kind: str,
        parts: Sequence[Part],
        *,
        policy: ErrorPolicy,
        key: str,
        accounts: Collection[str],
        refused: Sequence[OperationResult] = (),
        groups: "Groups | None" = None,
    ) -> Operation:
        """Begin, and answer before it is done. `refused` are the results of those that cannot even be tried; their accounts count, too."""
        work = Many({part.index: part.question for part in parts})
        operation = await self._journal.begin(kind, accounts=accounts, work=work, total=len(parts) + len(refused), key=key)
        if refused:
            await self._journal.advance(key, refused)
        self._journal.spawn(self._run(key, parts, policy, has_failed=bool(refused), groups=groups), name=f"{kind} {key}", is_write=True)
        return await self._journal.get(key) or operation

    async def _run(self, key: str, parts: Sequence[Part], policy: ErrorPolicy, *, has_failed: bool, groups: "Groups | None") -> None:
        run = _Run(self._journal, key, policy, has_failed=has_failed)
        by_account: defaultdict[str, list[Part]] = defaultdict(list)
        for part in parts:
            by_account[part.account].append(part)
        jobs = [job for account, own in by_account.items() for job in _jobs(account, own, run, groups)]
        await asyncio.gather(*jobs)
        if not self._journal.is_closing:
            await run.end()

    async def resume(self, operation: Operation, work: Many, results: Sequence[OperationResult]) -> None:
        """After a restart nothing is sent anew: what had begun is found out about, and of the rest it is said that it was not done."""
        run = _Run(self._journal, operation.key, ErrorPolicy.CONTINUE, has_failed=any(each.user_errors for each in results))
        known = {each.index: each for each in results}
        begun = [(n, question) for n, question in work.questions.items() if n in known and is_under_way(known[n])]
        missing = {n: question for n, question in work.questions.items() if n not in known}
        why = "the gateway was restarted. Ask again for these."
        await self._journal.advance(operation.key, [not_begun(n, question, why) for n, question in missing.items()])
        findings = await asyncio.gather(*(self._reconciler.settle(question) for _, question in begun))
        for (index, _), finding in zip(begun, findings, strict=True):
            await run.tell([finding.result(index)])
        run.is_cut_short = bool(missing)
        await run.end()


class _Run:
    """One run and what it has come to so far."""

    def __init__(self, journal: Journal, key: str, policy: ErrorPolicy, *, has_failed: bool) -> None:
        self._journal = journal
        self.key = key
        self._policy = policy
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

    async def has_begun(self, parts: Sequence[Part]) -> None:
        """Written down before anything is sent."""
        under_way = (UserError(UNDER_WAY, ErrorCode.OUTCOME_UNKNOWN),)
        begun = [OperationResult(part.index, mailbox_of(part.question), user_errors=under_way) for part in parts]
        await self._journal.advance(self.key, begun, are_done=False)

    async def tell(self, results: Sequence[OperationResult]) -> None:
        errors = [each for result in results for each in result.user_errors]
        self._is_open |= any(each.code is ErrorCode.OUTCOME_UNKNOWN for each in errors)
        self._has_failed |= any(each.code is not ErrorCode.OUTCOME_UNKNOWN for each in errors)
        await self._journal.advance(self.key, results)

    async def leave_out(self, parts: Sequence[Part]) -> None:
        self.is_cut_short = True
        await self._journal.advance(self.key, [not_begun(part.index, part.question, self.why) for part in parts])

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
        if progress is not None and not progress.total:
            message = "There was nothing to do: no mailbox passes the filter."
        await self._journal.end(self.key, state, message=message)


class Groups(msgspec.Struct, frozen=True):
    """Parts that go to the vendor together: how many at once in an account, which of them may, and how."""

    size_of: Callable[[str], int]
    fits: Callable[[int], bool]
    act: Callable[[str, Sequence[int]], Awaitable[Sequence[Awaitable[OperationResult]]]]
    """Sends a group; each of the answers is awaited on its own, since some take longer to settle."""


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
            await run.leave_out([part, *waiting])
            return
        await run.has_begun([part])
        await run.tell([await _done(part.index, part.act())])


async def _work_in_groups(account: str, parts: Sequence[Part], size: int, run: _Run, groups: Groups) -> None:
    """A group after the other is sent; while one settles, the next may go."""
    async with asyncio.TaskGroup() as settling:
        for start in range(0, len(parts), size):
            group = parts[start : start + size]
            indexes = [part.index for part in group]
            if run.is_closing:
                return
            if run.is_stopped:
                await run.leave_out(parts[start:])
                return
            await run.has_begun(group)
            for index, ending in zip(indexes, await groups.act(account, indexes), strict=True):
                settling.create_task(_settle(index, ending, run))


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


def is_under_way(result: OperationResult) -> bool:
    """Whether a part had begun and not ended when this was written."""
    return any(error.message == UNDER_WAY for error in result.user_errors)


def not_begun(index: int, question: Question, why: str) -> OperationResult:
    """The result of a part that was left out."""
    return OperationResult(index, mailbox_of(question), user_errors=(UserError(NOT_BEGUN.format(why=why), ErrorCode.INTERNAL),))
