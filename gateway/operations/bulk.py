"""Operations over many mailboxes: create, update, test."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec

from gateway.domain.draft import MailboxChanges
from gateway.domain.errors import ConflictError, ErrorCode, ForbiddenError, GatewayError
from gateway.domain.identifier import Identifier
from gateway.domain.operation import Operation, OperationResult, OperationState
from gateway.domain.outcome import Created, MailboxCheck, WriteWarning, user_errors
from gateway.domain.vendor import Vendor
from gateway.inventory.inventory import Inventory
from gateway.operations import expectation
from gateway.operations.allowed import refuse_unwritable
from gateway.operations.creator import Creation, Creator
from gateway.operations.ending import Ending
from gateway.operations.journal import Journal
from gateway.operations.many import Runner
from gateway.operations.once import Answer, Once
from gateway.operations.part import Groups, Part, under_way
from gateway.operations.payload import OperationPayload
from gateway.operations.run import ErrorPolicy
from gateway.operations.selection import Selection, check_size, select
from gateway.operations.work import Compare, Evidence, Place
from gateway.operations.writer import Writer

ChangesFor = Callable[[Vendor], MailboxChanges]
DRY = "Dry run: nothing was sent."
_USED_ELSEWHERE = "This idempotency key was used for accounts that you do not see now: take a new one."


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation over many is wanted, and by whom; `accounts` are those that the caller may see."""

    caller: str
    accounts: tuple[str, ...]
    policy: ErrorPolicy = ErrorPolicy.CONTINUE
    is_dry: bool = False
    idempotency_key: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """What is to be done: the parts, and the results of those that need no try or cannot even be tried.

    `accounts` are those of both: who sees them all sees the operation.
    """

    accounts: Collection[str]
    parts: Sequence[Part]
    told: Sequence[OperationResult]
    groups: Groups | None = None


class Bulk:
    """Every method raises `GatewayError` for what is refused as a whole; what is wrong with one mailbox is its own result."""

    def __init__(self, inventory: Inventory, journal: Journal, once: Once, creator: Creator, writer: Writer, runner: Runner) -> None:
        self._inventory = inventory
        self._journal = journal
        self._once = once
        self._creator = creator
        self._writer = writer
        self._runner = runner

    async def create(self, creations: Sequence[Creation | GatewayError], terms: Terms) -> OperationPayload:
        """Through the vendor's own batch where it has one. An error in place of a creation says why it cannot be tried."""
        check_size(len(creations), "mailboxes")
        given = [each if isinstance(each, Creation) else each.message for each in creations]
        return await self._begin("mailboxBulkCreate", terms, given, lambda key: self._creations(creations, terms, key))

    async def update(self, selection: Selection, changes: ChangesFor, terms: Terms) -> OperationPayload:
        """The same changes to all; `changes` raises `GatewayError` for vendors that they do not fit.

        What a mailbox was tells later whether it was changed: where nothing is known of an account yet, its list is read first.
        """

        def part(index: int, mailbox: Identifier) -> Part:
            account = self._inventory.accounts[mailbox.account]
            account.adapter.require("update_mailbox")
            wanted = changes(account.account.vendor)
            refuse_unwritable(wanted, account.adapter)
            known = account.peek().find(mailbox.parts[0])
            question = expectation.of_changes(known, wanted) if known is not None else Compare(mailbox.account, mailbox.parts[0], ())
            return Part(index, question, partial(self._update, index, mailbox, wanted))

        given = [selection, *(_or_refusal(changes, vendor) for vendor in Vendor)]
        return await self._begin("mailboxBulkUpdate", terms, given, lambda _: self._over(selection, part, terms, is_compared=True))

    async def test(self, selection: Selection, checks: Sequence[MailboxCheck], terms: Terms) -> OperationPayload:
        """A check that does not pass is a result; only one that cannot be made is an error."""

        def part(index: int, mailbox: Identifier) -> Part:
            self._writer.check_testable(mailbox.account, checks)
            question = Evidence(mailbox.account, mailbox.parts[0], tuple(checks), datetime.now(UTC))
            return Part(index, question, partial(self._test, index, mailbox, checks))

        return await self._begin("mailboxBulkTest", terms, [selection, *checks], lambda _: self._over(selection, part, terms))

    async def cancel(self, key: str) -> OperationPayload:
        """Begin no further part. Raises `ConflictError` where there is nothing to cancel."""
        if not self._journal.cancel(key):
            raise ConflictError("It cannot be cancelled: it is over, was cancelled already, or is a single step that the vendor has begun.")
        return OperationPayload(operation=await self._journal.get(key))

    # ------------------------------------------------------------------ one part
    async def _update(self, index: int, mailbox: Identifier, changes: MailboxChanges) -> OperationResult:
        payload = await self._writer.update(mailbox, changes)
        told = OperationResult(index, str(mailbox), None, payload.user_errors, payload.warnings)
        return await self._with_truth(told, payload.operation)

    async def _test(self, index: int, mailbox: Identifier, checks: Sequence[MailboxCheck]) -> OperationResult:
        payload = await self._writer.test(mailbox, checks)
        told = OperationResult(index, str(mailbox), tuple(payload.results), payload.user_errors, payload.warnings)
        return await self._with_truth(told, payload.operation)

    async def _with_truth(self, told: OperationResult, operation: Operation | None) -> OperationResult:
        """What was told, with what the operation finds out, where there is one, in the place of what was open."""
        if operation is None:
            return told
        found = await self._journal.tasks.wait_for(self._found(operation.key), name=f"wait for {operation.kind}")
        sure = tuple(each for each in told.user_errors if each.code is not ErrorCode.OUTCOME_UNKNOWN)
        checks = (*told.checks, *(found.checks or ())) if told.checks is not None else None
        return msgspec.structs.replace(told, checks=checks, user_errors=(*sure, *found.user_errors))

    async def _found(self, key: str) -> OperationResult:
        async for _ in self._journal.watch(key):
            pass
        [result] = await self._journal.results(key)
        return result

    async def _create(self, index: int, creation: Creation, key: str) -> OperationResult:
        return (await self._creator.settled(creation, partial(self._accepted, key, index))).result(index)

    async def _accepted(self, key: str, index: int, created: Created) -> None:
        """A restart goes on asking where the vendor has accepted it."""
        mailbox_id = created.mailbox.id if created.mailbox is not None else None
        await self._journal.advance(key, [under_way(index, mailbox_id, pending=created.pending)])

    async def _create_together(
        self, creations: Mapping[int, Creation], key: str, account: str, parts: Sequence[Part]
    ) -> Sequence[Awaitable[OperationResult]]:
        """One batch of the vendor's own; each creation settles by itself."""
        wanted = [(creations[part.index], partial(self._accepted, key, part.index)) for part in parts]
        endings = await self._creator.sent_together(account, wanted)
        return [_as_result(part.index, ending) for part, ending in zip(parts, endings, strict=True)]

    # ------------------------------------------------------------------ all parts
    async def _creations(self, creations: Sequence[Creation | GatewayError], terms: Terms, key: str) -> Plan:
        wanted: dict[int, Creation] = {}
        places: set[Place] = set()
        told: list[OperationResult] = []
        for index, each in enumerate(creations):
            try:
                wanted[index] = self._checked(each, places)
                places.add(wanted[index].place)
            except GatewayError as error:
                told.append(OperationResult(index, user_errors=user_errors(error)))
        if not terms.is_dry:
            await self._creator.acquaint(sorted({each.account for each in wanted.values()}))
        parts = [Part(index, self._creator.question(each), partial(self._create, index, each, key)) for index, each in wanted.items()]
        groups = Groups(
            size_of=lambda account: self._inventory.accounts[account].adapter.batch_size,
            fits=lambda part: self._inventory.accounts[part.account].adapter.fits_batch(wanted[part.index].draft),
            act=partial(self._create_together, wanted, key),
        )
        known = [each for each in creations if isinstance(each, Creation)]
        # What was refused before may be about any account of the caller: it is shown to nobody who does not see all of those.
        accounts = {each.account for each in known} if len(known) == len(creations) else terms.accounts
        return Plan(accounts, parts, told, groups)

    def _checked(self, creation: Creation | GatewayError, places: Collection[Place]) -> Creation:
        if isinstance(creation, GatewayError):
            raise creation
        self._creator.check(creation)
        if creation.place in places:
            raise ConflictError("This address is asked for more than once.", field=("address",))
        return creation

    async def _over(
        self, selection: Selection, part: Callable[[int, Identifier], Part], terms: Terms, *, is_compared: bool = False
    ) -> Plan:
        """`is_compared`: what the mailboxes were before is needed."""
        found = await select(selection, self._inventory, terms.accounts)
        plan = _planned(found, part, terms)
        unread = [name for name in {each.account for each in plan.parts} if self._inventory.accounts[name].peek().snapshot is None]
        if not (is_compared and unread) or terms.is_dry:
            return plan
        await self._inventory.views(unread, no_cache=False)
        return _planned(found, part, terms)

    async def _begin(self, kind: str, terms: Terms, given: Sequence[object], plan: Callable[[str], Awaitable[Plan]]) -> OperationPayload:
        """`given` is what an idempotency key stands for, besides the terms."""
        is_repeated = True

        async def act(key: str, was_tried: bool) -> Answer:  # noqa: FBT001 - the signature of `Act`
            nonlocal is_repeated
            del was_tried
            is_repeated = False
            planned = await plan(key)
            if terms.is_dry:
                await self._dry(kind, key, planned)
            else:
                await self._runner.begin(
                    kind, planned.parts, accounts=planned.accounts, policy=terms.policy, key=key, told=planned.told, groups=planned.groups
                )
            return Answer(operation_key=key)

        work = self._once.do(f"{terms.caller}/{kind}", terms.idempotency_key, _Given(given, terms.policy, terms.is_dry), act, _recall)
        answer = await self._journal.tasks.finish(work, name=kind)
        operation = await self._journal.get(answer.operation_key) if answer.operation_key is not None else None
        if operation is not None and operation.accounts and not operation.is_within(terms.accounts):
            raise ConflictError(_USED_ELSEWHERE, field=("idempotencyKey",))
        return OperationPayload(operation=operation, user_errors=answer.user_errors, warnings=answer.warnings, is_repeated=is_repeated)

    async def _dry(self, kind: str, key: str, plan: Plan) -> None:
        """What would be tried, and what would be refused before anything is sent."""
        results = [*plan.told, *(OperationResult(part.index, part.mailbox_id) for part in plan.parts)]
        await self._journal.begin(kind, accounts=plan.accounts, work=None, total=len(results), key=key, is_dry=True)
        await self._journal.advance(key, [msgspec.structs.replace(each, warnings=(*each.warnings, WriteWarning(DRY))) for each in results])
        await self._journal.end(key, OperationState.SUCCEEDED, message=DRY)


class _Given(msgspec.Struct, frozen=True):
    """What an idempotency key of such an operation stands for."""

    what: Sequence[object]
    policy: ErrorPolicy
    is_dry: bool


def _planned(found: Sequence[Identifier | GatewayError], part: Callable[[int, Identifier], Part], terms: Terms) -> Plan:
    parts: dict[Identifier, Part] = {}
    told: list[OperationResult] = []
    for index, each in enumerate(found):
        mailbox_id = str(each) if isinstance(each, Identifier) else None
        try:
            if isinstance(each, GatewayError):
                raise each
            if each in parts:
                warning = WriteWarning(f"This mailbox was named before: see result {parts[each].index}.")
                told.append(OperationResult(index, mailbox_id, warnings=(warning,)))
            else:
                parts[each] = part(index, each)
        except ForbiddenError:
            raise
        except GatewayError as error:
            told.append(OperationResult(index, mailbox_id, user_errors=user_errors(error)))
    accounts = {each.account for each in found if isinstance(each, Identifier)} or terms.accounts
    return Plan(accounts, list(parts.values()), told)


def _recall(operation: Operation) -> Answer:
    """Whatever became of it, it was begun: it is not begun again."""
    return Answer(operation_key=operation.key)


def _or_refusal(changes: ChangesFor, vendor: Vendor) -> MailboxChanges | str:
    try:
        return changes(vendor)
    except GatewayError as error:
        return error.message


async def _as_result(index: int, ending: Awaitable[Ending]) -> OperationResult:
    return (await ending).result(index)
