"""What Outreach altered without a word: the limits of an organisation cap those of its mailboxes (support article 205022518)."""

from collections.abc import Iterable, Iterator

from gateway.domain.mailbox import Mailbox, TransportSecurity
from gateway.domain.outcome import WriteWarning
from gateway.domain.rule import Json
from gateway.vendors.outreach.wire import Attributes
from gateway.vendors.outreach.written import Path, Written

_READABLE = dict(zip(Attributes.__struct_encode_fields__, Attributes.__struct_fields__, strict=True))
"""The name in our details of each attribute that is shown, by Outreach's."""


def alterations(attributes: Iterable[Written], mailbox: Mailbox) -> Iterator[WriteWarning]:
    """Each attribute that the answer shows otherwise than it was written. One that it leaves out, or shows as null, tells nothing."""
    for each in attributes:
        became = getattr(mailbox.details, _READABLE[each.name], None) if each.name in _READABLE else None
        if became is not None and each.value is not None and became != each.value:
            yield WriteWarning(f"Outreach did not keep {each.name} as it was written.", each.path, _in_our_words(each.path, became))


def _in_our_words(path: Path, value: Json) -> Json:
    match path[-1]:
        case "security":
            return TransportSecurity.ENCRYPTED if value else TransportSecurity.NONE
        case "sendingEnabled" | "receivingEnabled":
            return not value
        case _:
            return value
