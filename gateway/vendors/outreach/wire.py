"""Outreach's JSON:API documents, as Outreach spells them.

Source: https://developers.outreach.io/api/reference (Mailbox) and https://developers.outreach.io/api/making-requests.
`password`, `smtpPassword` and `sendgridApiKey` are write-only there; they have no field here, so they are not decoded even if they came.
"""

import re
from urllib.parse import parse_qsl, urlsplit

import msgspec

from gateway.domain.errors import FieldFault, VendorConflictError
from gateway.transport.call import Answer
from gateway.transport.decode import DecodeError, decode_object, decode_rows
from gateway.transport.failure import Fault

WireTime = str | int | float | None
NOTHING = msgspec.Raw(b"null")
_TAKEN = re.compile(r"\b(?:taken|already|exists|in use|duplicate)\b", re.IGNORECASE)


class Attributes(msgspec.Struct, rename="camel", gc=False):
    """A mailbox's attributes: the documented ones, then those that only live answers show. Every one may be null or missing."""

    auth_id: int | None = None
    created_at: WireTime = None
    editable: bool | None = None
    email: str | None = None
    email_hash: str | None = None
    email_provider: str | None = None
    email_signature: str | None = None
    ews_endpoint: str | None = None
    ews_ssl_verify_mode: int | None = None
    exchange_version: str | None = None
    imap_host: str | None = None
    imap_port: int | None = None
    imap_ssl: bool | None = None
    max_emails_per_day: int | None = None
    max_mailings_per_day: int | None = None
    max_mailings_per_week: int | None = None
    opt_out_message: str | None = None
    opt_out_signature: str | None = None
    prospect_email_exclusions: str | None = None
    provider_id: int | None = None
    provider_type: str | None = None
    send_disabled: bool | None = None
    send_errored_at: WireTime = None
    send_max_retries: int | None = None
    send_method: str | None = None
    send_period: int | None = None
    send_requires_sync: bool | None = None
    send_success_at: WireTime = None
    send_threshold: int | None = None
    sendgrid_webhook_url: str | None = None
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_ssl: bool | None = None
    smtp_username: str | None = None
    sync_active_frequency: int | None = None
    sync_disabled: bool | None = None
    sync_errored_at: WireTime = None
    sync_finished_at: WireTime = None
    sync_method: str | None = None
    sync_outreach_folder: bool | None = None
    sync_passive_frequency: int | None = None
    sync_success_at: WireTime = None
    updated_at: WireTime = None
    user_id: int | None = None
    username: str | None = None
    # Not documented, but there in live answers since 2024 (recorded by Airbyte's connector).
    delete_queued_at: WireTime = None
    ews_custom_search_folder: bool | None = None
    ews_delegate_sync: bool | None = None
    ews_impersonation: bool | None = None
    send_permanent_error_at: WireTime = None
    sync_permanent_error_at: WireTime = None


class Reference(msgspec.Struct, gc=False):
    """A resource identifier. Outreach sends JSON integers where JSON:API 1.0 demands strings; both are read."""

    id: int | str


class Relationship(msgspec.Struct, gc=False):
    """`data`, `links`, both or neither may be there; only `data` says who."""

    data: Reference | None = None


class Relationships(msgspec.Struct, gc=False):
    """Those of a mailbox that name a user, and that of a sequence state."""

    user: Relationship | None = None
    creator: Relationship | None = None
    updater: Relationship | None = None
    sequence: Relationship | None = None


class AuthorizationMeta(msgspec.Struct, rename="camel", gc=False):
    """A resource's `meta`, there only with `provideAuthorizationMeta=true`."""

    can_write: bool | None = None
    can_delete: bool | None = None


class MailboxResource(msgspec.Struct, gc=False):
    """A mailbox."""

    id: int | str
    attributes: Attributes | None = None
    relationships: Relationships | None = None
    meta: AuthorizationMeta | None = None


class AliasAttributes(msgspec.Struct, rename="camel", gc=False):
    """A mail alias's attributes."""

    can_send: bool | None = None
    created_at: WireTime = None
    email: str | None = None
    email_hash: str | None = None
    updated_at: WireTime = None


class AliasResource(msgspec.Struct, gc=False):
    """A mail alias."""

    id: int | str
    attributes: AliasAttributes | None = None


class NamedAttributes(msgspec.Struct, gc=False):
    """What we ask of users (`name`, `email`) and of sequences (`name`, `enabled`)."""

    name: str | None = None
    email: str | None = None
    enabled: bool | None = None


class NamedResource(msgspec.Struct, gc=False):
    """A user or a sequence, in `included` or in a list of its own."""

    id: int | str
    type: str | None = None
    attributes: NamedAttributes | None = None


class StateResource(msgspec.Struct, gc=False):
    """A sequence state: one prospect's place in one sequence."""

    id: int | str
    relationships: Relationships | None = None


class Links(msgspec.Struct, gc=False):
    """A list's `links`: no `next`, or a null one, ends the list."""

    next: msgspec.Raw = NOTHING


class ListMeta(msgspec.Struct, gc=False):
    """A list's `meta`. The count is null unless asked for, and 0 with `count_truncated` (snake case) when the server is too busy."""

    count: int | None = None
    count_truncated: bool | None = None


class Document(msgspec.Struct, gc=False):
    """The envelope. `data` and `included` stay raw, so that one bad resource costs only itself."""

    data: msgspec.Raw = NOTHING
    included: msgspec.Raw = NOTHING
    links: Links | None = None
    meta: ListMeta | None = None

    @property
    def count(self) -> int | None:
        """How many there are in all; None when the server did not count, or not to the end (it stops at 2,000,000)."""
        return None if self.meta is None or self.meta.count_truncated else self.meta.count


def included(document: Document, kind: str) -> dict[str, NamedAttributes]:
    """The resources of one type in `included`, by id; nothing where the member is missing or odd."""
    try:
        resources = decode_rows(document.included, NamedResource)
    except DecodeError:
        return {}
    return {str(each.id): each.attributes for each in resources if each.type == kind and each.attributes}


def next_params(document: Document) -> tuple[tuple[str, str], ...] | None:
    """The query of the next page, `()` when the link leads nowhere, None at the end.

    `links.next` is an absolute URL that repeats every parameter; only its query is taken, so the token never travels to another host.
    """
    link = bytes(document.links.next) if document.links else b"null"
    if link == b"null":
        return None
    try:
        return tuple(parse_qsl(urlsplit(msgspec.json.decode(link, type=str)).query, keep_blank_values=True))
    except (msgspec.MsgspecError, ValueError):
        return ()


class Source(msgspec.Struct):
    """Where in the request an error lies."""

    pointer: str | None = None


class WireError(msgspec.Struct):
    """One error. `id` is a code like `validationError`; the documented 415 spells `details` with an s."""

    id: str | None = None
    title: str | None = None
    detail: str | None = None
    details: str | None = None
    source: Source | None = None

    @property
    def text(self) -> str | None:
        return self.detail or self.details or self.title or self.id


class ErrorBody(msgspec.Struct):
    """JSON:API's `errors`, or the front gateway's flat pair, or OAuth's."""

    errors: list[WireError] | None = None
    error: str | None = None
    description: str | None = None
    error_description: str | None = None


def fault(answer: Answer) -> Fault:
    """What an error answer says, in any of its three shapes; HTML and plain text say nothing."""
    try:
        body = decode_object(answer.body, ErrorBody)
    except DecodeError:
        return Fault()
    flat = ": ".join(part for part in (body.error, body.description or body.error_description) if part)
    errors = body.errors or []
    texts = dict.fromkeys(each.text for each in errors if each.text)
    return Fault(message=" ".join(texts) or flat or None, fields=tuple(_field_fault(each) for each in errors if each.source))


def creation_fault(answer: Answer) -> Fault:
    """As `fault`; an address that is taken is a conflict, whatever the status (UNSURE: no page names one; seen is 422 with these words)."""
    read = fault(answer)
    is_taken = any(each.field == "email" and _TAKEN.search(each.message) for each in read.fields)
    return msgspec.structs.replace(read, kind=VendorConflictError) if is_taken else read


def _field_fault(error: WireError) -> FieldFault:
    """`/data/attributes/email` is the vendor's field "email", `/data/relationships/user/data/id` is "user"."""
    pointer = (error.source and error.source.pointer) or ""
    for prefix in ("/data/attributes/", "/data/relationships/"):
        if pointer.startswith(prefix):
            return FieldFault(pointer.removeprefix(prefix).partition("/")[0] or None, error.text or "is not accepted")
    return FieldFault(pointer.removeprefix("/").replace("/", ".") or None, error.text or "is not accepted")
