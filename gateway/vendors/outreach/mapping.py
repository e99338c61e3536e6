"""Outreach's resources as domain structs. Outreach sends no error texts with a mailbox, only times, so there is nothing to redact."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from gateway.domain.account import Account, Campaign, Owner
from gateway.domain.identifier import encode_mailbox
from gateway.domain.mailbox import (
    ChannelHealth,
    ChannelState,
    Mailbox,
    MailboxHealth,
    MailboxStatus,
    MailProvider,
    SendBurst,
    SendingPolicy,
    ServerSettings,
    TransportSecurity,
    UnreadDetails,
)
from gateway.domain.outcome import CheckResult, MailboxCheck
from gateway.vendors.outreach.details import OutreachDetails, OutreachMailAlias, OutreachUser
from gateway.vendors.outreach.wire import (
    AliasResource,
    Attributes,
    MailboxResource,
    NamedAttributes,
    Relationship,
    Relationships,
    StateResource,
    WireTime,
)
from gateway.vendors.reading import Words, instant, text, within_int32

Users = Mapping[str, NamedAttributes]

_URL_LOGIN = re.compile(r"^(\s*[A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")

_PROVIDERS = Words(
    {
        "gmail": MailProvider.GOOGLE,
        "gmail_api": MailProvider.GOOGLE,
        "google_oauth2": MailProvider.GOOGLE,
        "office365_oauth2": MailProvider.MICROSOFT,
        "microsoft_hma_oauth2": MailProvider.MICROSOFT,
        "office_365": MailProvider.MICROSOFT,
        "exchange_online": MailProvider.MICROSOFT,
        "exchange_server": MailProvider.EXCHANGE,
        "intermedia": MailProvider.INTERMEDIA,
        "rackspace": MailProvider.RACKSPACE,
        "zoho": MailProvider.ZOHO,
        "sendgrid": MailProvider.SENDGRID,
    },
    missing=MailProvider.UNKNOWN,
    other=MailProvider.OTHER,
)
_ACTIVE, _ERROR, _SUSPENDED, _UNKNOWN = MailboxStatus.ACTIVE, MailboxStatus.ERROR, MailboxStatus.SUSPENDED, MailboxStatus.UNKNOWN
_OK, _FAILING, _DISABLED, _SILENT = ChannelState.OK, ChannelState.FAILING, ChannelState.DISABLED, ChannelState.UNKNOWN
_SECURITY = {True: TransportSecurity.ENCRYPTED, False: TransportSecurity.NONE, None: TransportSecurity.UNKNOWN}
_NO_ATTRIBUTES = Attributes()
_NO_RELATIONSHIPS = Relationships()


def mailbox_from_wire(row: MailboxResource, *, account: Account, observed_at: datetime, users: Users | None = None) -> Mailbox:
    """A mailbox. `users` are those that came along, by id; None where they were not asked for."""
    attributes = row.attributes or _NO_ATTRIBUTES
    relationships = row.relationships or _NO_RELATIONSHIPS
    vendor_id = str(row.id)
    health = health_from_wire(attributes)
    _forget_logins(attributes)
    details = _UnreadRow(row=row) if users is None else details_from_wire(row, users=users)
    login = attributes.username
    return Mailbox(
        encode_mailbox(account.name, vendor_id),
        account.vendor,
        vendor_id,
        account.name,
        observed_at,
        details,
        attributes.email,
        None,  # it has no display name
        login,
        _PROVIDERS[attributes.email_provider],
        attributes.email_provider,
        _status(attributes, health),
        None,  # nor a word for its status
        health,
        # A blank `smtpUsername` means that the mailbox's own login is used (Mailbox reference).
        _server(attributes.smtp_host, attributes.smtp_port, attributes.smtp_ssl, text(attributes.smtp_username) or login),
        _server(attributes.imap_host, attributes.imap_port, attributes.imap_ssl, login),
        _sending(attributes),
        attributes.email_signature,
        owner=_owner(attributes, relationships, users or {}),
        created_at=instant(attributes.created_at),
        updated_at=instant(attributes.updated_at),
    )


def health_from_wire(attributes: Attributes) -> MailboxHealth:
    """Both channels by their newest times; Outreach has no status of its own."""
    it = attributes
    return MailboxHealth(
        _channel(it.send_disabled, it.send_success_at, it.send_errored_at, it.send_permanent_error_at),
        _channel(it.sync_disabled, it.sync_success_at, it.sync_errored_at, it.sync_permanent_error_at),
    )


def _channel(disabled: bool | None, success: WireTime, error: WireTime, permanent_error: WireTime) -> ChannelHealth:  # noqa: FBT001 - wire
    success_at = instant(success) if success else None
    error_at = _latest(instant(error) if error else None, instant(permanent_error) if permanent_error else None)
    if disabled:
        state = _DISABLED
    elif error_at is not None and (success_at is None or error_at > success_at):
        state = _FAILING
    else:
        state = _SILENT if success_at is None else _OK
    return ChannelHealth(state, None, success_at, error_at)


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _status(attributes: Attributes, health: MailboxHealth) -> MailboxStatus:
    """ACTIVE needs Outreach's word that sending is on or off; a mailbox that only receives is active with sending DISABLED."""
    if attributes.send_disabled and attributes.sync_disabled:
        return _SUSPENDED
    if attributes.delete_queued_at and instant(attributes.delete_queued_at) is not None:
        return _UNKNOWN
    if health.sending.state is _FAILING or health.receiving.state is _FAILING:
        return _ERROR
    return _UNKNOWN if attributes.send_disabled is None else _ACTIVE


def _server(host: str | None, port: int | None, uses_ssl: bool | None, username: str | None) -> ServerSettings | None:  # noqa: FBT001 - wire
    """None for mailboxes that use an API or EWS: they have a default `…Ssl`, but neither host nor port."""
    if host is None and port is None:
        return None
    return ServerSettings(host, within_int32(port), _SECURITY[uses_ssl], None, username)


def _sending(attributes: Attributes) -> SendingPolicy:
    messages, window_seconds = within_int32(attributes.send_threshold), within_int32(attributes.send_period)
    return SendingPolicy(
        within_int32(attributes.max_mailings_per_day),
        within_int32(attributes.max_mailings_per_week),
        burst=None if messages is None or window_seconds is None else SendBurst(messages, window_seconds),
    )


def _owner(attributes: Attributes, relationships: Relationships, users: Users) -> Owner | None:
    user_id = _id_of(relationships.user) if attributes.user_id is None else str(attributes.user_id)
    return None if user_id is None else owner_from_wire(user_id, users.get(user_id))


def _id_of(relationship: Relationship | None) -> str | None:
    return str(relationship.data.id) if relationship and relationship.data else None


def owner_from_wire(user_id: str, user: NamedAttributes | None) -> Owner:
    """An owner, by id alone where the user is not visible."""
    return Owner(user_id, user.name, user.email) if user else Owner(user_id)


class _UnreadRow(UnreadDetails, frozen=True, gc=False, kw_only=True):
    """What came without users, logins forgotten."""

    row: MailboxResource

    def read(self) -> OutreachDetails:
        return details_from_wire(self.row, users=None)


def details_from_wire(row: MailboxResource, *, users: Users | None) -> OutreachDetails:
    """Every attribute as it came. `users` None leaves out who created and changed the mailbox."""
    attributes, relationships, meta = row.attributes or _NO_ATTRIBUTES, row.relationships or _NO_RELATIONSHIPS, row.meta
    creator_id, updater_id = _id_of(relationships.creator), _id_of(relationships.updater)
    return OutreachDetails(
        auth_id=within_int32(attributes.auth_id),
        created_at=instant(attributes.created_at),
        editable=attributes.editable,
        email=attributes.email,
        email_hash=attributes.email_hash,
        email_provider=attributes.email_provider,
        email_signature=attributes.email_signature,
        ews_endpoint=attributes.ews_endpoint,
        ews_ssl_verify_mode=within_int32(attributes.ews_ssl_verify_mode),
        exchange_version=attributes.exchange_version,
        imap_host=attributes.imap_host,
        imap_port=within_int32(attributes.imap_port),
        imap_ssl=attributes.imap_ssl,
        max_emails_per_day=within_int32(attributes.max_emails_per_day),
        max_mailings_per_day=within_int32(attributes.max_mailings_per_day),
        max_mailings_per_week=within_int32(attributes.max_mailings_per_week),
        opt_out_message=attributes.opt_out_message,
        opt_out_signature=attributes.opt_out_signature,
        prospect_email_exclusions=attributes.prospect_email_exclusions,
        prospect_email_exclusion_patterns=_patterns(attributes.prospect_email_exclusions),
        provider_id=within_int32(attributes.provider_id),
        provider_type=attributes.provider_type,
        send_disabled=attributes.send_disabled,
        send_errored_at=instant(attributes.send_errored_at),
        send_max_retries=within_int32(attributes.send_max_retries),
        send_method=attributes.send_method,
        send_period=within_int32(attributes.send_period),
        send_requires_sync=attributes.send_requires_sync,
        send_success_at=instant(attributes.send_success_at),
        send_threshold=within_int32(attributes.send_threshold),
        sendgrid_webhook_url=attributes.sendgrid_webhook_url,
        smtp_host=attributes.smtp_host,
        smtp_port=within_int32(attributes.smtp_port),
        smtp_ssl=attributes.smtp_ssl,
        smtp_username=attributes.smtp_username,
        sync_active_frequency=within_int32(attributes.sync_active_frequency),
        sync_disabled=attributes.sync_disabled,
        sync_errored_at=instant(attributes.sync_errored_at),
        sync_finished_at=instant(attributes.sync_finished_at),
        sync_method=attributes.sync_method,
        sync_outreach_folder=attributes.sync_outreach_folder,
        sync_passive_frequency=within_int32(attributes.sync_passive_frequency),
        sync_success_at=instant(attributes.sync_success_at),
        updated_at=instant(attributes.updated_at),
        user_id=within_int32(attributes.user_id),
        username=attributes.username,
        delete_queued_at=instant(attributes.delete_queued_at),
        ews_custom_search_folder=attributes.ews_custom_search_folder,
        ews_delegate_sync=attributes.ews_delegate_sync,
        ews_impersonation=attributes.ews_impersonation,
        send_permanent_error_at=instant(attributes.send_permanent_error_at),
        sync_permanent_error_at=instant(attributes.sync_permanent_error_at),
        owner_id=_id_of(relationships.user),
        creator_id=creator_id,
        updater_id=updater_id,
        can_write=meta.can_write if meta else None,
        can_delete=meta.can_delete if meta else None,
        creator=_user(creator_id, users),
        updater=_user(updater_id, users),
    )


def _patterns(exclusions: str | None) -> tuple[str, ...] | None:
    """One pattern per line of the one string that Outreach keeps."""
    if exclusions is None:
        return None
    return tuple(pattern for line in exclusions.splitlines() if (pattern := line.strip()))


def _user(user_id: str | None, users: Users | None) -> OutreachUser | None:
    if user_id is None or users is None:
        return None
    user = users.get(user_id)
    return OutreachUser(user_id, user.name, user.email) if user else OutreachUser(user_id)


def alias_from_wire(alias: AliasResource) -> OutreachMailAlias:
    """A mail alias."""
    if alias.attributes is None:
        return OutreachMailAlias(id=str(alias.id))
    return OutreachMailAlias(
        id=str(alias.id),
        email=alias.attributes.email,
        can_send=alias.attributes.can_send,
        email_hash=alias.attributes.email_hash,
        created_at=instant(alias.attributes.created_at),
        updated_at=instant(alias.attributes.updated_at),
    )


def campaigns_from_wire(states: Iterable[StateResource], sequences: Mapping[str, NamedAttributes]) -> dict[str, Campaign]:
    """The sequences that the states belong to, by id; by id alone where a sequence is not visible."""
    ids = dict.fromkeys(
        sequence_id for state in states if state.relationships and (sequence_id := _id_of(state.relationships.sequence)) is not None
    )
    unseen = NamedAttributes()
    return {each: Campaign(each, sequences.get(each, unseen).name, sequences.get(each, unseen).enabled) for each in ids}


def check_from_wire(check: MailboxCheck, *, before: MailboxResource, after: MailboxResource, observed_at: datetime) -> CheckResult:
    """A test that was answered with a mailbox passed, unless its last error is newer than before the test (UNSURE whether that happens)."""
    then, now = (_channel_of(check, row) for row in (before, after))
    if now.last_error_at is not None and (then.last_error_at is None or now.last_error_at > then.last_error_at):
        return CheckResult(check, passed=False, message="Outreach met an error during the test.", observed_at=now.last_error_at)
    return CheckResult(check, passed=True, observed_at=observed_at)


def _channel_of(check: MailboxCheck, row: MailboxResource) -> ChannelHealth:
    health = health_from_wire(row.attributes or Attributes())
    return health.sending if check is MailboxCheck.SENDING else health.receiving


def _forget_logins(attributes: Attributes) -> None:
    """Addresses as Outreach keeps them, without the login that somebody may have typed into one: the row is kept."""
    if attributes.ews_endpoint:
        attributes.ews_endpoint = _URL_LOGIN.sub(r"\1", attributes.ews_endpoint)
    if attributes.sendgrid_webhook_url:
        attributes.sendgrid_webhook_url = _URL_LOGIN.sub(r"\1", attributes.sendgrid_webhook_url)
