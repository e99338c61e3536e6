"""Creates mailboxes: each exactly once, or with the promise to find out."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.draft import MailboxDraft
from gateway.domain.errors import ConflictError, ErrorCode, GatewayError, OutcomeUnknownError
from gateway.domain.mailbox import Mailbox
from gateway.domain.operation import OperationResult, OperationState
from gateway.domain.outcome import Created, UserError, WriteWarning, user_errors
from gateway.inventory.inventory import Inventory
from gateway.operations.allowed import refuse_unwritable
from gateway.operations.journal import Journal
from gateway.operations.once import Answer, Once
from gateway.operations.payload import MailboxCreatePayload
from gateway.operations.reconcile import Reconciler, is_new
from gateway.operations.timing import Timing
from gateway.operations.verification import Verification
from gateway.operations.work import Find, Verify

KIND = "mailboxCreate"
Place = tuple[str, str]


class Creation(msgspec.Struct, frozen=True):
    """What is wanted: a mailbox in an account. `vendor_key` goes along where the vendor knows idempotency keys, too."""

    account: str
    draft: MailboxDraft
    vendor_key: str | None = None

    @property
    def place(self) -> Place:
        return (self.account, self.draft.address.casefold())


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a creation ended at last."""

    mailbox_id: str | None = None
    user_errors: tuple[UserError, ...] = ()
    warnings: tuple[WriteWarning, ...] = ()

    @property
    def state(self) -> OperationState:
        if not self.user_errors:
            return OperationState.SUCCEEDED
        is_open = any(each.code is ErrorCode.OUTCOME_UNKNOWN for each in self.user_errors)
        return OperationState.UNKNOWN if is_open else OperationState.FAILED

    @property
    def message(self) -> str:
        return self.user_errors[0].message if self.user_errors else "The mailbox is ready."

    def result(self, index: int) -> OperationResult:
        return OperationResult(index, self.mailbox_id, None, self.user_errors, self.warnings)


class Creator:
    """The only one who creates. An address whose last creation is still open is not tried again before that is settled."""

    def __init__(self, inventory: Inventory, journal: Journal, once: Once, reconciler: Reconciler, timing: Timing) -> None:
        self._inventory = inventory
        self._journal = journal
        self._once = once
        self._reconciler = reconciler
        self._open: set[Place] = set()
        self._doubtful: dict[Place, Find] = {}
        """Attempts that seemed not to have happened: a vendor may yet do what it was asked."""
        self._verifications = {name: Verification(account.adapter, timing) for name, account in inventory.accounts.items()}

    # ------------------------------------------------------------------ a mutation
    async def create(self, creation: Creation, *, caller: str, idempotency_key: str | None) -> MailboxCreatePayload:
        """Create a mailbox, or refuse to, or answer what an earlier request with this key was answered. Raises `GatewayError`."""
        self.checked(creation)
        if idempotency_key is not None:
            creation = msgspec.structs.replace(creation, vendor_key=sha256(f"{caller}/{idempotency_key}".encode()).hexdigest())
        made: list[Mailbox] = []

        async def act(operation_key: str, was_tried: bool) -> Answer:  # noqa: FBT001 - the signature of `Act`
            return await self._act(creation, operation_key, made.append, was_tried=was_tried)

        work = self._once.do(f"{caller}/{KIND}", idempotency_key, creation, act)
        answer = await asyncio.shield(self._journal.spawn(work, name=f"create in {creation.account}", is_write=True))
        operation = await self._journal.get(answer.operation_key) if answer.operation_key is not None else None
        return MailboxCreatePayload(
            mailbox=made[0] if made else None,
            mailbox_id=answer.mailbox_id or (operation.mailbox_id if operation is not None else None),
            operation=operation,
            user_errors=answer.user_errors,
            warnings=answer.warnings,
        )

    def checked(self, creation: Creation) -> MailboxAdapter:
        """The account's adapter. Raises for what its vendor cannot do, before anything is sent."""
        adapter = self._inventory.accounts[creation.account].adapter
        adapter.require("create_mailbox")
        refuse_unwritable(creation.draft, adapter)
        return adapter

    async def _act(self, creation: Creation, key: str, show: Callable[[Mailbox], None], *, was_tried: bool) -> Answer:
        question = await self.opened(creation)
        ending = None
        try:
            await self._journal.begin(KIND, accounts=(creation.account,), work=question, key=key)
            created = await self._sent(creation, key, was_tried=was_tried)
            if created.mailbox is not None:
                show(created.mailbox)
            if created.pending is None:
                await self._journal.drop(key)
                return Answer(mailbox_id=_id(created.mailbox), warnings=created.warnings)
            work = Verify(creation.account, creation.draft.address, created.pending)
            vendor = self._inventory.accounts[creation.account].adapter.account.vendor
            message = f"{vendor.own_name} is verifying {creation.draft.address}."
            await self._journal.change_work(key, work, message=message, mailbox_id=_id(created.mailbox))
            ending = self._end(key, self.verified(work, created.mailbox))
            return Answer(mailbox_id=_id(created.mailbox), operation_key=key, warnings=created.warnings)
        except OutcomeUnknownError as error:
            ending = self._end(key, self.found_out(question))
            return Answer(operation_key=key, user_errors=user_errors(error))
        except GatewayError as error:
            await self._journal.drop(key)
            return Answer(user_errors=user_errors(error))
        finally:
            if ending is None:
                self._open.discard(creation.place)
            else:
                self._journal.spawn(ending, name=f"settle {key}")

    async def _end(self, key: str, ending: Coroutine[None, None, Ended]) -> None:
        ended = await ending
        await self._journal.end(key, ended.state, message=ended.message, results=[ended.result(0)], mailbox_id=ended.mailbox_id)

    def resume(self, key: str, work: Verify | Find) -> None:
        """Go on where an earlier life of the gateway stopped."""
        self._open.add((work.account, work.address.casefold()))
        ending = self.verified(work, None) if isinstance(work, Verify) else self.found_out(work)
        self._journal.spawn(self._end(key, ending), name=f"settle {key}")

    # ------------------------------------------------------------------ what one and many have in common
    async def opened(self, creation: Creation) -> Find:
        """From now on nobody else creates this address in this account, until it is settled: `_open` says so.

        Answers how it will be found out about if the answer is lost. Raises `ConflictError`.
        """
        if creation.place in self._open:
            message = "This address is being created, or its last creation is not settled yet: the operation of that one will tell."
            raise ConflictError(message, field=("address",))
        self._open.add(creation.place)
        try:
            return await self._asked_before(creation)
        except BaseException:
            self._open.discard(creation.place)
            raise

    def closed(self, creation: Creation) -> None:
        """It is settled."""
        self._open.discard(creation.place)

    def question(self, creation: Creation) -> Find:
        """The same out of what is known now."""
        known = self._inventory.accounts[creation.account].peek().at_address(creation.draft.address)
        return Find(creation.account, creation.draft.address, tuple(each.vendor_id for each in known), datetime.now(UTC))

    async def _asked_before(self, creation: Creation) -> Find:
        """Where a mailbox's age tells nothing and the account was never read whole, the vendor is asked what is there already."""
        account = self._inventory.accounts[creation.account]
        snapshot = account.peek().snapshot
        if not account.adapter.tells_age and (snapshot is None or not snapshot.is_whole):
            for mailbox in await account.adapter.find_mailboxes(creation.draft.address):
                account.wrote(mailbox)
        return self.question(creation)

    async def _sent(self, creation: Creation, key: str, *, was_tried: bool) -> Created:
        """One write. After an attempt that seemed not to have happened, it is looked first whether it has happened since."""
        account = self._inventory.accounts[creation.account]
        earlier = self._doubtful.get(creation.place)
        if was_tried or earlier is not None:
            found = [
                each for each in await account.adapter.find_mailboxes(creation.draft.address) if earlier is None or is_new(each, earlier)
            ]
            if found:
                self._doubtful.pop(creation.place, None)
                account.wrote(found[0])
                message = "This mailbox is there already: an earlier attempt whose answer was lost did create it."
                return Created(mailbox=found[0], warnings=(WriteWarning(message, ("address",)),))
        created = await account.adapter.create_mailbox(creation.draft, idempotency_key=creation.vendor_key or key)
        if created.mailbox is not None:
            account.wrote(created.mailbox)
        return created

    async def settled(self, creation: Creation, key: str) -> Ended:
        """One creation from its beginning to its end, for those who make many."""
        question = await self._opened_or_ended(creation)
        if isinstance(question, Ended):
            return question
        try:
            answer: Created | GatewayError = await self._sent(creation, key, was_tried=False)
        except GatewayError as error:
            answer = error
        return await self._ending(creation, question, answer)

    async def sent_together(self, account: str, creations: Sequence[Creation]) -> Sequence[Coroutine[None, None, Ended]]:
        """A batch of the vendor's own, sent; one ending each, in order."""
        opened = [await self._opened_or_ended(each) for each in creations]
        sending = [each for each, state in zip(creations, opened, strict=True) if isinstance(state, Find)]
        answers: Iterator[Created | GatewayError] = iter(await self._sent_batch(account, sending) if sending else ())
        endings = []
        for creation, state in zip(creations, opened, strict=True):
            endings.append(_at_once(state) if isinstance(state, Ended) else self._ending(creation, state, next(answers)))
        return endings

    async def _opened_or_ended(self, creation: Creation) -> Find | Ended:
        try:
            return await self.opened(creation)
        except GatewayError as error:
            return Ended(user_errors=user_errors(error))

    async def _sent_batch(self, account: str, creations: Sequence[Creation]) -> Sequence[Created | GatewayError]:
        """An error about the whole batch is one about each."""
        own = self._inventory.accounts[account]
        try:
            answers = await own.adapter.create_mailboxes([each.draft for each in creations])
        except GatewayError as error:
            return [error] * len(creations)
        for answer in answers:
            if isinstance(answer, Created) and answer.mailbox is not None:
                own.wrote(answer.mailbox)
        return answers

    async def _ending(self, creation: Creation, question: Find, answer: Created | GatewayError) -> Ended:
        if isinstance(answer, OutcomeUnknownError):
            return await self.found_out(question)
        if isinstance(answer, GatewayError):
            self.closed(creation)
            return Ended(user_errors=user_errors(answer))
        return await self.followed(creation, answer)

    async def followed(self, creation: Creation, created: Created) -> Ended:
        """A creation that the vendor has accepted, to its end."""
        if created.pending is None:
            self.closed(creation)
            return Ended(mailbox_id=_id(created.mailbox), warnings=created.warnings)
        ended = await self.verified(Verify(creation.account, creation.draft.address, created.pending), created.mailbox)
        return msgspec.structs.replace(ended, warnings=(*created.warnings, *ended.warnings))

    async def found_out(self, question: Find) -> Ended:
        """How a creation ended whose answer was lost."""
        place = (question.account, question.address.casefold())
        self._doubtful[place] = question
        finding = await self._reconciler.settle(question)
        self._open.discard(place)
        if finding.state is OperationState.SUCCEEDED:
            del self._doubtful[place]
        return Ended(mailbox_id=finding.mailbox_id, user_errors=finding.result(0).user_errors)

    async def verified(self, work: Verify, shown: Mailbox | None) -> Ended:
        """How a creation ended that the vendor was at work on; `shown` is what it showed of the mailbox meanwhile."""
        account = self._inventory.accounts[work.account]
        answer = await self._verifications[work.account].settled(work.pending)
        self._open.discard((work.account, work.address.casefold()))
        if isinstance(answer, Created):
            if answer.mailbox is not None:
                account.wrote(answer.mailbox)
            return Ended(mailbox_id=_id(answer.mailbox), warnings=answer.warnings)
        if shown is not None and not isinstance(answer, OutcomeUnknownError):
            account.forget(shown.vendor_id)
        return Ended(user_errors=user_errors(answer))


def _id(mailbox: Mailbox | None) -> str | None:
    return mailbox.id if mailbox is not None else None


async def _at_once(ended: Ended) -> Ended:
    return ended
