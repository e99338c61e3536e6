"""In what two states of one mailbox differ, as far as both of them say."""

from functools import cache
from operator import attrgetter

import msgspec

from gateway.domain.camel import camel
from gateway.domain.details import DetailField, fields_of
from gateway.domain.mailbox import Details, Mailbox

_FIELDS = tuple(name for name in Mailbox.__struct_fields__ if name != "observed_at")
_values = attrgetter(*_FIELDS)
_documented = cache(fields_of)


_NAMES = {name: camel(name) for name in _FIELDS} | {"account_name": "account", "domain_vendor_id": "domain", "client_id": "details"}
"""As GraphQL calls them."""


def changed_fields(before: Mailbox, after: Mailbox) -> tuple[str, ...]:
    """The fields that differ, in camelCase, sorted; `observed_at` never counts.

    An `on_demand` field of the details counts only where both states have it: a list row does not say it, which is no change.
    """
    if before is after:
        return ()
    old, new = _values(before), _values(after)
    if old == new:
        return ()
    return tuple(sorted({_NAMES[name] for name, was, now in zip(_FIELDS, old, new, strict=True) if was != now and not _same(was, now)}))


def agrees(row: Mailbox, written: Mailbox) -> bool:
    """Whether a list's row shows what was written; the write's answer may lack the time of change."""
    differing = changed_fields(row, written)
    return not differing or (differing == ("updatedAt",) and written.updated_at is None)


def is_newer(row: Mailbox, than: Mailbox) -> bool:
    """Whether a state is evidently the later one, by the vendor's own clock."""
    return row.updated_at is not None and than.updated_at is not None and row.updated_at > than.updated_at


def _same(was: object, now: object) -> bool:
    """Only details can be the same without being equal."""
    return isinstance(was, Details) and isinstance(now, Details) and _same_structs(was, now)


def _same_structs(was: msgspec.Struct, now: msgspec.Struct) -> bool:
    return type(was) is type(now) and all(_same_field(field, was, now) for field in _documented(type(was)))


def _same_field(field: DetailField, before: msgspec.Struct, after: msgspec.Struct) -> bool:
    was, now = getattr(before, field.name), getattr(after, field.name)
    if was == now:
        return True
    if was is None or now is None:
        return field.part is not None
    return isinstance(was, msgspec.Struct) and _same_structs(was, now)
