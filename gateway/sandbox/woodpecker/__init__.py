"""Woodpecker imitated: SMTP and IMAP records in one array, one request at a time per account, agencies with client companies.

Shapes: developers.woodpecker.co/docs/mailboxes (records), docs/getting-started (keys, the queue), docs.woodpecker.co (older forms, errors).
What no page shows (the body of `/v1/me`, the texts of errors) is invented here and must not be relied upon.
"""

from gateway.sandbox.woodpecker.app import API_KEY, woodpecker_sandbox
from gateway.sandbox.woodpecker.rows import CLIENT_COMPANY, EMPTY_COMPANY

__all__ = ["API_KEY", "CLIENT_COMPANY", "EMPTY_COMPANY", "woodpecker_sandbox"]
