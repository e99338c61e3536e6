"""The body that overwrites a whole mailbox: servers, logins and reply-to cannot be changed in any other way."""

from gateway.vendors.reading import text, whole
from gateway.vendors.smartlead.settings import require
from gateway.vendors.smartlead.warming import is_warming, known_warmup
from gateway.vendors.smartlead.wire import EmailAccountRow
from gateway.vendors.smartlead.writes import Body

_NEEDS = ("from_name", "from_email", "user_name", "smtp_host", "smtp_port", "imap_host", "imap_port")
_TYPES = ("GMAIL", "OUTLOOK", "SMTP")
_SAY_IT_AGAIN = (
    "it changes servers, logins and the reply-to address only together with the password, which the gateway never reads back,"
    " so it has to be said again"
)


def require_password(servers: Body) -> None:
    """Raises `InvalidInputError` for servers, logins or a reply-to address that are to change without it."""
    require(servers, ("password",), why=_SAY_IT_AGAIN)


def save_body(row: EmailAccountRow, servers: Body, settings: Body) -> Body:
    """For `save` with an `id`: what is asked, and everything else as it is now.

    UNSURE: whether what is left out stays or goes back to a default, so all that is known is sent. Raises `InvalidInputError` for a
    password that is not said again, and for what neither the row nor the caller knows.
    """
    require_password(servers)
    body = {**_known(row), **servers}
    if not body.get("from_name") and settings.get("from_name"):
        body["from_name"] = settings["from_name"]
    if row.is_different_imap_account:
        require(servers, ("imap_password",), why=_SAY_IT_AGAIN)
        body.setdefault("imap_username", row.imap_username)
    elif "imap_password" in servers:
        body.setdefault("imap_username", row.imap_username or body.get("user_name"))
    require(body, _NEEDS, why="it has to be said, because Smartlead does not tell it of this mailbox")
    return body


def _known(row: EmailAccountRow) -> Body:
    texts = {
        "from_name": row.from_name,
        "from_email": row.from_email,
        "user_name": row.username,
        "smtp_host": row.smtp_host,
        "imap_host": row.imap_host,
        "different_reply_to_address": row.different_reply_to_address,
        "custom_tracking_url": row.custom_tracking_domain,
        "bcc": row.bcc_email,
        "signature": row.signature,
        "type": row.type if row.type in _TYPES else None,
    }
    numbers = {
        "smtp_port": whole(row.smtp_port),
        "imap_port": whole(row.imap_port),
        "max_email_per_day": whole(row.message_per_day),
        "time_to_wait_in_mins": whole(row.min_time_to_wait_in_mins),
        "client_id": whole(row.client_id) or None,  # some accounts say 0 for none
    }
    known: Body = {name: value for name, value in texts.items() if text(value) is not None}
    known |= {name: value for name, value in numbers.items() if value is not None}
    if row.is_suspended is not None:
        known["is_suspended"] = row.is_suspended
    return {"id": whole(row.id), **known, "warmup_enabled": is_warming(row), **known_warmup(row)}
