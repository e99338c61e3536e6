"""What all mutations share: whose mailbox it is about, and how a refusal becomes `userErrors`."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Concatenate, ParamSpec, TypeAlias, TypeVar

import msgspec
import strawberry

from gateway.domain.draft import secrets_in
from gateway.domain.errors import ForbiddenError, GatewayError, InvalidInputError, NotFoundError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.operations.payload import Payload, refusal
from gateway.schema.context import Info

P = ParamSpec("P")
T = TypeVar("T", bound=Payload)

MailboxId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="`Mailbox.id`.")]

FolderId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="`Folder.id`.")]
RuleId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="`Rule.id`.")]
MessageId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="`Message.id`.")]


def answers(
    payload: type[T],
) -> Callable[[Callable[Concatenate[Info, P], Awaitable[T]]], Callable[Concatenate[Info, P], Awaitable[T]]]:
    """A resolver whose `GatewayError`s are told in this payload; what the caller may not do at all is an error of the request."""

    def around(resolve: Callable[Concatenate[Info, P], Awaitable[T]]) -> Callable[Concatenate[Info, P], Awaitable[T]]:
        @wraps(resolve)
        async def answer(info: Info, *args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await resolve(info, *args, **kwargs)
            except ForbiddenError:
                raise
            except GatewayError as error:
                return payload(user_errors=refusal(error))

        return answer  # type: ignore[return-value] # mypy 2.4 does not see that `wraps` keeps the parameters

    return around


def identified(info: Info, text: str, kind: Kind = Kind.MAILBOX, *, argument: str = "id") -> Identifier:
    """What an id names, if that can exist for this caller. Raises `InvalidInputError` and `NotFoundError` with the argument."""
    try:
        identifier = decode(text, expected=kind)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, field=(argument,)) from None
    if not info.context.sees(identifier):
        raise NotFoundError(f"There is no {kind.lower()} by this id.", field=(argument,))
    return identifier


def mailbox_of(identifier: Identifier) -> Identifier:
    """The mailbox that a folder, a rule or a message lies in."""
    return Identifier(Kind.MAILBOX, identifier.account, identifier.parts[:1])


def may_write_secrets(info: Info, *given: msgspec.Struct) -> None:
    """Raises `ForbiddenError` where the input holds a password or a token and the caller may not set any."""
    if any(any(True for _ in secrets_in(each)) for each in given):
        info.context.require("secrets:write")
