"""Changes of mailboxes as they are noticed: one poller per account, however many listen."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from enum import StrEnum

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.inventory.account import AccountInventory
from gateway.inventory.filter import MailboxFilter, Test
from gateway.inventory.listener import Listener
from gateway.inventory.poller import CallLater, Poller, call_later
from gateway.inventory.step import Step


class ChangeKind(StrEnum):
    """What became of a mailbox."""

    ADDED = "ADDED"
    CHANGED = "CHANGED"
    REMOVED = "REMOVED"


class MailboxChange(msgspec.Struct, frozen=True):
    """`mailbox` is its state now, None when it was removed; `mailbox_id` is its global id.

    `changed_fields` are fields of `Mailbox` in camelCase, sorted, "details" for all that only the vendor says; empty unless CHANGED.
    """

    kind: ChangeKind
    mailbox: Mailbox | None
    mailbox_id: str
    changed_fields: tuple[str, ...] = ()


class Changes:
    """Polling begins with the first who listens to an account and ends with the last."""

    def __init__(self, accounts: Mapping[str, AccountInventory], call_later: CallLater = call_later) -> None:
        self._accounts = accounts
        self._call_later = call_later
        self._pollers: dict[str, Poller] = {}
        self._is_closed = False

    async def watch(self, accounts: Sequence[str], wanted: MailboxFilter | None) -> AsyncGenerator[MailboxChange, None]:
        """Changes in the named accounts from the first step of this generator on, until it is closed or the inventory is.

        What is there when the account's mailboxes are first known is not told. A change is told when the mailbox passes the filter now or
        passed it before: one that begins or ceases to pass is CHANGED. Whoever takes changes slowly gets several of one mailbox as one.
        Raises `GatewayError` when an account cannot be watched any more.
        """
        watched = {name: self._accounts[name] for name in accounts}
        listener = Listener(self._test(wanted))
        if self._is_closed:
            return
        pollers = [self._join(name, account, listener) for name, account in watched.items()]
        try:
            while (taken := await listener.next()) is not None:
                yield _change(*taken)
        finally:
            await asyncio.gather(*(self._leave(poller, listener) for poller in pollers))

    async def close(self) -> None:
        """Ends all that is watched."""
        self._is_closed = True
        pollers = list(self._pollers.values())
        for listener in {listener for poller in pollers for listener in poller.listeners}:
            listener.end()
        await asyncio.gather(*(poller.stop() for poller in pollers))

    def _test(self, wanted: MailboxFilter | None) -> Test:
        if wanted is None:
            return lambda _: True
        return wanted.test(lambda mailbox: self._accounts[mailbox.account_name].is_stale(mailbox))

    def _join(self, name: str, account: AccountInventory, listener: Listener) -> Poller:
        poller = self._pollers.get(name)
        if poller is None or poller.is_over:
            poller = self._pollers[name] = Poller(account, self._call_later)
        poller.listeners.add(listener)
        return poller

    async def _leave(self, poller: Poller, listener: Listener) -> None:
        poller.listeners.discard(listener)
        if not poller.listeners:
            if self._pollers.get(poller.name) is poller:
                del self._pollers[poller.name]
            await poller.stop()


def _change(mailbox_id: str, step: Step) -> MailboxChange:
    if step.after is None:
        return MailboxChange(ChangeKind.REMOVED, None, mailbox_id)
    kind = ChangeKind.ADDED if step.before is None else ChangeKind.CHANGED
    return MailboxChange(kind, step.after, mailbox_id, step.fields)
