"""A bulk add that was refused: which of its mailboxes is to blame, and for which field."""

import re
from collections.abc import Sequence

from gateway.domain.errors import FieldFault, VendorError
from gateway.vendors.woodpecker.addition import Addition

_ITEM = re.compile(r"mailboxes\[(\d+)\]\.?")
"""How a line names an item, counted from 0: UNSURE, no page shows one. Lines that name none of ours so are understood by address."""
_KEY = re.compile(r"[a-z]+(?:_[a-z]+)*")


def refusals(error: VendorError, additions: Sequence[Addition]) -> list[VendorError | None]:
    """One error for each mailbox of a refused batch that the vendor's lines are about; None for one that was refused for the others' sake.

    Raises `error`, with paths where its lines name keys, when no line tells which mailbox it is about.
    """
    owners = [_owner(fault, additions) for fault in error.fields]
    if all(owner is None for owner in owners):
        raise _copy(error, error.message, [_placed(fault, additions[0]) for fault in error.fields])
    faults = [_faults_of(error, owners, index) for index in range(len(additions))]
    return [_refusal(error, addition, own) if own else None for addition, own in zip(additions, faults, strict=True)]


def named(error: VendorError, additions: Sequence[Addition]) -> list[Addition]:
    """The mailboxes whose addresses the vendor's words name."""
    words = " ".join((error.message, *(fault.message for fault in error.fields)))
    return [addition for addition in additions if _names(words, addition.address)]


def _owner(fault: FieldFault, additions: Sequence[Addition]) -> int | None:
    if len(additions) == 1:
        return 0
    found = _ITEM.search(fault.message)
    if found and int(found[1]) < len(additions):
        return int(found[1])
    return next((index for index, addition in enumerate(additions) if _names(fault.message, addition.address)), None)


def _names(words: str, address: str) -> bool:
    """Whether an address occurs, and not only as a part of a longer one."""
    return re.search(rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)", words, re.IGNORECASE) is not None


def _faults_of(error: VendorError, owners: Sequence[int | None], index: int) -> list[FieldFault]:
    """What concerns one mailbox: the lines about it, and those that are about none in particular."""
    if index not in owners:
        return []
    return [fault for fault, owner in zip(error.fields, owners, strict=True) if owner in (index, None)]


def _refusal(error: VendorError, addition: Addition, faults: Sequence[FieldFault]) -> VendorError:
    placed = [_placed(fault, addition) for fault in faults]
    said = "; ".join(fault.message for fault in placed)
    return _copy(error, f"Woodpecker refused this mailbox (HTTP {error.status}): {said}", placed)


def _placed(fault: FieldFault, addition: Addition) -> FieldFault:
    """The line without the item's number, which means nothing to the caller, at the place that its first known key comes from.

    A line without a key that names the address, such as "… is already connected", is about that.
    """
    words = _ITEM.sub("", fault.message)
    key = next((key for key in _KEY.findall(words) if key in addition.places), None)
    if key is None:
        return FieldFault(None, words, ("address",) if _names(words, addition.address) else None)
    return FieldFault(key, words, addition.places.get(key))


def _copy(error: VendorError, message: str, fields: Sequence[FieldFault]) -> VendorError:
    return type(error)(
        message,
        vendor=error.vendor,
        account=error.account,
        status=error.status,
        retry_at=error.retry_at,
        fields=tuple(fields),
        reason=error.reason,
    )
