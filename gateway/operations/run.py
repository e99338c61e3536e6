"""One run of an operation over many mailboxes, and what it has come to."""

import logging
from collections.abc import Awaitable, Sequence
from enum import StrEnum

import msgspec

from gateway.domain.errors import ErrorCode, GatewayError
from gateway.domain.operation import OperationResult, OperationState
from gateway.domain.outcome import UserError, user_errors
from gateway.domain.stumble import trail
from gateway.operations.ending import STUMBLED
from gateway.operations.journal import Journal
from gateway.operations.part import Part, not_begun, under_way
from gateway.operations.tasks import StoppedError

logger = logging.getLogger("gateway.operations")


class ErrorPolicy(StrEnum):
    """What follows when a part fails."""

    CONTINUE = "CONTINUE"
    STOP = "STOP"


class Tally(msgspec.Struct, frozen=True):
    """What an operation over many came to. Its results are written down already."""

    state: OperationState
    message: str
    mailbox_id: str | None = None
    results: tuple[OperationResult, ...] = ()


class Run:
    """Every method but `tally` is for the workers, who call it side by side."""

    def __init__(self, journal: Journal, key: str, policy: ErrorPolicy, *, has_failed: bool) -> None:
        self._journal = journal
        self._key = key
        self._policy = policy
        self._has_failed = has_failed
        self._is_cut_short = False

    @property
    def is_closing(self) -> bool:
        return self._journal.tasks.is_closing

    @property
    def is_stopped(self) -> bool:
        return self._is_cancelled or (self._has_failed and self._policy is ErrorPolicy.STOP)

    @property
    def _is_cancelled(self) -> bool:
        return self._journal.is_cancelled(self._key)

    async def begins(self, parts: Sequence[Part]) -> bool:
        """Written down before anything is sent. False where it cannot be: these are left out then."""
        try:
            await self._journal.begin_parts(self._key, [under_way(part.index, part.mailbox_id) for part in parts])
        except GatewayError as error:
            self._has_failed = True
            await self._skip(parts, error.message)
            return False
        return True

    async def settle(self, part: Part, ending: Awaitable[OperationResult]) -> None:
        """Tell a part's result, also where it fails; a fault of ours costs this part, not the others."""
        try:
            result = await ending
        except StoppedError:
            return  # the next start finds out
        except GatewayError as error:
            result = OperationResult(part.index, part.mailbox_id, user_errors=user_errors(error))
        except Exception as error:  # noqa: BLE001 - see above
            logger.error("a part of an operation failed: %s", trail(error))  # noqa: TRY400 - its own text may quote data
            result = OperationResult(part.index, part.mailbox_id, user_errors=(UserError(STUMBLED, ErrorCode.OUTCOME_UNKNOWN),))
        self._has_failed |= result.has_failed
        await self._journal.advance(self._key, [result])

    async def leave_out(self, parts: Sequence[Part]) -> None:
        """These are not begun any more."""
        await self._skip(parts, "the operation was cancelled." if self._is_cancelled else "an earlier one had failed.")

    async def _skip(self, parts: Sequence[Part], why: str) -> None:
        self._is_cut_short = True
        await self._journal.advance(self._key, [not_begun(part.index, part.mailbox_id, why) for part in parts])

    async def tally(self) -> Tally:
        """Raises `StoppedError` where the gateway stops before all is done."""
        operation = await self._journal.get(self._key)
        if self.is_closing and operation is not None and operation.progress.done < operation.progress.total:
            raise StoppedError
        is_cancelled = self._is_cut_short and self._is_cancelled
        return tally(await self._journal.results(self._key), is_cancelled=is_cancelled)


def tally(results: Sequence[OperationResult], *, is_cancelled: bool) -> Tally:
    """Out of all results. `is_cancelled`: some were left out because somebody wanted it so."""
    unknown = sum(bool(each.user_errors) and not each.has_failed for each in results)
    failed = sum(each.has_failed for each in results)
    message = _summary(len(results), failed=failed, unknown=unknown)
    if is_cancelled:
        return Tally(OperationState.CANCELLED, message)
    if failed:
        return Tally(OperationState.FAILED, message)
    return Tally(OperationState.UNKNOWN if unknown else OperationState.SUCCEEDED, message)


def _summary(total: int, *, failed: int, unknown: int) -> str:
    """How it ended, for a person."""
    if not total:
        return "There was nothing to do: no mailbox passes the filter."
    if not failed and not unknown:
        return f"All {total} done."
    not_done = f", {failed} not" if failed else ""
    not_known = f", of {unknown} it is not known" if unknown else ""
    return f"{total - failed - unknown} of {total} done{not_done}{not_known}: `results` says why."
