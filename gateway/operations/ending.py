"""How something ended whose end nobody could wait for: a creation, a write whose answer was lost."""

import msgspec

from gateway.domain.errors import ErrorCode, GatewayError
from gateway.domain.mailbox import Mailbox
from gateway.domain.operation import OperationResult, OperationState
from gateway.domain.outcome import CheckResult, UserError, WriteWarning, user_errors

STUMBLED = "The gateway stumbled over this one; its log says where. It may or may not have happened."


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """`mailbox_id` is a global id. `is_final` False: it may still come to be otherwise."""

    state: OperationState
    message: str
    mailbox_id: str | None = None
    checks: tuple[CheckResult, ...] | None = None
    user_errors: tuple[UserError, ...] = ()
    warnings: tuple[WriteWarning, ...] = ()
    is_final: bool = True

    @property
    def results(self) -> tuple[OperationResult, ...]:
        """As the end of an operation that has no other parts."""
        return (self.result(0),)

    def result(self, index: int) -> OperationResult:
        """As the result of one part."""
        return OperationResult(index, self.mailbox_id, self.checks, self.user_errors, self.warnings)


def happened(message: str, *, mailbox_id: str | None, checks: tuple[CheckResult, ...] | None = None) -> Ending:
    """It did."""
    return Ending(state=OperationState.SUCCEEDED, message=message, mailbox_id=mailbox_id, checks=checks)


def not_happened(message: str, *, mailbox_id: str | None = None) -> Ending:
    """It did not, as far as can be seen now."""
    errors = (UserError(message, ErrorCode.VENDOR_UNAVAILABLE),)
    return Ending(state=OperationState.FAILED, message=message, mailbox_id=mailbox_id, user_errors=errors, is_final=False)


def unknown(message: str, *, mailbox_id: str | None = None, checks: tuple[CheckResult, ...] | None = None, is_final: bool = True) -> Ending:
    """Nobody can tell."""
    errors = (UserError(message, ErrorCode.OUTCOME_UNKNOWN),)
    return Ending(
        state=OperationState.UNKNOWN, message=message, mailbox_id=mailbox_id, checks=checks, user_errors=errors, is_final=is_final
    )


def created(mailbox: Mailbox | None, warnings: tuple[WriteWarning, ...] = ()) -> Ending:
    """A creation that is through."""
    identifier = mailbox.id if mailbox is not None else None
    return Ending(state=OperationState.SUCCEEDED, message="The mailbox is ready.", mailbox_id=identifier, warnings=warnings)


def refused(error: GatewayError) -> Ending:
    """A creation that came to nothing, or to nobody knows what."""
    state = OperationState.UNKNOWN if error.code is ErrorCode.OUTCOME_UNKNOWN else OperationState.FAILED
    return Ending(state=state, message=error.message, user_errors=user_errors(error))
