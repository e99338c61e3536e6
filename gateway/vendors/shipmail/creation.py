"""A new mailbox as ShipMail wants it: a domain's id and the local part where everybody else says the whole address. Pure."""

from collections.abc import Mapping

from gateway.domain.account import Account
from gateway.domain.draft import MailboxDraft
from gateway.domain.errors import InvalidInputError, UnsupportedFieldsError
from gateway.domain.mailbox import Mailbox
from gateway.domain.outcome import WriteWarning
from gateway.vendors.shipmail.domains import is_on
from gateway.vendors.shipmail.wire import DomainRow


def local_part(draft: MailboxDraft, *, account: Account) -> str:
    """What stands before the @. Raises for a draft that asks what no call of ShipMail's can say."""
    if draft.oauth is not None:
        hint = "ShipMail hosts its mailboxes itself and logs in nowhere: leave it out."
        raise UnsupportedFieldsError({("oauth",): hint}, vendor=account.vendor)
    local, at, domain = draft.address.rpartition("@")
    if not (local and at and domain):
        raise InvalidInputError("Give the whole address of the new mailbox, e.g. hello@example.com.", field=("address",))
    return local


def checked_domain(draft: MailboxDraft, domain: DomainRow | None) -> DomainRow:
    """The domain that was found for a draft, by its id where one is given, else by the address. Raises when it does not fit."""
    if domain is None and draft.domain_vendor_id is None:
        name = draft.address.rpartition("@")[2]
        raise InvalidInputError(
            f"This ShipMail account has no domain {name}: use an address on one of the account's domains, or add and verify "
            "this one at ShipMail first.",
            field=("address",),
        )
    if domain is None:
        raise InvalidInputError(
            "This ShipMail account has no such domain: leave domainId out and it is found by the address.", field=("domainId",)
        )
    if not is_on(draft.address, domain):
        raise InvalidInputError(
            f"The address is not on this domain, which is {domain.name}: leave domainId out and it is found by the address.",
            field=("domainId",),
        )
    return domain


def mailbox_to_wire(draft: MailboxDraft, *, local: str, domain_id: str) -> dict[str, object]:
    """The body of the create call."""
    body: dict[str, object] = {"domain_id": domain_id, "address": local}
    return body if draft.display_name is None else body | {"display_name": draft.display_name}


def places_of(draft: MailboxDraft) -> Mapping[str, tuple[str, ...]]:
    """Where the fields of the create call are in the caller's input."""
    return {
        "domain_id": ("address",) if draft.domain_vendor_id is None else ("domainId",),
        "address": ("address",),
        "display_name": ("displayName",),
    }


def alterations(draft: MailboxDraft, mailbox: Mailbox) -> tuple[WriteWarning, ...]:
    """What became something else than was asked for; whether ShipMail lowers the case of addresses is not documented."""
    told: list[WriteWarning] = []
    if mailbox.address is not None and _in_small_domain(mailbox.address) != _in_small_domain(draft.address):
        told.append(WriteWarning("ShipMail made another address of this.", ("address",), mailbox.address))
    if draft.display_name is not None and mailbox.display_name != draft.display_name:
        told.append(WriteWarning("ShipMail made another name of this.", ("displayName",), mailbox.display_name))
    return tuple(told)


def _in_small_domain(address: str) -> str:
    """The case of a domain says nothing; that of a local part might."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.casefold()}"
