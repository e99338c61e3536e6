"""Mailboxes that tests want to have, and what they are planted with."""

from gateway.domain.draft import MailboxDraft, ServerDraft
from gateway.domain.mailbox import TransportSecurity
from gateway.domain.secret import Secret

PASSWORD = 'CANARY hunter!two, "quoted"'
WRONG_PASSWORD = "CANARY-wrong-but-secret"
HOST = "smtp.quill.example"


def server(password: str | None = PASSWORD, *, host: str = HOST, security: TransportSecurity | None = None) -> ServerDraft:
    return ServerDraft(host=host, password=None if password is None else Secret(password), security=security)


def draft(address: str = "New.One@quill.example", *, password: str = PASSWORD, host: str = HOST) -> MailboxDraft:
    return MailboxDraft(address=address, smtp=server(password, host=host))


def importable(address: str, *, password: str = PASSWORD, host: str = HOST) -> MailboxDraft:
    """A draft that a line of the import can say."""
    imap = ServerDraft(host="imap.quill.example")
    return MailboxDraft(address=address, display_name=f"=Name, {address}", smtp=server(password, host=host), imap=imap)
