"""An issuer's public keys, out of a JSON Web Key Set (RFC 7517)."""

from collections.abc import Iterable, Mapping
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

MOST_KEYS = 100
SMALLEST_RSA_BITS = 2048
_FAMILIES: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""The type and the curve of an algorithm's keys (RFC 7518, section 3.1; RFC 8037). What is not in here is never used."""
_PUBLIC = ("kty", "n", "e", "crv", "x", "y")
"""What makes a public key: a private part that somebody published by mistake is not even read."""


class UnusableKeysError(Exception):
    """No key can be used. The text is ours, and safe to log."""


class _Document(msgspec.Struct):
    keys: list[dict[str, Any]]


class KeySet:
    """Keys by id and algorithm: each is good for the algorithms of its own kind only, whatever a token says."""

    def __init__(self, keys: Mapping[tuple[str | None, str], jwt.PyJWK]) -> None:
        self._keys = keys

    def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key of this id; without an id the only one there is for the algorithm."""
        if key_id is not None:
            return self._keys.get((key_id, algorithm))
        fitting = [key for (_, its), key in self._keys.items() if its == algorithm]
        return fitting[0] if len(fitting) == 1 else None


def read_key_set(content: bytes, algorithms: Iterable[str]) -> KeySet:
    """The keys that are good for one of the algorithms. Raises `UnusableKeysError`."""
    try:
        document = msgspec.json.decode(content, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnusableKeysError("what it gives is no key set") from None
    keys: dict[tuple[str | None, str], jwt.PyJWK] = {}
    for row in document.keys[:MOST_KEYS]:
        for algorithm in algorithms:
            if _is_for(row, algorithm) and (key := _key(row, algorithm)) is not None:
                keys.setdefault((row.get("kid"), algorithm), key)
    if not keys:
        raise UnusableKeysError(f"its key set holds no key for {', '.join(algorithms)}")
    return KeySet(keys)


def _is_for(row: Mapping[str, Any], algorithm: str) -> bool:
    kind, curve = _FAMILIES[algorithm]
    operations = row.get("key_ops")
    return (
        (row.get("kty"), row.get("crv") if curve else None) == (kind, curve)
        and row.get("alg") in (None, algorithm)
        and row.get("use") in (None, "sig")
        and (operations is None or (isinstance(operations, list) and "verify" in operations))
        and isinstance(row.get("kid"), str | None)
    )


def _key(row: Mapping[str, Any], algorithm: str) -> jwt.PyJWK | None:
    """None for one that is no key, or too weak."""
    try:
        key = jwt.PyJWK({name: row[name] for name in _PUBLIC if name in row}, algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        return None
    return None if isinstance(key.key, RSAPublicKey) and key.key.key_size < SMALLEST_RSA_BITS else key
