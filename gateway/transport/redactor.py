"""Takes an account's secrets out of a vendor's words."""

import os
from hashlib import blake2b

from gateway.domain.redaction import Hiding, redact
from gateway.transport.recent_secrets import RecentSecrets

MOST_TEXTS = 5_000


class Redactor:
    """Of one account. `recent` are the secrets that were written lately: mail servers echo logins late.

    What a text became is remembered, by a digest of the text, since what is wrong with a mailbox is said again with every list. The
    text itself is kept nowhere.
    """

    def __init__(self, secrets: tuple[str, ...], recent: RecentSecrets) -> None:
        self._hiding = Hiding(secrets)
        self._recent = recent
        self._recent_version = recent.version
        self._redacted: dict[bytes, str] = {}
        self._salt = os.urandom(16)

    def redact(self, text: str) -> str:
        """The text without them, fit to be shown."""
        if self._recent.version != self._recent_version or len(self._redacted) >= MOST_TEXTS:
            self._redacted.clear()
            self._recent_version = self._recent.version
        key = blake2b(text.encode(errors="surrogatepass"), digest_size=16, key=self._salt).digest()
        redacted = self._redacted.get(key)
        if redacted is None:
            redacted = self._redacted[key] = redact(self._recent.hide(text), secrets=self._hiding)
        return redacted
