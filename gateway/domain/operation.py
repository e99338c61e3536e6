"""Long work: what a caller can ask about, watch and cancel while it goes on, and look up after it ended."""

from collections.abc import Container
from datetime import datetime
from enum import StrEnum

import msgspec

from gateway.domain.errors import ErrorCode
from gateway.domain.identifier import Kind, encode
from gateway.domain.outcome import CheckResult, UserError, WriteWarning


class OperationState(StrEnum):
    """UNKNOWN: it ended, and whether it happened cannot be found out."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    CANCELLED = "CANCELLED"

    @property
    def is_over(self) -> bool:
        return self not in (OperationState.PENDING, OperationState.RUNNING)


class Progress(msgspec.Struct, frozen=True):
    """How many of `total` parts are done, and how many of those failed; where that is not known, a part has not failed."""

    done: int
    failed: int
    total: int


class OperationResult(msgspec.Struct, frozen=True):
    """What came of one part: the mailbox at `index` of what was asked for. `mailbox_id` is a global id.

    `is_done` is False while the part is under way; `pending` is then what `domain.outcome.Created` says, where the vendor has accepted it.
    """

    index: int
    mailbox_id: str | None = None
    checks: tuple[CheckResult, ...] | None = None
    user_errors: tuple[UserError, ...] = ()
    warnings: tuple[WriteWarning, ...] = ()
    is_done: bool = True
    pending: str | None = None

    @property
    def has_failed(self) -> bool:
        """Whether it is known that it did not happen, or not all of it."""
        return any(error.code is not ErrorCode.OUTCOME_UNKNOWN for error in self.user_errors)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of long work. `accounts` are those that it touches: who may not see all of them does not see it.

    `key` is what `id` is made of; `kind` is the name of the mutation that began it.
    `mailbox_id` is a global id, where it is about one mailbox.
    """

    key: str
    kind: str
    accounts: tuple[str, ...]
    created_at: datetime
    state: OperationState = OperationState.PENDING
    progress: Progress = Progress(0, 0, 1)
    message: str | None = None
    mailbox_id: str | None = None
    finished_at: datetime | None = None

    @property
    def id(self) -> str:
        return encode(Kind.OPERATION, "", self.key)

    def is_within(self, accounts: Container[str]) -> bool:
        """Whether it is shown to one who sees these accounts. One that touches none was begun by a caller who sees none: nobody else's."""
        return bool(self.accounts) and all(name in accounts for name in self.accounts)
