"""Long work in GraphQL: asked about, listed, watched."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from gateway.domain import mailbox as mailbox_model
from gateway.domain import operation as model
from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import Kind, decode
from gateway.domain.operation import OperationState
from gateway.inventory.page import window
from gateway.schema.context import Info
from gateway.schema.mailbox import Mailbox
from gateway.schema.model import given, reads
from gateway.schema.node import Node, PageInfo
from gateway.schema.payload import CheckResult, UserError, WriteWarning, mailbox_by_id

_places: msgspec.json.Decoder[tuple[datetime, str]] = msgspec.json.Decoder(tuple[datetime, str])


@strawberry.type(description="How far an operation has come.")
class Progress:
    """Reads `domain.operation.Progress`."""

    done: int = strawberry.field(description="How many parts are over, done or failed.")
    failed: int = strawberry.field(description="How many of those failed.")
    total: int = strawberry.field(description="How many parts there are.")


async def _mailbox(root: strawberry.Parent[model.Operation | model.OperationResult], info: Info) -> mailbox_model.Mailbox | None:
    return await mailbox_by_id(info, root.mailbox_id)


@strawberry.type(description="What came of one part of an operation.")
class OperationResult:
    """Reads `domain.operation.OperationResult`."""

    index: int = strawberry.field(description="Which part: the place of its mailbox in what was asked for, from 0.")
    mailbox_id: strawberry.ID | None = strawberry.field(description="The mailbox's id, also where the mailbox is gone.")
    mailbox = strawberry.field(resolver=_mailbox, graphql_type=Mailbox | None, description="The mailbox; null where there is none.")
    checks: list[CheckResult] | None = strawberry.field(description="What the tests showed, where it was a test.")
    user_errors: list[UserError] = strawberry.field(
        description="Why not, or not all. `field` begins inside of this part: of its entry in `mailboxes`, of `changes`, or at `ids`."
    )
    warnings: list[WriteWarning] = strawberry.field(description="What the vendor altered without an error, and what else one should know.")


async def _results(root: strawberry.Parent[model.Operation], info: Info) -> Sequence[model.OperationResult]:
    """While it runs, without the parts that are under way, which have come to nothing yet: the journal only notes that they began."""
    return [each for each in await info.context.desk.journal.results(root.key) if each.is_done or root.state.is_over]


def _message(root: strawberry.Parent[model.Operation]) -> str | None:
    """Its own words; without any, as far as it has come."""
    progress = root.progress
    if root.message is not None or root.state.is_over:
        return root.message
    if progress.total == 1:
        return "How this ends is not known yet."
    return f"{progress.done} of {progress.total} done so far" + (f", {progress.failed} of them failed." if progress.failed else ".")


@strawberry.type(
    description="Work that goes on after its mutation was answered: a vendor verifies a mailbox, many mailboxes are changed or tested, "
    "or a vendor's answer was lost and it is being found out what happened. Kept for 7 days."
)
class Operation(Node):
    """Reads `domain.operation.Operation`."""

    kind: str = strawberry.field(description="The name of the mutation that began it.")
    state: OperationState = strawberry.field(description="Where it stands.")
    progress: Progress = strawberry.field(description="How far it has come.")
    message = strawberry.field(resolver=_message, graphql_type=str | None, description="How it goes, or how it ended, for a person.")
    mailbox = strawberry.field(resolver=_mailbox, graphql_type=Mailbox | None, description="The mailbox that it is about, where it is one.")
    results = strawberry.field(
        resolver=_results, graphql_type=list[OperationResult], description="What came of its parts, as far as they are done, by `index`."
    )
    created_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it goes on.")
    is_type_of = reads(model.Operation)


@strawberry.type(description="An operation and its place in the list.")
class OperationEdge:
    """See https://relay.dev/graphql/connections.htm."""

    cursor: str = strawberry.field(description="Pass it on as `after` to go on behind this one.")
    node: Operation = strawberry.field(description="The operation.")


@strawberry.type(description="Operations, the newest first.")
class OperationConnection:
    """See https://relay.dev/graphql/connections.htm."""

    edges: list[OperationEdge] = strawberry.field(description="The operations with their cursors.")
    nodes: list[Operation] = strawberry.field(description="The operations alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


First = Annotated[int | None, strawberry.argument(description="So many behind `after`, 0 to 500; 50 if nothing is said.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows behind this cursor.")]
States = Annotated[list[OperationState] | None, strawberry.argument(description="Only those in one of these states.")]
Id = Annotated[strawberry.ID, strawberry.argument(description="`Operation.id`.")]


async def visible_operation(info: Info, id: str) -> model.Operation | None:  # noqa: A002 - the contract's word
    """The operation by its global id; None for one that touches an account that the caller may not see. Raises `InvalidInputError`."""
    info.context.loaders.grounds.are_views_only = False  # the journal changes by itself
    operation = await info.context.desk.journal.get(decode(id, expected=Kind.OPERATION).parts[0])
    return operation if operation is not None and operation.is_within(info.context.accounts) else None


async def list_operations(
    info: Info, *, first: First = strawberry.UNSET, after: After = strawberry.UNSET, state: States = strawberry.UNSET
) -> OperationConnection:
    """Those of which the caller may see every account."""
    size = window(first=given(first), last=None, after=None, before=None, max_size=info.context.max_page_size).size
    states = given(state)
    found = await info.context.desk.journal.list(
        accounts=tuple(info.context.accounts), states=states, first=size + 1, after=_place(given(after))
    )
    cursors = [_cursor(each) for each in found[:size]]
    return OperationConnection(
        edges=[OperationEdge(cursor=cursor, node=each) for cursor, each in zip(cursors, found, strict=False)],  # type: ignore[arg-type] # read by attribute
        nodes=list(found[:size]),  # type: ignore[arg-type] # as above
        page_info=PageInfo(
            has_next_page=len(found) > size,
            has_previous_page=given(after) is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
    )


def _cursor(operation: model.Operation) -> str:
    return urlsafe_b64encode(msgspec.json.encode((operation.created_at, operation.key))).rstrip(b"=").decode()


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    try:
        place = None if cursor is None else _places.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, msgspec.MsgspecError):
        place = None
    if cursor is not None and (place is None or place[0].tzinfo is None):
        raise InvalidInputError("The cursor in `after` was not made by this gateway.", field=("after",))
    return place
