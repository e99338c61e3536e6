"""What a fleet answer says about each account: missing is not empty."""

from datetime import datetime
from enum import StrEnum

import msgspec

from gateway.domain.account import Account
from gateway.domain.errors import ErrorCode


class SourceStatus(StrEnum):
    """How much of an account is in the answer; STALE or PARTIAL whenever older rows are served."""

    FRESH = "FRESH"
    STALE = "STALE"
    PARTIAL = "PARTIAL"
    LOADING = "LOADING"
    UNAVAILABLE = "UNAVAILABLE"


class SourceReport(msgspec.Struct, frozen=True):
    """One account's part in an answer. `problem` is why the last attempt failed, None when it did not."""

    account: Account
    status: SourceStatus
    problem: ErrorCode | None = None
    message: str | None = None
    mailbox_count: int | None = None
    as_of: datetime | None = None
    retry_at: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the account's mailboxes are all there, fresh or stale."""
        return self.status in (SourceStatus.FRESH, SourceStatus.STALE)
