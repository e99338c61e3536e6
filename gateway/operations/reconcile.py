"""Finds out by reading what became of a write whose answer was lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from gateway.domain.capability import MailboxField
from gateway.domain.errors import ErrorCode, GatewayError, NotFoundError
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import ChannelHealth, Mailbox
from gateway.domain.operation import OperationResult, OperationState
from gateway.domain.outcome import CheckResult, MailboxCheck, UserError
from gateway.inventory.inventory import Inventory
from gateway.operations.expectation import fields_of, holds, value_at
from gateway.operations.timing import Timing
from gateway.operations.work import Compare, Evidence, Find, Question, Vanish

CLOCKS_DIFFER = timedelta(minutes=2)
"""A vendor's clock may be behind ours by so much: a mailbox made that long before we asked may be the one that we asked for."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a look showed. `is_final` False: it may still come to be otherwise."""

    state: OperationState
    message: str
    mailbox_id: str | None = None
    mailbox: Mailbox | None = None
    applied: tuple[MailboxField, ...] = ()
    checks: tuple[CheckResult, ...] | None = None
    is_final: bool = True

    def result(self, index: int) -> OperationResult:
        """As the result of one part."""
        code = {OperationState.FAILED: ErrorCode.VENDOR_UNAVAILABLE, OperationState.UNKNOWN: ErrorCode.OUTCOME_UNKNOWN}.get(self.state)
        errors = () if code is None else (UserError(self.message, code),)
        return OperationResult(index, self.mailbox_id, self.checks, errors)


class Reconciler:
    """Looks, waits, looks again. What it finds out about a mailbox shows in the inventory, too."""

    def __init__(self, inventory: Inventory, timing: Timing) -> None:
        self._inventory = inventory
        self._timing = timing
        self._looks: Mapping[type[Question], Callable[[Question], Awaitable[Finding]]] = {
            Find: self._find,  # type: ignore[dict-item] # each takes its own kind of question
            Compare: self._compare,  # type: ignore[dict-item] # as above
            Vanish: self._vanish,  # type: ignore[dict-item] # as above
            Evidence: self._evidence,  # type: ignore[dict-item] # as above
        }

    async def settle(self, question: Question) -> Finding:
        """The truth as far as it can be had, after as many looks as it takes. Never raises a `GatewayError`."""
        look = self._looks[type(question)]
        ends_at = time.monotonic() + self._timing.give_up
        pauses = list(self._timing.looks)
        finding: Finding | None = None
        trouble = ""
        while pauses:
            await asyncio.sleep(pauses[0])
            try:
                finding = await look(question)
            except GatewayError as error:
                trouble = error.message
                if time.monotonic() >= ends_at:
                    break
                pauses = [*pauses[1:], pauses[-1]]  # a look that could not be taken does not count
                continue
            if finding.is_final:
                return finding
            pauses = pauses[1:]
        if finding is not None and not pauses:
            return finding
        message = f"Whether this happened could not be found out: {trouble}" if trouble else "Whether this happened could not be found out."
        return Finding(state=OperationState.UNKNOWN, message=message)

    async def _find(self, question: Find) -> Finding:
        account = self._inventory.accounts[question.account]
        found = await account.adapter.find_mailboxes(question.address)
        new = [each for each in found if is_new(each, question) and not account.is_deleted(each.vendor_id)]
        if not new:
            message = "The vendor has no such new mailbox: it was not created."
            return Finding(state=OperationState.FAILED, message=message, is_final=False)
        mailbox = new[0]
        account.wrote(mailbox)
        return Finding(state=OperationState.SUCCEEDED, message="The mailbox was created.", mailbox_id=mailbox.id, mailbox=mailbox)

    async def _compare(self, question: Compare) -> Finding:
        identifier = encode(Kind.MAILBOX, question.account, question.mailbox_id)
        mailbox = await self._read(question.account, question.mailbox_id)
        done = [each for each in question.expectations if holds(each, mailbox)]
        changed = [each for each in question.expectations if each not in done and value_at(mailbox, each.path) != each.before]
        # What was so before proves nothing.
        telling = [each for each in question.expectations if each.wanted != each.before or each.is_not]
        applied = fields_of(done)
        if not question.expectations or not telling:
            message = "Nothing that the vendor shows tells whether this happened."
            return Finding(state=OperationState.UNKNOWN, message=message, mailbox_id=identifier)
        if len(done) == len(question.expectations):
            message = "The change was made."
            return Finding(state=OperationState.SUCCEEDED, message=message, mailbox_id=identifier, applied=applied)
        words = f" Made: {', '.join(applied)}." if applied and any(each in telling for each in done) else ""
        other = f" Neither as before nor as asked: {', '.join(fields_of(changed))}." if changed else ""
        message = f"The change was not made, or not all of it.{words}{other}"
        return Finding(state=OperationState.FAILED, message=message, mailbox_id=identifier, applied=applied, is_final=False)

    async def _vanish(self, question: Vanish) -> Finding:
        identifier = encode(Kind.MAILBOX, question.account, question.mailbox_id)
        account = self._inventory.accounts[question.account]
        try:
            mailbox = await account.adapter.get_mailbox(question.mailbox_id)
            is_gone = account.adapter.is_being_deleted(mailbox)
        except NotFoundError:
            is_gone = True
        if is_gone:
            account.deleted(question.mailbox_id)
            return Finding(state=OperationState.SUCCEEDED, message="The mailbox is deleted.", mailbox_id=identifier)
        message = "The mailbox is still there: it was not deleted."
        return Finding(state=OperationState.FAILED, message=message, mailbox_id=identifier, is_final=False)

    async def _evidence(self, question: Evidence) -> Finding:
        identifier = encode(Kind.MAILBOX, question.account, question.mailbox_id)
        mailbox = await self._read(question.account, question.mailbox_id)
        health = {MailboxCheck.SENDING: mailbox.health.sending, MailboxCheck.RECEIVING: mailbox.health.receiving}
        checks = tuple(_checked(each, health[each], since=question.started_at) for each in question.checks)
        if any(check.passed is None for check in checks):
            message = "Whether the test ran could not be found out: the vendor tells of no result since."
            return Finding(state=OperationState.UNKNOWN, message=message, mailbox_id=identifier, checks=checks, is_final=False)
        return Finding(state=OperationState.SUCCEEDED, message="The test ran.", mailbox_id=identifier, checks=checks)

    async def _read(self, account_name: str, mailbox_id: str) -> Mailbox:
        account = self._inventory.accounts[account_name]
        mailbox = await account.adapter.get_mailbox(mailbox_id)
        account.wrote(mailbox)
        return mailbox


def is_new(mailbox: Mailbox, question: Find) -> bool:
    """Whether a mailbox with the right address is the one that was asked for then."""
    if mailbox.vendor_id in question.known_ids:
        return False
    return mailbox.created_at is None or mailbox.created_at >= question.started_at - CLOCKS_DIFFER


def _checked(check: MailboxCheck, health: ChannelHealth, *, since: datetime) -> CheckResult:
    """What the vendor's own evidence says of the time since."""
    good, bad = (at if at is not None and at >= since - CLOCKS_DIFFER else None for at in (health.last_success_at, health.last_error_at))
    never = datetime.min.replace(tzinfo=UTC)
    if good is None and bad is None:
        return CheckResult(check, None)
    passed = (good or never) > (bad or never)
    return CheckResult(check, passed, health.message, good if passed else bad)
