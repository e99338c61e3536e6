"""What a caller may do, and which accounts it may see."""

from collections.abc import Mapping

import msgspec

from gateway.domain.account import Account


class Rights(msgspec.Struct, frozen=True):
    """`accounts` are names; None: all."""

    scopes: frozenset[str]
    accounts: frozenset[str] | None = None

    def narrowed(self, *, scopes: frozenset[str] | None, accounts: frozenset[str] | None) -> "Rights":
        """Never more than these rights: what is in both. None narrows nothing."""
        return Rights(
            self.scopes if scopes is None else self.scopes & scopes,
            self.accounts if accounts is None else accounts if self.accounts is None else self.accounts & accounts,
        )

    def visible(self, accounts: Mapping[str, Account]) -> Mapping[str, Account]:
        """Those of all accounts that may be seen, in the same order."""
        return {name: account for name, account in accounts.items() if self.accounts is None or name in self.accounts}
