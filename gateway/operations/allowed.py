"""What a vendor cannot write is refused, field by field, before anything is sent."""

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.camel import camel
from gateway.domain.draft import MailboxChanges, MailboxDraft, fields_given
from gateway.domain.errors import InvalidInputError, UnsupportedFieldsError
from gateway.domain.writable import Occasion, names_out_of_place

_ARGUMENTS = {"vendor_fields": "vendor"}


def refuse_unwritable(wanted: MailboxDraft | MailboxChanges, adapter: MailboxAdapter) -> None:
    """Raises `UnsupportedFieldsError` with every field that cannot be written, `InvalidInputError` for changes that change nothing.

    After the fields as such, the vendor's adapter says what is wrong with what is in them.
    """
    is_draft = isinstance(wanted, MailboxDraft)
    able = adapter.creatable_fields if is_draft else adapter.updatable_fields
    given = fields_given(wanted)
    refused: dict[tuple[str, ...], str] = {(_ARGUMENTS.get(name) or camel(name),): "" for name, field in given.items() if field not in able}
    if isinstance(wanted, MailboxDraft):
        refused |= {("oauth",): ""} if wanted.oauth is not None and not adapter.takes_oauth else {}
        refused |= {("domainId",): ""} if wanted.domain_vendor_id is not None and not adapter.takes_domain else {}
    if wanted.vendor_fields is not None:
        hint = f"It can be written only when a mailbox is {'updated' if is_draft else 'created'}."
        names = names_out_of_place(wanted.vendor_fields, Occasion.CREATE if is_draft else Occasion.UPDATE)
        refused |= {("vendor", adapter.account.vendor.lower(), camel(name)): hint for name in names}
    if refused:
        raise UnsupportedFieldsError(refused, vendor=adapter.account.vendor)
    if not is_draft and not given:
        raise InvalidInputError("Nothing is to be changed: name at least one field.")
    if isinstance(wanted, MailboxDraft):
        adapter.check_draft(wanted)
    else:
        adapter.check_changes(wanted)
