"""What only Woodpecker says about a mailbox: every field of its SMTP record and the whole IMAP half, verbatim."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.details import listed, on_demand
from gateway.domain.mailbox import Details
from gateway.domain.writable import Occasion, VendorFields, writable

AGENCY_PART = "agency"


class WoodpeckerFreeze(msgspec.Struct, frozen=True, gc=False):
    """A planned pause in sending."""

    date_from: Annotated[datetime | None, listed("When the pause begins.")] = None
    date_to: Annotated[datetime | None, listed("When the pause ends.")] = None


class WoodpeckerWarmup(msgspec.Struct, frozen=True, gc=False):
    """What Woodpecker's API tells of warm-up."""

    status: Annotated[str | None, listed("RUNNING, PAUSED, DISABLED or BLOCKED; new words may come.")] = None


class WoodpeckerImap(msgspec.Struct, frozen=True, gc=False):
    """The receiving half: the IMAP record that `imapId` names."""

    id: Annotated[int | None, listed("Id of the IMAP configuration.")] = None
    type: Annotated[str | None, listed("Configuration type, IMAP.")] = None
    email: Annotated[str | None, listed("Address whose mail is read; may differ from the sender's.")] = None
    provider: Annotated[str | None, listed("Email provider of the receiving half.")] = None
    login: Annotated[str | None, listed("Login name at the IMAP server.")] = None
    server: Annotated[str | None, listed("IMAP server.")] = None
    port: Annotated[int | None, listed("IMAP port.")] = None
    error: Annotated[str | None, listed('Connection message without secrets; null and "" both mean that nothing is wrong.')] = None
    private: Annotated[bool | None, listed("Undocumented flag of older answers.")] = None
    from_name: Annotated[str | None, listed("Display name; some answers have it on the IMAP half too.")] = None


class WoodpeckerDetails(Details, frozen=True, gc=False, kw_only=True):
    """Every documented field of Woodpecker's mailbox record; of a mailbox that only receives, the fields of its IMAP record."""

    id: Annotated[int | None, listed("Id of the SMTP configuration (of the IMAP one where there is no SMTP).")] = None
    type: Annotated[str | None, listed("Configuration type: SMTP, or IMAP for a mailbox that only receives.")] = None
    email: Annotated[str | None, listed("Email address.")] = None
    provider: Annotated[str | None, listed("Email provider, e.g. CUSTOM, GOOGLE, MAILGUN.")] = None
    login: Annotated[str | None, listed("Email login; not always an address.")] = None
    server: Annotated[str | None, listed("SMTP server.")] = None
    port: Annotated[int | None, listed("SMTP port.")] = None
    from_name: Annotated[str | None, listed("Display name of the sender.")] = None
    error: Annotated[str | None, listed('Connection message without secrets; null and "" both mean that nothing is wrong.')] = None
    daily_limit: Annotated[int | None, listed("Most emails per day.")] = None
    sent_today: Annotated[int | None, listed("Emails sent in the last 24 hours: a rolling window, not a calendar day.")] = None
    frequency_from: Annotated[int | None, listed("Shortest delay between two messages, in milliseconds.")] = None
    frequency_to: Annotated[int | None, listed("Longest delay between two messages, in milliseconds.")] = None
    bcc_crm: Annotated[str | None, listed('BCC address for a CRM; "" when unset.')] = None
    signature: Annotated[str | None, listed('HTML signature as the tenant wrote it; "" when unset.')] = None
    open_url: Annotated[str | None, listed('Tracking domain for opens (a domain, not a URL); "" when unset.')] = None
    click_url: Annotated[str | None, listed('Tracking domain for link clicks (a domain, not a URL); "" when unset.')] = None
    unsubscribe_url: Annotated[str | None, listed('Tracking domain for unsubscribe links (a domain, not a URL); "" when unset.')] = None
    freeze_account: Annotated[tuple[WoodpeckerFreeze, ...] | None, listed("Scheduled pauses in sending.")] = None
    in_slot: Annotated[
        bool | None, listed("Whether the mailbox occupies a paid sending slot (in the documented example, not explained).")
    ] = None
    warmup_data: Annotated[WoodpeckerWarmup | None, listed("Email warm-up.")] = None
    imap_id: Annotated[int | None, listed("Id of the linked IMAP configuration; may name one that does not exist.")] = None
    imap: Annotated[WoodpeckerImap | None, listed("The receiving half, whole.")] = None
    shared_imap: Annotated[
        bool | None,
        listed("Whether other mailboxes use the same receiving half; seen in the list, so null when only this mailbox was read."),
    ] = None
    running_campaigns: Annotated[
        int | None,
        on_demand("Number of running campaigns; only the agency's view of a client company tells it.", part=AGENCY_PART),
    ] = None


class WoodpeckerFields(VendorFields, frozen=True, kw_only=True):
    """What can be set at Woodpecker besides the fields common to all vendors."""

    completion_notification_types: Annotated[
        tuple[str, ...] | UnsetType,
        writable("How Woodpecker tells its user that adding is done: MAIL, IN_APP; one notice for a whole batch.", only=Occasion.CREATE),
    ] = UNSET
    imap_email: Annotated[
        str | UnsetType, writable("The address whose mail is read, where it is not the sender's.", only=Occasion.CREATE)
    ] = UNSET
