"""Finds out by reading what became of a write whose answer was lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from gateway.domain.errors import GatewayError, NotFoundError, UnsupportedError
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import ChannelHealth, Mailbox
from gateway.domain.operation import Operation
from gateway.domain.outcome import CheckResult, MailboxCheck
from gateway.inventory.inventory import Inventory
from gateway.inventory.written import LISTS_LAG
from gateway.operations.ending import Ending, happened, not_happened, unknown
from gateway.operations.expectation import fields_of, has_changed, holds, is_telling
from gateway.operations.journal import Journal
from gateway.operations.timing import Timing
from gateway.operations.work import Compare, Evidence, Find, Question, Step, Vanish, Verify

CLOCKS_DIFFER = timedelta(minutes=2)
"""A vendor's clock may be behind ours by so much: a mailbox made that long before we asked may be the one that we asked for."""


class Reconciler:
    """Looks, waits, looks again. What it finds out about a mailbox shows in the inventory, too."""

    def __init__(self, inventory: Inventory, journal: Journal, timing: Timing) -> None:
        self._inventory = inventory
        self._journal = journal
        self._timing = timing
        self._looks: Mapping[type[Question], Callable[[Question], Awaitable[Ending]]] = {
            Find: self._find,  # type: ignore[dict-item] # each takes its own kind of question
            Compare: self._compare,  # type: ignore[dict-item] # as above
            Vanish: self._vanish,  # type: ignore[dict-item] # as above
            Evidence: self._evidence,  # type: ignore[dict-item] # as above
        }

    async def find_out(self, kind: str, question: Question, mailbox_id: str) -> Operation:
        """An operation that finds out what became of a write to a mailbox, given by its global id."""
        operation = await self._journal.begin(kind, accounts=(question.account,), work=question, mailbox_id=mailbox_id, is_sent=True)
        self._journal.conclude(operation.key, self.settle(question), name=f"find out about {kind}")
        return operation

    async def settle(self, question: Question) -> Ending:
        """The truth as far as it can be had, after as many looks as it takes. Never raises a `GatewayError`."""
        ends_at = time.monotonic() + self._timing.give_up
        pauses = list(self._timing.looks)
        message = "Whether this happened could not be found out."
        while pauses:
            await asyncio.sleep(pauses[0])
            try:
                ending = await self._look(question)
            except UnsupportedError:
                break
            except GatewayError as error:
                message = f"Whether this happened could not be found out: {error.message}"
                if time.monotonic() >= ends_at:
                    break
                pauses = [*pauses[1:], pauses[-1]]  # a look that could not be taken does not count
                continue
            pauses = pauses[1:]
            if ending.is_final or not pauses:
                return ending
        return unknown(message, mailbox_id=mailbox_of(question))

    async def _look(self, question: Question) -> Ending:
        try:
            return await self._looks[type(question)](question)
        except NotFoundError as error:
            return unknown(f"Whether this happened cannot be found out: {error.message}", mailbox_id=mailbox_of(question), is_final=False)

    async def _find(self, question: Find) -> Ending:
        account = self._inventory.accounts[question.account]
        new = [each for each in await account.find(question.address) if is_new(each, question) and not account.is_deleted(each.vendor_id)]
        if not new:
            return not_happened("The vendor has no such new mailbox: it was not created.")
        account.wrote(new[0])
        return happened("The mailbox was created.", mailbox_id=new[0].id)

    async def _compare(self, question: Compare) -> Ending:
        return compared(question, await self._read(question))

    async def _vanish(self, question: Vanish) -> Ending:
        account = self._inventory.accounts[question.account]
        try:
            is_gone = account.adapter.is_being_deleted(await account.adapter.get_mailbox(question.mailbox_id))
        except NotFoundError:
            is_gone = True
        if not is_gone:
            return not_happened("The mailbox is still there: it was not deleted.", mailbox_id=mailbox_of(question))
        account.deleted(question.mailbox_id)
        return happened("The mailbox is deleted.", mailbox_id=mailbox_of(question))

    async def _evidence(self, question: Evidence) -> Ending:
        mailbox = await self._read(question)
        health = {MailboxCheck.SENDING: mailbox.health.sending, MailboxCheck.RECEIVING: mailbox.health.receiving}
        checks = tuple(_checked(each, health[each], since=question.started_at) for each in question.checks)
        if any(check.passed is None for check in checks):
            message = "Whether the test ran could not be found out: the vendor tells of no result since."
            return unknown(message, mailbox_id=mailbox.id, checks=checks, is_final=False)
        return happened("The test ran.", mailbox_id=mailbox.id, checks=checks)

    async def _read(self, question: Compare | Evidence) -> Mailbox:
        account = self._inventory.accounts[question.account]
        mailbox = await account.adapter.get_mailbox(question.mailbox_id)
        account.wrote(mailbox)
        return mailbox


def compared(question: Compare, mailbox: Mailbox) -> Ending:
    """What a mailbox tells of a change. What was so before proves nothing."""
    done = [each for each in question.expectations if holds(each, mailbox)]
    made = fields_of([each for each in done if is_telling(each)])
    if not any(is_telling(each) for each in question.expectations):
        return unknown("Nothing that the vendor shows tells whether this happened.", mailbox_id=mailbox.id)
    if len(done) < len(question.expectations):
        other = fields_of([each for each in question.expectations if each not in done and has_changed(each, mailbox)])
        words = f" Made: {', '.join(made)}." * bool(made) + f" Neither as before nor as asked: {', '.join(other)}." * bool(other)
        return not_happened(f"The change was not made, or not all of it.{words}", mailbox_id=mailbox.id)
    if question.unseen:
        message = f"Made: {', '.join(made)}. Nothing that the vendor shows tells of the rest: {', '.join(question.unseen)}."
        return unknown(message, mailbox_id=mailbox.id)
    return happened("The change was made.", mailbox_id=mailbox.id)


def mailbox_of(step: Step) -> str | None:
    """The global id of the mailbox that a step is about, where it has one already."""
    return None if isinstance(step, Verify | Find) else encode(Kind.MAILBOX, step.account, step.mailbox_id)


def is_new(mailbox: Mailbox, question: Find) -> bool:
    """Whether a mailbox with the right address is the one that was asked for then."""
    if mailbox.vendor_id in question.known_ids:
        return False
    return mailbox.created_at is None or mailbox.created_at >= question.started_at - CLOCKS_DIFFER or is_misdated(mailbox, question)


def is_misdated(mailbox: Mailbox, question: Find) -> bool:
    """Whether a mailbox says that it is older than a list is that would have shown it then: its time cannot be relied on."""
    if mailbox.created_at is None or question.listed_at is None or mailbox.vendor_id in question.known_ids:
        return False
    return mailbox.created_at < question.listed_at - LISTS_LAG


def _checked(check: MailboxCheck, health: ChannelHealth, *, since: datetime) -> CheckResult:
    """What the vendor's own evidence says of the time since."""
    good, bad = (at if at is not None and at >= since - CLOCKS_DIFFER else None for at in (health.last_success_at, health.last_error_at))
    never = datetime.min.replace(tzinfo=UTC)
    if good is None and bad is None:
        return CheckResult(check, None)
    passed = (good or never) > (bad or never)
    return CheckResult(check, passed, health.message, good if passed else bad)
