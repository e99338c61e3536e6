"""What clients write about a mailbox; the inputs become the drafts of `domain.draft`.

In an update, absent means unchanged and null means cleared.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
import strawberry

from gateway.domain import draft as model
from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.domain.mailbox import SendBurst, TransportSecurity
from gateway.domain.secret import Secret
from gateway.domain.vendor import Vendor
from gateway.domain.writable import VendorFields
from gateway.schema import fields
from gateway.schema.model import given
from gateway.schema.scalars import EmailAddress

T = TypeVar("T")
S = TypeVar("S")
FieldStructs = Mapping[Vendor, type[VendorFields]]
VendorInput = Annotated["VendorFieldsInput", strawberry.lazy("gateway.schema.fields")]  # type: ignore[name-defined] # noqa: F821 - made at run time


def absent(value: T | None) -> T | msgspec.UnsetType | None:
    """An input field as drafts say it: strawberry's UNSET becomes msgspec's."""
    return msgspec.UNSET if value is strawberry.UNSET else value


def built(value: S | None, build: Callable[[S], T]) -> T | msgspec.UnsetType | None:
    """A nested input as drafts say it: absent and null as they are, anything else built."""
    if value is strawberry.UNSET:
        return msgspec.UNSET
    return None if value is None else build(value)


def as_tuple(values: Sequence[T]) -> tuple[T, ...]:
    """GraphQL's lists as domain structs hold them."""
    return tuple(values)


def _some(value: S | None, build: Callable[[S], T]) -> T | None:
    """The same where absent and null mean the same."""
    return build(value) if value is not None and value is not strawberry.UNSET else None


def _optional(description: str, name: str | None = None) -> Any:  # noqa: ANN401 - strawberry's own type for it
    return strawberry.field(default=strawberry.UNSET, description=description, name=name)


@strawberry.input(description="An SMTP or IMAP server, and how to log in there.")
class ServerInput:
    """Becomes `domain.draft.ServerDraft`."""

    host: str | None = _optional("Its host name.")
    port: int | None = _optional("Its TCP port.")
    security: TransportSecurity | None = _optional("How the connection is protected, where the vendor lets one choose.")
    username: str | None = _optional("The login name.")
    password: Secret | None = _optional("The password; it goes to the vendor and nowhere else.")

    def build(self) -> model.ServerDraft:
        return model.ServerDraft(
            host=absent(self.host),
            port=absent(self.port),
            security=absent(self.security),
            username=absent(self.username),
            password=absent(self.password),
        )


@strawberry.input(description="What a mail provider's OAuth consent gave; the vendor refreshes it from then on.")
class OAuthTokenInput:
    """Becomes `domain.draft.OAuthToken`."""

    access_token: Secret = strawberry.field(description="The access token.")
    refresh_token: Secret = strawberry.field(description="The refresh token.")
    expires_at: datetime | None = _optional("When the access token expires.")
    scope: str | None = _optional("What it may be used for, as the provider says it.")
    id_token: Secret | None = _optional("The OpenID token.")

    def build(self) -> model.OAuthToken:
        return model.OAuthToken(
            access_token=self.access_token,
            refresh_token=self.refresh_token,
            expires_at=given(self.expires_at),
            scope=given(self.scope),
            id_token=given(self.id_token),
        )


@strawberry.input(description="Domains in tracking links.")
class TrackingDomainsInput:
    """Becomes `domain.draft.TrackingDraft`."""

    domain: str | None = _optional("One for all, where the vendor has one for all.")
    opens: str | None = _optional("For opened messages.")
    clicks: str | None = _optional("For clicked links.")
    unsubscribes: str | None = _optional("For unsubscribe links.")

    def build(self) -> model.TrackingDraft:
        return model.TrackingDraft(
            domain=absent(self.domain), opens=absent(self.opens), clicks=absent(self.clicks), unsubscribes=absent(self.unsubscribes)
        )


@strawberry.input(description="How warm-up shall run; what is left out stays as it is.")
class WarmupSettingsInput:
    """Becomes `domain.draft.WarmupSettings`."""

    daily_target: int | None = _optional("Mails a day to work up to.")
    daily_increase: int | None = _optional("Mails to add from one day to the next.")
    reply_rate_target: float | None = _optional("Share of mails that shall be answered, 0 to 1.")
    ramp_up: bool | None = _optional("Whether to work up to the target day by day.")
    auto_adjust: bool | None = _optional("Whether the vendor may adjust the settings by itself.")

    def build(self) -> model.WarmupSettings:
        rate = given(self.reply_rate_target)
        if rate is not None and not 0 <= rate <= 1:
            raise InvalidInputError(f"A rate is a fraction from 0 to 1, but this is {rate}.", field=("replyRateTarget",))
        return model.WarmupSettings(
            daily_target=given(self.daily_target),
            daily_increase=given(self.daily_increase),
            reply_rate_target=rate,
            ramp_up=given(self.ramp_up),
            auto_adjust=given(self.auto_adjust),
        )


@strawberry.input(description="At most `messages` in any `windowSeconds`.")
class SendBurstInput:
    """Becomes `domain.mailbox.SendBurst`."""

    messages: int = strawberry.field(description="Number of messages.")
    window_seconds: int = strawberry.field(description="Length of the window in seconds.")

    def build(self) -> SendBurst:
        return SendBurst(self.messages, self.window_seconds)


@strawberry.input(description="A new mailbox. What the account's vendor cannot set is refused before anything is sent.")
class MailboxCreateInput:
    """Becomes `domain.draft.MailboxDraft`."""

    account: str = strawberry.field(description="The account that it shall be in, by name; `{ accounts { name } }` lists them.")
    address: EmailAddress = strawberry.field(description="Its e-mail address.")
    display_name: str | None = _optional("The sender's name that it shows.")
    smtp: ServerInput | None = _optional("The server that it sends through, and how to log in there.")
    imap: ServerInput | None = _optional("The server that it is read from, and how to log in there.")
    daily_limit: int | None = _optional("The most messages a day.")
    min_interval_seconds: float | None = _optional("The shortest time between two messages.")
    max_interval_seconds: float | None = _optional("The longest time between two messages.")
    signature: str | None = _optional("The HTML that stands below its messages.")
    reply_to: EmailAddress | None = _optional("Where answers go, if not to its address.")
    bcc: EmailAddress | None = _optional("Who gets a blind copy of everything.")
    tracking: TrackingDomainsInput | None = _optional("Domains in tracking links.")
    tags: list[str] | None = _optional("Its tags.")
    domain_id: strawberry.ID | None = _optional("The sending domain that it belongs to, by `Domain.id`.")
    owner_id: str | None = _optional("The vendor's id of the user who shall own it.")
    oauth: OAuthTokenInput | None = _optional("OAuth tokens in place of passwords.")
    warmup: WarmupSettingsInput | None = _optional("How its warm-up shall run.")
    verify: bool | None = _optional("Have the vendor try the servers first and refuse what does not work, where it can do so.")
    vendor: VendorInput | None = _optional("What only the account's vendor has.")
    idempotency_key: str | None = _optional(
        "A text of your own that makes it safe to repeat the request: 1 to 255 printable ASCII characters, another one for each mailbox. "
        "For 24 hours the same key with the same input is answered as the first time and creates nothing; with other input it is refused."
    )

    def build(self, vendor: Vendor, structs: FieldStructs) -> model.MailboxDraft:
        """For an account of this vendor. Raises `InvalidInputError`."""
        return model.MailboxDraft(
            address=self.address,
            display_name=given(self.display_name),
            smtp=_some(self.smtp, ServerInput.build),
            imap=_some(self.imap, ServerInput.build),
            daily_limit=given(self.daily_limit),
            min_interval_seconds=given(self.min_interval_seconds),
            max_interval_seconds=given(self.max_interval_seconds),
            signature=given(self.signature),
            reply_to=given(self.reply_to),
            bcc=given(self.bcc),
            tracking=_some(self.tracking, TrackingDomainsInput.build),
            tags=_some(self.tags, as_tuple),
            domain_vendor_id=_some(self.domain_id, self._domain),
            owner_id=given(self.owner_id),
            oauth=_some(self.oauth, OAuthTokenInput.build),
            warmup=_some(self.warmup, _warmup),
            verify=given(self.verify),
            vendor_fields=fields.vendor_fields(self.vendor, vendor, structs),
        )

    def _domain(self, text: str) -> str:
        domain = _decoded(text, Kind.DOMAIN, "domainId")
        if domain.account != self.account:
            raise InvalidInputError("This domain belongs to another account.", field=("domainId",))
        return domain.parts[0]


@strawberry.input(
    description="Changes to a mailbox: what is left out stays as it is, null clears. What its vendor cannot change is refused."
)
class MailboxUpdateInput:
    """Becomes `domain.draft.MailboxChanges`."""

    display_name: str | None = _optional("The sender's name that it shows.")
    daily_limit: int | None = _optional("The most messages a day.")
    weekly_limit: int | None = _optional("The most messages a week.")
    burst: SendBurstInput | None = _optional("How many messages may go out close together.")
    min_interval_seconds: float | None = _optional("The shortest time between two messages.")
    max_interval_seconds: float | None = _optional("The longest time between two messages.")
    signature: str | None = _optional("The HTML that stands below its messages.")
    reply_to: EmailAddress | None = _optional("Where answers go, if not to its address.")
    bcc: EmailAddress | None = _optional("Who gets a blind copy of everything.")
    tracking: TrackingDomainsInput | None = _optional("Domains in tracking links.")
    tags: list[str] | None = _optional("All of its tags: those that are not named here are taken away.")
    smtp: ServerInput | None = _optional("The server that it sends through, and how to log in there.")
    imap: ServerInput | None = _optional("The server that it is read from, and how to log in there.")
    sending_enabled: bool | None = _optional("Whether it may send.")
    receiving_enabled: bool | None = _optional("Whether its incoming mail is read.")
    owner_id: str | None = _optional("The vendor's id of the user who shall own it.")
    verify: bool | None = _optional("Have the vendor try the servers first and refuse what does not work, where it can do so.")
    vendor: VendorInput | None = _optional("What only the mailbox's vendor has.")

    def build(self, vendor: Vendor, structs: FieldStructs) -> model.MailboxChanges:
        """For a mailbox of this vendor. Raises `InvalidInputError`."""
        return model.MailboxChanges(
            display_name=absent(self.display_name),
            daily_limit=absent(self.daily_limit),
            weekly_limit=absent(self.weekly_limit),
            burst=built(self.burst, SendBurstInput.build),
            min_interval_seconds=absent(self.min_interval_seconds),
            max_interval_seconds=absent(self.max_interval_seconds),
            signature=absent(self.signature),
            reply_to=absent(self.reply_to),
            bcc=absent(self.bcc),
            tracking=built(self.tracking, TrackingDomainsInput.build),
            tags=built(self.tags, as_tuple),
            smtp=built(self.smtp, ServerInput.build),
            imap=built(self.imap, ServerInput.build),
            sending_enabled=absent(self.sending_enabled),
            receiving_enabled=absent(self.receiving_enabled),
            owner_id=absent(self.owner_id),
            verify=given(self.verify),
            vendor_fields=fields.vendor_fields(self.vendor, vendor, structs),
        )


def _warmup(settings: WarmupSettingsInput) -> model.WarmupSettings:
    try:
        return settings.build()
    except InvalidInputError as error:
        raise InvalidInputError(error.message, field=("warmup", *error.field)) from None


def _decoded(text: str, kind: Kind, field: str) -> Identifier:
    try:
        return decode(text, expected=kind)
    except InvalidInputError as error:
        raise InvalidInputError(error.message, field=(field,)) from None
