"""Which mailboxes an operation over many is about."""

from collections.abc import Collection, Sequence

import msgspec

from gateway.domain.errors import GatewayError, InvalidInputError, NotFoundError, VendorUnavailableError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.inventory import Inventory
from gateway.inventory.view import View
from gateway.operations.many import MOST_PARTS


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """By global ids, or by a filter; exactly one of both."""

    ids: tuple[str, ...] | None
    wanted: MailboxFilter | None


async def select(selection: Selection, inventory: Inventory, accounts: Sequence[str]) -> Sequence[Identifier | GatewayError]:
    """The mailboxes out of these accounts, an error for an id that is none of theirs. Raises when a filter cannot be answered in full."""
    if (selection.ids is None) == (selection.wanted is None):
        raise InvalidInputError("Give `ids` or `filter`, one of both.", field=("ids",))
    if selection.ids is not None:
        check_size(len(selection.ids), "ids")
        return [_identifier(each, ("ids", str(index)), accounts) for index, each in enumerate(selection.ids)]
    views = await inventory.views(_asked(selection.wanted, inventory, accounts), no_cache=False)
    for view in views:
        _check_whole(view)
    found = [Identifier(Kind.MAILBOX, row.account_name, (row.vendor_id,)) for view in views for row in view.list(selection.wanted)]
    check_size(len(found), "filter")
    return found


def check_size(count: int, field: str) -> None:
    """Raises `InvalidInputError`; only a filter may find nothing."""
    if count == 0 and field != "filter":
        raise InvalidInputError(f"`{field}` is empty: there is nothing to do.", field=(field,))
    if count > MOST_PARTS:
        raise InvalidInputError(f"These are {count} mailboxes, but one operation takes at most {MOST_PARTS}.", field=(field,))


def _asked(wanted: MailboxFilter | None, inventory: Inventory, accounts: Sequence[str]) -> Sequence[str]:
    """Accounts that can have a mailbox that passes: what is not known of the others leaves nothing out."""
    if wanted is None:
        return accounts
    named = [name for name in accounts if wanted.account is None or name in wanted.account]
    return [name for name in named if wanted.vendor is None or inventory.accounts[name].account.vendor in wanted.vendor]


def _check_whole(view: View) -> None:
    if view.snapshot is None or not view.snapshot.is_whole:
        account = view.source.account
        message = f"The mailboxes of {account.name} are not all known now, so a filter would leave some out. Try again, or give ids."
        raise VendorUnavailableError(message, vendor=account.vendor, account=account.name)


def _identifier(text: str, field: tuple[str, ...], accounts: Collection[str]) -> Identifier | GatewayError:
    try:
        identifier = decode(text, expected=Kind.MAILBOX)
    except GatewayError as error:
        return InvalidInputError(error.message, field=field)
    return identifier if identifier.account in accounts else NotFoundError("There is no mailbox by this id.", field=field)
