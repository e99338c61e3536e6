"""What a vendor cannot write is refused, field by field, before anything is sent."""

from collections.abc import Mapping

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.camel import camel
from gateway.domain.capability import MailboxField
from gateway.domain.draft import MailboxChanges, MailboxDraft, fields_given
from gateway.domain.errors import InvalidInputError, UnsupportedFieldsError
from gateway.domain.writable import Occasion, names_given, names_out_of_place

_ARGUMENTS = {"vendor_fields": "vendor"}


Refused = dict[tuple[str, ...], str]
"""Paths into the arguments, each with what can be done instead ("" where nothing is known)."""


def refuse_unwritable(wanted: MailboxDraft | MailboxChanges, adapter: MailboxAdapter) -> None:
    """Raises `UnsupportedFieldsError` with every field that cannot be written, `InvalidInputError` for changes that change nothing.

    The vendor's adapter adds what is wrong with what is in the fields, and what can be done instead.
    """
    given = fields_given(wanted)
    if wanted.vendor_fields is not None and not names_given(wanted.vendor_fields):
        del given["vendor_fields"]
    refused = {**_unable(wanted, given, adapter), **_out_of_place(wanted, adapter)}
    try:
        _check(wanted, adapter)
    except UnsupportedFieldsError as error:
        refused |= error.fields
    except InvalidInputError:
        if not refused:
            raise
    if refused:
        raise UnsupportedFieldsError(refused, vendor=adapter.account.vendor)
    if isinstance(wanted, MailboxChanges) and not given:
        raise InvalidInputError("Nothing is to be changed: name at least one field.")


def _check(wanted: MailboxDraft | MailboxChanges, adapter: MailboxAdapter) -> None:
    if isinstance(wanted, MailboxDraft):
        adapter.check_draft(wanted)
    else:
        adapter.check_changes(wanted)


def _unable(wanted: MailboxDraft | MailboxChanges, given: Mapping[str, MailboxField], adapter: MailboxAdapter) -> Refused:
    """The fields that the vendor does not know. Those of its own are told one by one where one of them is out of place."""
    able = adapter.creatable_fields if isinstance(wanted, MailboxDraft) else adapter.updatable_fields
    names = [name for name, field in given.items() if field not in able]
    if "vendor_fields" in names and _out_of_place(wanted, adapter):
        names.remove("vendor_fields")
    if isinstance(wanted, MailboxDraft):
        names += ["oauth"] if wanted.oauth is not None and not adapter.takes_oauth else []
        names += ["domain_id"] if wanted.domain_vendor_id is not None and not adapter.takes_domain else []
    return {(_ARGUMENTS.get(name) or camel(name),): "" for name in names}


def _out_of_place(wanted: MailboxDraft | MailboxChanges, adapter: MailboxAdapter) -> Refused:
    """The vendor's own fields that can be written on another occasion only."""
    if wanted.vendor_fields is None:
        return {}
    occasion, other = (Occasion.CREATE, "updated") if isinstance(wanted, MailboxDraft) else (Occasion.UPDATE, "created")
    hint = f"It can be written only when a mailbox is {other}."
    names = names_out_of_place(wanted.vendor_fields, occasion)
    return {("vendor", adapter.account.vendor.lower(), camel(name)): hint for name in names}
