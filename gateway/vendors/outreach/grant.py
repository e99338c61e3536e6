"""What a token endpoint gave, and how it is kept over a restart."""

from datetime import datetime
from hashlib import sha256

import msgspec

from gateway.domain.vault import Vault


class Grant(msgspec.Struct, frozen=True):
    """A refresh token and, behind the first grant, an access token that ends at `expires_at`."""

    refresh_token: str
    access_token: str | None = None
    expires_at: datetime | None = None

    def lasts(self, until: datetime) -> bool:
        return self.access_token is not None and self.expires_at is not None and until < self.expires_at

    def is_newer_than(self, other: "Grant") -> bool:
        return self.expires_at is not None and (other.expires_at is None or self.expires_at > other.expires_at)

    def __repr__(self) -> str:
        return "Grant(hidden)"


class KeptGrant(msgspec.Struct, frozen=True):
    """A grant as it is kept; `asked_at` is when a grant was last asked for, answered or not.

    `configured` is the SHA-256 of the refresh token that was configured then: with another one in its place, this here is void.
    """

    configured: str
    grant: Grant
    asked_at: datetime | None = None

    def __repr__(self) -> str:
        return "KeptGrant(hidden)"


class GrantVault:
    """Keeps the grants that descend from one configured refresh token."""

    def __init__(self, vault: Vault, configured_refresh_token: str) -> None:
        self._vault = vault
        self._configured = sha256(configured_refresh_token.encode()).hexdigest()

    async def load(self) -> KeptGrant | None:
        """What was kept last, by whatever process; None for nothing, and for what descends from another refresh token."""
        text = await self._vault.load()
        try:
            kept = msgspec.json.decode(text, type=KeptGrant) if text else None
        except msgspec.MsgspecError:
            return None
        return kept if kept is not None and kept.configured == self._configured else None

    async def save(self, grant: Grant, *, asked_at: datetime | None) -> None:
        """Raises `GatewayError` when it cannot be kept."""
        await self._vault.save(msgspec.json.encode(KeptGrant(self._configured, grant, asked_at)).decode())
