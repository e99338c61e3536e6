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
from gateway.operations.detached import Detached
from gateway.operations.lock import Locks
from gateway.operations.payload import DeletePayload, FolderPayload, RulesPayload
from gateway.operations.tasks import Tasks


class RuleEditor:
    """Every method raises `GatewayError` for what was refused or certainly did not happen. Ids of folders and rules are the vendor's."""

    def __init__(self, inventory: Inventory, tasks: Tasks, locks: Locks) -> None:
        self._inventory = inventory
        self._tasks = tasks
        self._locks = locks

    # ------------------------------------------------------------------ rules
    def require(self, mailbox: Identifier) -> None:
        """Raises `UnsupportedError` where the mailbox's vendor has no rules: nothing else need be said of a rule then."""
        self._adapter(mailbox, "edit_rules")

    async def replace(self, mailbox: Identifier, rules: Sequence[RuleDraft]) -> RulesPayload:
        """These and no others."""
        return await self._edit(mailbox, lambda _: rules)

    async def reorder(self, mailbox: Identifier, rule_ids: Sequence[str]) -> RulesPayload:
        """All rules in this order. Raises `InvalidInputError` unless each is named once."""

        def edit(rules: Sequence[Rule]) -> Sequence[Rule]:
            by_id = {rule.vendor_id: rule for rule in rules}
            if sorted(rule_ids) != sorted(by_id):
                missing = [repr(rule.name or rule.vendor_id) for rule in rules if rule.vendor_id not in rule_ids]
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
            async with self._locks.of(mailbox):
                try:
                    return RulesPayload(rules=await adapter.edit_rules(mailbox.parts[0], edit))
                except OutcomeUnknownError as error:
                    return RulesPayload(rules=await _rules_or_none(adapter, mailbox), user_errors=user_errors(error))

        return await self._tasks.finish(act(), name=f"rules of {mailbox}")

    # ------------------------------------------------------------------ folders
    async def create_folder(self, mailbox: Identifier, name: str) -> FolderPayload:
        """A lost answer is followed by a look: names are unique, so a folder of that name is the one."""
        adapter = self._adapter(mailbox, "create_folder")
        work = _found_out(adapter.create_folder(mailbox.parts[0], name), lambda: _folder(adapter, mailbox, name=name))
        return await self._tasks.finish(work, name=f"folder in {mailbox}")

    async def rename_folder(self, mailbox: Identifier, folder_id: str, name: str) -> FolderPayload:
        """A lost answer is followed by a look at the folder's name."""
        adapter = self._adapter(mailbox, "rename_folder")
        work = _found_out(
            adapter.rename_folder(mailbox.parts[0], folder_id, name), lambda: _folder(adapter, mailbox, name=name, folder_id=folder_id)
        )
        return await self._tasks.finish(work, name=f"folder in {mailbox}")

    async def delete_folder(self, mailbox: Identifier, folder_id: str, *, detach_rules: bool) -> DeletePayload:
        """With `detach_rules`, rules stop to move mail there first; if the folder is not deleted then, they are as they were."""
        adapter = self._adapter(mailbox, "delete_folder")
        return await self._tasks.finish(self._delete(adapter, mailbox, folder_id, detach_rules=detach_rules), name=f"folder in {mailbox}")

    async def _delete(self, adapter: MailboxAdapter, mailbox: Identifier, folder_id: str, *, detach_rules: bool) -> DeletePayload:
        mailbox_id = mailbox.parts[0]
        async with self._locks.of(mailbox):
            detached = Detached(adapter, mailbox_id, folder_id)
            try:
                if detach_rules:
                    await detached.detach()
                await adapter.delete_folder(mailbox_id, folder_id)
            except GatewayError as error:
                is_gone = isinstance(error, OutcomeUnknownError) and not await _is_there(adapter, mailbox_id, folder_id)
                if not is_gone:
                    return DeletePayload(user_errors=user_errors(error), warnings=await detached.restore())
            return DeletePayload(deleted_id=encode(Kind.FOLDER, mailbox.account, mailbox_id, folder_id), warnings=detached.warnings)

    def _adapter(self, mailbox: Identifier, method: str) -> MailboxAdapter:
        adapter = self._inventory.accounts[mailbox.account].adapter
        adapter.require(method)
        return adapter


def _require(rules: Sequence[Rule], rule_id: str | None) -> None:
    if all(rule.vendor_id != rule_id for rule in rules):
        raise NotFoundError("The mailbox has no such rule (any more): query its `rules` anew.", field=("id",))


async def _found_out(write: Awaitable[Folder], look: Callable[[], Awaitable[Folder | None]]) -> FolderPayload:
    """The folder that was written; where the answer was lost, what a look shows."""
    try:
        return FolderPayload(folder=await write)
    except OutcomeUnknownError as error:
        folder = await look()
        if folder is None:
            return FolderPayload(user_errors=user_errors(error))
        return FolderPayload(
            folder=folder, warnings=(WriteWarning("The vendor's answer was lost, but the folder is as it was asked for."),)
        )


async def _folder(adapter: MailboxAdapter, mailbox: Identifier, *, name: str, folder_id: str | None = None) -> Folder | None:
    """The folder with this name (and id); None where there is none, or where that cannot be told."""
    try:
        folders = await adapter.list_folders(mailbox.parts[0])
    except GatewayError:
        return None
    return next((each for each in folders if each.name == name and folder_id in (None, each.vendor_id)), None)


async def _rules_or_none(adapter: MailboxAdapter, mailbox: Identifier) -> Sequence[Rule] | None:
    """What the rules are now, after an answer was lost: whoever reads it sees whether the edit happened."""
    try:
        return await adapter.list_rules(mailbox.parts[0])
    except GatewayError:
        return None


async def _is_there(adapter: MailboxAdapter, mailbox_id: str, folder_id: str) -> bool:
    """Whether the folder is still there; where that cannot be told, it counts as there."""
    try:
        return any(folder.vendor_id == folder_id for folder in await adapter.list_folders(mailbox_id))
    except GatewayError:
        return True
