"""What all mutations share: whose mailbox it is about, and how a refusal becomes `userErrors`."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Concatenate, ParamSpec, TypeAlias, TypeVar

import msgspec
import strawberry
from strawberry.types import has_object_definition

from gateway.domain.camel import camel
from gateway.domain.errors import ErrorCode, ForbiddenError, GatewayError, InvalidInputError, NotFoundError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.domain.outcome import user_errors
from gateway.domain.secret import Secret
from gateway.operations.payload import Payload
from gateway.schema.context import Info
from gateway.schema.mutations.audited import Audited

P = ParamSpec("P")
T = TypeVar("T", bound=Payload)

MailboxId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="`Mailbox.id`.")]

FolderId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="`Folder.id`.")]
RuleId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="`Rule.id`.")]
MessageId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="`Message.id`.")]


def answers(
    payload: type[T],
) -> Callable[[Callable[Concatenate[Info, P], Awaitable[T]]], Callable[Concatenate[Info, P], Awaitable[T]]]:
    """A resolver whose `GatewayError`s are told in this payload; what the caller may not do at all is an error of the request.

    Each leaves a line in the audit.

    That there is no such thing (any more) is told at the argument that named it, whoever finds out: the gateway or the vendor.
    """

    def around(resolve: Callable[Concatenate[Info, P], Awaitable[T]]) -> Callable[Concatenate[Info, P], Awaitable[T]]:
        @wraps(resolve)
        async def answer(info: Info, *args: P.args, **kwargs: P.kwargs) -> T:
            with Audited(info, kwargs) as audited:
                try:
                    answered = await resolve(info, *args, **kwargs)
                except ForbiddenError:
                    raise
                except GatewayError as error:
                    answered = payload(user_errors=user_errors(error))
                audited.answered = answered
            return _placed(answered, next((camel(name) for name in ("id", "mailbox_id") if name in kwargs), None))

        return answer  # type: ignore[return-value] # mypy 2.4 does not see that `wraps` keeps the parameters

    return around


def _placed(payload: T, argument: str | None) -> T:
    if argument is None or all(each.code is not ErrorCode.NOT_FOUND or each.field for each in payload.user_errors):
        return payload
    told = (
        msgspec.structs.replace(each, field=(argument,)) if each.code is ErrorCode.NOT_FOUND and not each.field else each
        for each in payload.user_errors
    )
    return msgspec.structs.replace(payload, user_errors=tuple(told))


def identified(info: Info, text: str, kind: Kind = Kind.MAILBOX, *field: str) -> Identifier:
    """What an id names, if that can exist for this caller. Raises `InvalidInputError` and `NotFoundError` at `field`, by default `id`."""
    field = field or ("id",)
    try:
        identifier = decode(text, expected=kind)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, field=field) from None
    if not info.context.sees(identifier):
        raise NotFoundError(f"There is no {kind.lower()} by this id.", field=field)
    return identifier


def mailbox_of(identifier: Identifier) -> Identifier:
    """The mailbox that a folder, a rule or a message lies in."""
    return Identifier(Kind.MAILBOX, identifier.account, identifier.parts[:1])


def may_write_secrets(info: Info, given: object) -> None:
    """Raises `ForbiddenError` where an input holds a password or a token, however deep, and the caller may not set any."""
    if _holds_secret(given):
        info.context.require("secrets:write")


def _holds_secret(given: object) -> bool:
    if isinstance(given, list):
        return any(map(_holds_secret, given))
    return isinstance(given, Secret) or (has_object_definition(given) and any(map(_holds_secret, vars(given).values())))
