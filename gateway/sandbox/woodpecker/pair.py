"""One person's pair of records, SMTP and IMAP, before anything goes wrong with it."""

import random
from datetime import datetime, timedelta, timezone
from typing import TypeAlias

import msgspec

from gateway.sandbox.world import Person

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Record: TypeAlias = dict[str, "Json"]

FIRST_ID = 700_000
"""HQ's records are numbered from here, ten numbers to a person."""
_CET = timezone(timedelta(hours=1))
_MAIL_SERVERS = {
    "GOOGLE": ("smtp.gmail.com", 465, "imap.gmail.com"),
    "MAILGUN": ("smtp.mailgun.org", 587, "imap.postbox.example"),
    "CUSTOM": ("mail.postbox.example", 587, "imap.postbox.example"),
}


class Pair(msgspec.Struct):
    """One person's records; either half may be missing."""

    smtp: Record | None
    imap: Record | None

    @property
    def sender(self) -> Record:
        return details(self.smtp)

    @property
    def receiver(self) -> Record:
        return details(self.imap)


def clean_pair(person: Person, chance: random.Random, number: int) -> Pair:
    """A pair of records as the current page shows them, the SMTP one with id `number + 1` and the IMAP one with `number + 2`."""
    provider = chance.choice(("CUSTOM", "CUSTOM", "GOOGLE", "MAILGUN"))
    smtp_server, smtp_port, imap_server = _MAIL_SERVERS[provider]
    limit = chance.choice((30, 50, 100, 100, 250))
    tracking = f"t.{person.domain}" if chance.random() < 0.5 else ""  # noqa: PLR2004 - half of them
    shared: Record = {"email": person.address, "provider": provider, "login": person.address}
    sender: Record = {
        **shared,
        "server": smtp_server,
        "port": smtp_port,
        "from_name": person.name,
        "error": None,
        "daily_limit": limit,
        "sent_today": chance.randint(0, limit),
        "frequency_from": 300_000,
        "frequency_to": chance.choice((600_000, 900_000)),
        "bcc_crm": chance.choice(("", f"in@crm.{person.domain}")),
        "signature": chance.choice(("", f"<div>{person.name}</div><div>{person.domain}</div>")),
        "open_url": tracking,
        "click_url": tracking,
        "unsubscribe_url": tracking,
        "freeze_account": [],
        "in_slot": chance.random() < 0.9,  # noqa: PLR2004 - most are paid for
        "warmup_data": {"status": chance.choice(("RUNNING", "RUNNING", "PAUSED", "DISABLED", "BLOCKED"))},
        "imap_id": number + 2,
    }
    receiver: Record = {**shared, "server": imap_server, "port": 993, "error": None}
    return Pair(
        smtp={"id": number + 1, "type": "SMTP", "details": sender},
        imap={"id": number + 2, "type": "IMAP", "details": receiver},
    )


def added_records(item: Record, number: int, *, error: str | None) -> tuple[Record, Record]:
    """The records of a mailbox that was added, numbered like those of a pair. Passwords are not kept: no read shows them."""
    sender: Record = {
        "email": item["smtp_email"],
        "provider": "GOOGLE" if str(item["smtp_server"]).endswith("gmail.com") else "CUSTOM",
        "login": item.get("smtp_login") or item["smtp_email"],
        "server": item["smtp_server"],
        "port": item["smtp_port"],
        "from_name": item.get("smtp_from_name") or "",
        "error": error,
        "daily_limit": item.get("daily_sending_limit") or 50,
        "sent_today": 0,
        "frequency_from": _milliseconds(item.get("sending_wait_time_from"), default_seconds=300),
        "frequency_to": _milliseconds(item.get("sending_wait_time_to"), default_seconds=600),
        "bcc_crm": item.get("bcc") or "",
        "signature": item.get("footer") or "",
        "open_url": item.get("open_tracking_domain") or "",
        "click_url": item.get("click_tracking_domain") or "",
        "unsubscribe_url": item.get("unsubscribe_tracking_domain") or "",
        "freeze_account": [],
        "in_slot": True,
        "warmup_data": {"status": "DISABLED"},
        "imap_id": number + 2,
    }
    receiver: Record = {
        "email": item["imap_email"],
        "provider": sender["provider"],
        "login": item["imap_email"],
        "server": item["imap_server"],
        "port": item["imap_port"],
        "error": error,
    }
    return {"id": number + 1, "type": "SMTP", "details": sender}, {"id": number + 2, "type": "IMAP", "details": receiver}


def _milliseconds(seconds: Json, *, default_seconds: int) -> int:
    """Written in seconds, read in milliseconds."""
    return 1000 * (seconds if isinstance(seconds, int) else default_seconds)


def details(record: Record | None) -> Record:
    """The record's own fields, to read or to change."""
    fields = record["details"] if record is not None else None
    return fields if isinstance(fields, dict) else {}


def iso(at: datetime, *, colon: bool = True) -> str:
    """`2022-07-06T00:00:00+02:00`; the older sample writes the offset without a colon."""
    local = at.astimezone(_CET)
    return local.isoformat(timespec="seconds") if colon else local.strftime("%Y-%m-%dT%H:%M:%S%z")
