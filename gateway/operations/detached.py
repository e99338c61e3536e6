"""Rules that shall not move mail to a folder any more, since it is to be deleted."""

from collections.abc import Sequence

import msgspec

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import GatewayError
from gateway.domain.outcome import WriteWarning
from gateway.domain.rule import Rule


class Detached:
    """The rules of a mailbox, less what moves mail to a folder, and the way back."""

    def __init__(self, adapter: MailboxAdapter, mailbox_id: str, folder_id: str) -> None:
        self._adapter = adapter
        self._mailbox_id = mailbox_id
        self._folder_id = folder_id
        self._before: Sequence[Rule] = ()

    @property
    def _moving(self) -> Sequence[Rule]:
        """Those that it is about, as they were."""
        return [rule for rule in self._before if _moves_to(rule, self._folder_id)]

    @property
    def warnings(self) -> tuple[WriteWarning, ...]:
        """What became of rules that did nothing else."""
        removed = [rule for rule in self._moving if not _without(rule, self._folder_id).actions]
        return tuple(
            WriteWarning(f"The rule {_name(rule)!r} was removed: moving mail to this folder was all that it did.") for rule in removed
        )

    async def detach(self) -> None:
        def edit(now: Sequence[Rule]) -> Sequence[Rule]:
            self._before = now
            return _all_without(now, self._folder_id)

        await self._adapter.edit_rules(self._mailbox_id, edit)

    async def restore(self) -> tuple[WriteWarning, ...]:
        """The rules as they were before; what went wrong on the way back is told."""
        if not self._moving:
            return ()
        try:
            await self._adapter.edit_rules(self._mailbox_id, lambda _: self._before)
        except GatewayError as error:
            names = ", ".join(repr(_name(rule)) for rule in self._moving)
            message = (
                f"The rules could not be restored as they were, and may lack what moved mail to this folder ({names}): {error.message}"
            )
            return (WriteWarning(message),)
        return ()


def _name(rule: Rule) -> str:
    return rule.name or rule.vendor_id


def _all_without(rules: Sequence[Rule], folder_id: str) -> list[Rule]:
    left = [_without(rule, folder_id) if _moves_to(rule, folder_id) else rule for rule in rules]
    return [rule for rule in left if rule.actions]


def _moves_to(rule: Rule, folder_id: str) -> bool:
    return any(action.target_folder is not None and action.target_folder.vendor_id == folder_id for action in rule.actions)


def _without(rule: Rule, folder_id: str) -> Rule:
    kept = tuple(each for each in rule.actions if each.target_folder is None or each.target_folder.vendor_id != folder_id)
    return msgspec.structs.replace(rule, actions=kept)
