"""What became of a mailbox that was being added: the batch's summary tells who failed, the list alone tells who is there."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from gateway.domain.errors import FieldFault, VendorError, VendorRejectedError
from gateway.domain.mailbox import Mailbox
from gateway.domain.outcome import Created, WriteWarning
from gateway.transport.failure import unclear
from gateway.vendors.reading import first, text
from gateway.vendors.woodpecker.mapping import Observation, is_receiver
from gateway.vendors.woodpecker.ticket import Ticket
from gateway.vendors.woodpecker.wire import WireAddition, WireSummary

MOST_LOOKS = 12
"""A list may lag behind the batch; asked every five to ten seconds, this is one to two minutes."""
MOST_SEARCHED = 1000
"""Characters of a text without structure in which an address is looked for: that takes time that grows with their square."""
_ADDRESS = re.compile(r"[^\s<>,;:'\"()]+@[^\s<>,;:'\"()]+")
_ALREADY = re.compile(r"\b(?:already|exists|duplicate)", re.IGNORECASE)

Senders = Mapping[str, Sequence[Mailbox]]
"""The mailboxes that can send, by address in small letters, oldest id first."""


def senders_by_address(mailboxes: Iterable[Mailbox]) -> Senders:
    """Addresses are compared without case."""
    senders: dict[str, list[Mailbox]] = {}
    for mailbox in sorted(mailboxes, key=lambda each: int(each.vendor_id)):
        if mailbox.address and not is_receiver(mailbox):
            senders.setdefault(mailbox.address.casefold(), []).append(mailbox)
    return senders


def says_already(words: str) -> bool:
    """Whether a refusal says that an address is there already; the words are not documented."""
    return _ALREADY.search(words) is not None


def settle(ticket: Ticket, summary: WireSummary | None, senders: Senders, seen: Observation) -> Created | VendorError:
    """How a creation stands whose batch has ended; `summary` None: the vendor does not keep it any more.

    The list has the last word. A request that arrived twice fails once with "already connected", for the sake of its own twin: where
    the address was not there before, such a failure counts only when the mailbox does not turn up.
    """
    failure = None if summary is None else failure_of(summary, ticket.address)
    is_taken = failure is not None and says_already(failure)
    new = [each for each in senders.get(ticket.address.casefold(), ()) if each.vendor_id not in ticket.before]
    if new and not (is_taken and ticket.before):
        return Created(mailbox=new[0], warnings=tuple(_warnings(ticket, summary, new, seen)))
    is_last_look = ticket.looks + 1 >= MOST_LOOKS
    if failure is not None and (not is_taken or ticket.before or is_last_look):
        return _refusal(failure, seen)
    if is_last_look:
        return unclear(seen.account, f"has ended the batch and still does not list {ticket.address}")
    return Created(pending=msgspec.structs.replace(ticket, looks=ticket.looks + 1).text)


def failure_of(summary: WireSummary, address: str) -> str | None:
    """Why an address failed, "" where nothing says why, None where it did not fail."""
    words = _words_about(summary.failed_mailboxes or (), address)
    is_all = summary.failed_mailboxes_count is not None and summary.failed_mailboxes_count == summary.batch_size
    return "" if words is None and is_all else words


def _words_about(entries: Iterable[WireAddition | str], address: str) -> str | None:
    """What a list of the summary says of an address; None where it is not in there."""
    for entry in entries:
        named, words = _reading(entry)
        if named.casefold() == address.casefold():
            return words
    return None


def _reading(entry: WireAddition | str) -> tuple[str, str]:
    """The address that an entry is about, and its words; no page shows the shape, so several are understood."""
    if isinstance(entry, str):
        found = _ADDRESS.search(entry, 0, MOST_SEARCHED)
        return (found[0], entry.replace(found[0], "").strip(" :-")) if found else ("", entry)
    details = "; ".join(entry.details) if isinstance(entry.details, list) else entry.details
    words = first(text(entry.error), text(entry.reason), text(entry.message), text(details))
    return first(text(entry.smtp_email), text(entry.email), text(entry.address)) or "", words or ""


def _refusal(words: str, seen: Observation) -> VendorRejectedError:
    """The page tells SMTP's failures from IMAP's only in its words, so the whole is laid at SMTP's door."""
    said = seen.redact(words) or "it does not say why"
    message = f"Woodpecker could not connect this mailbox: {said}"
    fields = (FieldFault(None, message, ("smtp",)),)
    return VendorRejectedError(message, vendor=seen.account.vendor, account=seen.account.name, fields=fields)


def _warnings(ticket: Ticket, summary: WireSummary | None, new: Sequence[Mailbox], seen: Observation) -> Iterable[WriteWarning]:
    if summary is not None:
        condition = _words_about(summary.conditionally_connected_mailboxes or (), ticket.address)
        words = first(condition, failure_of(summary, ticket.address))
        if words is not None:
            yield WriteWarning(f"Woodpecker added this mailbox, and says: {seen.redact(words) or 'connected conditionally'}", ("smtp",))
    if len(new) > 1:
        ids = ", ".join(mailbox.vendor_id for mailbox in new)
        yield WriteWarning(f"Woodpecker lists this address more than once now (ids {ids}).", ("address",))
