"""Outreach imitated, from https://developers.outreach.io/api/ (getting-started, making-requests, reference).

The app holds `/api/v2/…` and `/oauth/token`, as `https://api.outreach.io` does. Where the pages leave something open, the stricter reading
is served: a refresh token dies when it is used, an unknown parameter is a 422, users need their own scope. An attribute that the page does
not let one write is a 422, too.
"""

from gateway.sandbox.outreach.app import Outreach, outreach_sandbox
from gateway.sandbox.outreach.oauth import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    EXPIRED_TOKEN,
    FIRST_REFRESH_TOKEN,
    MAILBOXES_ONLY_TOKEN,
    OAUTH_ACCOUNT,
    UNSCOPED_TOKEN,
)
from gateway.sandbox.outreach.refusal import MEDIA_TYPE
from gateway.sandbox.outreach.user import GONE_USER_ID

__all__ = [
    "ACCESS_TOKEN",
    "CLIENT_SECRET",
    "EXPIRED_TOKEN",
    "FIRST_REFRESH_TOKEN",
    "GONE_USER_ID",
    "MAILBOXES_ONLY_TOKEN",
    "MEDIA_TYPE",
    "OAUTH_ACCOUNT",
    "UNSCOPED_TOKEN",
    "Outreach",
    "outreach_sandbox",
]
