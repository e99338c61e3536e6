"""Edits inbox rules and folders. Whoever reads, changes and writes back is alone at the mailbox meanwhile."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import GatewayError, InvalidInputError, NotFoundError, OutcomeUnknownError
from gateway.domain.folder import Folder
from gateway.domain.identifier import Identifier, Kind, encode
from gateway.domain.outcome import WriteWarning, user_errors
from gateway.domain.rule import Rule, RuleDraft
from gateway.domain.writes import RulesEdit
from gateway.inventory.inventory import Inventory
from gateway.operations.payload import DeletePayload, FolderPayload, RulesPayload
from gateway.operations.writer import Writer


class RuleEditor:
    """Every method raises `GatewayError` for what was refused or certainly did not happen. Ids of folders and rules are the vendor's."""

    def __init__(self, inventory: Inventory, writer: Writer) -> None:
        self._inventory = inventory
        self._writer = writer

    # ------------------------------------------------------------------ rules
    async def replace(self, mailbox: Identifier, rules: Sequence[RuleDraft]) -> RulesPayload:
        """These and no others."""
        return await self._edit(mailbox, lambda _: rules)

    async def reorder(self, mailbox: Identifier, rule_ids: Sequence[str]) -> RulesPayload:
        """All rules in this order. Raises `InvalidInputError` unless each is named once."""

        def edit(rules: Sequence[Rule]) -> Sequence[Rule]:
            by_id = {rule.vendor_id: rule for rule in rules}
            if sorted(rule_ids) != sorted(by_id):
                missing = [rule.name or rule.vendor_id for rule in rules if rule.vendor_id not in rule_ids]
                words = f" Missing: {', '.join(missing)}." if missing else ""
                raise InvalidInputError(
                    f"Name every rule of the mailbox once, in the order in which they shall run.{words}", field=("ids",)
                )
            return [by_id[each] for each in rule_ids]

        return await self._edit(mailbox, edit)

    async def create(self, mailbox: Identifier, draft: RuleDraft) -> RulesPayload:
        """One more, that runs last."""
        before: list[str] = []

        def edit(rules: Sequence[Rule]) -> Sequence[Rule | RuleDraft]:
            before.extend(rule.vendor_id for rule in rules)
            return [*rules, draft]

        payload = await self._edit(mailbox, edit)
        new = [rule for rule in payload.rules or () if rule.vendor_id not in before]
        return msgspec.structs.replace(payload, rule=new[-1] if new else None)

    async def update(self, mailbox: Identifier, draft: RuleDraft) -> RulesPayload:
        """Another rule in the place of the one with the draft's id."""

        def edit(rules: Sequence[Rule]) -> Sequence[Rule | RuleDraft]:
            _require(rules, draft.vendor_id)
            return [draft if rule.vendor_id == draft.vendor_id else rule for rule in rules]

        payload = await self._edit(mailbox, edit)
        return msgspec.structs.replace(payload, rule=next((r for r in payload.rules or () if r.vendor_id == draft.vendor_id), None))

    async def delete(self, mailbox: Identifier, rule_id: str) -> RulesPayload:
        """All but this one."""

        def edit(rules: Sequence[Rule]) -> Sequence[Rule]:
            _require(rules, rule_id)
            return [rule for rule in rules if rule.vendor_id != rule_id]

        return await self._edit(mailbox, edit)

    async def _edit(self, mailbox: Identifier, edit: RulesEdit) -> RulesPayload:
        adapter = self._adapter(mailbox, "edit_rules")

        async def act() -> RulesPayload:
            async with self._writer.locks.of(mailbox):
                try:
                    return RulesPayload(rules=await adapter.edit_rules(mailbox.parts[0], edit))
                except OutcomeUnknownError as error:
                    return RulesPayload(rules=await _rules_or_none(adapter, mailbox), user_errors=user_errors(error))

        return await self._writer.kept(act(), f"rules of {mailbox}")

    # ------------------------------------------------------------------ folders
    async def create_folder(self, mailbox: Identifier, name: str) -> FolderPayload:
        adapter = self._adapter(mailbox, "create_folder")
        work = _folder_or_sight(adapter, mailbox, adapter.create_folder(mailbox.parts[0], name), lambda folder: folder.name == name)
        return await self._writer.kept(work, f"folder in {mailbox}")

    async def rename_folder(self, mailbox: Identifier, folder_id: str, name: str) -> FolderPayload:
        adapter = self._adapter(mailbox, "rename_folder")
        work = adapter.rename_folder(mailbox.parts[0], folder_id, name)
        is_it = lambda folder: (folder.vendor_id, folder.name) == (folder_id, name)  # noqa: E731 - one line reads best
        return await self._writer.kept(_folder_or_sight(adapter, mailbox, work, is_it), f"folder in {mailbox}")

    async def delete_folder(self, mailbox: Identifier, folder_id: str, *, detach_rules: bool) -> DeletePayload:
        """With `detach_rules`, rules stop to move mail there first; if the folder is not deleted then, they are as they were."""
        adapter = self._adapter(mailbox, "delete_folder")
        return await self._writer.kept(self._delete(adapter, mailbox, folder_id, detach_rules=detach_rules), f"folder in {mailbox}")

    async def _delete(self, adapter: MailboxAdapter, mailbox: Identifier, folder_id: str, *, detach_rules: bool) -> DeletePayload:
        async with self._writer.locks.of(mailbox):
            before, warnings = await _detached(adapter, mailbox, folder_id) if detach_rules else (None, ())
            try:
                await adapter.delete_folder(mailbox.parts[0], folder_id)
            except GatewayError as error:
                is_gone = isinstance(error, OutcomeUnknownError) and not await _is_there(adapter, mailbox, folder_id)
                if not is_gone:
                    left = await _restored(adapter, mailbox, before) if before is not None else ()
                    return DeletePayload(user_errors=user_errors(error), warnings=left)
            return DeletePayload(deleted_id=encode(Kind.FOLDER, mailbox.account, mailbox.parts[0], folder_id), warnings=warnings)

    def _adapter(self, mailbox: Identifier, method: str) -> MailboxAdapter:
        adapter = self._inventory.accounts[mailbox.account].adapter
        adapter.require(method)
        return adapter


def _require(rules: Sequence[Rule], rule_id: str | None) -> None:
    if all(rule.vendor_id != rule_id for rule in rules):
        raise NotFoundError("The mailbox has no such rule (any more).")


async def _rules_or_none(adapter: MailboxAdapter, mailbox: Identifier) -> Sequence[Rule] | None:
    """What the rules are now, after an answer was lost: whoever reads it sees whether the edit happened."""
    try:
        return await adapter.list_rules(mailbox.parts[0])
    except GatewayError:
        return None


async def _detached(adapter: MailboxAdapter, mailbox: Identifier, folder_id: str) -> tuple[Sequence[Rule] | None, tuple[WriteWarning, ...]]:
    """The rules as they were, and what was done to them; None where none moves mail there."""
    rules = await adapter.list_rules(mailbox.parts[0])
    if not any(_moves_to(rule, folder_id) for rule in rules):
        return None, ()
    removed = [rule.name or rule.vendor_id for rule in rules if _moves_to(rule, folder_id) and not _without(rule, folder_id).actions]
    await adapter.edit_rules(mailbox.parts[0], lambda now: _all_without(now, folder_id))
    return rules, tuple(WriteWarning(f"The rule {name!r} was removed: moving mail to this folder was all that it did.") for name in removed)


def _all_without(rules: Sequence[Rule], folder_id: str) -> list[Rule]:
    left = [_without(rule, folder_id) if _moves_to(rule, folder_id) else rule for rule in rules]
    return [rule for rule in left if rule.actions]


def _moves_to(rule: Rule, folder_id: str) -> bool:
    return any(action.target_folder is not None and action.target_folder.vendor_id == folder_id for action in rule.actions)


def _without(rule: Rule, folder_id: str) -> Rule:
    kept = tuple(each for each in rule.actions if each.target_folder is None or each.target_folder.vendor_id != folder_id)
    return msgspec.structs.replace(rule, actions=kept)


async def _folder_or_sight(
    adapter: MailboxAdapter, mailbox: Identifier, work: Awaitable[Folder], is_it: Callable[[Folder], bool]
) -> FolderPayload:
    """The folder that was made or renamed; where the answer is lost, as it is seen among the others now."""
    try:
        return FolderPayload(folder=await work)
    except OutcomeUnknownError as error:
        try:
            seen = next((folder for folder in await adapter.list_folders(mailbox.parts[0]) if is_it(folder)), None)
        except GatewayError:
            seen = None
        if seen is None:
            return FolderPayload(user_errors=user_errors(error))
        return FolderPayload(
            folder=seen, warnings=(WriteWarning("The vendor's answer was lost; a look afterwards shows that it was done."),)
        )


async def _is_there(adapter: MailboxAdapter, mailbox: Identifier, folder_id: str) -> bool:
    """Whether the folder is still there; where that cannot be told, it counts as there."""
    try:
        return any(folder.vendor_id == folder_id for folder in await adapter.list_folders(mailbox.parts[0]))
    except GatewayError:
        return True


async def _restored(adapter: MailboxAdapter, mailbox: Identifier, before: Sequence[Rule]) -> tuple[WriteWarning, ...]:
    """The rules as they were before; what went wrong on the way back is told."""
    try:
        await adapter.edit_rules(mailbox.parts[0], lambda _: before)
    except GatewayError as error:
        names = ", ".join(repr(rule.name or rule.vendor_id) for rule in before)
        message = f"The rules could not be restored as they were, and may lack what moved mail to this folder ({names}): {error.message}"
        return (WriteWarning(message),)
    return ()
