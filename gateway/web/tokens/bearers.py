"""Who comes with a token: the callers that issuers speak for."""

import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from gateway.domain.account import Account
from gateway.domain.errors import UnauthenticatedError
from gateway.domain.latest import Latest
from gateway.web.caller import Caller, Identity
from gateway.web.rights import Rights
from gateway.web.tokens.issuer import Claims, Issuer, untrusted, unverified

TRUSTED_SECONDS = 60.0
"""How long a token that was found good is not looked at again. So long it outlives a key that its issuer withdrew."""
MOST_KEPT = 10_000
_KEPT_BYTES = 1024
"""About what is kept of a token or a caller."""


class NamedSubject(NamedTuple):
    """A `[[callers]]` table for a subject of an issuer, which is named by its name."""

    issuer: str
    subject: str
    name: str
    rights: Rights


class _Trusted(NamedTuple):
    identity: Identity
    until: float


class Bearers:
    """Tokens are kept by their hashes only, and no longer than they are good."""

    def __init__(self, issuers: Sequence[Issuer], subjects: Sequence[NamedSubject], accounts: Mapping[str, Account]) -> None:
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._subjects = {(each.issuer, each.subject): each for each in subjects}
        self._accounts = accounts
        self._trusted = Latest[bytes, _Trusted](most=MOST_KEPT, most_bytes=MOST_KEPT * _KEPT_BYTES)
        self._callers = Latest[tuple[str, Rights], Caller](most=MOST_KEPT, most_bytes=MOST_KEPT * _KEPT_BYTES)

    async def identify(self, token: str) -> Identity:
        """Raises `UnauthenticatedError`."""
        digest = sha256(token.encode()).digest()
        trusted = self._trusted.get(digest)
        if trusted is not None and time.time() < trusted.until:
            return trusted.identity
        header, name = unverified(token)
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise untrusted()
        claims = await issuer.verify(token, header)
        identity = Identity(self._caller(issuer, claims), claims.ends_at)
        self._trusted.put(digest, _Trusted(identity, min(claims.expires_at, time.time() + TRUSTED_SECONDS)), _KEPT_BYTES)
        return identity

    def _caller(self, issuer: Issuer, claims: Claims) -> Caller:
        """Always the same one for a name and its rights."""
        named = self._subjects.get((issuer.name, claims.subject))
        rights = named.rights if named is not None else issuer.rights
        if rights is None:
            raise UnauthenticatedError("The token is good, but its subject (`sub`) is no caller of this gateway.")
        name = named.name if named is not None else _name(issuer, claims)
        rights = issuer.narrowed(rights, claims)
        caller = self._callers.get((name, rights))
        if caller is None:
            caller = Caller(name, rights.scopes, rights.visible(self._accounts))
            self._callers.put((name, rights), caller, _KEPT_BYTES)
        return caller

    async def close(self) -> None:
        """Lets go of connections."""
        for issuer in self._issuers.values():
            await issuer.keys.close()


def _name(issuer: Issuer, claims: Claims) -> str:
    """`login:auth0|42`: nobody else's, since no configured name has a colon; without spaces and slashes, which separate names elsewhere."""
    return f"{issuer.name}:{quote(claims.subject, safe='@|+:')}"
