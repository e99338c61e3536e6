"""A mailbox that each vendor would take, with a password planted wherever one can stand."""

from collections.abc import Awaitable, Callable, Mapping

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.draft import MailboxDraft, ServerDraft
from gateway.domain.mailbox import Mailbox
from gateway.domain.secret import Secret
from gateway.domain.vendor import Vendor

CANARY = "CANARY-Contract-8813"
_DOMAIN = "northwind-demo.example"

Recipe = Callable[[MailboxAdapter, str], Awaitable[MailboxDraft]]
"""Makes a draft for a local part; may read what the draft has to name (a domain, a user)."""


async def _with_both_servers(_adapter: MailboxAdapter, local: str) -> MailboxDraft:
    return MailboxDraft(
        address=f"{local}@{_DOMAIN}", display_name="Contract", smtp=_server(local, "smtp", 587), imap=_server(local, "imap", 993)
    )


async def _with_an_owner(adapter: MailboxAdapter, local: str) -> MailboxDraft:
    """An owner is part of the sensible minimum (Outreach's create); there is no display name."""
    owners = [mailbox.owner.vendor_id for mailbox in await listed(adapter) if mailbox.owner]
    return MailboxDraft(
        address=f"{local}@{_DOMAIN}", owner_id=owners[0], smtp=_server(local, "smtp", 587), imap=_server(local, "imap", 993)
    )


async def _with_one_login(_adapter: MailboxAdapter, local: str) -> MailboxDraft:
    """The IMAP login is the address: there is no field for another (Woodpecker's post-mailboxes page)."""
    imap = ServerDraft(host="imap.postbox.example", port=993)
    return MailboxDraft(address=f"{local}@{_DOMAIN}", display_name="Contract", smtp=_server(local, "smtp", 587), imap=imap)


async def _in_a_verified_domain(adapter: MailboxAdapter, local: str) -> MailboxDraft:
    """The vendor hosts the mailbox: it takes no servers, and the password afterwards."""
    domain = next(domain for domain in await adapter.list_domains() if domain.verified)
    return MailboxDraft(address=f"{local}@{domain.name}", display_name="Contract", domain_vendor_id=domain.vendor_id)


RECIPES: Mapping[Vendor, Recipe] = {
    Vendor.OUTREACH: _with_an_owner,
    Vendor.SENDKIT: _with_both_servers,
    Vendor.SHIPMAIL: _in_a_verified_domain,
    Vendor.SMARTLEAD: _with_both_servers,
    Vendor.WOODPECKER: _with_one_login,
}


async def listed(adapter: MailboxAdapter) -> list[Mailbox]:
    return [mailbox async for page in adapter.list_mailboxes() for mailbox in page]


def _server(local: str, kind: str, port: int) -> ServerDraft:
    return ServerDraft(host=f"{kind}.postbox.example", port=port, username=f"{local}@{_DOMAIN}", password=Secret(CANARY))
