"""What can be said of a mailbox's sending and receiving: SendKit tests a mailbox once, after its creation, and never on demand."""

from datetime import datetime

from gateway.domain.mailbox import ChannelState, Mailbox, MailboxStatus
from gateway.domain.outcome import CheckResult, MailboxCheck
from gateway.vendors.sendkit.details import SendkitConnectionTest
from gateway.vendors.sendkit.verification import PENDING_WORDS

_VERDICTS = {"passed": True, "failed": False}


def check_result(check: MailboxCheck, mailbox: Mailbox, test: SendkitConnectionTest | None, *, observed_at: datetime) -> CheckResult:
    """What SendKit says now: a failure that it has reported of the mailbox since beats the verification.

    A reported failure does not tell the direction of mail. It speaks for sending, as `health` does, and leaves receiving open.
    """
    passed, message = _verdict(test)
    if _has_failed(mailbox):
        passed = False if check is MailboxCheck.SENDING or passed is False else None
        message = f"SendKit reports a failure of this mailbox: {mailbox.health.sending.message or f'its status is {mailbox.status_raw!r}'}"
    return CheckResult(check, passed, message, observed_at)


def _has_failed(mailbox: Mailbox) -> bool:
    sending = mailbox.health.sending
    return sending.state is ChannelState.FAILING or mailbox.status is MailboxStatus.ERROR or sending.message is not None


def _verdict(test: SendkitConnectionTest | None) -> tuple[bool | None, str]:
    word = ((test.status if test else None) or "").strip().casefold()
    if word in PENDING_WORDS:
        return None, "SendKit is still verifying this mailbox."
    if word not in _VERDICTS:
        return None, "SendKit tests no mailbox on demand, and has no verification of this one to show."
    reason = f": {test.message}" if test and test.message else "."
    return _VERDICTS[word], f"SendKit tests no mailbox on demand; the verification after its creation has {word}{reason}"
