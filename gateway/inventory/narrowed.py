"""A filter as it looks to one account: what is the same for all of its mailboxes is decided once, not for each of them."""

import msgspec

from gateway.domain.account import Account
from gateway.inventory.filter import MailboxFilter

EVERYTHING = MailboxFilter()
NOTHING = MailboxFilter(or_=())


def narrowed(wanted: MailboxFilter, account: Account, *, stale: bool | None) -> MailboxFilter:
    """What is left to be asked of each mailbox: `EVERYTHING` or `NOTHING` when that is decided.

    `stale` tells whether the account's mailboxes are stale; None: some are.
    """
    if _excludes(wanted, account, stale=stale):
        return NOTHING
    all_of = [narrowed(each, account, stale=stale) for each in wanted.and_ or ()]
    any_of = None if wanted.or_ is None else [narrowed(each, account, stale=stale) for each in wanted.or_]
    refused = NOTHING if wanted.not_ is None else narrowed(wanted.not_, account, stale=stale)
    if NOTHING in all_of or refused == EVERYTHING or (any_of is not None and all(each == NOTHING for each in any_of)):
        return NOTHING
    return msgspec.structs.replace(
        wanted,
        vendor=None,
        account=None,
        stale=wanted.stale if stale is None else None,
        and_=tuple(each for each in all_of if each != EVERYTHING) or None,
        or_=None if any_of is None or EVERYTHING in any_of else tuple(each for each in any_of if each != NOTHING),
        not_=None if refused == NOTHING else refused,
    )


def may_pass(wanted: MailboxFilter | None, account: Account) -> bool:
    """Whether any mailbox of an account can pass, whatever they are like."""
    return wanted is None or narrowed(wanted, account, stale=None) != NOTHING


def asks_for_stale(wanted: MailboxFilter) -> bool:
    """Whether its answer depends on which mailboxes are stale."""
    inner = (*(wanted.and_ or ()), *(wanted.or_ or ()), *((wanted.not_,) if wanted.not_ else ()))
    return wanted.stale is not None or any(asks_for_stale(each) for each in inner)


def _excludes(wanted: MailboxFilter, account: Account, *, stale: bool | None) -> bool:
    return (
        (wanted.vendor is not None and account.vendor not in wanted.vendor)
        or (wanted.account is not None and account.name not in wanted.account)
        or (wanted.stale is not None and stale is not None and wanted.stale is not stale)
    )
