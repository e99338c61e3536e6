"""The twelve kinds of mailbox: what each changes in a healthy one."""

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from gateway.sandbox.smartlead.account import EmailAccount, iso, tag_in_row
from gateway.sandbox.world import World

Kind: TypeAlias = Callable[[EmailAccount, World], None]


def _echo(number: int) -> str:
    return f"CANARY-ECHO-{number}"


def _warmed(account: EmailAccount, **changes: object) -> None:
    account.warmup = {**(account.warmup or {}), **changes}


def _plain(account: EmailAccount, world: World) -> None:
    del world
    account.only_list["tags"] = [tag_in_row(0), tag_in_row(2)]
    account.both["different_reply_to_address"] = f"reply-{account.id}@meridian.example"


def _smtp_failing(account: EmailAccount, world: World) -> None:
    """The mail server's refusal echoes the login."""
    del world
    login = str(account.both["username"]).partition("@")[0]
    account.both |= {
        "username": login,
        "imap_username": login,
        "smtp_host": "smtp.mail.example",
        "imap_host": "imap.mail.example",
        "type": "SMTP",
        "is_smtp_success": False,
        "smtp_failure_error": f"535 5.7.8 Error: authentication failed for {login} ({_echo(account.id)})",
        "client_id": 88,
        "custom_tracking_domain": "go.larkfield.example",
        "bcc_email": "crm@larkfield.example",
        "signature": None,
    }
    _warmed(account, status="INACTIVE", warmup_reputation="0%", blocked_reason=f"Account disconnected: password={_echo(account.id)}")


def _never_warmed(account: EmailAccount, world: World) -> None:
    del world
    account.warmup = None
    account.both |= {"from_name": "", "smtp_host": "smtp.mail.example", "imap_host": "imap.mail.example", "type": "SMTP"}


def _oauth(account: EmailAccount, world: World) -> None:
    """No credentials, no hosts, and keys that no page documents."""
    nothing = (
        "username",
        "smtp_host",
        "smtp_port",
        "smtp_port_type",
        "imap_host",
        "imap_port",
        "imap_port_type",
        "imap_username",
        "signature",
    )
    account.both |= {**dict.fromkeys(nothing), "type": "OUTLOOK", "different_reply_to_address": ""}
    account.password = account.imap_password = None
    expires_at = iso(world.now + timedelta(hours=1))
    account.only_list |= {"minTimeToWaitInMins": None, "expires_at": expires_at, "is_connected_to_campaign": None, "tags": [tag_in_row(0)]}
    account.only_detail["use_whitelabel_credentials"] = True
    _warmed(account, warmup_key_id="fjord-heron", warmup_min_count=5, warmup_max_count=40, max_email_per_day=40, warmup_reputation="100%")


def _numbers_as_text(account: EmailAccount, world: World) -> None:
    """Strings for numbers, "" for nothing, 0 for no client, a type and a key that no page names."""
    del world
    account.both |= {
        "from_name": "Zero & <b>Sons</b>",
        "from_email": str(account.both["from_email"]).upper(),
        "smtp_port": "587",
        "message_per_day": "25",
        "daily_sent_count": "3",
        "client_id": 0,
        "type": "ZOHO",
        "custom_tracking_domain": "",
        "bcc_email": "",
        "smtp_failure_error": "",
        "future_field": {"nested": [1, 2]},
    }
    account.password = account.imap_password = ""
    _warmed(
        account, status="BLOCKED", total_sent_count="12", warmup_reputation="", warmup_key_id=None, blocked_reason="Too many spam reports"
    )


def _imap_failing(account: EmailAccount, world: World) -> None:
    """Sends but does not receive; the IMAP server's refusal echoes a login in base64."""
    del world
    login = b64encode(f"\0{account.both['username']}\0{_echo(account.id)}".encode()).decode()
    account.both |= {
        "is_imap_success": False,
        "imap_failure_error": f"A1 NO <b>Invalid credentials</b> after AUTH PLAIN {login}",
        "signature": "<div>Hi<script>alert(1)</script><img src=x onerror=alert(2)></div>",
    }


def _suspended(account: EmailAccount, world: World) -> None:
    """Only the read of one mailbox shows it."""
    _oauth(account, world)
    account.only_detail["is_suspended"] = True
    account.only_list["is_connected_to_campaign"] = True


def _paused(account: EmailAccount, world: World) -> None:
    del world
    account.both |= {"smtp_port": 465, "smtp_port_type": "SSL", "custom_tracking_domain": "go.quill.example", "type": "SMTP"}
    account.only_list["minTimeToWaitInMins"] = 2.5
    _warmed(account, status="PAUSED", warmup_reputation=None)


def unknown_words(account: EmailAccount, world: World) -> None:
    """Words that no page lists, and the row from before there were tags."""
    del world
    account.both |= {"type": "PROTON", "smtp_port_type": "QUIC", "imap_port_type": "", "updated_at": ""}
    del account.only_list["tags"]
    _warmed(account, status="THROTTLED", warmup_created_at=None)


def _gmail_oauth(account: EmailAccount, world: World) -> None:
    _oauth(account, world)
    account.both["type"] = "GMAIL"


def _untested(account: EmailAccount, world: World) -> None:
    """Connection states that the vendor has not worked out."""
    del world
    account.both |= {"is_smtp_success": None, "is_imap_success": None, "smtp_port_type": "STARTTLS", "client_id": 91}


def _suspended_and_failing(account: EmailAccount, world: World) -> None:
    del world
    account.both |= {"is_smtp_success": False, "smtp_failure_error": "Connection timeout"}
    account.only_detail["is_suspended"] = True


_KINDS: tuple[Kind, ...] = (
    _plain,
    _smtp_failing,
    _never_warmed,
    _oauth,
    _numbers_as_text,
    _imap_failing,
    _suspended,
    _paused,
    unknown_words,
    _gmail_oauth,
    _untested,
    _suspended_and_failing,
)
_ECHOING = (_smtp_failing, _imap_failing)


def kind_of(index: int) -> Kind:
    """The kind of the mailbox at this place in the world."""
    return _KINDS[index % len(_KINDS)]


def echo_in(account: EmailAccount) -> str | None:
    """The secret that a mail server's refusal echoes in this mailbox's row, if any does."""
    return _echo(account.id) if kind_of(account.index) in _ECHOING else None
