"""The domain's enums, as GraphQL sees them: the same classes, described; `enum_values` has what each value means."""

from enum import EnumType

import strawberry

from gateway.domain.capability import Capability, MailboxField
from gateway.domain.errors import ErrorCode
from gateway.domain.folder import FolderKind, FolderRole
from gateway.domain.mailbox import ChannelState, MailboxStatus, MailProvider, TransportSecurity
from gateway.domain.operation import OperationState
from gateway.domain.outcome import MailboxCheck
from gateway.domain.rule import MatchMode, RuleActionType, RuleConditionType
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupState
from gateway.inventory.changes import ChangeKind
from gateway.inventory.order import OrderDirection, OrderField
from gateway.inventory.source import SourceStatus
from gateway.operations.run import ErrorPolicy
from gateway.schema.enum_values import VALUES

DESCRIPTIONS: dict[EnumType, tuple[str | None, str]] = {
    Vendor: (None, "A vendor of mailboxes that the gateway speaks to."),
    Capability: (None, "What a vendor can or cannot do through this gateway."),
    MailboxField: (None, "A part of a mailbox that some vendor lets one set; the values name the fields of the inputs."),
    ErrorCode: (None, "What went wrong; also in `errors[].extensions.code`."),
    FolderKind: (None, "Where a folder comes from."),
    FolderRole: (None, "What a system folder is for."),
    ChannelState: (None, "Whether one direction of mail works, by the vendor's own evidence."),
    MailboxStatus: (None, "How a mailbox is, as its vendor says: a rate limit, a timeout or an outage of the vendor never changes it."),
    MailProvider: (None, "Who hosts a mailbox."),
    TransportSecurity: (None, "How the connection to a mail server is protected."),
    MatchMode: (None, "Whether all conditions must hold, or any one."),
    RuleActionType: (None, "What a rule does with a message."),
    RuleConditionType: (None, "What a rule looks at."),
    WarmupState: (None, "Where a mailbox's warm-up stands."),
    OrderDirection: (None, "Which way an order goes. Nulls come last in both directions."),
    OrderField: ("MailboxOrderField", "What mailboxes can be ordered by."),
    OperationState: (None, "Where an operation stands."),
    MailboxCheck: (None, "What can be tested of a mailbox."),
    ErrorPolicy: (None, "What follows when one of many fails."),
    ChangeKind: (None, "What became of a mailbox."),
    SourceStatus: (None, "How much of an account is in the answer."),
}


def describe() -> None:
    """Tell strawberry the enums' names and descriptions, and those of their values; the classes stay the domain's own."""
    for enum, (name, description) in DESCRIPTIONS.items():
        strawberry.enum(enum, name=name or enum.__name__, description=description)
        for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined] # strawberry has just put it there
            value.description = VALUES[enum][value.name]


describe()
