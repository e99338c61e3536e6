"""Who asks: callers by API key, with scopes and the accounts that they may see."""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.domain.account import Account
from gateway.domain.errors import UnauthenticatedError
from gateway.domain.scope import Scope, require
from gateway.web.key import verify_key

ANONYMOUS = "anonymous"
"""The name of everybody where no callers are configured."""


class CallerKey(msgspec.Struct, frozen=True):
    """A configured caller. `accounts` is None when it may see all."""

    name: str
    key_hash: str
    scopes: frozenset[str]
    accounts: frozenset[str] | None = None


class Caller(msgspec.Struct, frozen=True, eq=False):
    """Who asks, and what it may do and see. `accounts` are by name, in the order of names. There is one object for each."""

    name: str
    scopes: frozenset[str]
    accounts: Mapping[str, Account]

    def require(self, *scopes: str) -> None:
        """Raises `ForbiddenError` when one of them was not given to this caller."""
        require(self.scopes, *scopes)


class Callers:
    """All configured callers; none configured means that everybody who can reach the gateway may do and see everything."""

    def __init__(self, keys: Sequence[CallerKey], accounts: Sequence[Account]) -> None:
        by_name = {account.name: account for account in sorted(accounts, key=lambda account: account.name)}
        self._anonymous = Caller(ANONYMOUS, frozenset(Scope), by_name)
        self._by_hash = {key.key_hash: Caller(key.name, key.scopes, _visible(by_name, key.accounts)) for key in keys}

    def identify(self, authorization: str) -> Caller:
        """Who sends this: `Bearer <key>`, as in the header `Authorization`.

        Raises `UnauthenticatedError` for a missing or unknown key.
        """
        if not self._by_hash:
            return self._anonymous
        scheme, _, key = authorization.partition(" ")
        # Every caller is compared, so that the time taken does not tell which one matched.
        matches = [caller for key_hash, caller in self._by_hash.items() if verify_key(key.strip(), key_hash)]
        if scheme.lower() != "bearer" or not matches:
            raise UnauthenticatedError("Send a key of this gateway: `Authorization: Bearer <key>`. `gateway key new` makes one.")
        return matches[0]


def _visible(accounts: Mapping[str, Account], names: frozenset[str] | None) -> Mapping[str, Account]:
    return {name: account for name, account in accounts.items() if names is None or name in names}
