"""The writing half of the port; see `domain.adapter`.

What holds for all writes:
- A write is sent once. An adapter never repeats one whose answer it did not get, and neither does the transport.
- A write that may have arrived and has no readable answer raises `OutcomeUnknownError` (the transport does so for lost connections,
  timeouts and 5xx answers; an adapter does so with `VendorHttp.unclear` for a success that it cannot read and needs to).
  Every other error means: it did not happen.
- A part of the input that the vendor has no way to write is refused before any request is sent, with `UnsupportedFieldsError`; what the
  vendor's page forbids in so many words, but can be expressed, is sent: the vendor's own refusal is passed on.
- A vendor's refusal names the place in the caller's arguments: the adapter gives each `FieldFault` its `path`, in GraphQL's names.
- What the vendor alters silently is told in `warnings`, with the value that it became.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias

from gateway.domain.capability import Capability, MailboxField
from gateway.domain.draft import MailboxChanges, MailboxDraft, WarmupSettings
from gateway.domain.errors import GatewayError
from gateway.domain.folder import Folder, FolderRole
from gateway.domain.half import Half, provides
from gateway.domain.mailbox import AutoReply, Mailbox, MailProvider
from gateway.domain.outcome import CheckResult, Created, Updated
from gateway.domain.rule import Rule, RuleDraft
from gateway.domain.secret import Secret

RulesEdit: TypeAlias = Callable[[Sequence[Rule]], Sequence[Rule | RuleDraft]]
"""Makes new rules out of those that are there, all in the order in which they run; a `Rule` that it passes on goes back unchanged."""


class Writes(Half):
    """What can be written to one account at one vendor."""

    creatable_fields: ClassVar[frozenset[MailboxField]] = frozenset()
    """The normalised fields that can be set while a mailbox is created."""

    updatable_fields: ClassVar[frozenset[MailboxField]] = frozenset()
    """The normalised fields that can be changed afterwards, by `update_mailbox` or by a method of their own."""

    takes_oauth: ClassVar[bool] = False
    """Whether a mailbox can be created with OAuth tokens."""

    takes_domain: ClassVar[bool] = False
    """Whether a mailbox is created on one of the account's domains."""

    batch_size: ClassVar[int] = 0
    """How many mailboxes `create_mailboxes` takes at once; 0 where the vendor has no batch."""

    # ------------------------------------------------------------------ refusing
    def check_draft(self, draft: MailboxDraft) -> None:
        """Raises what `create_mailbox` would refuse by itself, before it asks the vendor anything. By default nothing."""

    def check_changes(self, changes: MailboxChanges) -> None:
        """Likewise for `update_mailbox`, as far as that does not hang on the mailbox."""

    def check_warmup(self, settings: WarmupSettings) -> None:
        """Likewise for `start_warmup` and `update_warmup`."""

    # ------------------------------------------------------------------ creating
    @provides(Capability.MAILBOX_CREATE)
    async def create_mailbox(self, draft: MailboxDraft, *, idempotency_key: str) -> Created:
        """Create one mailbox. `idempotency_key` (printable ASCII, at most 255) goes along where the vendor documents such a header."""
        raise self._unsupported(Capability.MAILBOX_CREATE)

    @provides(Capability.MAILBOX_BULK_CREATE)
    async def create_mailboxes(self, drafts: Sequence[MailboxDraft]) -> Sequence[Created | GatewayError]:
        """Create up to `batch_size` mailboxes through the vendor's own batch: one answer each, in order.

        An error that is raised, not returned, is about all of them.
        """
        raise self._unsupported(Capability.MAILBOX_BULK_CREATE)

    def fits_batch(self, draft: MailboxDraft) -> bool:
        """Whether the vendor's batch can say all of a draft. By default it can."""
        del draft
        return True

    async def poll_created(self, pending: Sequence[str]) -> Sequence[Created | GatewayError]:
        """How creations stand that `create_mailbox` or `create_mailboxes` called pending, in order, with as few calls as can be.

        Still pending: `Created.pending` is not None. A returned error is that creation's failure; a raised one says only that
        nothing could be learned now. Works after a restart of the gateway.
        """
        del pending
        raise self._unsupported(Capability.MAILBOX_CREATE)

    def pending_of(self, mailbox: Mailbox) -> str | None:
        """What `poll_created` takes for a new mailbox that was found by reading; None where the vendor is done with it, as by default."""
        del mailbox
        return None

    @provides(Capability.MAILBOX_CONNECT)
    async def connect_mailbox(self, provider: MailProvider) -> str:
        """The address of a consent page: whoever opens it connects a mailbox of theirs. Raises `InvalidInputError` for other providers."""
        raise self._unsupported(Capability.MAILBOX_CONNECT)

    # ------------------------------------------------------------------ one mailbox
    @provides(Capability.MAILBOX_UPDATE)
    async def update_mailbox(self, mailbox: Mailbox, changes: MailboxChanges) -> Updated:
        """Change what `changes` say of a mailbox, which is given as it is known."""
        raise self._unsupported(Capability.MAILBOX_UPDATE)

    @provides(Capability.MAILBOX_DELETE)
    async def delete_mailbox(self, mailbox_id: str) -> None:
        """Delete a mailbox for good."""
        raise self._unsupported(Capability.MAILBOX_DELETE)

    @provides(Capability.MAILBOX_SUSPEND)
    async def suspend_mailbox(self, mailbox_id: str) -> Updated:
        """Stop a mailbox without losing it."""
        raise self._unsupported(Capability.MAILBOX_SUSPEND)

    @provides(Capability.MAILBOX_SUSPEND)
    async def resume_mailbox(self, mailbox_id: str) -> Updated:
        """Take a suspended mailbox back into use."""
        raise self._unsupported(Capability.MAILBOX_SUSPEND)

    @provides(Capability.TEST_SENDING)
    async def test_sending(self, mailbox_id: str) -> CheckResult:
        """Whether sending works: by a real test where the vendor has one, else by the vendor's last evidence."""
        raise self._unsupported(Capability.TEST_SENDING)

    @provides(Capability.TEST_RECEIVING)
    async def test_receiving(self, mailbox_id: str) -> CheckResult:
        """Whether receiving works, likewise."""
        raise self._unsupported(Capability.TEST_RECEIVING)

    @provides(Capability.PASSWORD_SET)
    async def set_password(self, mailbox_id: str, password: Secret) -> Updated:
        """Give a hosted mailbox a new login password."""
        raise self._unsupported(Capability.PASSWORD_SET)

    @provides(Capability.AUTO_REPLY)
    async def set_auto_reply(self, mailbox_id: str, auto_reply: AutoReply) -> Updated:
        """Replace the automatic answer, whole."""
        raise self._unsupported(Capability.AUTO_REPLY)

    @provides(Capability.SPAM_FILTER)
    async def set_spam_threshold(self, mailbox_id: str, threshold: int) -> Updated:
        """Set from which score on incoming mail counts as spam: 1 (strict) to 14 (lax)."""
        raise self._unsupported(Capability.SPAM_FILTER)

    @provides(Capability.EWS_MASTER_ACCOUNT)
    async def link_ews_master_account(self, mailbox_id: str) -> Updated:
        """Let a mailbox be reached through the organisation's Exchange master account."""
        raise self._unsupported(Capability.EWS_MASTER_ACCOUNT)

    @provides(Capability.EWS_MASTER_ACCOUNT)
    async def unlink_ews_master_account(self, mailbox_id: str) -> Updated:
        """Undo `link_ews_master_account`."""
        raise self._unsupported(Capability.EWS_MASTER_ACCOUNT)

    # ------------------------------------------------------------------ warm-up
    @provides(Capability.WARMUP_CONTROL)
    async def start_warmup(self, mailbox: Mailbox, settings: WarmupSettings | None) -> Updated:
        """Begin to warm up, with these settings where some are given."""
        raise self._unsupported(Capability.WARMUP_CONTROL)

    @provides(Capability.WARMUP_CONTROL)
    async def pause_warmup(self, mailbox: Mailbox) -> Updated:
        """Interrupt warm-up."""
        raise self._unsupported(Capability.WARMUP_CONTROL)

    @provides(Capability.WARMUP_CONTROL)
    async def resume_warmup(self, mailbox: Mailbox) -> Updated:
        """Go on with an interrupted warm-up."""
        raise self._unsupported(Capability.WARMUP_CONTROL)

    @provides(Capability.WARMUP_CONTROL)
    async def stop_warmup(self, mailbox: Mailbox) -> Updated:
        """End warm-up."""
        raise self._unsupported(Capability.WARMUP_CONTROL)

    @provides(Capability.WARMUP_CONTROL)
    async def update_warmup(self, mailbox: Mailbox, settings: WarmupSettings) -> Updated:
        """Change the settings of warm-up; what they do not say stays."""
        raise self._unsupported(Capability.WARMUP_CONTROL)

    # ------------------------------------------------------------------ folders and rules
    @provides(Capability.FOLDERS)
    async def create_folder(self, mailbox_id: str, name: str) -> Folder:
        """Make a folder."""
        raise self._unsupported(Capability.FOLDERS)

    @provides(Capability.FOLDERS)
    async def rename_folder(self, mailbox_id: str, folder_id: str, name: str) -> Folder:
        """Give a folder another name."""
        raise self._unsupported(Capability.FOLDERS)

    @provides(Capability.FOLDERS)
    async def delete_folder(self, mailbox_id: str, folder_id: str) -> None:
        """Delete a folder; what becomes of the mail in it is the vendor's rule."""
        raise self._unsupported(Capability.FOLDERS)

    @provides(Capability.RULES)
    async def edit_rules(self, mailbox_id: str, edit: RulesEdit) -> Sequence[Rule]:
        """Read all rules, put what `edit` makes of them in their place, and answer those that are there then, in running order.

        Nobody else edits through this gateway meanwhile: the caller sees to that. New rules get their ids here. A draft that moves mail to
        a folder that is not there is an `InvalidInputError` at its `path`, before anything is written.
        """
        raise self._unsupported(Capability.RULES)

    # ------------------------------------------------------------------ messages
    @provides(Capability.MESSAGES)
    async def update_message(self, mailbox_id: str, message_id: str, *, is_read: bool | None, is_starred: bool | None) -> None:
        """Mark a message; None leaves a mark alone, and one at least is given."""
        raise self._unsupported(Capability.MESSAGES)

    @provides(Capability.MESSAGES)
    async def move_message(self, mailbox_id: str, message_id: str, *, folder_id: str | None, role: FolderRole | None) -> None:
        """Move a message to a folder, or to the folder with a role; one of both is given."""
        raise self._unsupported(Capability.MESSAGES)

    @provides(Capability.MESSAGES)
    async def delete_message(self, mailbox_id: str, message_id: str) -> None:
        """Delete a message for good."""
        raise self._unsupported(Capability.MESSAGES)
