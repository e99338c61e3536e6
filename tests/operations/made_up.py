"""A vendor that is not there: it keeps mailboxes, and loses answers, refuses and takes its time when the test says so."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, ClassVar, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.account import Account, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.capability import MailboxField
from gateway.domain.details import listed
from gateway.domain.draft import MailboxChanges, MailboxDraft, WarmupSettings
from gateway.domain.errors import (
    GatewayError,
    OutcomeUnknownError,
    VendorConflictError,
    VendorError,
    VendorNotFoundError,
    VendorRejectedError,
)
from gateway.domain.folder import Folder, FolderKind
from gateway.domain.identifier import Identifier, Kind, encode
from gateway.domain.mailbox import AutoReply, ChannelHealth, Details, Mailbox, MailboxHealth, MailboxStatus, SendingPolicy, SpamFilter
from gateway.domain.outcome import CheckResult, Created, MailboxCheck, Updated
from gateway.domain.rule import Rule, RuleAction, RuleActionType, RuleDraft
from gateway.domain.secret import Secret
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState, WarmupStatus
from gateway.domain.writable import VendorFields, writable
from gateway.domain.writes import RulesEdit

VENDOR = next(iter(Vendor))
PATIENCE_SECONDS = 20.0
T = TypeVar("T")


async def until(condition: Callable[[], bool]) -> None:
    """Returns when it holds; a busy machine may take its time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - there is nothing to be woken by
            await asyncio.sleep(0.001)


class MadeUpDetails(Details, frozen=True, gc=False):
    """What only this vendor says."""

    mood: Annotated[str | None, listed("How it feels.")] = None


class MadeUpFields(VendorFields, frozen=True, kw_only=True):
    """What only this vendor lets one write; it never shows the pin."""

    mood: Annotated[str | UnsetType | None, writable("How it feels.")] = UNSET
    pin: Annotated[Secret | UnsetType, writable("A secret.")] = UNSET


class Fault(msgspec.Struct, frozen=True):
    """What a call comes to; `is_done`: it does its work first."""

    error: Exception
    is_done: bool


def mailbox(vendor_id: str, *, account: str = "a", **changes: object) -> Mailbox:
    it = Mailbox(
        id=encode(Kind.MAILBOX, account, vendor_id),
        vendor=VENDOR,
        vendor_id=vendor_id,
        account_name=account,
        observed_at=datetime.now(UTC),
        details=MadeUpDetails(mood="calm"),
        address=f"box{vendor_id}@example.com",
        display_name="Before",
        status=MailboxStatus.ACTIVE,
        sending=SendingPolicy(daily_limit=10),
        warmup=WarmupStatus(WarmupState.NOT_STARTED),
        spam_filter=SpamFilter(5),
    )
    return msgspec.structs.replace(it, **changes)


def refused(kind: type[VendorError] = VendorRejectedError, message: str = "It says no.") -> VendorError:
    return kind(message, vendor=VENDOR, account="a")


def lost() -> OutcomeUnknownError:
    return OutcomeUnknownError("Its answer was lost.", vendor=VENDOR, account="a")


def identifier(vendor_id: str, account: str = "a") -> Identifier:
    return Identifier(Kind.MAILBOX, account, (vendor_id,))


def draft(name: str = "new", **more: object) -> MailboxDraft:
    return msgspec.structs.replace(MailboxDraft(address=f"{name}@example.com", display_name="New"), **more)


class MadeUpVendor(MailboxAdapter):
    """One account with the mailboxes 1, 2 and 3.

    `faults` are what the next calls of a method come to, `gates` hold a method's calls until they are set. `verifying` makes creations
    take time: `verify` ends one. `hides_answers` makes changes answer without the mailbox.
    """

    creatable_fields: ClassVar[frozenset[MailboxField]] = frozenset({MailboxField.DISPLAY_NAME, MailboxField.DAILY_LIMIT})
    updatable_fields: ClassVar[frozenset[MailboxField]] = frozenset(
        {MailboxField.DISPLAY_NAME, MailboxField.DAILY_LIMIT, MailboxField.SMTP, MailboxField.SIGNATURE, MailboxField.VENDOR_FIELDS}
    )

    def __init__(self, name: str = "a") -> None:
        super().__init__(Account(name, VENDOR))
        self.boxes = {each: mailbox(each, account=name) for each in ("1", "2", "3")}
        self.calls: Counter[str] = Counter()
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.gates: dict[str, asyncio.Event] = {}
        self.let_through: Counter[str] = Counter()
        self.under_way: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.overlaps: list[str] = []
        self.keys: list[str] = []
        self.secrets: list[str] = []
        self.verifying = False
        self.verdicts: dict[str, GatewayError | None] = {}
        self.hides_answers = False
        self.most_allowed: int | None = None
        self.folders = [Folder(f"global {each}", each, each.upper(), FolderKind.CUSTOM) for each in ("work", "play")]
        self.rules: list[Rule] = []
        self._made = 0

    # ------------------------------------------------------------------ what the test says
    def refuses(self, method: str, error: Exception | None = None) -> None:
        self.faults[method].append(Fault(error or refused(), is_done=False))

    def loses(self, method: str, *, is_done: bool) -> None:
        self.faults[method].append(Fault(lost(), is_done))

    def holds(self, method: str, *, after: int = 0) -> asyncio.Event:
        """So many calls still go through."""
        self.let_through[method] = after
        self.gates[method] = asyncio.Event()
        return self.gates[method]

    async def reached(self, method: str, count: int = 1) -> None:
        """Returns when so many calls of a method are under way."""
        await until(lambda: self.under_way[method] >= count)

    def verify(self, address: str, error: GatewayError | None = None) -> None:
        """An error: it fails, and the mailbox is gone."""
        self.verdicts[address] = error
        if error is not None:
            self.boxes = {key: each for key, each in self.boxes.items() if each.address != address}

    def at(self, address: str) -> list[Mailbox]:
        return [each for each in self.boxes.values() if each.address == address]

    @property
    def writes(self) -> int:
        reads = ("list_mailboxes", "get_mailbox", "find_mailboxes", "poll_created", "list_rules", "list_folders")
        return sum(count for method, count in self.calls.items() if method not in reads)

    async def _do(self, method: str, about: str, work: Callable[[], T]) -> T:
        self.calls[method] += 1
        self.under_way[method] += 1
        self.under_way[about] += 1
        self.most[method] = max(self.most[method], self.under_way[method])
        if self.under_way[about] > 1:
            self.overlaps.append(about)
        try:
            await asyncio.sleep(0)
            self.let_through[method] -= 1
            if (gate := self.gates.get(method)) is not None and self.let_through[method] < 0:
                await gate.wait()
            fault = self.faults[method].popleft() if self.faults[method] else None
            if fault is None:
                return work()
            if fault.is_done:
                work()
            raise fault.error
        finally:
            self.under_way[method] -= 1
            self.under_way[about] -= 1

    # ------------------------------------------------------------------ reading
    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count
        yield await self._do("list_mailboxes", "reads", lambda: [self._seen(each) for each in self.boxes.values()])

    async def probe(self) -> Reachability:
        return Reachability(None)

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        return await self._do("get_mailbox", f"read {mailbox_id}", lambda: self._seen(self._box(mailbox_id)))

    async def find_mailboxes(self, address: str) -> Sequence[Mailbox]:
        return await self._do(
            "find_mailboxes",
            f"find {address}",
            lambda: [self._seen(each) for each in self.boxes.values() if (each.address or "").casefold() == address.casefold()],
        )

    async def list_folders(self, mailbox_id: str) -> Sequence[Folder]:
        return await self._do("list_folders", f"read {mailbox_id}", lambda: list(self.folders))

    async def list_rules(self, mailbox_id: str) -> Sequence[Rule]:
        return await self._do("list_rules", f"read {mailbox_id}", lambda: list(self.rules))

    def _box(self, mailbox_id: str) -> Mailbox:
        if mailbox_id not in self.boxes:
            raise refused(VendorNotFoundError, "There is no such mailbox.")
        return self.boxes[mailbox_id]

    @staticmethod
    def _seen(box: Mailbox) -> Mailbox:
        return msgspec.structs.replace(box, observed_at=datetime.now(UTC), details=msgspec.structs.replace(box.details))

    # ------------------------------------------------------------------ creating
    async def create_mailbox(self, draft: MailboxDraft, *, idempotency_key: str) -> Created:
        self.keys.append(idempotency_key)
        return await self._do("create_mailbox", f"create {draft.address}", lambda: self._create(draft))

    async def poll_created(self, pending: Sequence[str]) -> Sequence[Created | GatewayError]:
        return await self._do("poll_created", "poll", lambda: [self._standing(each) for each in pending])

    def _create(self, draft: MailboxDraft) -> Created:
        if self.at(draft.address):
            raise refused(VendorConflictError, "This address is taken.")
        self._made += 1
        limit = SendingPolicy(daily_limit=draft.daily_limit)
        box = mailbox(
            f"new{self._made}",
            account=self.account.name,
            address=draft.address,
            display_name=draft.display_name,
            sending=limit,
            created_at=datetime.now(UTC),
        )
        self.boxes[box.vendor_id] = box
        return Created(mailbox=self._seen(box), pending=f"{draft.address} 0" if self.verifying else None)

    def _standing(self, pending: str) -> Created | GatewayError:
        """The words change with every look, as an adapter's may."""
        address, looks = pending.split()
        if address not in self.verdicts:
            return Created(pending=f"{address} {int(looks) + 1}")
        return self.verdicts[address] or Created(mailbox=self._seen(self.at(address)[0]))

    # ------------------------------------------------------------------ changing
    async def update_mailbox(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        if isinstance(changes.vendor_fields, MadeUpFields) and isinstance(changes.vendor_fields.pin, Secret):
            self.secrets.append(changes.vendor_fields.pin.reveal())
        return await self._change("update_mailbox", mailbox.vendor_id, lambda box: self._changed(box, changes), MailboxField.DISPLAY_NAME)

    def _changed(self, box: Mailbox, changes: MailboxChanges) -> Mailbox:
        news: dict[str, object] = {name: getattr(changes, name) for name in ("display_name", "signature")}
        if isinstance(changes.daily_limit, int):
            news["sending"] = SendingPolicy(daily_limit=min(changes.daily_limit, self.most_allowed or changes.daily_limit))
        if isinstance(changes.vendor_fields, MadeUpFields) and changes.vendor_fields.mood is not UNSET:
            news["details"] = MadeUpDetails(mood=changes.vendor_fields.mood)
        return msgspec.structs.replace(box, **{name: value for name, value in news.items() if value is not UNSET})

    async def _change(self, method: str, mailbox_id: str, change: Callable[[Mailbox], Mailbox], field: MailboxField) -> Updated:
        def work() -> Updated:
            box = self.boxes[mailbox_id] = change(self._box(mailbox_id))
            return Updated(mailbox=None if self.hides_answers else self._seen(box), applied=(field,))

        return await self._do(method, f"write {mailbox_id}", work)

    async def delete_mailbox(self, mailbox_id: str) -> None:
        def work() -> None:
            self._box(mailbox_id)
            del self.boxes[mailbox_id]

        await self._do("delete_mailbox", f"write {mailbox_id}", work)

    async def suspend_mailbox(self, mailbox_id: str) -> Updated:
        return await self._set("suspend_mailbox", mailbox_id, status=MailboxStatus.SUSPENDED)

    async def resume_mailbox(self, mailbox_id: str) -> Updated:
        return await self._set("resume_mailbox", mailbox_id, status=MailboxStatus.ACTIVE)

    async def set_auto_reply(self, mailbox_id: str, auto_reply: AutoReply) -> Updated:
        return await self._set("set_auto_reply", mailbox_id, auto_reply=auto_reply)

    async def set_spam_threshold(self, mailbox_id: str, threshold: int) -> Updated:
        return await self._set("set_spam_threshold", mailbox_id, spam_filter=SpamFilter(threshold))

    async def set_password(self, mailbox_id: str, password: Secret) -> Updated:
        self.secrets.append(password.reveal())
        return await self._set("set_password", mailbox_id)

    async def link_ews_master_account(self, mailbox_id: str) -> Updated:
        return await self._set("link_ews_master_account", mailbox_id)

    async def unlink_ews_master_account(self, mailbox_id: str) -> Updated:
        return await self._set("unlink_ews_master_account", mailbox_id)

    async def start_warmup(self, mailbox: Mailbox, settings: WarmupSettings | None) -> Updated:
        target = settings.daily_target if settings is not None else None
        return await self._set("start_warmup", mailbox.vendor_id, warmup=WarmupStatus(WarmupState.RUNNING, daily_target=target))

    async def pause_warmup(self, mailbox: Mailbox) -> Updated:
        return await self._set("pause_warmup", mailbox.vendor_id, warmup=WarmupStatus(WarmupState.PAUSED))

    async def resume_warmup(self, mailbox: Mailbox) -> Updated:
        return await self._set("resume_warmup", mailbox.vendor_id, warmup=WarmupStatus(WarmupState.RUNNING))

    async def stop_warmup(self, mailbox: Mailbox) -> Updated:
        return await self._set("stop_warmup", mailbox.vendor_id, warmup=WarmupStatus(WarmupState.DISABLED))

    async def update_warmup(self, mailbox: Mailbox, settings: WarmupSettings) -> Updated:
        warmup = WarmupStatus(WarmupState.RUNNING, daily_target=settings.daily_target)
        return await self._set("update_warmup", mailbox.vendor_id, warmup=warmup)

    async def _set(self, method: str, mailbox_id: str, **news: object) -> Updated:
        return await self._change(method, mailbox_id, lambda box: msgspec.structs.replace(box, **news), MailboxField.WARMUP)

    # ------------------------------------------------------------------ testing
    async def test_sending(self, mailbox_id: str) -> CheckResult:
        return await self._do("test_sending", f"write {mailbox_id} sending", lambda: self._tested(mailbox_id, MailboxCheck.SENDING))

    async def test_receiving(self, mailbox_id: str) -> CheckResult:
        return await self._do("test_receiving", f"write {mailbox_id} receiving", lambda: self._tested(mailbox_id, MailboxCheck.RECEIVING))

    def _tested(self, mailbox_id: str, check: MailboxCheck) -> CheckResult:
        good = ChannelHealth(last_success_at=datetime.now(UTC))
        self.boxes[mailbox_id] = msgspec.structs.replace(self._box(mailbox_id), health=MailboxHealth(sending=good, receiving=good))
        return CheckResult(check, passed=True)

    # ------------------------------------------------------------------ folders and rules
    async def create_folder(self, mailbox_id: str, name: str) -> Folder:
        def work() -> Folder:
            folder = Folder(f"global {name}", name.lower(), name, FolderKind.CUSTOM)
            self.folders.append(folder)
            return folder

        return await self._do("create_folder", f"folder in {mailbox_id}", work)

    async def rename_folder(self, mailbox_id: str, folder_id: str, name: str) -> Folder:
        def work() -> Folder:
            index = next(n for n, each in enumerate(self.folders) if each.vendor_id == folder_id)
            self.folders[index] = msgspec.structs.replace(self.folders[index], name=name)
            return self.folders[index]

        return await self._do("rename_folder", f"folder in {mailbox_id}", work)

    async def delete_folder(self, mailbox_id: str, folder_id: str) -> None:
        def work() -> None:
            if any(moves_to(rule, folder_id) for rule in self.rules):
                raise refused(VendorConflictError, "A rule moves mail there.")
            self.folders = [each for each in self.folders if each.vendor_id != folder_id]

        await self._do("delete_folder", f"folder in {mailbox_id}", work)

    async def edit_rules(self, mailbox_id: str, edit: RulesEdit) -> Sequence[Rule]:
        """A read, and a write unless nothing is different."""
        now = await self.list_rules(mailbox_id)
        wanted = edit(now)
        if list(wanted) == list(now):
            return now
        return await self._do("edit_rules", f"rules of {mailbox_id}", lambda: self._put_rules(wanted))

    def _put_rules(self, wanted: Sequence[Rule | RuleDraft]) -> list[Rule]:
        self.rules = [self._rule(each) for each in wanted]
        return list(self.rules)

    def _rule(self, wanted: Rule | RuleDraft) -> Rule:
        if isinstance(wanted, Rule):
            return wanted
        self._made += 1
        return rule(wanted.vendor_id or f"made{self._made}", name=wanted.name)


class Ageless(MadeUpVendor):
    """Says of no mailbox when it was made, and can only list all that it has."""

    tells_age: ClassVar[bool] = False
    find_mailboxes = MailboxAdapter.find_mailboxes

    def _create(self, draft: MailboxDraft) -> Created:
        made = super()._create(draft)
        assert made.mailbox is not None
        self.boxes[made.mailbox.vendor_id] = box = msgspec.structs.replace(made.mailbox, created_at=None)
        return msgspec.structs.replace(made, mailbox=box)


class Batching(MadeUpVendor):
    """Takes creations in threes, of those that want no daily limit."""

    batch_size: ClassVar[int] = 3

    def __init__(self, name: str = "a") -> None:
        super().__init__(name)
        self.batches: list[list[str]] = []

    def fits_batch(self, draft: MailboxDraft) -> bool:
        return draft.daily_limit is None

    async def create_mailboxes(self, drafts: Sequence[MailboxDraft]) -> Sequence[Created | GatewayError]:
        self.batches.append([draft.address for draft in drafts])
        return await self._do("create_mailboxes", "batch", lambda: [self._created(draft) for draft in drafts])

    def _created(self, draft: MailboxDraft) -> Created | GatewayError:
        try:
            return self._create(draft)
        except GatewayError as error:
            return error


class Incapable(MailboxAdapter):
    """Lists its mailboxes and can do nothing else."""

    def __init__(self, name: str = "a") -> None:
        super().__init__(Account(name, VENDOR))

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count
        yield [mailbox("1", account=self.account.name)]

    async def probe(self) -> Reachability:
        return Reachability(None)


def rule(vendor_id: str, *, to: Sequence[str] = (), name: str | None = None, **changes: object) -> Rule:
    """Stars mail, unless it moves it to folders."""
    folders = [Folder(f"global {each}", each, each.upper(), FolderKind.CUSTOM) for each in to]
    moves = tuple(RuleAction(RuleActionType.MOVE, "move", {}, target_folder=folder) for folder in folders)
    star = RuleAction(RuleActionType.STAR, "star", {})
    it = Rule(vendor_id, vendor_id, name or vendor_id, True, 0, None, None, False, (), moves or (star,))
    return msgspec.structs.replace(it, **changes)


def moves_to(rule: Rule, folder_id: str) -> bool:
    return any(action.target_folder is not None and action.target_folder.vendor_id == folder_id for action in rule.actions)
