"""Whose tokens are taken, and what makes one of them good (RFC 7519, RFC 8725)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt
import msgspec

from gateway.domain.errors import UnauthenticatedError
from gateway.web.rights import Rights
from gateway.web.tokens.issuer_keys import IssuerKeys
from gateway.web.tokens.key_set import UnusableKeysError

LONGEST_TOKEN = 8192
LONGEST_SUBJECT = 255
_LATEST = 2**40
"""Seconds since 1970: later than any clock will show, and still a float."""
_NEEDED = ("iss", "aud", "sub", "exp")
_WORDS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "The token has expired: get a new one."),
    (jwt.ImmatureSignatureError, "The token is not valid yet (`nbf`, `iat`): the clocks of its issuer and of the gateway differ."),
    (jwt.InvalidAudienceError, "The token was made for another audience (`aud`)."),
    (jwt.MissingRequiredClaimError, f"The token lacks one of the claims {', '.join(f'`{each}`' for each in _NEEDED)}."),
)
"""What is told of a token whose signature is good; of any other only `_UNTRUSTED`."""
_UNTRUSTED = "This token cannot be trusted: its form, its issuer, its key or its signature is not right."


class Claims(NamedTuple):
    """What a good token says. From `ends_at` (seconds since 1970) it is good no more; `expires_at` is that without the leeway."""

    subject: str
    expires_at: float
    ends_at: float
    all: Mapping[str, Any]


class Issuer(msgspec.Struct, frozen=True):
    """`rights` are those of a subject that nobody configured, None where such are not let in.

    The claims of these names narrow anybody's rights down; None: there is no such claim.
    """

    name: str
    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    leeway_seconds: float
    keys: IssuerKeys
    rights: Rights | None
    scopes_claim: str | None
    accounts_claim: str | None

    async def verify(self, token: str, header: Mapping[str, Any]) -> Claims:
        """What the token says, once everything about it is right. Raises `UnauthenticatedError`."""
        algorithm = header.get("alg")
        if algorithm not in self.algorithms or "crit" in header or "b64" in header:  # we know no extension that may be critical
            raise UnauthenticatedError(_UNTRUSTED)
        try:
            key = await self.keys.find(header.get("kid"), str(algorithm))
        except UnusableKeysError:
            message = "The keys of this token's issuer cannot be had just now: ask again in some seconds. The gateway's log says why."
            raise UnauthenticatedError(message) from None
        if key is None:
            raise UnauthenticatedError(_UNTRUSTED)
        return self._claims(token, key)

    def _claims(self, token: str, key: jwt.PyJWK) -> Claims:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self.audience,
                issuer=self.issuer,
                leeway=self.leeway_seconds,
                options={"require": list(_NEEDED)},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise UnauthenticatedError(next((words for kind, words in _WORDS if isinstance(error, kind)), _UNTRUSTED)) from None
        subject = claims["sub"]
        if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
            message = f"The token's `sub` must be 1 to {LONGEST_SUBJECT} printable characters."
            raise UnauthenticatedError(message)
        expires_at = min(int(claims["exp"]), _LATEST)
        return Claims(subject, expires_at, expires_at + self.leeway_seconds, claims)

    def narrowed(self, rights: Rights, claims: Claims) -> Rights:
        """What is left of these rights by what the token says."""
        return rights.narrowed(scopes=_words(claims, self.scopes_claim), accounts=_words(claims, self.accounts_claim))


def unverified(token: str) -> tuple[Mapping[str, Any], object]:
    """A token's header and its `iss`, which say only where to look. Raises `UnauthenticatedError` for what is no token."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise UnauthenticatedError(_UNTRUSTED)
    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError):
        raise UnauthenticatedError(_UNTRUSTED) from None
    return parts["header"], parts["payload"].get("iss")


def untrusted() -> UnauthenticatedError:
    """For a token of an issuer that nobody configured: the same as for one that somebody forged."""
    return UnauthenticatedError(_UNTRUSTED)


def _words(claims: Claims, name: str | None) -> frozenset[str] | None:
    """A claim's words, as an array or with spaces between them (RFC 8693, section 4.2); none where it is missing or anything else."""
    if name is None:
        return None
    value = claims.all.get(name)
    words = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(word for word in words if isinstance(word, str))
