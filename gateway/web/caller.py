"""Who asks: callers by API key, with scopes and the accounts that they may see."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request

from gateway.domain.account import Account
from gateway.domain.errors import ErrorCode, GatewayError
from gateway.web.key import verify_key

READ = "read"


class UnauthenticatedError(GatewayError):
    """No key, or one that we do not know."""

    code = ErrorCode.UNAUTHENTICATED


class ForbiddenError(GatewayError):
    """A known caller without the scope that this needs."""

    code = ErrorCode.FORBIDDEN


class Caller(msgspec.Struct, frozen=True):
    """A configured caller. `accounts` is None when it may see all."""

    name: str
    key_hash: str
    scopes: frozenset[str]
    accounts: frozenset[str] | None = None


class Callers:
    """All configured callers; none configured means that everybody who can reach the gateway may see everything."""

    def __init__(self, callers: Sequence[Caller], accounts: Sequence[Account]) -> None:
        self._callers = tuple(callers)
        self._accounts = {account.name: account for account in sorted(accounts, key=lambda account: account.name)}

    def accounts_for(self, request: Request) -> Mapping[str, Account]:
        """The accounts that the sender of a request may read, by name.

        Raises `UnauthenticatedError` for a missing or unknown key, `ForbiddenError` for a key without the scope `read`.
        """
        if not self._callers:
            return self._accounts
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        # Every caller is compared, so that the time taken does not tell which one matched.
        matches = [caller for caller in self._callers if verify_key(key.strip(), caller.key_hash)]
        if scheme.lower() != "bearer" or not matches:
            raise UnauthenticatedError("Send a key of this gateway: `Authorization: Bearer <key>`. `gateway key new` makes one.")
        caller = matches[0]
        if READ not in caller.scopes:
            raise ForbiddenError(f"This key lacks the scope `{READ}`.")
        return {name: account for name, account in self._accounts.items() if caller.accounts is None or name in caller.accounts}
