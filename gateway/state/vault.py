"""Vaults that survive a crash: encrypted rows, one for each account."""

import logging

from gateway.state.cipher import Cipher
from gateway.state.database import Database

logger = logging.getLogger("gateway.state")

_LOAD = "SELECT hidden FROM vaults WHERE account = ?"
_SAVE = "INSERT INTO vaults (account, hidden) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET hidden = excluded.hidden"


class StoredVault:
    """One account's; see `domain.vault.Vault`."""

    def __init__(self, account: str, database: Database, cipher: Cipher) -> None:
        self._account = account
        self._database = database
        self._cipher = cipher

    async def load(self) -> str | None:
        row = await self._database.read(lambda connection: connection.execute(_LOAD, (self._account,)).fetchone())
        if row is None:
            return None
        text = self._cipher.decrypt(row[0], about=self._account)
        if text is None:
            logger.warning(
                "What was kept of account %s's credentials cannot be read: GATEWAY_STATE_KEY is not the one that it was kept with. "
                "Set that one again, or give the account a new refresh_token.",
                self._account,
            )
        return text

    async def save(self, text: str) -> None:
        hidden = self._cipher.encrypt(text, about=self._account)
        await self._database.write(lambda connection: connection.execute(_SAVE, (self._account, hidden)))
