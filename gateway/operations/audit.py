"""One line for every write: who asked for what, which mailbox it was about, and what came of it. No value of any input stands in it.

Three kinds: `write` for each verb that was asked for, `part` for each mailbox of an operation over many, `operation` for the end of one.
The operation's id joins them.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from enum import StrEnum

from gateway.domain.errors import ErrorCode, InvalidInputError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.domain.operation import Operation, OperationResult, OperationState
from gateway.domain.outcome import UserError
from gateway.domain.request import find

logger = logging.getLogger("gateway.audit")


class AuditOutcome(StrEnum):
    """BEGUN: it goes on as an operation. PARTIAL: something was written, not all. REFUSED: it never came so far as to be tried."""

    DONE = "done"
    BEGUN = "begun"
    PARTIAL = "partial"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class Audit:
    """`knows` says whether a mailbox is one that a vendor has told of. An id that a client made up may hold anything: it is not shown."""

    def __init__(self, knows: Callable[[Identifier], bool] = lambda _: False) -> None:
        self._knows = knows

    def tell_write(  # noqa: PLR0913 - the parts of a line, all by keyword
        self,
        verb: str,
        *,
        caller: str,
        outcome: AuditOutcome,
        codes: Collection[str] = (),
        accounts: Sequence[str] = (),
        mailbox: Identifier | None = None,
        operation: Operation | None = None,
        is_repeated: bool = False,
    ) -> None:
        """A verb was asked for. `is_repeated`: an earlier request with the same idempotency key had done it."""
        event: dict[str, object] = {"verb": verb, "caller": caller, "outcome": outcome}
        if accounts:
            event["accounts"] = list(accounts)
        event |= self._shown(mailbox, is_done=outcome is AuditOutcome.DONE)
        if operation is not None:
            event["operation"] = operation.id
        if codes:
            event["codes"] = list(codes)
        if is_repeated:
            event["repeated"] = True
        logger.info("write", extra={"event": event})

    def tell_part(self, operation: Operation, result: OperationResult) -> None:
        """A mailbox of an operation over many is settled."""
        outcome = AuditOutcome.FAILED if result.has_failed else AuditOutcome.UNKNOWN if result.user_errors else AuditOutcome.DONE
        event: dict[str, object] = {"verb": operation.kind, "operation": operation.id, "part": result.index, "outcome": outcome} | _asker()
        mailbox = _decoded(result.mailbox_id)
        event |= self._shown(mailbox, is_done=outcome is AuditOutcome.DONE)
        if result.user_errors:
            event["codes"] = codes_of(result.user_errors)
        logger.info("part", extra={"event": event})

    def tell_end(self, operation: Operation) -> None:
        """An operation is over."""
        done, failed, total = operation.progress.done, operation.progress.failed, operation.progress.total
        event: dict[str, object] = {
            "verb": operation.kind,
            "operation": operation.id,
            "outcome": operation.state.lower(),
            "accounts": list(operation.accounts),
            "done": done,
            "failed": failed,
            "total": total,
        } | _asker()
        event |= self._shown(_decoded(operation.mailbox_id), is_done=operation.state is OperationState.SUCCEEDED)
        logger.info("operation", extra={"event": event})

    def _shown(self, mailbox: Identifier | None, *, is_done: bool) -> dict[str, object]:
        """What was done to a mailbox was done to one that is there."""
        return {"mailbox": str(mailbox)} if mailbox is not None and (is_done or self._knows(mailbox)) else {}


def _decoded(mailbox_id: str | None) -> Identifier | None:
    try:
        return decode(mailbox_id or "", expected=Kind.MAILBOX)
    except InvalidInputError:
        return None


def codes_of(errors: Collection[UserError]) -> list[ErrorCode]:
    """Each once."""
    return list(dict.fromkeys(error.code for error in errors))


def _asker() -> dict[str, object]:
    """Whose request began the work that runs just now; nobody's after a restart."""
    request = find()
    return {"caller": request.caller} if request is not None and request.caller else {}
