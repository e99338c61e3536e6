"""The write path, put together: what mutations and subscriptions speak to."""

import logging

import msgspec

from gateway.domain.operation import OperationState
from gateway.inventory.inventory import Inventory
from gateway.operations.bulk import Bulk
from gateway.operations.creator import Creator
from gateway.operations.journal import CLOSE_WITHIN_SECONDS, Journal
from gateway.operations.many import Runner
from gateway.operations.messages import Messages
from gateway.operations.once import Once
from gateway.operations.reconcile import Reconciler
from gateway.operations.rules import RuleEditor
from gateway.operations.timing import Timing
from gateway.operations.work import Find, Many, Verify, Work, decode_work
from gateway.operations.writer import Writer
from gateway.state.store import StateStore, StoredOperation

logger = logging.getLogger("gateway.operations")


class Desk:
    """One per gateway."""

    def __init__(self, inventory: Inventory, state: StateStore, *, timing: Timing | None = None) -> None:
        timing = timing or Timing()
        reconciler = Reconciler(inventory, timing)
        self.journal = Journal(state)
        once = Once(state, self.journal)
        self.writer = Writer(inventory, self.journal, reconciler)
        self.creator = Creator(inventory, self.journal, once, reconciler, timing)
        self.rules = RuleEditor(inventory, self.writer)
        self.messages = Messages(inventory, self.writer)
        self._runner = Runner(self.journal, reconciler)
        self.bulk = Bulk(inventory, self.journal, once, self.creator, self.writer, self._runner)
        self._state = state
        self._inventory = inventory

    async def open(self) -> None:
        """Take up what an earlier life of the gateway left unfinished."""
        for stored in await self._state.unfinished_operations():
            await self._resume(stored)

    async def _resume(self, stored: StoredOperation) -> None:
        operation = stored.operation
        try:
            work: Work | None = decode_work(stored.work)
        except msgspec.MsgspecError:
            work = None
        results = await self._state.load_results(operation.key)
        await self.journal.resume(operation, work, results)
        if work is None or not set(operation.accounts) <= self._inventory.accounts.keys():
            why = "an account of it is no longer configured" if work is not None else "another version of the gateway began it"
            await self.journal.end(operation.key, OperationState.UNKNOWN, message=f"The gateway was restarted, and {why}.")
            return
        logger.info("taking up %s %s", operation.kind, operation.key)
        if isinstance(work, Many):
            self.journal.spawn(self._runner.resume(operation, work, results), name=f"resume {operation.key}")
        elif isinstance(work, Verify | Find):
            self.creator.resume(operation.key, work)
        else:
            self.writer.resume_finding_out(operation.key, work)

    async def close(self, *, within_seconds: float = CLOSE_WITHIN_SECONDS) -> None:
        """End in peace what can be ended; the rest is taken up at the next start."""
        await self.journal.close(within_seconds=within_seconds)
