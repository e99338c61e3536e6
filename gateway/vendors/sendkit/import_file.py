"""The CSV file of `POST /v1/mailboxes/import/smtp`: which drafts it can say, and how. Source: post-v1-mailboxes-import-smtp.

Required columns are email, password, smtphost and imaphost. The login is the address, and one password holds for both servers.
"""

import csv
import io
from collections.abc import Sequence

import httpx

from gateway.domain.draft import MailboxDraft, ServerDraft
from gateway.domain.mailbox import TransportSecurity
from gateway.domain.secret import Secret
from gateway.transport.call import Call, path
from gateway.vendors.sendkit.body import said, secure_flag

_COLUMNS = ("email", "password", "smtphost", "smtpport", "smtpsecure", "imaphost", "imapport", "imapsecure", "displayname")
_SAYABLE = frozenset({"address", "display_name", "smtp", "imap", "verify"})
_SMTP_PORT, _IMAP_PORT = 587, 993
"""What a single creation takes where the draft is silent; written out, so that a mailbox comes out the same in a batch."""


def fits(draft: MailboxDraft) -> bool:
    """Whether a line of the file can say all of this draft."""
    says_more = any(getattr(draft, name) is not None for name in draft.__struct_fields__ if name not in _SAYABLE)
    if says_more or draft.verify is False or draft.smtp is None or draft.imap is None:
        return False
    password = said(draft.smtp.password)
    is_one_login = said(draft.imap.password) in (None, password) and all(
        _is_login_plain(server, draft.address) for server in (draft.smtp, draft.imap)
    )
    return bool(password and said(draft.smtp.host) and said(draft.imap.host) and is_one_login)


def import_call(drafts: Sequence[MailboxDraft]) -> Call:
    """The upload of drafts that fit. `skipConnectionTest` is false: the answer then tells which logins were refused."""
    file = ("mailboxes.csv", _csv(drafts).encode(), "text/csv")
    form = httpx.Request("POST", "https://form.invalid/", data={"skipConnectionTest": "false"}, files={"file": file})
    return Call(
        "POST",
        path("v1", "mailboxes", "import", "smtp"),
        headers=(("content-type", form.headers["content-type"]),),
        content=form.read(),
        is_read=False,
        secrets=tuple(_password(draft) for draft in drafts),
    )


def _is_login_plain(server: ServerDraft, address: str) -> bool:
    username = said(server.username)
    is_known = said(server.security) is not TransportSecurity.UNKNOWN
    return is_known and (username is None or username.casefold() == address.casefold())


def _csv(drafts: Sequence[MailboxDraft]) -> str:
    file = io.StringIO(newline="")
    lines = csv.writer(file)
    lines.writerow(_COLUMNS)
    lines.writerows(_line(draft) for draft in drafts)
    return file.getvalue()


def _line(draft: MailboxDraft) -> tuple[str, ...]:
    smtp, imap = _server(draft.smtp, _SMTP_PORT), _server(draft.imap, _IMAP_PORT)
    name = draft.address.partition("@")[0] if draft.display_name is None else draft.display_name  # as a single creation names it
    return (draft.address, _password(draft).reveal(), *smtp, *imap, name)


def _server(server: ServerDraft | None, default_port: int) -> tuple[str, str, str]:
    """Host, port and flag. The file's own default of `smtpsecure` is false, that of a single creation true."""
    server = server or ServerDraft()
    port, secure = said(server.port), secure_flag(server)
    return said(server.host) or "", str(default_port if port is None else port), "false" if secure is False else "true"


def _password(draft: MailboxDraft) -> Secret:
    password = said(draft.smtp.password) if draft.smtp else None
    return password or Secret("")
