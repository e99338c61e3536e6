"""The writing side's root: one verb each, the object first."""

import strawberry

from gateway.schema.mutations.ews_master_account_link import ews_master_account_link
from gateway.schema.mutations.ews_master_account_unlink import ews_master_account_unlink
from gateway.schema.mutations.folder_create import folder_create
from gateway.schema.mutations.folder_delete import folder_delete
from gateway.schema.mutations.folder_rename import folder_rename
from gateway.schema.mutations.mailbox_auto_reply_set import mailbox_auto_reply_set
from gateway.schema.mutations.mailbox_bulk_create import mailbox_bulk_create
from gateway.schema.mutations.mailbox_bulk_test import mailbox_bulk_test
from gateway.schema.mutations.mailbox_bulk_update import mailbox_bulk_update
from gateway.schema.mutations.mailbox_connect import mailbox_connect
from gateway.schema.mutations.mailbox_create import mailbox_create
from gateway.schema.mutations.mailbox_delete import mailbox_delete
from gateway.schema.mutations.mailbox_password_set import mailbox_password_set
from gateway.schema.mutations.mailbox_resume import mailbox_resume
from gateway.schema.mutations.mailbox_spam_filter_set import mailbox_spam_filter_set
from gateway.schema.mutations.mailbox_suspend import mailbox_suspend
from gateway.schema.mutations.mailbox_test import mailbox_test
from gateway.schema.mutations.mailbox_update import mailbox_update
from gateway.schema.mutations.message_delete import message_delete
from gateway.schema.mutations.message_move import message_move
from gateway.schema.mutations.message_update import message_update
from gateway.schema.mutations.operation_cancel import operation_cancel
from gateway.schema.mutations.rule_create import rule_create
from gateway.schema.mutations.rule_delete import rule_delete
from gateway.schema.mutations.rule_update import rule_update
from gateway.schema.mutations.rules_reorder import rules_reorder
from gateway.schema.mutations.rules_replace import rules_replace
from gateway.schema.mutations.warmup_pause import warmup_pause
from gateway.schema.mutations.warmup_resume import warmup_resume
from gateway.schema.mutations.warmup_start import warmup_start
from gateway.schema.mutations.warmup_stop import warmup_stop
from gateway.schema.mutations.warmup_update import warmup_update
from gateway.schema.payload import (
    DeletePayload,
    FolderPayload,
    MailboxConnectPayload,
    MailboxCreatePayload,
    MailboxPayload,
    MailboxTestPayload,
    MessagePayload,
    OperationPayload,
    RulesPayload,
)


@strawberry.type(description="Everything that can be done. What went wrong is told in each payload's `userErrors`; select them.")
class Mutation:
    """See the verbs in `mutations/`."""

    mailbox_create = strawberry.mutation(
        resolver=mailbox_create,
        graphql_type=MailboxCreatePayload,
        description="Create a mailbox. Where the vendor verifies it first, `operation` tells how that ends.",
    )
    mailbox_bulk_create = strawberry.mutation(
        resolver=mailbox_bulk_create,
        graphql_type=OperationPayload,
        description="Create many mailboxes, as an operation to be watched; through the vendor's own batch where it has one.",
    )
    mailbox_connect = strawberry.mutation(
        resolver=mailbox_connect,
        graphql_type=MailboxConnectPayload,
        description="Get a page on which the owner of a mailbox consents to its connection, where the vendor has such pages.",
    )
    mailbox_update = strawberry.mutation(
        resolver=mailbox_update, graphql_type=MailboxPayload, description="Change a mailbox: what is left out stays as it is."
    )
    mailbox_delete = strawberry.mutation(resolver=mailbox_delete, graphql_type=DeletePayload, description="Delete a mailbox for good.")
    mailbox_suspend = strawberry.mutation(
        resolver=mailbox_suspend, graphql_type=MailboxPayload, description="Stop a mailbox without losing it."
    )
    mailbox_resume = strawberry.mutation(
        resolver=mailbox_resume, graphql_type=MailboxPayload, description="Take a suspended mailbox back into use."
    )
    mailbox_test = strawberry.mutation(
        resolver=mailbox_test,
        graphql_type=MailboxTestPayload,
        description="Test whether a mailbox sends and receives: anew where the vendor can, else by what it last knew (see `observedAt`).",
    )
    mailbox_password_set = strawberry.mutation(
        resolver=mailbox_password_set, graphql_type=MailboxPayload, description="Set a new password for a mailbox that the vendor hosts."
    )
    mailbox_auto_reply_set = strawberry.mutation(
        resolver=mailbox_auto_reply_set, graphql_type=MailboxPayload, description="Set the automatic answer of a mailbox, all of it anew."
    )
    mailbox_spam_filter_set = strawberry.mutation(
        resolver=mailbox_spam_filter_set, graphql_type=MailboxPayload, description="Set when incoming mail counts as spam."
    )
    mailbox_bulk_update = strawberry.mutation(
        resolver=mailbox_bulk_update,
        graphql_type=OperationPayload,
        description="Change many mailboxes alike, as an operation to be watched.",
    )
    mailbox_bulk_test = strawberry.mutation(
        resolver=mailbox_bulk_test, graphql_type=OperationPayload, description="Test many mailboxes, as an operation to be watched."
    )
    ews_master_account_link = strawberry.mutation(
        resolver=ews_master_account_link,
        graphql_type=MailboxPayload,
        description="Reach a mailbox through the organisation's Exchange master account.",
    )
    ews_master_account_unlink = strawberry.mutation(
        resolver=ews_master_account_unlink, graphql_type=MailboxPayload, description="Undo `ewsMasterAccountLink`."
    )
    warmup_start = strawberry.mutation(resolver=warmup_start, graphql_type=MailboxPayload, description="Start warm-up.")
    warmup_pause = strawberry.mutation(resolver=warmup_pause, graphql_type=MailboxPayload, description="Pause warm-up.")
    warmup_resume = strawberry.mutation(resolver=warmup_resume, graphql_type=MailboxPayload, description="Resume a paused warm-up.")
    warmup_stop = strawberry.mutation(resolver=warmup_stop, graphql_type=MailboxPayload, description="Stop warm-up.")
    warmup_update = strawberry.mutation(resolver=warmup_update, graphql_type=MailboxPayload, description="Change the settings of warm-up.")
    folder_create = strawberry.mutation(resolver=folder_create, graphql_type=FolderPayload, description="Create a folder.")
    folder_rename = strawberry.mutation(resolver=folder_rename, graphql_type=FolderPayload, description="Rename a folder.")
    folder_delete = strawberry.mutation(
        resolver=folder_delete,
        graphql_type=DeletePayload,
        description="Delete a folder. Refused while inbox rules move mail to it, unless `detachRules` is true.",
    )
    rules_replace = strawberry.mutation(
        resolver=rules_replace, graphql_type=RulesPayload, description="Put these inbox rules in the place of all that the mailbox has."
    )
    rules_reorder = strawberry.mutation(
        resolver=rules_reorder, graphql_type=RulesPayload, description="Change the order in which inbox rules run."
    )
    rule_create = strawberry.mutation(
        resolver=rule_create, graphql_type=RulesPayload, description="Add an inbox rule, behind those that are there."
    )
    rule_update = strawberry.mutation(
        resolver=rule_update, graphql_type=RulesPayload, description="Put another inbox rule in the place of one, at its position."
    )
    rule_delete = strawberry.mutation(resolver=rule_delete, graphql_type=RulesPayload, description="Delete an inbox rule.")
    message_update = strawberry.mutation(
        resolver=message_update, graphql_type=MessagePayload, description="Mark a message as read or unread, with or without a star."
    )
    message_move = strawberry.mutation(resolver=message_move, graphql_type=MessagePayload, description="Move a message to another folder.")
    message_delete = strawberry.mutation(resolver=message_delete, graphql_type=DeletePayload, description="Delete a message for good.")
    operation_cancel = strawberry.mutation(
        resolver=operation_cancel,
        graphql_type=OperationPayload,
        description="Begin no further part of an operation over many mailboxes; what has begun goes on to its end.",
    )
