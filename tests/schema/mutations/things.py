"""Things that are there at every vendor, and what one would send to write them."""

from collections.abc import Mapping
from typing import Any

from gateway.domain.identifier import Kind, encode
from tests.schema.conftest import Fleet

STEADY: Mapping[str, str] = {
    "outreach": "57",
    "sendkit": "6701a0b6c2d3e4f5a6000005",
    "shipmail": "mbx_0159f0",
    "smartlead": "40118",
    "woodpecker": "700001",
}
"""At each account the vendor's id of a mailbox that works and shows nothing odd."""
PASSWORD = "CANARY-mutation-8813-aA"


def mailbox_id(account: str, vendor_id: str | None = None) -> str:
    """A mailbox's global id; of the steady one where none is named."""
    return encode(Kind.MAILBOX, account, vendor_id or STEADY[account])


def inner_id(kind: Kind, account: str, *parts: str) -> str:
    """The global id of something in the steady mailbox."""
    return encode(kind, account, STEADY[account], *parts)


def server(host: str, port: int, address: str, password: str = PASSWORD) -> dict[str, Any]:
    """An SMTP or IMAP server as an input."""
    return {"host": host, "port": port, "username": address, "password": password}


def wanted(account: str, local: str = "new.one", *, password: str = PASSWORD, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    """A `MailboxCreateInput` that the vendor takes."""
    address = f"{local}@northwind-demo.example"
    given: dict[str, Any] = {"account": account, "address": address}
    if account != "shipmail":
        given["smtp"] = server("smtp.postbox.example", 587, address, password)
        given["imap"] = server("imap.postbox.example", 993, address, password)
    if account == "woodpecker":  # its IMAP login is the address
        del given["imap"]["username"], given["imap"]["password"]
    if account != "outreach":
        given["displayName"] = "New One"
    return {**given, **more}


async def shown(fleet: Fleet, account: str, vendor_id: str | None = None) -> Any:  # noqa: ANN401 - a mailbox, read by attribute
    """A mailbox as the vendor itself tells it now."""
    return await fleet.gateway.inventory.accounts[account].adapter.get_mailbox(vendor_id or STEADY[account])


def was_sent(fleet: Fleet, account: str, text: str) -> bool:
    """Whether the vendor got a text in the body of a request."""
    return any(text.encode() in request.body for request in fleet.sandboxes[account].requests)


def written(fleet: Fleet, account: str) -> int:
    """How many requests the vendor got that are no reads."""
    return sum(request.method != "GET" for request in fleet.sandboxes[account].requests)
