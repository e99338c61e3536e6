"""The logins that the vendor tries before it takes a mailbox: slow, and quoted in full when they fail."""

import asyncio

from gateway.sandbox.smartlead.account import Row
from gateway.sandbox.smartlead.answer import Refusal


class Connection:
    """The mail servers of the world: those below ".invalid" do not exist, and a password with "wrong" in it is."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def check_password(self, body: Row) -> None:
        """SMTP first, then IMAP; raises `Refusal` with the words of the server."""
        login, password = str(body["user_name"]), str(body["password"])
        await self._log_in("SMTP", str(body["smtp_host"]), login, password)
        await self._log_in("IMAP", str(body["imap_host"]), str(body.get("imap_username", login)), str(body.get("imap_password", password)))

    async def check_token(self, token: Row) -> None:
        """Raises `Refusal` with the token in its words."""
        await asyncio.sleep(self._seconds)
        if "wrong" in str(token["access_token"]):
            raise Refusal(400, {"error": f"Invalid OAuth token: {token['access_token']} (invalid_grant)"})

    async def _log_in(self, server: str, host: str, login: str, password: str) -> None:
        await asyncio.sleep(self._seconds)
        if host.endswith(".invalid"):
            raise Refusal(400, {"error": f"{server} connection failed: getaddrinfo ENOTFOUND {host} ({login}:{password})"})
        if "wrong" in password:
            raise Refusal(
                400, {"error": f"{server} connection failed: Invalid login: 535 5.7.8 Bad credentials for {login} with {password}"}
            )
