"""Operations over many mailboxes: create, update, test; by ids or by a filter."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.draft import MailboxChanges
from gateway.domain.errors import ConflictError, GatewayError, InvalidInputError, NotFoundError, VendorUnavailableError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.domain.operation import Operation, OperationResult, OperationState
from gateway.domain.outcome import MailboxCheck, WriteWarning, user_errors
from gateway.domain.vendor import Vendor
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.inventory import Inventory
from gateway.inventory.page import matcher
from gateway.operations.allowed import refuse_unwritable
from gateway.operations.creator import Creation, Creator, Ended
from gateway.operations.journal import Journal
from gateway.operations.many import MOST_PARTS, ErrorPolicy, Groups, Part, Runner
from gateway.operations.once import Answer, Once
from gateway.operations.payload import OperationPayload
from gateway.operations.work import Compare, Evidence
from gateway.operations.writer import Writer

ChangesFor = Callable[[Vendor], MailboxChanges]
Found = Mapping[int, Identifier | GatewayError]
"""Mailboxes by their place in what was asked for, or why one cannot be tried."""
DRY = "Dry run: nothing was sent."


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation over many is wanted. `accounts` are those that the caller may see."""

    caller: str
    accounts: tuple[str, ...]
    policy: ErrorPolicy = ErrorPolicy.CONTINUE
    is_dry: bool = False
    idempotency_key: str | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which mailboxes: by global ids, or by a filter over the accounts that the caller may see; exactly one of both."""

    ids: tuple[str, ...] | None
    wanted: MailboxFilter | None


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
        _check_size(len(creations), "mailboxes")
        given = _Given([each if isinstance(each, Creation) else None for each in creations], terms.policy, terms.is_dry)
        return await self._begin("mailboxBulkCreate", terms, given, lambda key: self._create(creations, terms, key))

    async def update(self, selection: Selection, changes: ChangesFor, terms: Terms) -> OperationPayload:
        """The same changes to all; `changes` raises `GatewayError` for vendors that they do not fit."""
        found = await self._select(selection, terms.accounts)
        given = _Given([selection.ids, selection.wanted, *(_or_none(changes, vendor) for vendor in Vendor)], terms.policy, terms.is_dry)

        def part(index: int, mailbox: Identifier) -> Part:
            adapter = self._inventory.accounts[mailbox.account].adapter
            adapter.require("update_mailbox")
            wanted = changes(adapter.account.vendor)
            refuse_unwritable(wanted, adapter)
            known = self._inventory.accounts[mailbox.account].peek().find(mailbox.parts[0])
            question = Compare(mailbox.account, mailbox.parts[0], self._writer.expected(known, wanted))
            return Part(index, mailbox.account, question, lambda: self._update(index, mailbox, wanted))

        return await self._begin("mailboxBulkUpdate", terms, given, lambda key: self._over(found, part, "mailboxBulkUpdate", terms, key))

    async def test(self, selection: Selection, checks: Sequence[MailboxCheck], terms: Terms) -> OperationPayload:
        """Test all."""
        found = await self._select(selection, terms.accounts)
        given = _Given([selection.ids, selection.wanted, tuple(checks)], terms.policy, terms.is_dry)
        methods = {MailboxCheck.SENDING: "test_sending", MailboxCheck.RECEIVING: "test_receiving"}

        def part(index: int, mailbox: Identifier) -> Part:
            for check in checks:
                self._inventory.accounts[mailbox.account].adapter.require(methods[check])
            question = Evidence(mailbox.account, mailbox.parts[0], tuple(checks), datetime.now(UTC))
            return Part(index, mailbox.account, question, lambda: self._test(index, mailbox, checks))

        return await self._begin("mailboxBulkTest", terms, given, lambda key: self._over(found, part, "mailboxBulkTest", terms, key))

    async def cancel(self, key: str) -> OperationPayload:
        """Begin no further part. Raises `ConflictError` where there is nothing to cancel."""
        if not self._journal.cancel(key):
            raise ConflictError("It cannot be cancelled: it is over, was cancelled already, or is a single step that the vendor has begun.")
        return OperationPayload(operation=await self._journal.get(key))

    # ------------------------------------------------------------------ one part
    async def _update(self, index: int, mailbox: Identifier, changes: MailboxChanges) -> OperationResult:
        try:
            payload = await self._writer.update(mailbox, changes)
        except GatewayError as error:
            return OperationResult(index, str(mailbox), user_errors=user_errors(error))
        if payload.operation is not None:
            ended = await self._ended(payload.operation)
            return msgspec.structs.replace(ended, index=index, mailbox_id=str(mailbox))
        return OperationResult(index, str(mailbox), None, payload.user_errors, payload.warnings)

    async def _test(self, index: int, mailbox: Identifier, checks: Sequence[MailboxCheck]) -> OperationResult:
        """A check that does not pass is a result; only one that could not be made is an error."""
        try:
            payload = await self._writer.test(mailbox, checks)
        except GatewayError as error:
            return OperationResult(index, str(mailbox), user_errors=user_errors(error))
        return OperationResult(index, str(mailbox), tuple(payload.results), payload.user_errors, payload.warnings)

    async def _ended(self, operation: Operation) -> OperationResult:
        """What an operation about one mailbox comes to."""
        async for _ in self._journal.watch(operation.key):
            pass
        results = await self._journal.results(operation.key)
        return results[0] if results else OperationResult(0)

    async def _created(self, index: int, creation: Creation) -> OperationResult:
        return (await self._creator.settled(creation, self._journal.new_key())).result(index)

    # ------------------------------------------------------------------ all parts
    async def _create(self, creations: Sequence[Creation | GatewayError], terms: Terms, key: str) -> Operation:
        wanted: dict[int, Creation] = {}
        refused: list[OperationResult] = []
        for index, each in enumerate(creations):
            try:
                if isinstance(each, GatewayError):
                    raise each
                self._creator.checked(each)
                wanted[index] = each
            except GatewayError as error:
                refused.append(OperationResult(index, user_errors=user_errors(error)))
        parts = [
            Part(index, each.account, self._creator.question(each), lambda index=index, each=each: self._created(index, each))  # type: ignore[misc] # mypy cannot type such defaults
            for index, each in wanted.items()
        ]
        accounts = {each.account for each in creations if isinstance(each, Creation)} or terms.accounts
        if terms.is_dry:
            return await self._dry("mailboxBulkCreate", key, accounts, [*refused, *_fine(wanted)])
        groups = Groups(
            lambda account: self._adapter(account).batch_size,
            lambda index: self._adapter(wanted[index].account).fits_batch(wanted[index].draft),
            lambda account, indexes: self._send_group(account, {index: wanted[index] for index in indexes}),
        )
        return await self._runner.begin(
            "mailboxBulkCreate", parts, policy=terms.policy, key=key, accounts=accounts, refused=refused, groups=groups
        )

    async def _send_group(self, account: str, creations: dict[int, Creation]) -> Sequence[Awaitable[OperationResult]]:
        """One batch of the vendor's own; each creation settles by itself."""
        endings = await self._creator.sent_together(account, list(creations.values()))
        return [_as_result(index, ending) for index, ending in zip(creations, endings, strict=True)]

    async def _over(self, found: Found, part: Callable[[int, Identifier], Part], kind: str, terms: Terms, key: str) -> Operation:
        parts: list[Part] = []
        refused: list[OperationResult] = []
        for index, each in found.items():
            try:
                if isinstance(each, GatewayError):
                    raise each
                parts.append(part(index, each))
            except GatewayError as error:
                mailbox_id = str(each) if isinstance(each, Identifier) else None
                refused.append(OperationResult(index, mailbox_id, user_errors=user_errors(error)))
        accounts = {each.account for each in found.values() if isinstance(each, Identifier)} or terms.accounts
        if terms.is_dry:
            fine = [OperationResult(part.index, str(found[part.index])) for part in parts]
            return await self._dry(kind, key, accounts, [*refused, *fine])
        return await self._runner.begin(kind, parts, policy=terms.policy, key=key, accounts=accounts, refused=refused)

    async def _dry(self, kind: str, key: str, accounts: Collection[str], results: Sequence[OperationResult]) -> Operation:
        """What would be tried, and what would be refused before anything is sent."""
        await self._journal.begin(kind, accounts=accounts, work=None, total=len(results), key=key)
        await self._journal.advance(key, [msgspec.structs.replace(each, warnings=(WriteWarning(DRY),)) for each in results])
        return await self._journal.end(key, OperationState.SUCCEEDED, message=DRY)

    async def _begin(self, kind: str, terms: Terms, given: "_Given", begin: Callable[[str], Awaitable[Operation]]) -> OperationPayload:
        async def act(key: str, was_tried: bool) -> Answer:  # noqa: FBT001 - the signature of `Act`
            del was_tried
            return Answer(operation_key=(await begin(key)).key)

        answer = await self._writer.kept(self._once.do(f"{terms.caller}/{kind}", terms.idempotency_key, given, act), kind)
        operation = await self._journal.get(answer.operation_key) if answer.operation_key is not None else None
        return OperationPayload(operation=operation, user_errors=answer.user_errors, warnings=answer.warnings)

    async def _select(self, selection: Selection, accounts: tuple[str, ...]) -> Found:
        """The mailboxes, each once, at the place where it was named first. Raises when a filter cannot be answered in full."""
        if (selection.ids is None) == (selection.wanted is None):
            raise InvalidInputError("Give `ids` or `filter`, one of both.", field=("ids",))
        if selection.ids is not None:
            _check_size(len(selection.ids), "ids")
            places: dict[str, int] = {}
            for index, text in enumerate(selection.ids):
                places.setdefault(text, index)
            return {index: _identifier(text, index, accounts) for text, index in places.items()}
        views = await self._inventory.views(self._asked(selection.wanted, accounts), no_cache=False)
        for view in views:
            if view.snapshot is None or not view.snapshot.is_whole:
                account = view.source.account
                message = (
                    f"The mailboxes of {account.name} are not all known now, so a filter would leave some out. Try again, or give ids."
                )
                raise VendorUnavailableError(message, vendor=account.vendor, account=account.name)
        test = matcher(views, selection.wanted)
        found = [Identifier(Kind.MAILBOX, row.account_name, (row.vendor_id,)) for view in views for row in view.rows if test(row)]
        _check_size(len(found), "filter")
        return dict(enumerate(found))

    def _asked(self, wanted: MailboxFilter | None, accounts: Sequence[str]) -> Sequence[str]:
        """Accounts that can have a mailbox that passes: what is not known of the others leaves nothing out."""
        if wanted is None:
            return accounts
        named = [name for name in accounts if wanted.account is None or name in wanted.account]
        return [name for name in named if wanted.vendor is None or self._adapter(name).account.vendor in wanted.vendor]

    def _adapter(self, account: str) -> MailboxAdapter:
        return self._inventory.accounts[account].adapter


class _Given(msgspec.Struct, frozen=True):
    """What an idempotency key of such an operation stands for."""

    what: Sequence[object]
    policy: ErrorPolicy
    is_dry: bool


def _check_size(count: int, field: str) -> None:
    if count == 0 and field != "filter":
        raise InvalidInputError(f"`{field}` is empty: there is nothing to do.", field=(field,))
    if count > MOST_PARTS:
        raise InvalidInputError(f"These are {count} mailboxes, but one operation takes at most {MOST_PARTS}.", field=(field,))


def _identifier(text: str, index: int, accounts: Collection[str]) -> Identifier | GatewayError:
    field = ("ids", str(index))
    try:
        identifier = decode(text, expected=Kind.MAILBOX)
    except GatewayError as error:
        return InvalidInputError(error.message, field=field)
    return identifier if identifier.account in accounts else NotFoundError("There is no mailbox by this id.", field=field)


def _or_none(changes: ChangesFor, vendor: Vendor) -> MailboxChanges | None:
    try:
        return changes(vendor)
    except GatewayError:
        return None


def _fine(creations: Collection[int]) -> list[OperationResult]:
    return [OperationResult(index) for index in creations]


async def _as_result(index: int, ending: Awaitable[Ended]) -> OperationResult:
    return (await ending).result(index)
