"""ShipMail's mailboxes, domains, folders and identities in the gateway's words. Pure and total."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gateway.domain.account import Account, Domain, Identity
from gateway.domain.folder import Folder, FolderKind, FolderRole
from gateway.domain.identifier import Kind, encode, encode_mailbox
from gateway.domain.mailbox import AutoReply, Mailbox, MailboxHealth, MailboxStatus, MailProvider, SendingPolicy, SpamFilter, UnreadDetails
from gateway.vendors.reading import count, instant, text
from gateway.vendors.shipmail.details import ShipmailAutoReply, ShipmailDetails
from gateway.vendors.shipmail.wire import AutoReplyRow, DomainRow, FolderRow, IdentityRow, MailboxRow

_ROLES = {role.casefold(): role for role in FolderRole if role is not FolderRole.OTHER}
_LAST = 2**31
_Place = tuple[int, int]
_ACTIVE, _SUSPENDED, _UNKNOWN = MailboxStatus.ACTIVE, MailboxStatus.SUSPENDED, MailboxStatus.UNKNOWN
_PROVIDER = MailProvider.VENDOR_HOSTED
_NO_WORD_OF_HEALTH, _NO_WORD_OF_SENDING = MailboxHealth(), SendingPolicy()


# ---------------------------------------------------------------------- mailbox
def mailbox_from_wire(row: MailboxRow, *, account: Account, observed_at: datetime) -> Mailbox:
    """A row of the list, or one mailbox: ShipMail tells the same of both."""
    threshold = count(row.spam_filter_threshold)
    return Mailbox(
        encode_mailbox(account.name, row.id),
        account.vendor,
        row.id,
        account.name,
        observed_at,
        _UnreadRow(row=row),
        row.address,
        row.display_name,
        None,
        _PROVIDER,
        None,
        _status(row),
        None,
        _NO_WORD_OF_HEALTH,
        None,
        None,
        _NO_WORD_OF_SENDING,
        domain_vendor_id=row.domain_id,
        auto_reply=_auto_reply_from_wire(row.auto_reply),
        spam_filter=None if threshold is None else SpamFilter(threshold),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )


def _status(row: MailboxRow) -> MailboxStatus:
    """`suspended_at` is all that ShipMail says (OpenAPI file of June 2026: null = active). Without the key nobody knows."""
    if row.suspended_at is None:
        return _ACTIVE
    if row.suspended_at is msgspec.UNSET or row.suspended_at == "":
        return _UNKNOWN
    return _SUSPENDED


def _auto_reply_from_wire(row: AutoReplyRow | None) -> AutoReply | None:
    if row is None or row.enabled is None:
        return None
    return AutoReply(row.enabled, row.subject, row.body, instant(row.from_date), instant(row.to_date))


class _UnreadRow(UnreadDetails, frozen=True, gc=False, kw_only=True):
    """A list row or a read of one mailbox."""

    row: MailboxRow

    def read(self) -> ShipmailDetails:
        return _details_from_wire(self.row)


def _details_from_wire(row: MailboxRow) -> ShipmailDetails:
    reply = row.auto_reply
    return ShipmailDetails(
        object=row.object,
        id=row.id,
        domain_id=row.domain_id,
        address=row.address,
        display_name=row.display_name,
        suspended_at=None if row.suspended_at is msgspec.UNSET else instant(row.suspended_at),
        spam_filter_threshold=count(row.spam_filter_threshold),
        auto_reply=None
        if reply is None
        else ShipmailAutoReply(reply.enabled, reply.subject, reply.body, instant(reply.from_date), instant(reply.to_date)),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
        suspension_reasons=None if row.suspension_reasons is None else tuple(row.suspension_reasons),
        agent_security_hold=row.agent_security_hold,
    )


# ---------------------------------------------------------------------- domain, identity
def domain_from_wire(row: DomainRow, *, account: Account) -> Domain:
    """`degraded` domains send but cannot be built on: only `verified` counts as verified (page "Mailboxes")."""
    return Domain(
        id=encode(Kind.DOMAIN, account.name, row.id),
        vendor_id=row.id,
        name=row.name or "",
        verified=row.status.casefold() == "verified" if text(row.status) and row.status else None,
        status_raw=row.status,
        managed_by_raw=row.managed_by,
        dns_provider=row.dns_provider,
        mx_verified=row.mx_verified,
        spf_verified=row.spf_verified,
        dkim_verified=row.dkim_verified,
        dmarc_verified=row.dmarc_verified,
        dmarc_managed_externally=row.dmarc_managed_externally,
        outbound_verified=row.outbound_verified,
        catch_all_mailbox_id=encode(Kind.MAILBOX, account.name, row.catch_all_mailbox_id) if row.catch_all_mailbox_id else None,
        verified_at=instant(row.verified_at),
        created_at=instant(row.created_at),
        updated_at=instant(row.updated_at),
    )


def identity_from_wire(row: IdentityRow, *, account: Account, mailbox_id: str) -> Identity:
    """An identity of the mailbox with this vendor id."""
    return Identity(encode(Kind.IDENTITY, account.name, mailbox_id, row.id), row.id, row.name, row.email)


# ---------------------------------------------------------------------- folders
def role_from_wire(word: str | None) -> FolderRole | None:
    """None for a folder without a role."""
    return _ROLES.get(word.strip().casefold(), FolderRole.OTHER) if word and text(word) else None


def folder_from_wire(row: FolderRow, *, account: Account, mailbox_id: str) -> Folder:
    """A folder of the mailbox with this vendor id. A kind that we do not know goes by the role: custom folders have none."""
    role = role_from_wire(row.role)
    kind = (row.kind or "").strip().upper()
    by_role = FolderKind.CUSTOM if role is None else FolderKind.SYSTEM
    return Folder(
        id=encode(Kind.FOLDER, account.name, mailbox_id, row.id),
        vendor_id=row.id,
        name=row.name or "",
        kind=FolderKind(kind) if kind in FolderKind.__members__ else by_role,
        role=role,
        role_raw=row.role,
        total_count=count(row.total_emails),
        unread_count=count(row.unread_emails),
        unread_thread_count=count(row.unread_threads),
        sort_order=count(row.sort_order),
        parent_vendor_id=row.parent_id,
    )


def in_display_order(folders: Sequence[Folder]) -> list[Folder]:
    """By `sort_order` among siblings, each folder before what is in it; folders whose parent is gone come last."""
    places = {folder.vendor_id: (_LAST if folder.sort_order is None else folder.sort_order, i) for i, folder in enumerate(folders)}
    parents = {folder.vendor_id: folder.parent_vendor_id for folder in folders}
    return sorted(folders, key=lambda folder: _trail(folder.vendor_id, places, parents))


def _trail(folder_id: str, places: dict[str, _Place], parents: dict[str, str | None]) -> list[_Place]:
    """The places of a folder and of all that it is in, outermost first. Folders inside each other count as orphans."""
    trail = [places[folder_id]]
    parent_id = parents[folder_id]
    while parent_id is not None:
        if parent_id not in places or len(trail) > len(places):
            return [(_LAST, 0), *trail]
        trail.insert(0, places[parent_id])
        parent_id = parents[parent_id]
    return trail
