"""The parts of an operation over many mailboxes, and what they come to before and without being done."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from gateway.domain.errors import ErrorCode
from gateway.domain.operation import OperationResult
from gateway.domain.outcome import UserError
from gateway.operations.reconcile import mailbox_of
from gateway.operations.work import Question

UNDER_WAY = "It has begun, and how it ends is not known yet."
NOT_BEGUN = "It was not begun, and nothing was sent: "


class Part(msgspec.Struct, frozen=True):
    """One mailbox's share: how it is done, and how it is found out about if the gateway dies over it."""

    index: int
    question: Question
    act: Callable[[], Awaitable[OperationResult]]

    @property
    def account(self) -> str:
        return self.question.account

    @property
    def mailbox_id(self) -> str | None:
        """The global id of a mailbox that was there before."""
        return mailbox_of(self.question)


class Groups(msgspec.Struct, frozen=True):
    """Parts that go to the vendor together: how many at once in an account (0: none), which of them may, and how."""

    size_of: Callable[[str], int]
    fits: Callable[[Part], bool]
    act: Callable[[str, Sequence[Part]], Awaitable[Sequence[Awaitable[OperationResult]]]]
    """Sends a group; each of the answers is awaited on its own, since some take longer to settle."""


def under_way(index: int, mailbox_id: str | None, *, pending: str | None = None) -> OperationResult:
    """The result of a part while it is under way; `pending` as in `OperationResult`."""
    errors = (UserError(UNDER_WAY, ErrorCode.OUTCOME_UNKNOWN),)
    return OperationResult(index, mailbox_id, user_errors=errors, is_done=False, pending=pending)


def not_begun(index: int, mailbox_id: str | None, why: str) -> OperationResult:
    """The result of a part that was left out."""
    return OperationResult(index, mailbox_id, user_errors=(UserError(f"{NOT_BEGUN}{why}", ErrorCode.INTERNAL),))


def was_left_out(result: OperationResult) -> bool:
    """Whether a part was never begun."""
    return any(error.message.startswith(NOT_BEGUN) for error in result.user_errors)
