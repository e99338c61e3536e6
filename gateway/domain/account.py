"""An account: one set of credentials at one vendor, under the name that the configuration gives it."""

from datetime import datetime

import msgspec

from gateway.domain.identifier import Kind, encode
from gateway.domain.vendor import Vendor


class Account(msgspec.Struct, frozen=True):
    """`name` is unique in the gateway and part of every id."""

    name: str
    vendor: Vendor

    @property
    def id(self) -> str:
        return encode(Kind.ACCOUNT, self.name)


class Domain(msgspec.Struct, frozen=True, gc=False):
    """A sending domain at a vendor that has them. None is what the vendor does not say; `catch_all_mailbox_id` is a global id."""

    id: str
    vendor_id: str
    name: str
    verified: bool | None = None
    status_raw: str | None = None
    managed_by_raw: str | None = None
    dns_provider: str | None = None
    mx_verified: bool | None = None
    spf_verified: bool | None = None
    dkim_verified: bool | None = None
    dmarc_verified: bool | None = None
    dmarc_managed_externally: bool | None = None
    outbound_verified: bool | None = None
    catch_all_mailbox_id: str | None = None
    verified_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Owner(msgspec.Struct, frozen=True, gc=False):
    """The vendor's user who owns a mailbox; lists often tell the id only. The mailbox sets `account_name`."""

    vendor_id: str
    name: str | None = None
    email: str | None = None
    account_name: str = ""


class Campaign(msgspec.Struct, frozen=True, gc=False):
    """A campaign (or sequence) that sends from a mailbox."""

    vendor_id: str
    name: str | None = None
    active: bool | None = None


class Identity(msgspec.Struct, frozen=True, gc=False):
    """A sender that a mailbox may use in `From`."""

    id: str
    vendor_id: str
    name: str | None = None
    email: str | None = None


class Reachability(msgspec.Struct, frozen=True):
    """The answer to one cheap question: how many mailboxes the vendor counts, None when it does not count."""

    mailbox_count: int | None
