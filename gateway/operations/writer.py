"""Changes single mailboxes: one write at a time to each, its outcome told truthfully, its result shown by the next read."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime

import msgspec

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.draft import MailboxChanges, WarmupSettings
from gateway.domain.errors import GatewayError, NotFoundError, OutcomeUnknownError
from gateway.domain.identifier import Identifier
from gateway.domain.mailbox import AutoReply, Mailbox
from gateway.domain.outcome import CheckResult, MailboxCheck, Updated, UserError, WriteWarning, user_errors
from gateway.domain.secret import Secret
from gateway.domain.warmup import WarmupState
from gateway.inventory.account import AccountInventory
from gateway.inventory.inventory import Inventory
from gateway.operations import expectation
from gateway.operations.allowed import refuse_unwritable
from gateway.operations.lock import Locks
from gateway.operations.payload import DeletePayload, MailboxPayload, MailboxTestPayload
from gateway.operations.reconcile import Reconciler
from gateway.operations.sent import sent
from gateway.operations.tasks import Tasks
from gateway.operations.timing import Timing
from gateway.operations.work import Compare, Evidence, Expectation, Vanish

Write = Callable[[MailboxAdapter, Mailbox], Awaitable[Updated]]
Expect = Callable[[Mailbox], Compare]
VANISHED = "It was gone when the vendor looked: this request has reached it twice, or somebody else has just deleted it."
LOOKS_BACK = 3
"""How often a mailbox is read again that the vendor still shows as it was."""
_TEST_METHODS = {MailboxCheck.SENDING: "test_sending", MailboxCheck.RECEIVING: "test_receiving"}


class Writer:
    """Every method raises `GatewayError` for what was refused or certainly did not happen."""

    def __init__(self, inventory: Inventory, tasks: Tasks, reconciler: Reconciler, locks: Locks, timing: Timing) -> None:
        self._inventory = inventory
        self._tasks = tasks
        self._reconciler = reconciler
        self._locks = locks
        self._pauses = timing.looks[:LOOKS_BACK]

    # ------------------------------------------------------------------ changes
    async def update(self, mailbox: Identifier, changes: MailboxChanges) -> MailboxPayload:
        adapter = self._inventory.accounts[mailbox.account].adapter
        adapter.require("update_mailbox")
        refuse_unwritable(changes, adapter)
        return await self._write(
            mailbox,
            "mailboxUpdate",
            "update_mailbox",
            lambda adapter, known: adapter.update_mailbox(known, changes),
            lambda known: expectation.of_changes(known, changes),
        )

    async def suspend(self, mailbox: Identifier) -> MailboxPayload:
        return await self._write(
            mailbox,
            "mailboxSuspend",
            "suspend_mailbox",
            lambda adapter, known: adapter.suspend_mailbox(known.vendor_id),
            lambda known: expectation.of_status(known, is_suspended=True),
        )

    async def resume(self, mailbox: Identifier) -> MailboxPayload:
        return await self._write(
            mailbox,
            "mailboxResume",
            "resume_mailbox",
            lambda adapter, known: adapter.resume_mailbox(known.vendor_id),
            lambda known: expectation.of_status(known, is_suspended=False),
        )

    async def set_password(self, mailbox: Identifier, password: Secret) -> MailboxPayload:
        return await self._write(
            mailbox,
            "mailboxPasswordSet",
            "set_password",
            lambda adapter, known: adapter.set_password(known.vendor_id, password),
            expectation.of_nothing,
        )

    async def set_auto_reply(self, mailbox: Identifier, auto_reply: AutoReply) -> MailboxPayload:
        return await self._write(
            mailbox,
            "mailboxAutoReplySet",
            "set_auto_reply",
            lambda adapter, known: adapter.set_auto_reply(known.vendor_id, auto_reply),
            lambda known: expectation.of_auto_reply(known, auto_reply),
        )

    async def set_spam_threshold(self, mailbox: Identifier, threshold: int) -> MailboxPayload:
        return await self._write(
            mailbox,
            "mailboxSpamFilterSet",
            "set_spam_threshold",
            lambda adapter, known: adapter.set_spam_threshold(known.vendor_id, threshold),
            lambda known: expectation.of_spam_threshold(known, threshold),
        )

    async def link_ews_master_account(self, mailbox: Identifier) -> MailboxPayload:
        return await self._write(
            mailbox,
            "ewsMasterAccountLink",
            "link_ews_master_account",
            lambda adapter, known: adapter.link_ews_master_account(known.vendor_id),
            expectation.of_nothing,
        )

    async def unlink_ews_master_account(self, mailbox: Identifier) -> MailboxPayload:
        return await self._write(
            mailbox,
            "ewsMasterAccountUnlink",
            "unlink_ews_master_account",
            lambda adapter, known: adapter.unlink_ews_master_account(known.vendor_id),
            expectation.of_nothing,
        )

    # ------------------------------------------------------------------ warm-up
    async def start_warmup(self, mailbox: Identifier, settings: WarmupSettings | None) -> MailboxPayload:
        if settings is not None:
            self._check_warmup(mailbox, "start_warmup", settings)
        return await self._write(
            mailbox,
            "warmupStart",
            "start_warmup",
            lambda adapter, known: adapter.start_warmup(known, settings),
            lambda known: expectation.of_warmup_start(known, settings),
        )

    async def pause_warmup(self, mailbox: Identifier) -> MailboxPayload:
        return await self._write(
            mailbox,
            "warmupPause",
            "pause_warmup",
            lambda adapter, known: adapter.pause_warmup(known),
            lambda known: expectation.of_warmup_state(known, WarmupState.PAUSED),
        )

    async def resume_warmup(self, mailbox: Identifier) -> MailboxPayload:
        return await self._write(
            mailbox,
            "warmupResume",
            "resume_warmup",
            lambda adapter, known: adapter.resume_warmup(known),
            lambda known: expectation.of_warmup_state(known, WarmupState.RUNNING),
        )

    async def stop_warmup(self, mailbox: Identifier) -> MailboxPayload:
        return await self._write(
            mailbox,
            "warmupStop",
            "stop_warmup",
            lambda adapter, known: adapter.stop_warmup(known),
            lambda known: expectation.of_warmup_state(known, WarmupState.RUNNING, is_not=True),
        )

    async def update_warmup(self, mailbox: Identifier, settings: WarmupSettings) -> MailboxPayload:
        self._check_warmup(mailbox, "update_warmup", settings)
        return await self._write(
            mailbox,
            "warmupUpdate",
            "update_warmup",
            lambda adapter, known: adapter.update_warmup(known, settings),
            lambda known: expectation.of_warmup_settings(known, settings),
        )

    def _check_warmup(self, mailbox: Identifier, method: str, settings: WarmupSettings) -> None:
        adapter = self._inventory.accounts[mailbox.account].adapter
        adapter.require(method)
        adapter.check_warmup(settings)

    # ------------------------------------------------------------------ deleting and testing
    async def delete(self, mailbox: Identifier) -> DeletePayload:
        account, _ = self._place(mailbox)
        account.adapter.require("delete_mailbox")
        return await self._tasks.finish(self._deleted(mailbox), name=f"mailboxDelete {mailbox}")

    async def _deleted(self, mailbox: Identifier) -> DeletePayload:
        account, mailbox_id = self._place(mailbox)
        async with self._locks.of(mailbox):
            try:
                await sent(account.adapter.delete_mailbox(mailbox_id), account.account)
            except OutcomeUnknownError as error:
                operation = await self._reconciler.find_out("mailboxDelete", Vanish(mailbox.account, mailbox_id), str(mailbox))
                return DeletePayload(operation=operation, user_errors=user_errors(error))
            except NotFoundError:
                if not await _has_vanished(account, mailbox_id):
                    raise
                account.deleted(mailbox_id)
                return DeletePayload(deleted_id=str(mailbox), warnings=(WriteWarning(VANISHED),))
            account.deleted(mailbox_id)
            return DeletePayload(deleted_id=str(mailbox))

    def check_testable(self, account: str, checks: Sequence[MailboxCheck]) -> None:
        """Raises `UnsupportedError` for a check that the account's vendor cannot make."""
        for check in checks:
            self._inventory.accounts[account].adapter.require(_TEST_METHODS[check])

    async def test(self, mailbox: Identifier, checks: Sequence[MailboxCheck]) -> MailboxTestPayload:
        """Runs the checks side by side, each once; one that the vendor cannot make is refused, the others are made."""
        account, mailbox_id = self._place(mailbox)
        started_at = datetime.now(UTC)
        answers = await self._tasks.finish(_tested(account.adapter, mailbox_id, set(checks)), name=f"mailboxTest {mailbox}")
        results = tuple(each for each in answers.values() if isinstance(each, CheckResult))
        failed = {check: each for check, each in answers.items() if isinstance(each, GatewayError)}
        if not results and all(isinstance(error, NotFoundError) for error in failed.values()):
            raise next(iter(failed.values()))
        told = tuple(_at(each, ("checks", str(checks.index(check)))) for check, error in failed.items() for each in user_errors(error))
        lost = tuple(check for check, error in failed.items() if isinstance(error, OutcomeUnknownError))
        operation = None
        if lost:
            question = Evidence(mailbox.account, mailbox_id, lost, started_at)
            operation = await self._reconciler.find_out("mailboxTest", question, str(mailbox))
        shown = str(mailbox) if results or lost else None
        return MailboxTestPayload(mailbox_id=shown, results=results, operation=operation, user_errors=told)

    # ------------------------------------------------------------------ what all changes share
    async def _write(self, mailbox: Identifier, kind: str, method: str, write: Write, expect: Expect) -> MailboxPayload:
        """`method` is the port's; a vendor without it is refused before anything is read or written."""
        account, _ = self._place(mailbox)
        account.adapter.require(method)
        return await self._tasks.finish(self._written(mailbox, kind, write, expect), name=f"{kind} {mailbox}")

    async def _written(self, mailbox: Identifier, kind: str, write: Write, expect: Expect) -> MailboxPayload:
        account, mailbox_id = self._place(mailbox)
        async with self._locks.of(mailbox):
            known = await account.known(mailbox_id)
            updated = await _updated(account, write(account.adapter, known))
            question = expect(known)
            shown: Mailbox = known
            warnings: tuple[WriteWarning, ...] = ()
            if updated.error is None or updated.applied:
                shown, warnings = await self._read_back(account, known, updated, question.expectations)
            operation = None
            if isinstance(updated.error, OutcomeUnknownError):
                operation = await self._reconciler.find_out(kind, question, str(mailbox))
        return MailboxPayload(
            mailbox=shown,
            operation=operation,
            applied=updated.applied,
            user_errors=user_errors(updated.error) if updated.error is not None else (),
            warnings=(*updated.warnings, *warnings),
        )

    async def _read_back(
        self, account: AccountInventory, known: Mailbox, updated: Updated, expectations: Sequence[Expectation]
    ) -> tuple[Mailbox, tuple[WriteWarning, ...]]:
        """The mailbox as it is now: as the vendor answered, or read again; its reads may lag behind its writes."""
        if updated.mailbox is not None and updated.error is None:
            mailbox = account.adapter.merge(updated.mailbox, known)
            account.wrote(mailbox)
            return mailbox, ()
        wanted = [each for each in expectations if set(expectation.fields_of([each])) <= set(updated.applied)]
        pauses = iter(self._pauses)
        try:
            mailbox = await _read(account, known)
            while (old := expectation.unchanged(wanted, mailbox)) and (pause := next(pauses, None)) is not None:
                await asyncio.sleep(pause)
                mailbox = await _read(account, known)
        except GatewayError as error:
            account.forget(known.vendor_id)
            return known, (
                WriteWarning(f"It was written, but could not be read back: {error.message} What is shown is how it was before."),
            )
        account.wrote(mailbox)
        lagging = ", ".join(expectation.fields_of(old))
        return mailbox, (WriteWarning(f"The vendor took this, but still shows what was before: {lagging}."),) if lagging else ()

    def _place(self, mailbox: Identifier) -> tuple[AccountInventory, str]:
        return self._inventory.accounts[mailbox.account], mailbox.parts[0]


async def _updated(account: AccountInventory, write: Awaitable[Updated]) -> Updated:
    """What a write did. Raises the error of one that did nothing at all."""
    try:
        updated = await sent(write, account.account)
    except OutcomeUnknownError as error:
        return Updated(error=error)
    if updated.error is not None and not updated.applied and not isinstance(updated.error, OutcomeUnknownError):
        raise updated.error
    return updated


async def _read(account: AccountInventory, known: Mailbox) -> Mailbox:
    return account.adapter.merge(await account.adapter.get_mailbox(known.vendor_id), known)


async def _has_vanished(account: AccountInventory, mailbox_id: str) -> bool:
    """Whether a mailbox is gone that was there a moment ago: a request that arrives twice finds nothing left the second time."""
    if account.peek().find(mailbox_id) is None:
        return False
    try:
        await account.adapter.get_mailbox(mailbox_id)
    except NotFoundError:
        return True
    except GatewayError:
        return False
    return False


async def _tested(
    adapter: MailboxAdapter, mailbox_id: str, checks: Collection[MailboxCheck]
) -> dict[MailboxCheck, CheckResult | GatewayError]:
    async def answer(check: MailboxCheck) -> CheckResult | GatewayError:
        try:
            return await sent(test[check](mailbox_id), adapter.account)
        except GatewayError as error:
            return error

    test = {MailboxCheck.SENDING: adapter.test_sending, MailboxCheck.RECEIVING: adapter.test_receiving}
    wanted = [check for check in MailboxCheck if check in checks]
    return dict(zip(wanted, await asyncio.gather(*map(answer, wanted)), strict=True))


def _at(error: UserError, path: tuple[str, ...]) -> UserError:
    return msgspec.structs.replace(error, field=path)
