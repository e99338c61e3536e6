"""Many mailboxes in one operation: a few at a time in each account, one result for each, told as they come."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence

from gateway.domain.operation import Operation, OperationResult
from gateway.operations.ending import Ending
from gateway.operations.journal import Journal
from gateway.operations.part import Groups, Part, not_begun
from gateway.operations.reconcile import mailbox_of
from gateway.operations.run import ErrorPolicy, Run, Tally, tally
from gateway.operations.work import Find, Many, Step, Verify

MOST_PARTS = 10_000
AT_ONCE = 8
"""How many parts of one account are under way at once; the transport sends no more of them than the vendor allows."""
RESTARTED = "the gateway was restarted. Ask again for these."

Settle = Callable[[Step], Coroutine[None, None, Ending]]
"""How a step that an earlier life of the gateway left behind ended."""


class Runner:
    """Runs operations of many parts."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def begin(  # noqa: PLR0913 - most by keyword
        self,
        kind: str,
        parts: Sequence[Part],
        *,
        accounts: Collection[str],
        policy: ErrorPolicy,
        key: str,
        told: Sequence[OperationResult] = (),
        groups: Groups | None = None,
    ) -> Operation:
        """Begin, and answer before it is done. `told` are the results of those that need no try, or cannot even be tried.

        Who may see all of `accounts` may see the operation.
        """
        work = Many({part.index: part.question for part in parts})
        operation = await self._journal.begin(kind, accounts=accounts, work=work, total=len(parts) + len(told), key=key)
        if told:
            await self._journal.advance(key, told)
        run = Run(self._journal, key, policy, has_failed=any(each.has_failed for each in told))
        self._journal.conclude(key, _run(parts, run, groups), name=kind, is_write=True, is_background=True)
        return await self._journal.get(key) or operation

    def resume(self, operation: Operation, work: Many, results: Sequence[OperationResult], settle: Settle) -> None:
        """After a restart nothing is sent anew: what had begun is found out about, and of the rest it is said that it was not done."""
        resumed = self._resume(operation, work, results, settle)
        self._journal.conclude(operation.key, resumed, name=f"resume {operation.kind}", is_background=True)

    async def _resume(self, operation: Operation, work: Many, results: Sequence[OperationResult], settle: Settle) -> Tally:
        key, known = operation.key, {each.index for each in results}
        missing = [n for n in range(operation.progress.total) if n not in known]
        await self._journal.advance(key, [not_begun(n, _mailbox_of(work, n), RESTARTED) for n in missing])

        async def tell(begun: OperationResult) -> None:
            ending = await settle(_left_of(begun, work))
            await self._journal.advance(key, [ending.result(begun.index)])

        await asyncio.gather(*(tell(each) for each in results if not each.is_done))
        return tally(await self._journal.results(key), is_cancelled=False)


async def _run(parts: Sequence[Part], run: Run, groups: Groups | None) -> Tally:
    by_account: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_account[part.account].append(part)
    await asyncio.gather(*(job for account, own in by_account.items() for job in _jobs(account, own, run, groups)))
    return await run.tally()


def _jobs(account: str, parts: Sequence[Part], run: Run, groups: Groups | None) -> Iterator[Coroutine[None, None, None]]:
    """The workers of one account."""
    together: list[Part] = []
    single = list(parts)
    if groups is not None and groups.size_of(account):
        together, single = [], []
        for part in parts:
            (together if groups.fits(part) else single).append(part)
        if together:
            yield _work_in_groups(account, together, run, groups)
    waiting = iter(single)
    for _ in range(min(AT_ONCE, len(single))):
        yield _work(waiting, run)


async def _work(waiting: Iterator[Part], run: Run) -> None:
    """One worker: the next part that nobody has taken, until none is left."""
    for part in waiting:
        if run.is_closing:
            return
        if run.is_stopped:
            await run.leave_out([part, *waiting])
        elif await run.begins([part]):
            await run.settle(part, part.act())


async def _work_in_groups(account: str, parts: Sequence[Part], run: Run, groups: Groups) -> None:
    """A group after the other is sent; while one settles, the next may go."""
    size = groups.size_of(account)
    async with asyncio.TaskGroup() as settling:
        for start in range(0, len(parts), size):
            group = parts[start : start + size]
            if run.is_closing:
                return
            if run.is_stopped:
                await run.leave_out(parts[start:])
                return
            if await run.begins(group):
                for part, ending in zip(group, await _endings(account, group, groups), strict=True):
                    settling.create_task(run.settle(part, ending))


async def _endings(account: str, group: Sequence[Part], groups: Groups) -> Sequence[Awaitable[OperationResult]]:
    """One for each part of a group. A fault of ours over all of them costs this group, not the others."""
    try:
        return await groups.act(account, group)
    except Exception as error:  # noqa: BLE001 - see above
        return [_failed(error) for _ in group]


async def _failed(error: Exception) -> OperationResult:
    raise error


def _left_of(begun: OperationResult, work: Many) -> Step:
    """What is left to do of a part that had begun."""
    question = work.questions[begun.index]
    if begun.pending is not None and isinstance(question, Find):
        return Verify(question.account, question.address, begun.pending)
    return question


def _mailbox_of(work: Many, index: int) -> str | None:
    return mailbox_of(work.questions[index]) if index in work.questions else None
