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
    return key, hash_of(key)


def hash_of(key: str) -> str:
    """As it stands in the configuration."""
    # A plain hash is enough for 32 random bytes: there is nothing to guess. A caller may send any text, so any text must hash.
    return f"sha256:{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


def is_same_hash(presented: str, configured: str) -> bool:
    """Takes the same time wherever they differ."""
    return hmac.compare_digest(presented.encode(), configured.encode())
