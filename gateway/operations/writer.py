"""Changes single mailboxes: one write at a time to each, its outcome told truthfully, its result shown by the next read."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.draft import MailboxChanges, WarmupSettings
from gateway.domain.errors import GatewayError, NotFoundError, OutcomeUnknownError
from gateway.domain.identifier import Identifier
from gateway.domain.mailbox import AutoReply, Mailbox
from gateway.domain.operation import Operation
from gateway.domain.outcome import CheckResult, MailboxCheck, Updated, UserError, WriteWarning, user_errors
from gateway.domain.secret import Secret
from gateway.domain.warmup import WarmupState
from gateway.inventory.account import AccountInventory
from gateway.inventory.inventory import Inventory
from gateway.operations import expectation
from gateway.operations.allowed import refuse_unwritable
from gateway.operations.journal import Journal
from gateway.operations.lock import Locks
from gateway.operations.payload import DeletePayload, MailboxPayload, MailboxTestPayload
from gateway.operations.reconcile import Reconciler
from gateway.operations.work import Compare, Evidence, Expectation, Question, Vanish

T = TypeVar("T")
Write = Callable[[MailboxAdapter, Mailbox], Awaitable[Updated]]
Expect = Callable[[Mailbox], tuple[Expectation, ...]]


class Writer:
    """Every method raises `GatewayError` for what was refused or certainly did not happen."""

    def __init__(self, inventory: Inventory, journal: Journal, reconciler: Reconciler) -> None:
        self._inventory = inventory
        self._journal = journal
        self._reconciler = reconciler
        self.locks = Locks()

    # ------------------------------------------------------------------ changes
    async def update(self, mailbox: Identifier, changes: MailboxChanges) -> MailboxPayload:
        adapter = self._able(mailbox, "update_mailbox")
        refuse_unwritable(changes, adapter)
        return await self._write(
            "mailboxUpdate",
            mailbox,
            lambda adapter, known: adapter.update_mailbox(known, changes),
            lambda known: expectation.of_changes(known, changes),
        )

    async def suspend(self, mailbox: Identifier) -> MailboxPayload:
        self._able(mailbox, "suspend_mailbox")
        return await self._write(
            "mailboxSuspend",
            mailbox,
            lambda adapter, known: adapter.suspend_mailbox(known.vendor_id),
            lambda known: expectation.of_status(known, is_suspended=True),
        )

    async def resume(self, mailbox: Identifier) -> MailboxPayload:
        self._able(mailbox, "resume_mailbox")
        return await self._write(
            "mailboxResume",
            mailbox,
            lambda adapter, known: adapter.resume_mailbox(known.vendor_id),
            lambda known: expectation.of_status(known, is_suspended=False),
        )

    async def set_password(self, mailbox: Identifier, password: Secret) -> MailboxPayload:
        self._able(mailbox, "set_password")
        return await self._write(
            "mailboxPasswordSet", mailbox, lambda adapter, known: adapter.set_password(known.vendor_id, password), _nothing_shows
        )

    async def set_auto_reply(self, mailbox: Identifier, auto_reply: AutoReply) -> MailboxPayload:
        self._able(mailbox, "set_auto_reply")
        return await self._write(
            "mailboxAutoReplySet",
            mailbox,
            lambda adapter, known: adapter.set_auto_reply(known.vendor_id, auto_reply),
            lambda known: expectation.of_auto_reply(known, auto_reply),
        )

    async def set_spam_threshold(self, mailbox: Identifier, threshold: int) -> MailboxPayload:
        self._able(mailbox, "set_spam_threshold")
        return await self._write(
            "mailboxSpamFilterSet",
            mailbox,
            lambda adapter, known: adapter.set_spam_threshold(known.vendor_id, threshold),
            lambda known: expectation.of_spam_threshold(known, threshold),
        )

    async def link_ews_master_account(self, mailbox: Identifier) -> MailboxPayload:
        self._able(mailbox, "link_ews_master_account")
        return await self._write(
            "ewsMasterAccountLink", mailbox, lambda adapter, known: adapter.link_ews_master_account(known.vendor_id), _nothing_shows
        )

    async def unlink_ews_master_account(self, mailbox: Identifier) -> MailboxPayload:
        self._able(mailbox, "unlink_ews_master_account")
        return await self._write(
            "ewsMasterAccountUnlink", mailbox, lambda adapter, known: adapter.unlink_ews_master_account(known.vendor_id), _nothing_shows
        )

    # ------------------------------------------------------------------ warm-up
    async def start_warmup(self, mailbox: Identifier, settings: WarmupSettings | None) -> MailboxPayload:
        adapter = self._able(mailbox, "start_warmup")
        if settings is not None:
            adapter.check_warmup(settings)
        return await self._write(
            "warmupStart",
            mailbox,
            lambda adapter, known: adapter.start_warmup(known, settings),
            lambda known: expectation.of_warmup_state(known, WarmupState.RUNNING),
        )

    async def pause_warmup(self, mailbox: Identifier) -> MailboxPayload:
        self._able(mailbox, "pause_warmup")
        return await self._write(
            "warmupPause",
            mailbox,
            lambda adapter, known: adapter.pause_warmup(known),
            lambda known: expectation.of_warmup_state(known, WarmupState.PAUSED),
        )

    async def resume_warmup(self, mailbox: Identifier) -> MailboxPayload:
        self._able(mailbox, "resume_warmup")
        return await self._write(
            "warmupResume",
            mailbox,
            lambda adapter, known: adapter.resume_warmup(known),
            lambda known: expectation.of_warmup_state(known, WarmupState.RUNNING),
        )

    async def stop_warmup(self, mailbox: Identifier) -> MailboxPayload:
        self._able(mailbox, "stop_warmup")
        return await self._write(
            "warmupStop",
            mailbox,
            lambda adapter, known: adapter.stop_warmup(known),
            lambda known: expectation.of_warmup_state(known, WarmupState.RUNNING, is_not=True),
        )

    async def update_warmup(self, mailbox: Identifier, settings: WarmupSettings) -> MailboxPayload:
        self._able(mailbox, "update_warmup").check_warmup(settings)
        return await self._write(
            "warmupUpdate",
            mailbox,
            lambda adapter, known: adapter.update_warmup(known, settings),
            lambda known: expectation.of_warmup_settings(known, settings),
        )

    @staticmethod
    def expected(known: Mailbox | None, changes: MailboxChanges) -> tuple[Expectation, ...]:
        """How an update is found out about if the gateway dies over it; nothing is, where nothing was known before."""
        return expectation.of_changes(known, changes) if known is not None else ()

    # ------------------------------------------------------------------ deleting and testing
    async def delete(self, mailbox: Identifier) -> DeletePayload:
        account, mailbox_id = self._place(mailbox)
        self._able(mailbox, "delete_mailbox")

        async def act() -> DeletePayload:
            async with self.locks.of(mailbox):
                try:
                    await account.adapter.delete_mailbox(mailbox_id)
                except OutcomeUnknownError as error:
                    operation = await self.find_out("mailboxDelete", Vanish(account.account.name, mailbox_id), str(mailbox))
                    return DeletePayload(operation=operation, user_errors=user_errors(error))
                account.deleted(mailbox_id)
                return DeletePayload(deleted_id=str(mailbox))

        return await self.kept(act(), f"delete {mailbox}")

    async def test(self, mailbox: Identifier, checks: Sequence[MailboxCheck]) -> MailboxTestPayload:
        """Runs the checks side by side; one that the vendor cannot make is refused, the others are made."""
        account, mailbox_id = self._place(mailbox)
        started_at = datetime.now(UTC)
        wanted = tuple(dict.fromkeys(checks))
        answers = await self.kept(_tested(account.adapter, mailbox_id, wanted), f"test {mailbox}")
        results = tuple(each for each in answers.values() if isinstance(each, CheckResult))
        errors = [(check, each) for check, each in answers.items() if isinstance(each, GatewayError)]
        if not results and all(isinstance(error, NotFoundError) for _, error in errors):
            raise errors[0][1]
        told = tuple(_at(each, ("checks", str(list(checks).index(check)))) for check, error in errors for each in user_errors(error))
        lost = tuple(check for check, error in errors if isinstance(error, OutcomeUnknownError))
        operation = None
        if lost:
            question = Evidence(account.account.name, mailbox_id, lost, started_at)
            operation = await self.find_out("mailboxTest", question, str(mailbox))
        shown = str(mailbox) if results or lost else None
        return MailboxTestPayload(mailbox_id=shown, results=results, operation=operation, user_errors=told)

    # ------------------------------------------------------------------ what all of them share
    async def kept(self, work: Awaitable[T], name: str) -> T:
        """Whoever leaves does not take a write along that is under way."""
        return await asyncio.shield(self._journal.spawn(_coroutine(work), name=name, is_write=True))

    async def find_out(self, kind: str, question: Question, mailbox_id: str) -> Operation:
        """An operation that finds out what became of a write."""
        operation = await self._journal.begin(kind, accounts=(question.account,), work=question, mailbox_id=mailbox_id)
        self.resume_finding_out(operation.key, question)
        return operation

    def resume_finding_out(self, key: str, question: Question) -> None:
        self._journal.spawn(self._settle(key, question), name=f"find out about {key}")

    async def _settle(self, key: str, question: Question) -> None:
        finding = await self._reconciler.settle(question)
        message = finding.message
        await self._journal.end(key, finding.state, message=message, results=[finding.result(0)], mailbox_id=finding.mailbox_id)

    async def _write(self, kind: str, mailbox: Identifier, write: Write, expect: Expect) -> MailboxPayload:
        return await self.kept(self._written(kind, mailbox, write, expect), f"{kind} {mailbox}")

    async def _written(self, kind: str, mailbox: Identifier, write: Write, expect: Expect) -> MailboxPayload:
        account, mailbox_id = self._place(mailbox)
        async with self.locks.of(mailbox):
            known = await account.known(mailbox_id)
            updated = await _updated(write(account.adapter, known))
            error = updated.error
            if isinstance(error, OutcomeUnknownError):
                question = Compare(account.account.name, mailbox_id, expect(known))
                operation = await self.find_out(kind, question, str(mailbox))
                return MailboxPayload(
                    mailbox=known, operation=operation, applied=updated.applied, user_errors=user_errors(error), warnings=updated.warnings
                )
            if error is not None and not updated.applied:
                raise error
            shown, warnings = await _read_back(account, known, updated)
            errors = user_errors(error) if error is not None else ()
            return MailboxPayload(mailbox=shown, applied=updated.applied, user_errors=errors, warnings=(*updated.warnings, *warnings))

    def _place(self, mailbox: Identifier) -> tuple[AccountInventory, str]:
        return self._inventory.accounts[mailbox.account], mailbox.parts[0]

    def _able(self, mailbox: Identifier, method: str) -> MailboxAdapter:
        """The account's adapter. Refused before anything is read or written."""
        adapter = self._inventory.accounts[mailbox.account].adapter
        adapter.require(method)
        return adapter


def _nothing_shows(mailbox: Mailbox) -> tuple[Expectation, ...]:
    """What cannot be read back."""
    del mailbox
    return ()


async def _updated(work: Awaitable[Updated]) -> Updated:
    try:
        return await work
    except OutcomeUnknownError as error:
        return Updated(error=error)


async def _read_back(account: AccountInventory, known: Mailbox, updated: Updated) -> tuple[Mailbox, tuple[WriteWarning, ...]]:
    """The mailbox as it is now: as the vendor answered, or read again."""
    if updated.mailbox is not None and updated.error is None:
        mailbox = account.adapter.merge(updated.mailbox, known)
        account.wrote(mailbox)
        return mailbox, ()
    try:
        mailbox = account.adapter.merge(await account.adapter.get_mailbox(known.vendor_id), known)
    except GatewayError as error:
        account.forget(known.vendor_id)
        return known, (WriteWarning(f"It was written, but could not be read back: {error.message} What is shown is how it was before."),)
    account.wrote(mailbox)
    return mailbox, ()


async def _tested(
    adapter: MailboxAdapter, mailbox_id: str, checks: Sequence[MailboxCheck]
) -> dict[MailboxCheck, CheckResult | GatewayError]:
    test = {MailboxCheck.SENDING: adapter.test_sending, MailboxCheck.RECEIVING: adapter.test_receiving}

    async def answer(check: MailboxCheck) -> CheckResult | GatewayError:
        try:
            return await test[check](mailbox_id)
        except GatewayError as error:
            return error

    return dict(zip(checks, await asyncio.gather(*map(answer, checks)), strict=True))


def _at(error: UserError, path: tuple[str, ...]) -> UserError:
    return UserError(error.message, error.code, path, error.retry_at, error.limit)


async def _coroutine(work: Awaitable[T]) -> T:
    return await work
