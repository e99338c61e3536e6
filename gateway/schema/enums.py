"""The domain's enums, as GraphQL sees them: the same classes, described."""

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

DESCRIPTIONS: dict[EnumType, tuple[str | None, str]] = {
    Vendor: (None, "A vendor of mailboxes that the gateway speaks to."),
    Capability: (None, "An ability that a vendor has or has not."),
    MailboxField: (None, "A normalised part of a mailbox that some vendor lets one change."),
    ErrorCode: (None, "What went wrong; also in `errors[].extensions.code`."),
    FolderKind: (None, "Whether a folder comes with the mailbox or was made by somebody."),
    FolderRole: (None, "What a system folder is for; OTHER is a role that we do not know, its word is in `roleRaw`."),
    ChannelState: (None, "Whether one direction of mail works, by the vendor's own evidence."),
    MailboxStatus: (None, "Only vendor evidence moves it: rate limits, timeouts and outages of the vendor never do."),
    MailProvider: (None, "Who hosts the mailbox; OTHER is a word that we do not know (see `providerRaw`), UNKNOWN is silence."),
    TransportSecurity: (None, "How a connection is protected; ENCRYPTED: the vendor only says that it is."),
    MatchMode: (None, "Whether all conditions must hold, or any one."),
    RuleActionType: (None, "What a rule does; OTHER is a type that we do not know, its whole is in `raw`."),
    RuleConditionType: (None, "What a rule looks at; OTHER is a type that we do not know, its whole is in `raw`."),
    WarmupState: (None, "Where a mailbox's warm-up stands; UNKNOWN is a word that we do not know (see `stateRaw`)."),
    OrderDirection: (None, "Nulls come last in both directions."),
    OrderField: ("MailboxOrderField", "What mailboxes can be ordered by."),
    OperationState: (None, "Where long work stands; UNKNOWN: it ended, and whether it happened cannot be found out."),
    MailboxCheck: (None, "What can be tested of a mailbox."),
    ErrorPolicy: (None, "What follows when one of many fails: go on with the others, or begin no more."),
    ChangeKind: (None, "What became of a mailbox."),
    SourceStatus: (None, "How much of an account is in the answer; STALE or PARTIAL whenever older rows are served."),
}


def describe() -> None:
    """Tell strawberry the enums' names and descriptions; the classes stay the domain's own."""
    for enum, (name, description) in DESCRIPTIONS.items():
        strawberry.enum(enum, name=name or enum.__name__, description=description)


describe()
