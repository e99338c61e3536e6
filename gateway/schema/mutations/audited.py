"""A verb's line in the audit: whom it was about is read off its arguments, and what came of it off its payload."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from gateway.domain.errors import ErrorCode, ForbiddenError, InvalidInputError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.domain.operation import Operation
from gateway.operations.audit import AuditOutcome, codes_of
from gateway.operations.payload import Payload
from gateway.schema.context import Info


class Audited:
    """Around a resolver: the line is written when it is left, whichever way. `answered` is its payload, once there is one."""

    def __init__(self, info: Info, arguments: Mapping[str, object]) -> None:
        self._info = info
        self._arguments = arguments
        self.answered: Payload | None = None

    def __enter__(self) -> Self:
        self._info.context.told.add(str(self._info.path.key))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        context, answered = self._info.context, self.answered
        subject = _subject(self._arguments)
        operation: Operation | None = getattr(answered, "operation", None)
        ending = _ending_of(answered) if answered is not None else _ending_without(error)
        accounts = [each for each in subject.accounts if each in context.inventory.accounts]
        context.desk.audit.tell_write(
            self._info.field_name,
            caller=context.caller,
            outcome=ending.outcome,
            codes=ending.codes,
            accounts=accounts or (operation.accounts if operation is not None else ()),
            mailbox=subject.mailbox or _mailbox_of(answered),
            operation=operation,
            is_repeated=answered is not None and answered.is_repeated,
        )


class _Ending(NamedTuple):
    outcome: AuditOutcome
    codes: Sequence[str] = ()


class _Subject(NamedTuple):
    """What a client says that it is about. Neither need be there."""

    accounts: Sequence[str] = ()
    mailbox: Identifier | None = None


def _subject(arguments: Mapping[str, object]) -> _Subject:
    text = arguments.get("id") or arguments.get("mailbox_id")
    if not isinstance(text, str):
        account = arguments.get("account") or getattr(arguments.get("input"), "account", None)
        return _Subject((account,)) if isinstance(account, str) else _Subject()
    try:
        identifier = decode(text)
    except InvalidInputError:
        return _Subject()
    if identifier.kind in (Kind.OPERATION, Kind.ACCOUNT, Kind.DOMAIN):
        return _Subject()
    return _Subject((identifier.account,), Identifier(Kind.MAILBOX, identifier.account, identifier.parts[:1]))


def _mailbox_of(answered: Payload | None) -> Identifier | None:
    """Of a mailbox that is new."""
    mailbox_id = getattr(answered, "mailbox_id", None) or getattr(getattr(answered, "mailbox", None), "id", None)
    return decode(mailbox_id) if mailbox_id is not None else None


def _ending_of(answered: Payload) -> _Ending:
    codes = codes_of(answered.user_errors)
    operation: Operation | None = getattr(answered, "operation", None)
    if ErrorCode.OUTCOME_UNKNOWN in codes:
        return _Ending(AuditOutcome.UNKNOWN, codes)
    if codes:
        return _Ending(AuditOutcome.PARTIAL if getattr(answered, "applied", ()) else AuditOutcome.FAILED, codes)
    is_under_way = operation is not None and not operation.state.is_over
    return _Ending(AuditOutcome.BEGUN if is_under_way else AuditOutcome.DONE)


def _ending_without(error: BaseException | None) -> _Ending:
    """Of a resolver that gave no payload: it refused, stumbled, or was broken off while the write went on."""
    if isinstance(error, ForbiddenError):
        return _Ending(AuditOutcome.REFUSED, (error.code,))
    return _Ending(AuditOutcome.UNKNOWN, (ErrorCode.INTERNAL if isinstance(error, Exception) else ErrorCode.OUTCOME_UNKNOWN,))
