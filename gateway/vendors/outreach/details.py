"""What only Outreach says about a mailbox: every readable attribute of https://developers.outreach.io/api/reference (Mailbox), verbatim."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.details import listed, on_demand
from gateway.domain.mailbox import Details
from gateway.domain.secret import Secret
from gateway.domain.writable import Occasion, VendorFields, writable

ALIASES_PART = "aliases"
MAILINGS_PART = "mailings"


class OutreachUser(msgspec.Struct, frozen=True, gc=False):
    """An Outreach user, as far as the token may see them."""

    id: Annotated[str | None, listed("The user's id.")] = None
    name: Annotated[str | None, listed("The user's full name.")] = None
    email: Annotated[str | None, listed("The user's own email address.")] = None


class OutreachMailAlias(msgspec.Struct, frozen=True, gc=False):
    """A second address of a mailbox."""

    id: Annotated[str | None, listed("The alias's id.")] = None
    email: Annotated[str | None, listed("The alias's address.")] = None
    can_send: Annotated[bool | None, listed("Whether mail may be sent from the alias.")] = None
    email_hash: Annotated[str | None, listed("A hash of the alias's address.")] = None
    created_at: Annotated[datetime | None, listed("When the alias was created.")] = None
    updated_at: Annotated[datetime | None, listed("When the alias was last changed.")] = None


class OutreachMailings(msgspec.Struct, frozen=True, gc=False):
    """Counts of delivered mailings; null where Outreach declines to count to the end."""

    delivered_today: Annotated[int | None, listed("Mailings delivered since 00:00 UTC today.")] = None
    delivered_last_7_days: Annotated[int | None, listed("Mailings delivered in the last seven times 24 hours.")] = None


class OutreachDetails(Details, frozen=True, gc=False):
    """Every readable attribute of Outreach's mailbox, and what hangs on it; secrets excepted."""

    auth_id: Annotated[int | None, listed("The id of the stored credential or consent.")] = None
    created_at: Annotated[datetime | None, listed("When the mailbox was created.")] = None
    editable: Annotated[bool | None, listed("Whether the acting user may edit the mailbox's fields.")] = None
    email: Annotated[str | None, listed("The mailbox's address.")] = None
    email_hash: Annotated[str | None, listed("A hash of the address.")] = None
    email_provider: Annotated[
        str | None, listed("The mail service provider, e.g. gmail_api; null makes Outreach guess from the servers.")
    ] = None
    email_signature: Annotated[str | None, listed("The default signature, in HTML.")] = None
    ews_endpoint: Annotated[str | None, listed("The URL of the Exchange Web Service.")] = None
    ews_ssl_verify_mode: Annotated[
        int | None, listed("How EWS certificates are verified: 0 not, 1 peer, 2 fail without a peer certificate, 4 client once.")
    ] = None
    exchange_version: Annotated[str | None, listed("The version of Exchange, e.g. Exchange2013_SP1.")] = None
    imap_host: Annotated[str | None, listed("The IMAP server used for syncing.")] = None
    imap_port: Annotated[int | None, listed("The IMAP server's port.")] = None
    imap_ssl: Annotated[bool | None, listed("Whether the IMAP connection uses SSL.")] = None
    max_emails_per_day: Annotated[int | None, listed("The most messages in and out per day.")] = None
    max_mailings_per_day: Annotated[int | None, listed("The most messages that Outreach may send per day.")] = None
    max_mailings_per_week: Annotated[int | None, listed("The most messages that Outreach may send per week.")] = None
    opt_out_message: Annotated[str | None, listed("The text on the unsubscribe confirmation page.")] = None
    opt_out_signature: Annotated[str | None, listed("The HTML under the signature that holds the unsubscribe link.")] = None
    prospect_email_exclusions: Annotated[
        str | None, listed("Address patterns that are never synced, one per line, as Outreach keeps them.")
    ] = None
    prospect_email_exclusion_patterns: Annotated[tuple[str, ...] | None, listed("The same patterns as a list, without blank lines.")] = None
    provider_id: Annotated[int | None, listed("The id of the provider's account.")] = None
    provider_type: Annotated[str | None, listed("The type of the provider's account, e.g. GoogleAccount.")] = None
    send_disabled: Annotated[bool | None, listed("Whether sending is switched off.")] = None
    send_errored_at: Annotated[datetime | None, listed("When sending last failed.")] = None
    send_max_retries: Annotated[int | None, listed("How often a failed delivery is tried again.")] = None
    send_method: Annotated[str | None, listed("How mail is sent: ews, sendgrid, smtp, or newer words like gmail_api.")] = None
    send_period: Annotated[int | None, listed("The window of sendThreshold, in seconds.")] = None
    send_requires_sync: Annotated[bool | None, listed("Whether the mailbox must have synced recently before it may send.")] = None
    send_success_at: Annotated[datetime | None, listed("When sending last worked.")] = None
    send_threshold: Annotated[int | None, listed("The most messages sent per sendPeriod.")] = None
    sendgrid_webhook_url: Annotated[str | None, listed("The URL to enter at SendGrid for bounces and spam reports.")] = None
    smtp_host: Annotated[str | None, listed("The SMTP server used for sending.")] = None
    smtp_port: Annotated[int | None, listed("The SMTP server's port.")] = None
    smtp_ssl: Annotated[bool | None, listed("Whether the SMTP connection uses SSL.")] = None
    smtp_username: Annotated[str | None, listed("The SMTP login where it differs from the mailbox's own.")] = None
    sync_active_frequency: Annotated[int | None, listed("Seconds between syncs while the user is at work in Outreach.")] = None
    sync_disabled: Annotated[bool | None, listed("Whether syncing is switched off.")] = None
    sync_errored_at: Annotated[datetime | None, listed("When syncing last failed.")] = None
    sync_finished_at: Annotated[datetime | None, listed("When the last sync ended.")] = None
    sync_method: Annotated[str | None, listed("How mail is synced: ews, gmail_api, imap, or newer words.")] = None
    sync_outreach_folder: Annotated[
        bool | None, listed('Whether the synced folder is called "Outreach" instead of "Inbox" (Exchange2007_SP1 only).')
    ] = None
    sync_passive_frequency: Annotated[int | None, listed("Seconds between syncs while the user is away.")] = None
    sync_success_at: Annotated[datetime | None, listed("When syncing last worked.")] = None
    updated_at: Annotated[datetime | None, listed("When the mailbox was last changed.")] = None
    user_id: Annotated[int | None, listed("The owning user's id, as the attribute says it.")] = None
    username: Annotated[str | None, listed("The login of the email account, normally its address.")] = None

    delete_queued_at: Annotated[datetime | None, listed("When the mailbox's deletion was queued (not documented by Outreach).")] = None
    ews_custom_search_folder: Annotated[bool | None, listed("Not documented by Outreach; seen in its answers.")] = None
    ews_delegate_sync: Annotated[bool | None, listed("Not documented by Outreach; seen in its answers.")] = None
    ews_impersonation: Annotated[bool | None, listed("Not documented by Outreach; seen in its answers.")] = None
    send_permanent_error_at: Annotated[datetime | None, listed("When sending failed for good (not documented by Outreach).")] = None
    sync_permanent_error_at: Annotated[datetime | None, listed("When syncing failed for good (not documented by Outreach).")] = None

    owner_id: Annotated[str | None, listed("The owning user's id, as the relationship says it.")] = None
    creator_id: Annotated[str | None, listed("The id of the user who created the mailbox.")] = None
    updater_id: Annotated[str | None, listed("The id of the user who last changed the mailbox.")] = None

    can_write: Annotated[bool | None, on_demand("Whether the acting user may change the mailbox.")] = None
    can_delete: Annotated[bool | None, on_demand("Whether the acting user may delete the mailbox.")] = None
    creator: Annotated[OutreachUser | None, on_demand("Who created the mailbox; the id only without the scope users.read.")] = None
    updater: Annotated[OutreachUser | None, on_demand("Who last changed the mailbox; the id only without the scope users.read.")] = None
    mail_aliases: Annotated[tuple[OutreachMailAlias, ...] | None, on_demand("The mailbox's aliases.", part=ALIASES_PART)] = None
    mailings: Annotated[OutreachMailings | None, on_demand("What was sent from the mailbox lately.", part=MAILINGS_PART)] = None


class OutreachFields(VendorFields, frozen=True, kw_only=True):
    """What can be set at Outreach besides the fields common to all vendors.

    `username` and `password` are the mailbox's own login, for mailboxes that have no IMAP or SMTP server to say it with (EWS). The limits
    and switches that only an update has normalised fields for can be written here while a mailbox is created.
    """

    auth_id: Annotated[int | UnsetType | None, writable("The id of a credential or consent that was stored in Outreach before.")] = UNSET
    email: Annotated[str | UnsetType, writable("Another address for the mailbox.", only=Occasion.UPDATE)] = UNSET
    email_hash: Annotated[str | UnsetType | None, writable("A hash of the address; Outreach makes its own.")] = UNSET
    email_provider: Annotated[
        str | UnsetType | None,
        writable(
            "The mail service provider: exchange_online, exchange_server, gmail, gmail_api, google_oauth2, intermedia, office365_oauth2,"
            " microsoft_hma_oauth2, office_365, rackspace or another; null makes Outreach guess from the servers."
        ),
    ] = UNSET
    ews_endpoint: Annotated[str | UnsetType | None, writable("The URL of the Exchange Web Service.")] = UNSET
    ews_ssl_verify_mode: Annotated[
        int | UnsetType | None,
        writable("How EWS certificates are verified: 0 not, 1 peer, 2 fail without a peer certificate, 4 client once."),
    ] = UNSET
    exchange_version: Annotated[
        str | UnsetType | None,
        writable(
            "The version of Exchange: Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013 or"
            " Exchange2013_SP1."
        ),
    ] = UNSET
    max_emails_per_day: Annotated[int | UnsetType | None, writable("The most messages in and out per day.")] = UNSET
    max_mailings_per_week: Annotated[
        int | UnsetType | None,
        writable("The most messages that Outreach may send per week; `weeklyLimit` changes it later.", only=Occasion.CREATE),
    ] = UNSET
    opt_out_message: Annotated[
        str | UnsetType | None, writable("The text on the unsubscribe confirmation page; at most 512 characters.")
    ] = UNSET
    opt_out_signature: Annotated[
        str | UnsetType | None,
        writable("The HTML under the signature that holds the unsubscribe link (%unsubscribe_url%); at most 512 characters."),
    ] = UNSET
    password: Annotated[
        Secret | UnsetType | None, writable("The password of the mailbox's own login, where it has no IMAP or SMTP server to say it with.")
    ] = UNSET
    prospect_email_exclusions: Annotated[
        str | UnsetType | None, writable("Address patterns that are never synced, one per line, as Outreach keeps them.")
    ] = UNSET
    prospect_email_exclusion_patterns: Annotated[
        tuple[str, ...] | UnsetType, writable("The same patterns as a list; it replaces all that are there.")
    ] = UNSET
    send_disabled: Annotated[
        bool | UnsetType, writable("Whether sending is switched off; `sendingEnabled` changes it later.", only=Occasion.CREATE)
    ] = UNSET
    send_max_retries: Annotated[int | UnsetType | None, writable("How often a failed delivery is tried again.")] = UNSET
    send_method: Annotated[str | UnsetType | None, writable("How mail is sent: ews, sendgrid or smtp.")] = UNSET
    send_period: Annotated[
        int | UnsetType | None, writable("The window of `sendThreshold`, in seconds; `burst` changes both later.", only=Occasion.CREATE)
    ] = UNSET
    send_requires_sync: Annotated[
        bool | UnsetType | None, writable("Whether the mailbox must have synced recently before it may send.")
    ] = UNSET
    send_threshold: Annotated[
        int | UnsetType | None, writable("The most messages sent per `sendPeriod`; `burst` changes both later.", only=Occasion.CREATE)
    ] = UNSET
    sendgrid_api_key: Annotated[Secret | UnsetType | None, writable("The API key of the SendGrid account that is used for sending.")] = (
        UNSET
    )
    sync_active_frequency: Annotated[int | UnsetType | None, writable("Seconds between syncs while the user is at work in Outreach.")] = (
        UNSET
    )
    sync_disabled: Annotated[
        bool | UnsetType, writable("Whether syncing is switched off; `receivingEnabled` changes it later.", only=Occasion.CREATE)
    ] = UNSET
    sync_method: Annotated[str | UnsetType | None, writable("How mail is synced: ews, gmail_api or imap.")] = UNSET
    sync_outreach_folder: Annotated[
        bool | UnsetType | None,
        writable('Whether the synced folder is called "Outreach" instead of "Inbox" (Exchange2007_SP1 only).'),
    ] = UNSET
    sync_passive_frequency: Annotated[int | UnsetType | None, writable("Seconds between syncs while the user is away.")] = UNSET
    username: Annotated[
        str | UnsetType | None, writable("The mailbox's own login, where it has no IMAP or SMTP server to say it with.")
    ] = UNSET
    validate_send: Annotated[bool | UnsetType, writable("Save only if sending works; `verify` asks for this and for `validateSync`.")] = (
        UNSET
    )
    validate_sync: Annotated[bool | UnsetType, writable("Save only if syncing works; `verify` asks for this and for `validateSend`.")] = (
        UNSET
    )
