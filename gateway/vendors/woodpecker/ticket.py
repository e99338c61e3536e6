"""What the adapter notes of a mailbox that is being added, to find out later what became of it."""

import msgspec


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A creation under way. There is no secret in it.

    `before`: the SMTP ids that had this address when it was asked for, or the batch that was adding it already.
    `looks`: how often the list was searched for it in vain after its batch had ended.
    """

    batch: str
    address: str
    before: tuple[str, ...] = ()
    looks: int = 0

    @property
    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def ticket_from_text(text: str) -> Ticket | None:
    """None for a text that `Ticket.text` did not make."""
    try:
        return msgspec.json.decode(text, type=Ticket)
    except msgspec.DecodeError:
        return None
