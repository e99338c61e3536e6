"""Creates mailboxes: each exactly once, or with the promise to find out."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.draft import MailboxDraft
from gateway.domain.errors import ConflictError, ErrorCode, GatewayError, NotFoundError, OutcomeUnknownError, VendorError
from gateway.domain.identifier import decode
from gateway.domain.mailbox import Mailbox
from gateway.domain.operation import Operation, OperationState
from gateway.domain.outcome import Created, UserError, WriteWarning, user_errors
from gateway.inventory.inventory import Inventory
from gateway.operations.allowed import refuse_unwritable
from gateway.operations.doubt import Doubts, refusal_in
from gateway.operations.ending import Ending, created, refused
from gateway.operations.journal import Journal
from gateway.operations.once import Answer, Once
from gateway.operations.payload import MailboxCreatePayload
from gateway.operations.reconcile import Reconciler
from gateway.operations.sent import sent
from gateway.operations.timing import Timing
from gateway.operations.verification import Verification
from gateway.operations.work import Find, Place, Verify, place

KIND = "mailboxCreate"


class Creation(msgspec.Struct, frozen=True):
    """What is wanted: a mailbox in an account. `vendor_key` goes along where the vendor knows idempotency keys, too."""

    account: str
    draft: MailboxDraft
    vendor_key: str | None = None

    @property
    def place(self) -> Place:
        return place(self.account, self.draft.address)


class Start(msgspec.Struct, frozen=True):
    """A creation whose address is reserved, and how it is told what becomes of it if the answer is lost.

    `accepted` is told as soon as the vendor has it and is still at work. `found`: it is there already, by an earlier attempt.
    """

    creation: Creation
    question: Find
    accepted: Callable[[Created], Awaitable[None]] | None = None
    found: Created | None = None


class Creator:
    """The only one who creates. An address whose last creation is still open is not tried again before that is settled."""

    def __init__(self, inventory: Inventory, journal: Journal, once: Once, doubts: Doubts, reconciler: Reconciler, timing: Timing) -> None:
        self._inventory = inventory
        self._journal = journal
        self._once = once
        self._reconciler = reconciler
        self._open: set[Place] = set()
        self._doubts = doubts
        self._verifications = {name: Verification(account.adapter, timing, journal.tasks) for name, account in inventory.accounts.items()}

    # ------------------------------------------------------------------ a mutation
    async def create(self, creation: Creation, *, caller: str, idempotency_key: str | None) -> MailboxCreatePayload:
        """Create a mailbox, or refuse to, or answer what an earlier request with this key was answered. Raises `GatewayError`."""
        self.check(creation)
        if idempotency_key is not None:
            creation = msgspec.structs.replace(creation, vendor_key=sha256(f"{caller}/{idempotency_key}".encode()).hexdigest())
        shown: list[Mailbox] = []
        over: list[str] = []
        is_repeated = True

        async def act(operation_key: str, was_tried: bool) -> Answer:  # noqa: FBT001 - the signature of `Act`
            nonlocal is_repeated
            is_repeated = False
            return await self._act(creation, operation_key, shown, over, was_tried=was_tried)

        work = self._answered(self._once.do(f"{caller}/{KIND}", idempotency_key, creation, act, recall), over)
        answer = await self._journal.tasks.finish(work, name=f"{KIND} in {creation.account}")
        operation = await self._journal.get(answer.operation_key) if answer.operation_key is not None else None
        return MailboxCreatePayload(
            mailbox=shown[0] if shown else None,
            mailbox_id=answer.mailbox_id or (operation.mailbox_id if operation is not None else None),
            operation=operation,
            user_errors=answer.user_errors,
            warnings=answer.warnings,
            is_repeated=is_repeated,
        )

    async def _answered(self, answering: Awaitable[Answer], over: Sequence[str]) -> Answer:
        """An operation that is over goes once the answer is kept: whatever the gateway dies of, one of both tells of the key."""
        answer = await answering
        for key in over:
            await self._journal.drop(key)
        return answer

    def check(self, creation: Creation) -> None:
        """Raises for what the account's vendor cannot do, before anything is sent."""
        adapter = self._inventory.accounts[creation.account].adapter
        adapter.require("create_mailbox")
        refuse_unwritable(creation.draft, adapter)

    async def _act(self, creation: Creation, key: str, shown: list[Mailbox], over: list[str], *, was_tried: bool) -> Answer:
        """The mailbox, where there is one, is added to `shown`; `key` to `over` where no operation is left."""
        start = await self._started(creation, was_tried=was_tried)
        try:
            await self._journal.begin(KIND, accounts=(creation.account,), work=start.question, key=key)
        except GatewayError:
            self._close(creation)
            raise
        answer = await self._judged(start, await self._sent(start, key))
        if isinstance(answer, OutcomeUnknownError):
            self._journal.conclude(key, self.found_out(start.question, refusal_in(answer)), name="find out about a creation")
            return Answer(operation_key=key, user_errors=user_errors(answer))
        if isinstance(answer, Created) and answer.pending is not None:
            work = Verify(creation.account, creation.draft.address, answer.pending)
            vendor = self._inventory.accounts[creation.account].account.vendor
            message = f"{vendor.own_name} is verifying {creation.draft.address}."
            await self._journal.change_work(key, work, message=message, mailbox_id=_id(answer.mailbox))
            self._journal.conclude(key, self.verified(work, answer.mailbox, start.question), name="wait for a creation")
            return _answer(answer, shown, operation_key=key)
        self._close(creation)
        over.append(key)
        return Answer(user_errors=user_errors(answer)) if isinstance(answer, GatewayError) else _answer(answer, shown)

    # ------------------------------------------------------------------ for those who make many
    async def settled(self, creation: Creation, accepted: Callable[[Created], Awaitable[None]]) -> Ending:
        """One creation from its beginning to its end."""
        start = await self._started_or_ended(creation, accepted)
        return start if isinstance(start, Ending) else await self._ending(start, await self._sent(start, self._journal.new_key()))

    async def sent_together(
        self, account: str, creations: Sequence[tuple[Creation, Callable[[Created], Awaitable[None]]]]
    ) -> Sequence[Coroutine[None, None, Ending]]:
        """A batch of the vendor's own, sent; one ending each, in order."""
        starts = [await self._started_or_ended(*each) for each in creations]
        sending = [each for each in starts if isinstance(each, Start) and each.found is None]
        answers = iter(await self._sent_batch(account, sending) if sending else ())
        return [_at_once(each) if isinstance(each, Ending) else self._ending(each, each.found or next(answers)) for each in starts]

    def question(self, creation: Creation) -> Find:
        """How a creation that begins now would be found out about, as far as the account is known."""
        view = self._inventory.accounts[creation.account].peek()
        known_ids = tuple(each.vendor_id for each in view.at_address(creation.draft.address))
        listed_at = view.snapshot.as_of if view.snapshot is not None and view.snapshot.is_whole else None
        return Find(creation.account, creation.draft.address, known_ids, datetime.now(UTC), listed_at)

    async def acquaint(self, accounts: Sequence[str]) -> None:
        """Where a mailbox's age tells nothing, what is there before is read once for all who will be created."""
        ageless = [name for name in accounts if not self._inventory.accounts[name].adapter.tells_age]
        await self._inventory.views(ageless, no_cache=False)

    async def _started_or_ended(self, creation: Creation, accepted: Callable[[Created], Awaitable[None]]) -> Start | Ending:
        try:
            start = await self._started(creation, was_tried=False)
        except GatewayError as error:
            return refused(error)
        return msgspec.structs.replace(start, accepted=accepted)

    async def _sent_batch(self, account_name: str, starts: Sequence[Start]) -> Sequence[Created | GatewayError]:
        """An error about the whole batch is one about each."""
        account = self._inventory.accounts[account_name]
        try:
            answers = await sent(_answers(account.adapter, starts), account.account)
        except GatewayError as error:
            return [error] * len(starts)
        return [await self._taken(start, answer) for start, answer in answers]

    async def _ending(self, start: Start, answer: Created | GatewayError) -> Ending:
        creation, answer = start.creation, await self._judged(start, answer)
        if isinstance(answer, OutcomeUnknownError):
            finding_out = self.found_out(start.question, refusal_in(answer))
            return await self._journal.tasks.wait_for(finding_out, name="find out about a creation")
        if isinstance(answer, Created) and answer.pending is not None:
            if start.accepted is not None:
                await start.accepted(answer)
            work = Verify(creation.account, creation.draft.address, answer.pending)
            verifying = self.verified(work, answer.mailbox, start.question)
            ended = await self._journal.tasks.wait_for(verifying, name="wait for a creation")
            return msgspec.structs.replace(ended, warnings=(*answer.warnings, *ended.warnings))
        self._close(creation)
        return refused(answer) if isinstance(answer, GatewayError) else created(answer.mailbox, answer.warnings)

    # ------------------------------------------------------------------ one creation, step by step
    async def _started(self, creation: Creation, *, was_tried: bool) -> Start:
        """From now on nobody else creates this address in this account, until it is settled.

        Raises `ConflictError` where somebody is at it.
        """
        if creation.place in self._open:
            message = "This address is being created, or its last creation is not settled yet: the operation of that one will tell."
            raise ConflictError(message, field=("address",))
        self._open.add(creation.place)
        start = None
        try:
            found = await self._found_before(creation, was_tried=was_tried)
            question = await self._asked_before(creation) if found is None else self.question(creation)
            start = Start(creation, question, found=found)
            return start
        finally:
            if start is None:
                self._close(creation)

    async def _found_before(self, creation: Creation, *, was_tried: bool) -> Created | None:
        """After an attempt that seemed not to have happened, it is looked whether it has happened since."""
        account = self._inventory.accounts[creation.account]
        found = await self._doubts.made_earlier(creation.place, creation.draft.address, was_tried=was_tried)
        if found is None:
            return None
        message = "This mailbox is there already: an earlier request whose answer was lost seems to have created it."
        return Created(mailbox=found, pending=account.adapter.pending_of(found), warnings=(WriteWarning(message, ("address",)),))

    async def _asked_before(self, creation: Creation) -> Find:
        """Where a mailbox's age tells nothing and the account was never read whole, the vendor is asked what is there already."""
        account = self._inventory.accounts[creation.account]
        question = self.question(creation)
        snapshot = account.peek().snapshot
        if account.adapter.tells_age or (snapshot is not None and snapshot.is_whole):
            return question
        found = await account.find(creation.draft.address)
        return msgspec.structs.replace(question, known_ids=(*question.known_ids, *(each.vendor_id for each in found)))

    async def _sent(self, start: Start, key: str) -> Created | GatewayError:
        """One write; none where it is there already."""
        if start.found is not None:
            return await self._taken(start, start.found)
        account, creation = self._inventory.accounts[start.creation.account], start.creation
        write = account.adapter.create_mailbox(creation.draft, idempotency_key=creation.vendor_key or key)
        try:
            return await self._taken(start, await sent(write, account.account))
        except GatewayError as error:
            return error

    async def _taken(self, start: Start, answer: Created | GatewayError) -> Created | GatewayError:
        """What an answer shows of the mailbox is known from now on."""
        if isinstance(answer, Created):
            await self._doubts.settle(start.creation.place)
            if answer.mailbox is not None:
                self._inventory.accounts[start.creation.account].wrote(answer.mailbox)
        return answer

    async def _judged(self, start: Start, answer: Created | GatewayError) -> Created | GatewayError:
        return await self._doubts.judge(start.question, answer) if isinstance(answer, GatewayError) else answer

    def _close(self, creation: Creation) -> None:
        """It is settled."""
        self._open.discard(creation.place)

    # ------------------------------------------------------------------ how it ended
    def taken_up(self, work: Verify | Find) -> Coroutine[None, None, Ending]:
        """The same after a restart: the address is reserved again at once."""
        self._open.add(work.place)
        return self.verified(work, None) if isinstance(work, Verify) else self.found_out(work)

    async def found_out(self, question: Find, refusal: VendorError | None = None) -> Ending:
        """How a creation ended whose answer was lost; `refusal` is what the vendor said, where that was no clear word."""
        try:
            await self._doubts.raise_about(question)
            ending = await self._reconciler.settle(question)
            if ending.state is OperationState.SUCCEEDED and ending.mailbox_id is not None:
                await self._doubts.settle(question.place)
                return await self._found_ready(question, ending, decode(ending.mailbox_id).parts[0])
        finally:
            self._open.discard(question.place)
        return refused(refusal) if refusal is not None and ending.state is OperationState.FAILED else ending

    async def _found_ready(self, question: Find, ending: Ending, mailbox_id: str) -> Ending:
        """A vendor may show a new mailbox that it is still at work on, and that it will delete if that fails."""
        account = self._inventory.accounts[question.account]
        mailbox = await account.known(mailbox_id)
        pending = account.adapter.pending_of(mailbox)
        if pending is None:
            return ending
        return await self.verified(Verify(question.account, question.address, pending), mailbox, question)

    async def verified(self, work: Verify, shown: Mailbox | None, question: Find | None = None) -> Ending:
        """How a creation ended that the vendor was at work on; `shown` is what it showed of the mailbox meanwhile."""
        account = self._inventory.accounts[work.account]
        try:
            answer = await self._verifications[work.account].settled(work.pending)
            if isinstance(answer, OutcomeUnknownError) and question is not None:
                await self._doubts.raise_about(question)
        finally:
            self._open.discard(work.place)
        if isinstance(answer, GatewayError):
            if shown is not None:
                await self._reread(work.account, shown)
            return refused(answer)
        if answer.mailbox is not None:
            account.wrote(answer.mailbox)
        return created(answer.mailbox, answer.warnings)

    async def _reread(self, account_name: str, shown: Mailbox) -> None:
        """What is there of a mailbox whose creation came to nothing, or to nobody knows what."""
        account = self._inventory.accounts[account_name]
        try:
            account.wrote(await account.adapter.get_mailbox(shown.vendor_id))
        except NotFoundError:
            account.deleted(shown.vendor_id)
        except GatewayError:
            account.forget(shown.vendor_id)


async def _answers(adapter: MailboxAdapter, starts: Sequence[Start]) -> Sequence[tuple[Start, Created | GatewayError]]:
    """Raises `ValueError` for an adapter that did not answer each."""
    return list(zip(starts, await adapter.create_mailboxes([each.creation.draft for each in starts]), strict=True))


def _id(mailbox: Mailbox | None) -> str | None:
    return mailbox.id if mailbox is not None else None


def _answer(made: Created, shown: list[Mailbox], *, operation_key: str | None = None) -> Answer:
    """For the record, which holds no mailbox: that one goes to whoever waits."""
    if made.mailbox is not None:
        shown.append(made.mailbox)
    return Answer(mailbox_id=_id(made.mailbox), operation_key=operation_key, warnings=made.warnings)


def recall(operation: Operation) -> Answer | None:
    """What is known of a creation through the operation that finds out about it."""
    if operation.state is OperationState.FAILED:
        return None
    if operation.state is OperationState.SUCCEEDED:
        return Answer(mailbox_id=operation.mailbox_id, operation_key=operation.key)
    message = operation.message or "Whether this happened is being found out: the operation will tell."
    return Answer(operation_key=operation.key, user_errors=(UserError(message, ErrorCode.OUTCOME_UNKNOWN),))


async def _at_once(ending: Ending) -> Ending:
    return ending
