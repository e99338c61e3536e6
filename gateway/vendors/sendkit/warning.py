"""What SendKit makes of a value without a word about it."""

from collections.abc import Iterator

from msgspec import UnsetType

from gateway.domain.draft import MailboxDraft
from gateway.domain.mailbox import TransportSecurity
from gateway.domain.outcome import WriteWarning

LEAST_A_DAY, MOST_A_DAY = 1, 50
"""`dailySendLimit` is "clamped to 1-50" (post-v1-mailboxes, patch-v1-mailboxes-mailboxid)."""


def limit_warnings(asked: int | UnsetType | None, answered: int | None) -> tuple[WriteWarning, ...]:
    """A warning where the limit became another than the one asked for; where the answer does not tell it, by the page's rule."""
    if not isinstance(asked, int):
        return ()
    became = min(max(asked, LEAST_A_DAY), MOST_A_DAY) if answered is None else answered
    if became == asked:
        return ()
    message = f"SendKit keeps the daily limit between {LEAST_A_DAY} and {MOST_A_DAY}: {asked} became {became}."
    return (WriteWarning(message, ("dailyLimit",), became),)


def security_warnings(draft: MailboxDraft) -> Iterator[WriteWarning]:
    """SendKit knows SSL/TLS or not; a connection that is upgraded counts as the latter, and is read back so."""
    for name, server in {"smtp": draft.smtp, "imap": draft.imap}.items():
        if server is not None and server.security is TransportSecurity.STARTTLS:
            message = "SendKit only knows SSL/TLS or none: STARTTLS is written, and shown from now on, as none."
            yield WriteWarning(message, (name, "security"), TransportSecurity.NONE.value)
