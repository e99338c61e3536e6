"""`gateway key new`: keys for callers. Only their hashes are written down, in `[[callers]]`."""

import hmac
from hashlib import sha256
from secrets import token_urlsafe

PREFIX = "mgw_"
"""Marks a key as ours for people and for secret scanners."""
RANDOM_BYTES = 32


def new_key() -> tuple[str, str]:
    """A key and its hash: `mgw_` and 32 random bytes in URL-safe base64, and the `sha256:<hex>` that belongs in the configuration."""
    key = PREFIX + token_urlsafe(RANDOM_BYTES)
    return key, _hash(key)


def verify_key(presented: str, key_hash: str) -> bool:
    """Whether `presented` is the key of this hash; takes the same time wherever they differ."""
    return hmac.compare_digest(_hash(presented).encode(), key_hash.encode())


def _hash(key: str) -> str:
    # A plain hash is enough for 32 random bytes: there is nothing to guess. A caller may send any text, so any text must hash.
    return f"sha256:{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"
