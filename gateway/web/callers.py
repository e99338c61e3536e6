"""All callers: by API key, or by the token of an issuer."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.datastructures import Headers

from gateway.domain.account import Account
from gateway.domain.errors import UnauthenticatedError
from gateway.domain.scope import Scope
from gateway.web.caller import ANONYMOUS, Caller, Identity
from gateway.web.key import hash_of, is_same_hash
from gateway.web.rights import Rights
from gateway.web.tokens.bearers import Bearers

_DOTS_OF_TOKEN = 2
_CURE = "Send a key of this gateway: `Authorization: Bearer <key>`. `gateway key new` makes one."
_CURE_WITH_TOKEN = "Send a key of this gateway, or a token of its issuer: `Authorization: Bearer <key>`."  # noqa: S105 - not one itself


class CallerKeys(msgspec.Struct, frozen=True):
    """A configured caller that comes with one of its keys."""

    name: str
    key_hashes: tuple[str, ...]
    rights: Rights


class Callers:
    """All configured callers; none and no issuer configured means that everybody who can reach the gateway may do and see everything.

    `accounts` are all there are, by name and in the order of names.
    """

    def __init__(self, keys: Sequence[CallerKeys], accounts: Mapping[str, Account], bearers: Bearers | None = None) -> None:
        is_open = not keys and bearers is None
        self._anonymous = Identity(Caller(ANONYMOUS, frozenset(Scope), accounts, is_anonymous=True)) if is_open else None
        self._by_hash: dict[str, Identity] = {}
        for each in keys:
            identity = Identity(Caller(each.name, each.rights.scopes, each.rights.visible(accounts)))
            self._by_hash |= dict.fromkeys(each.key_hashes, identity)
        self._bearers = bearers

    async def identify(self, authorization: str) -> Identity:
        """Who sends this: `Bearer <key or token>`, as in the header `Authorization`. A key is looked up without waiting for anything.

        Raises `UnauthenticatedError` for anything that is missing, unknown or no longer good.
        """
        if self._anonymous is not None:
            return self._anonymous
        scheme, _, credential = authorization.partition(" ")
        credential = credential.strip()
        if scheme.lower() == "bearer" and credential:
            found = self._by_key(credential)
            if found is not None:
                return found
            if self._bearers is not None and credential.count(".") == _DOTS_OF_TOKEN:
                return await self._bearers.identify(credential)
        raise UnauthenticatedError(_CURE if self._bearers is None else _CURE_WITH_TOKEN)

    def _by_key(self, key: str) -> Identity | None:
        """Every hash is compared, so that the time taken does not tell which one matched."""
        presented = hash_of(key)
        matches = [identity for key_hash, identity in self._by_hash.items() if is_same_hash(presented, key_hash)]
        return matches[0] if matches else None

    async def close(self) -> None:
        """Lets go of connections to issuers."""
        if self._bearers is not None:
            await self._bearers.close()


def authorization_of(headers: Headers) -> str:
    """The header `Authorization`; "" where it is missing.

    Raises `UnauthenticatedError` where there are several: what stands between client and gateway may have looked at another one.
    """
    found = headers.getlist("authorization")
    if len(found) > 1:
        raise UnauthenticatedError("Send one header `Authorization`, not several.")
    return found[0] if found else ""
