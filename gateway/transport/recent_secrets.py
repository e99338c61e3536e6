"""The secrets that were written to a vendor lately: its answers, and what it says of the mailbox afterwards, may echo them."""

import time
from collections import deque
from collections.abc import Iterable

from gateway.domain.redaction import Hiding
from gateway.domain.secret import Secret

LASTS_SECONDS = 900.0
"""Vendors verify for minutes and say then what the mail server said."""
MOST = 1000
"""The oldest go when there are more. A vendor's batch may carry 400: two for each of 200 mailboxes."""


class RecentSecrets:
    """In memory, and for a quarter of an hour."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, str]] = deque(maxlen=MOST)
        self._hiding: Hiding | None = None
        self._version = 0

    @property
    def version(self) -> int:
        """Changes whenever they do."""
        self._forget_oldest()
        return self._version

    def add(self, secrets: Iterable[Secret]) -> None:
        now = time.monotonic()
        texts = {text for _, text in self._kept}
        new = [secret.reveal() for secret in secrets if secret.reveal() not in texts]
        if new:
            self._kept.extend((now, text) for text in new)
            self._change()

    def hide(self, text: str) -> str:
        """The text with a mask in place of each of them."""
        self._forget_oldest()
        if not self._kept:
            return text
        if self._hiding is None:
            self._hiding = Hiding(text for _, text in self._kept)
        return self._hiding.hide(text)

    def _forget_oldest(self) -> None:
        if not self._kept:
            return
        oldest = time.monotonic() - LASTS_SECONDS
        while self._kept and self._kept[0][0] < oldest:
            self._kept.popleft()
            self._change()

    def _change(self) -> None:
        self._hiding = None
        self._version += 1
