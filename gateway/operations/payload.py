"""What a mutation answers: the object first, then why not, then what was altered. The GraphQL payloads read these by attribute."""

from collections.abc import Sequence

import msgspec

from gateway.domain.capability import MailboxField
from gateway.domain.folder import Folder
from gateway.domain.mailbox import Mailbox
from gateway.domain.operation import Operation
from gateway.domain.outcome import CheckResult, UserError, WriteWarning
from gateway.domain.rule import Rule


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """`user_errors` is empty when all was done. `is_repeated`: it was done before, for an earlier request with the same idempotency key."""

    user_errors: tuple[UserError, ...] = ()
    warnings: tuple[WriteWarning, ...] = ()
    is_repeated: bool = False


class MailboxCreatePayload(Payload, frozen=True, kw_only=True):
    """`mailbox` is None while the vendor tells none; `mailbox_id` (global) where only its id is at hand."""

    mailbox: Mailbox | None = None
    mailbox_id: str | None = None
    operation: Operation | None = None


class MailboxPayload(Payload, frozen=True, kw_only=True):
    """`applied` lists what was changed, also where a later part failed."""

    mailbox: Mailbox | None = None
    operation: Operation | None = None
    applied: tuple[MailboxField, ...] = ()


class MailboxConnectPayload(Payload, frozen=True, kw_only=True):
    """Where a person goes to consent."""

    authorization_url: str | None = None
    operation: Operation | None = None


class MailboxTestPayload(Payload, frozen=True, kw_only=True):
    """`mailbox_id` is the global id: the mailbox is read again where it is asked for. None where nothing was tested."""

    mailbox_id: str | None = None
    results: Sequence[CheckResult] = ()
    operation: Operation | None = None


class FolderPayload(Payload, frozen=True, kw_only=True):
    """The folder as it is now."""

    folder: Folder | None = None


class RulesPayload(Payload, frozen=True, kw_only=True):
    """All rules as they are now, and the one that it was about."""

    rule: Rule | None = None
    rules: Sequence[Rule] | None = None


class MessagePayload(Payload, frozen=True, kw_only=True):
    """`message_id` is the global id: the message is read again where it is asked for."""

    message_id: str | None = None


class DeletePayload(Payload, frozen=True, kw_only=True):
    """`deleted_id` is the global id of what is gone."""

    deleted_id: str | None = None
    operation: Operation | None = None


class OperationPayload(Payload, frozen=True, kw_only=True):
    """Long work that has begun."""

    operation: Operation | None = None
