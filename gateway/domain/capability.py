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
