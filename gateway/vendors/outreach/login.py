"""Which of Outreach's two logins a caller's SMTP and IMAP logins are.

A mailbox has a login of its own, `username` and `password`: IMAP uses it, EWS does, and SMTP does, too. Only "if a separate SMTP account
is being used for sending" does it have `smtpUsername` and `smtpPassword`, which are to be left blank otherwise (Mailbox reference). So:

- `imap.username` and `imap.password` are the mailbox's own login, always.
- `smtp.username` and `smtp.password` are the separate login where the mailbox has one already, or where they differ from the mailbox's own,
  as far as that is given or known. A password is compared with the one that came along: Outreach never shows those that it has.
- Otherwise they are the mailbox's own login once more: given alone, they set it.
"""

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from gateway.domain.draft import ServerDraft
from gateway.vendors.outreach.written import Written, written


class KnownLogin(msgspec.Struct, frozen=True):
    """What a mailbox shows of its logins; a mailbox that is not there yet shows nothing."""

    username: str | None = None
    smtp_username: str | None = None


def login_to_wire(*, imap: ServerDraft, smtp: ServerDraft, known: KnownLogin) -> Iterator[Written]:
    """The logins in `imap` and `smtp` as attributes."""
    yield from written("username", imap.username, "imap", "username")
    yield from written("password", imap.password, "imap", "password")
    if _is_separate(imap, smtp, known):
        yield from _separate(smtp)
    else:
        yield from _own("username", "smtpUsername", smtp.username, is_said=imap.username is not UNSET)
        yield from _own("password", "smtpPassword", smtp.password, is_said=imap.password is not UNSET)


def _is_separate(imap: ServerDraft, smtp: ServerDraft, known: KnownLogin) -> bool:
    own_username = known.username if imap.username is UNSET else imap.username
    return bool(known.smtp_username) or _differ(smtp.username, own_username) or _differ(smtp.password, imap.password)


def _differ(one: object, other: object) -> bool:
    """Nothing said, or an empty text, is no difference."""
    return bool(one) and bool(other) and one != other


def _separate(smtp: ServerDraft) -> Iterator[Written]:
    """Without its username a separate login is none: its password goes along."""
    password = None if smtp.username is None and smtp.password is UNSET else smtp.password
    yield from written("smtpUsername", smtp.username, "smtp", "username")
    yield from written("smtpPassword", password, "smtp", "password")


def _own(name: str, separate_name: str, value: object, *, is_said: bool) -> Iterator[Written]:
    """SMTP's part of the mailbox's own login. Cleared, it takes nothing from IMAP: there is then no separate one, as before."""
    if value is None:
        yield from written(separate_name, None, "smtp", name)
    elif not is_said:
        yield from written(name, value, "smtp", name)
