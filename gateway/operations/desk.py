"""The write path, put together: what mutations and subscriptions speak to."""

import logging
from collections.abc import Coroutine

import msgspec

from gateway.domain.identifier import Identifier
from gateway.domain.operation import OperationState
from gateway.inventory.inventory import Inventory
from gateway.operations.audit import Audit
from gateway.operations.bulk import Bulk
from gateway.operations.creator import Creator
from gateway.operations.doubt import Doubts
from gateway.operations.ending import Ending, unknown
from gateway.operations.journal import Journal
from gateway.operations.lock import Locks
from gateway.operations.many import Runner
from gateway.operations.messages import Messages
from gateway.operations.once import Once
from gateway.operations.reconcile import Reconciler, mailbox_of
from gateway.operations.rules import RuleEditor
from gateway.operations.tasks import CLOSE_WITHIN_SECONDS
from gateway.operations.timing import Timing
from gateway.operations.work import Find, Many, Step, Verify, Work, decode_work
from gateway.operations.writer import Writer
from gateway.state.store import StateStore, StoredOperation

logger = logging.getLogger("gateway.operations")


class Desk:
    """One per gateway."""

    def __init__(self, inventory: Inventory, state: StateStore, *, timing: Timing | None = None) -> None:
        timing = timing or Timing()
        self._state = state
        self._inventory = inventory
        self.audit = Audit(lambda mailbox: _is_known(mailbox, inventory))
        self.journal = Journal(state, audit=self.audit)
        locks = Locks()
        once = Once(state, self.journal)
        self._runner = Runner(self.journal)
        self._reconciler = Reconciler(inventory, self.journal, timing)
        self.writer = Writer(inventory, self.journal.tasks, self._reconciler, locks, timing)
        self.creator = Creator(inventory, self.journal, once, Doubts(inventory, state), self._reconciler, timing)
        self.rules = RuleEditor(inventory, self.journal.tasks, locks)
        self.messages = Messages(inventory, self.journal.tasks)
        self.bulk = Bulk(inventory, self.journal, once, self.creator, self.writer, self._runner)

    @property
    def revision(self) -> int:
        """Changes whenever somebody may have been told of news: a write ended, an operation has begun or come further."""
        return self.journal.tasks.writes_ended + self.journal.revision

    async def open(self) -> None:
        """Take up what an earlier life of the gateway left unfinished."""
        for stored in await self._state.unfinished_operations():
            await self._take_up(stored)

    async def _take_up(self, stored: StoredOperation) -> None:
        operation, work = stored.operation, _work_of(stored)
        results = await self._state.load_results(operation.key)
        self.journal.resume(operation, work, results)
        logger.info("taking up %s %s", operation.kind, operation.key)
        if work is None:
            message = "The gateway was restarted, and another version of it had begun this."
            await self.journal.end(operation.key, OperationState.UNKNOWN, message=message)
        elif isinstance(work, Many):
            self._runner.resume(operation, work, results, self._ending)
        else:
            self.journal.conclude(operation.key, self._ending(work), name=f"resume {operation.kind}")

    def _ending(self, step: Step) -> Coroutine[None, None, Ending]:
        """How a step ends that was left behind."""
        if step.account not in self._inventory.accounts:
            return _lost(step)
        return self.creator.taken_up(step) if isinstance(step, Verify | Find) else self._reconciler.settle(step)

    async def close(self, *, within_seconds: float = CLOSE_WITHIN_SECONDS) -> None:
        """End in peace what can be ended; the rest is taken up at the next start."""
        await self.journal.close(within_seconds=within_seconds)


def _is_known(mailbox: Identifier, inventory: Inventory) -> bool:
    account = inventory.accounts.get(mailbox.account)
    return account is not None and account.peek().find(mailbox.parts[0]) is not None


def _work_of(stored: StoredOperation) -> Work | None:
    try:
        return decode_work(stored.work)
    except msgspec.MsgspecError:
        return None


async def _lost(step: Step) -> Ending:
    message = f"The gateway was restarted, and the account {step.account} is no longer configured."
    return unknown(message, mailbox_id=mailbox_of(step))
