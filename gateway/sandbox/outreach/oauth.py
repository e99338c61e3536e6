"""The tokens: which are good, for what, and how a new pair is granted."""

import time
from collections.abc import Mapping

from gateway.sandbox.outreach.refusal import Refusal, flat_refusal, refusal

ACCESS_TOKEN = "CANARY-outreach-access-token"  # noqa: S105 - planted
EXPIRED_TOKEN = "CANARY-outreach-expired-token"  # noqa: S105 - planted
MAILBOXES_ONLY_TOKEN = "CANARY-outreach-mailboxes-only-token"  # noqa: S105 - planted
UNSCOPED_TOKEN = "CANARY-outreach-unscoped-token"  # noqa: S105 - planted
CLIENT_SECRET = "CANARY-outreach-client-secret"  # noqa: S105 - planted
FIRST_REFRESH_TOKEN = "CANARY-outreach-refresh-token-0"  # noqa: S105 - planted
OAUTH_ACCOUNT = {"client_id": "sandbox-application", "client_secret": CLIENT_SECRET, "refresh_token": FIRST_REFRESH_TOKEN}
WRITE_SCOPE = "mailboxes.write"
"""Of the actions, too: no page says which scope they need."""
DELETE_SCOPE = "mailboxes.delete"
ALL_SCOPES = frozenset(
    {"mailboxes.read", WRITE_SCOPE, DELETE_SCOPE, "mailAliases.read", "users.read", "mailings.read", "sequenceStates.read"}
)


class OAuth:
    """The tokens given out so far."""

    def __init__(self) -> None:
        self.tokens: dict[str, frozenset[str]] = {
            ACCESS_TOKEN: ALL_SCOPES,
            MAILBOXES_ONLY_TOKEN: frozenset({"mailboxes.read"}),
            UNSCOPED_TOKEN: frozenset({"prospects.read"}),
        }
        self.refresh_token = FIRST_REFRESH_TOKEN
        self.grants = 0
        self.granted_at: float | None = None
        self.grant_gap_seconds = 60.0

    def scopes(self, authorization: str) -> frozenset[str]:
        """The scopes of the token in an `Authorization` header. Raises `Refusal`."""
        token = authorization.removeprefix("Bearer ")
        if token == EXPIRED_TOKEN:
            raise refusal(401, "invalidToken", "Unauthorized", "Access token has expired.")
        scopes = self.tokens.get(token) if authorization.startswith("Bearer ") else None
        if scopes is None:
            raise flat_refusal(401, error="Invalid JWT token.", description="Token could not be decoded.")
        return scopes

    def grant(self, form: Mapping[str, str]) -> dict[str, object]:
        """A new pair of tokens. Raises `Refusal`: once a minute, and with the newest refresh token only."""
        now = time.monotonic()
        if self.granted_at is not None and now - self.granted_at < self.grant_gap_seconds:
            raise Refusal(429, b"Retry later\n", media_type="text/plain")
        known = OAUTH_ACCOUNT["client_id"], CLIENT_SECRET, "refresh_token"
        if (form.get("client_id"), form.get("client_secret"), form.get("grant_type")) != known:
            raise flat_refusal(401, error="invalid_client", error_description="Client authentication failed.")
        if form.get("refresh_token") != self.refresh_token:
            description = "The provided authorization grant is invalid, expired or revoked."
            raise flat_refusal(400, error="invalid_grant", error_description=description)
        self.granted_at = now
        self.grants += 1
        access_token = granted_access_token(self.grants)
        self.refresh_token = granted_refresh_token(self.grants)
        self.tokens[access_token] = ALL_SCOPES
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 7200,
            "refresh_token": self.refresh_token,
            "scope": " ".join(sorted(ALL_SCOPES)),
            "created_at": int(time.time()),
        }


def granted_access_token(number: int) -> str:
    """The access token of the `number`th grant, from 1."""
    return f"CANARY-outreach-granted-access-token-{number}"


def granted_refresh_token(number: int) -> str:
    """The refresh token of the `number`th grant, from 1."""
    return f"CANARY-outreach-refresh-token-{number}"
