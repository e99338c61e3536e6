"""What is known of the caller's accounts before an operation runs. Nobody is asked; there are no other accounts here."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.domain.account import Account
from gateway.domain.identifier import Identifier
from gateway.domain.price import Price
from gateway.domain.vendor import Vendor
from gateway.inventory.page import MAX_SIZE
from gateway.inventory.view import View
from gateway.schema.context import Context


class Fleet:
    """Made for one operation of a document. `parts` are the numbers of parts of long work, by its global id, where that was looked up."""

    def __init__(self, context: Context, parts: Mapping[str, int]) -> None:
        self._context = context
        self._parts = parts
        self.unknown_work: set[str] = set()
        """The ids of work whose number of parts was wanted and is not known."""
        self.unknown_accounts: set[str] = set()
        """The names of those whose number of mailboxes was wanted and is not known."""
        self._views: dict[str, View] = {}
        self._counts: dict[str, int | None] = {}
        self._prices: dict[tuple[str, str], Price | None] = {}

    @property
    def accounts(self) -> Mapping[str, Account]:
        """By name."""
        return self._context.accounts

    def sees(self, identifier: Identifier) -> bool:
        """Whether what an id names can exist for the caller."""
        return self._context.sees(identifier)

    def vendors(self) -> Sequence[Vendor]:
        """Those of the accounts, each once."""
        return list(dict.fromkeys(account.vendor for account in self.accounts.values()))

    def of_vendor(self, vendor: Vendor) -> frozenset[str]:
        """The names of a vendor's accounts."""
        return frozenset(name for name, account in self.accounts.items() if account.vendor is vendor)

    def count(self, account: str) -> int | None:
        """How many mailboxes an account has; None while its list was never read whole."""
        if account not in self._counts:
            snapshot = self._view(account).snapshot
            self._counts[account] = len(snapshot.rows) if snapshot is not None and snapshot.is_whole else None
            if self._counts[account] is None:
                self.unknown_accounts.add(account)
        return self._counts[account]

    def size(self, account: str) -> int:
        """The same; an account that is not known counts as one that fills the largest page."""
        count = self.count(account)
        return MAX_SIZE if count is None else count

    def parts(self, work: Sequence[str]) -> int | None:
        """How many parts long work has, by its global ids; None where that is not known of all."""
        unknown = set(work) - self._parts.keys()
        self.unknown_work |= unknown
        return None if unknown or not work else sum(self._parts[each] for each in work)

    def knows(self, mailbox: Identifier) -> bool:
        """Whether a mailbox can be shown without asking for it."""
        return self._view(mailbox.account).find(mailbox.parts[0]) is not None

    def _view(self, account: str) -> View:
        if account not in self._views:
            self._views[account] = self._context.inventory.accounts[account].peek()
        return self._views[account]

    def price(self, account: str, what: str) -> Price | None:
        """What a part of the details, or a method of the port, costs there; None where it is never asked."""
        if (account, what) not in self._prices:
            self._prices[account, what] = self._context.inventory.accounts[account].adapter.price_of(what)
        return self._prices[account, what]


def may_pass(wanted: Mapping[str, Any], account: Account) -> bool | None:
    """Whether the mailboxes of an account pass a filter (in GraphQL's words); None where that depends on the mailbox."""
    return _all([_answer(name, value, account) for name, value in wanted.items() if value is not None])


def _answer(name: str, value: Any, account: Account) -> bool | None:  # noqa: ANN401 - an input field of any type
    if name == "vendor":
        return account.vendor in value
    if name == "account":
        return account.name in value
    if name == "and":
        return _all([may_pass(each, account) for each in value])
    if name == "or":
        return _any([may_pass(each, account) for each in value])
    if name == "not":
        passes = may_pass(value, account)
        return None if passes is None else not passes
    return None


def _all(answers: Sequence[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _any(answers: Sequence[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False
