"""What mutations answer: the object first, then what went wrong, then what was altered."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from gateway.domain import errors, outcome
from gateway.domain import mailbox as mailbox_model
from gateway.domain import message as message_model
from gateway.domain.capability import MailboxField
from gateway.domain.errors import ErrorCode, NotFoundError
from gateway.domain.identifier import decode
from gateway.domain.outcome import MailboxCheck
from gateway.loaders.bundle import ThreadKey
from gateway.operations import payload as model
from gateway.schema.context import Info
from gateway.schema.folder import Folder
from gateway.schema.mailbox import Mailbox
from gateway.schema.message import Message
from gateway.schema.model import reads
from gateway.schema.rule import Rule

OperationType = Annotated["Operation", strawberry.lazy("gateway.schema.operation")]  # type: ignore[name-defined] # noqa: F821 - lies above


@strawberry.type(description="A plan's limit, as the vendor counts it.")
class LimitUsage:
    """Reads `domain.errors.LimitUsage`."""

    used: int | None = strawberry.field(description="What is in use.")
    max: int | None = strawberry.field(description="What the plan allows.")
    requested: int | None = strawberry.field(description="What was asked for.")
    is_type_of = reads(errors.LimitUsage)


@strawberry.type(description="Why something was not done.")
class UserError:
    """Reads `domain.outcome.UserError`."""

    field: list[str] | None = strawberry.field(
        description="Which argument it is about, from the outermost in: rule, actions, 0, targetFolder. "
        "About a part of `input` it begins with that part. Null: it is about none."
    )
    message: str = strawberry.field(
        description="What is wrong, for a person. Where the vendor refused, in its own words, without what might be a secret."
    )
    code: ErrorCode = strawberry.field(description="The same for a program.")
    retry_at: datetime | None = strawberry.field(description="When it may be tried again, where the vendor told.")
    limit: LimitUsage | None = strawberry.field(description="The limit that was reached, for LIMIT_REACHED.")
    is_type_of = reads(outcome.UserError)


@strawberry.type(name="Warning", description="What the vendor altered without an error, or what else one should know of a success.")
class WriteWarning:
    """Reads `domain.outcome.WriteWarning`."""

    field: list[str] | None = strawberry.field(description="Which argument it is about, as in `UserError.field`; null: about none.")
    message: str = strawberry.field(description="What one should know, for a person.")
    value: JSON | None = strawberry.field(description="What the argument's value became, where it was altered.")
    is_type_of = reads(outcome.WriteWarning)


@strawberry.type(description="What a test showed.")
class CheckResult:
    """Reads `domain.outcome.CheckResult`."""

    check: MailboxCheck = strawberry.field(description="What was tested.")
    passed: bool | None = strawberry.field(description="Whether it works; null while, or where, the vendor cannot tell.")
    message: str | None = strawberry.field(description="The vendor's words, or what this result rests on.")
    observed_at: datetime | None = strawberry.field(description="When the vendor found out.")
    is_type_of = reads(outcome.CheckResult)


@strawberry.interface(description="What every mutation answers: no `userErrors` means that all was done.")
class Payload:
    """Reads `operations.payload.Payload`."""

    user_errors: list[UserError] = strawberry.field(description="Why not, or not all; empty when all was done.")
    warnings: list[WriteWarning] = strawberry.field(description="What the vendor altered without an error, and what else one should know.")


async def mailbox_by_id(info: Info, mailbox_id: str | None) -> mailbox_model.Mailbox | None:
    """A mailbox by its global id, as far as it exists for this caller."""
    identifier = decode(mailbox_id) if mailbox_id is not None else None
    if identifier is None or not info.context.sees(identifier):
        return None
    try:
        return await info.context.loaders.mailbox_by_id.load(identifier)
    except NotFoundError:
        return None


async def _created(root: strawberry.Parent[model.MailboxCreatePayload], info: Info) -> mailbox_model.Mailbox | None:
    return root.mailbox or await mailbox_by_id(info, root.mailbox_id)


@strawberry.type(description="A mailbox was created, or is being created.")
class MailboxCreatePayload(Payload):
    """Reads `operations.payload.MailboxCreatePayload`."""

    mailbox = strawberry.field(
        resolver=_created,
        graphql_type=Mailbox | None,
        description="The mailbox, perhaps still PENDING; null where the vendor does not show it before it is ready: then `operation` will.",
    )
    operation: OperationType | None = strawberry.field(
        description="What still goes on: the vendor verifies the mailbox, or its answer was lost. Ask or watch it by its id."
    )
    is_type_of = reads(model.MailboxCreatePayload)


@strawberry.type(description="A mailbox was changed.")
class MailboxPayload(Payload):
    """Reads `operations.payload.MailboxPayload`."""

    mailbox: Mailbox | None = strawberry.field(description="The mailbox as it is now; null where nothing was done.")
    operation: OperationType | None = strawberry.field(description="Finds out what became of it, where the vendor's answer was lost.")
    applied: list[MailboxField] = strawberry.field(
        description="The parts that were set, also where others failed; empty where the mutation sets none of them."
    )
    is_type_of = reads(model.MailboxPayload)


@strawberry.type(description="How a mailbox is connected by its owner's consent.")
class MailboxConnectPayload(Payload):
    """Reads `operations.payload.MailboxConnectPayload`."""

    authorization_url: str | None = strawberry.field(
        description="A page of the vendor: whoever opens it connects a mailbox of theirs. No id is told; the mailbox shows up in lists."
    )
    operation: OperationType | None = strawberry.field(description="Always null: no vendor tells how a consent ended.")
    is_type_of = reads(model.MailboxConnectPayload)


async def _tested(root: strawberry.Parent[model.MailboxTestPayload], info: Info) -> mailbox_model.Mailbox | None:
    """Read anew: a test may have changed what the vendor says of its health."""
    if root.mailbox_id is None:
        return None
    identifier = decode(root.mailbox_id)
    account = info.context.inventory.accounts[identifier.account]
    try:
        mailbox = await account.adapter.get_mailbox(identifier.parts[0])
    except NotFoundError:
        return None
    account.wrote(mailbox)
    return mailbox


@strawberry.type(description="A mailbox was tested.")
class MailboxTestPayload(Payload):
    """Reads `operations.payload.MailboxTestPayload`."""

    mailbox = strawberry.field(
        resolver=_tested, graphql_type=Mailbox | None, description="(detail) The mailbox, read again after the test."
    )
    results: list[CheckResult] = strawberry.field(description="One for each check that was made.")
    operation: OperationType | None = strawberry.field(description="Finds out what became of a test where the vendor's answer was lost.")
    is_type_of = reads(model.MailboxTestPayload)


@strawberry.type(description="A folder was made or renamed.")
class FolderPayload(Payload):
    """Reads `operations.payload.FolderPayload`."""

    folder: Folder | None = strawberry.field(description="The folder as it is now.")
    is_type_of = reads(model.FolderPayload)


@strawberry.type(description="Inbox rules were changed.")
class RulesPayload(Payload):
    """Reads `operations.payload.RulesPayload`."""

    rule: Rule | None = strawberry.field(description="The rule that was added or changed; null where it is about several or none.")
    rules: list[Rule] | None = strawberry.field(description="All rules of the mailbox as they are now, in the order in which they run.")
    is_type_of = reads(model.RulesPayload)


async def _message(root: strawberry.Parent[model.MessagePayload], info: Info) -> message_model.Message | None:
    """Vendors answer such writes without the message; its thread has it."""
    if root.message_id is None:
        return None
    identifier = decode(root.message_id)
    key = ThreadKey(identifier.account, identifier.parts[0], identifier.parts[1])
    thread = await info.context.loaders.thread_by_id.load(key)
    return next((each for each in thread.messages if each.vendor_id == identifier.parts[2]), None)


@strawberry.type(description="A message was marked or moved.")
class MessagePayload(Payload):
    """Reads `operations.payload.MessagePayload`."""

    message = strawberry.field(resolver=_message, graphql_type=Message | None, description="(detail) The message, read again.")
    is_type_of = reads(model.MessagePayload)


@strawberry.type(description="Something was deleted.")
class DeletePayload(Payload):
    """Reads `operations.payload.DeletePayload`."""

    deleted_id: strawberry.ID | None = strawberry.field(description="The id of what is gone; null where it is not.")
    operation: OperationType | None = strawberry.field(description="Finds out what became of it, where the vendor's answer was lost.")
    is_type_of = reads(model.DeletePayload)


@strawberry.type(description="An operation has begun, or was cancelled.")
class OperationPayload(Payload):
    """Reads `operations.payload.OperationPayload`."""

    operation: OperationType | None = strawberry.field(description="Ask or watch it by its id to see how it goes on.")
    is_type_of = reads(model.OperationPayload)
