"""Where an adapter keeps what must outlive the process and nobody may read: a refresh token that its vendor replaced."""

from typing import Protocol


class Vault(Protocol):
    """One account's. The text is the adapter's own business; it is stored encrypted."""

    async def load(self) -> str | None:
        """What was saved last; None when nothing was, or when it cannot be read any more."""

    async def save(self, text: str) -> None:
        """Returns once the text would survive a crash. Raises `GatewayError` when it cannot be kept."""


class MemoryVault:
    """Keeps it for as long as the process lives."""

    def __init__(self) -> None:
        self._text: str | None = None

    async def load(self) -> str | None:
        return self._text

    async def save(self, text: str) -> None:
        self._text = text
