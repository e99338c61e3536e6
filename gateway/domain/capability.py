"""What a vendor can do, and which mailbox fields it lets one change."""

from enum import StrEnum


class Capability(StrEnum):
    """One ability of a vendor; the matrix in GraphQL and in the README is made from the adapters."""

    MAILBOX_GET = "MAILBOX_GET"
    MAILBOX_CREATE = "MAILBOX_CREATE"
    MAILBOX_BULK_CREATE = "MAILBOX_BULK_CREATE"
    MAILBOX_CONNECT = "MAILBOX_CONNECT"
    MAILBOX_UPDATE = "MAILBOX_UPDATE"
    MAILBOX_DELETE = "MAILBOX_DELETE"
    MAILBOX_SUSPEND = "MAILBOX_SUSPEND"
    PASSWORD_SET = "PASSWORD_SET"  # noqa: S105 - the name of an ability, not a secret
    TEST_SENDING = "TEST_SENDING"
    TEST_RECEIVING = "TEST_RECEIVING"
    WARMUP_READ = "WARMUP_READ"
    WARMUP_CONTROL = "WARMUP_CONTROL"
    WARMUP_HISTORY = "WARMUP_HISTORY"
    DOMAINS = "DOMAINS"
    FOLDERS = "FOLDERS"
    RULES = "RULES"
    IDENTITIES = "IDENTITIES"
    MESSAGES = "MESSAGES"
    AUTO_REPLY = "AUTO_REPLY"
    SPAM_FILTER = "SPAM_FILTER"
    TAGS = "TAGS"
    CAMPAIGNS = "CAMPAIGNS"
    EWS_MASTER_ACCOUNT = "EWS_MASTER_ACCOUNT"

    @property
    def verb(self) -> str:
        """What a vendor without it cannot do, for a person: "ShipMail cannot …"."""
        return _VERBS[self]


_VERBS = {
    Capability.MAILBOX_GET: "show a single mailbox",
    Capability.MAILBOX_CREATE: "create mailboxes",
    Capability.MAILBOX_BULK_CREATE: "create many mailboxes at once",
    Capability.MAILBOX_CONNECT: "connect a mailbox by its owner's consent",
    Capability.MAILBOX_UPDATE: "change mailboxes",
    Capability.MAILBOX_DELETE: "delete mailboxes",
    Capability.MAILBOX_SUSPEND: "suspend mailboxes",
    Capability.PASSWORD_SET: "set the password of a mailbox by itself",
    Capability.TEST_SENDING: "test whether a mailbox sends",
    Capability.TEST_RECEIVING: "test whether a mailbox receives",
    Capability.WARMUP_READ: "tell of warm-up",
    Capability.WARMUP_CONTROL: "do this to warm-up",
    Capability.WARMUP_HISTORY: "tell of past days of warm-up",
    Capability.DOMAINS: "tell of sending domains",
    Capability.FOLDERS: "show or change folders",
    Capability.RULES: "show or change inbox rules",
    Capability.IDENTITIES: "tell of the senders that a mailbox may use",
    Capability.MESSAGES: "show or change messages",
    Capability.AUTO_REPLY: "set an automatic answer",
    Capability.SPAM_FILTER: "set the spam filter",
    Capability.TAGS: "tell of tags",
    Capability.CAMPAIGNS: "tell of campaigns",
    Capability.EWS_MASTER_ACCOUNT: "use an Exchange master account",
}


class MailboxField(StrEnum):
    """A normalised part of a mailbox that some vendor lets one write."""

    DISPLAY_NAME = "DISPLAY_NAME"
    DAILY_LIMIT = "DAILY_LIMIT"
    WEEKLY_LIMIT = "WEEKLY_LIMIT"
    BURST = "BURST"
    SEND_INTERVAL = "SEND_INTERVAL"
    SIGNATURE = "SIGNATURE"
    REPLY_TO = "REPLY_TO"
    BCC = "BCC"
    TRACKING = "TRACKING"
    TAGS = "TAGS"
    SMTP = "SMTP"
    IMAP = "IMAP"
    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a field, not a secret
    SENDING_ENABLED = "SENDING_ENABLED"
    RECEIVING_ENABLED = "RECEIVING_ENABLED"
    OWNER = "OWNER"
    AUTO_REPLY = "AUTO_REPLY"
    SPAM_FILTER = "SPAM_FILTER"
    WARMUP = "WARMUP"
    VENDOR_FIELDS = "VENDOR_FIELDS"
