"""The port: what every vendor's adapter offers to the gateway, reads and writes.

Two methods are required: stream the account's mailboxes, and answer one cheap question. Everything else is optional: it refuses by
default with `UnsupportedError` before any request is sent, and counts as supported as soon as an adapter overrides it.
`MailboxAdapter.capabilities()` is made from that; the matrix in GraphQL and in the README is made from `capabilities()`.

All methods raise the errors of `domain.errors`, never those of a library, and return domain structs without secrets.
Vendor ids are strings, spelled as in `Mailbox.vendor_id`.
"""

from gateway.domain.capability import Capability
from gateway.domain.half import Half, provided_by
from gateway.domain.price import Price
from gateway.domain.reads import Reads
from gateway.domain.writes import Writes

_HALVES: tuple[type[Half], ...] = (Reads, Writes)


class MailboxAdapter(Reads, Writes):
    """One account at one vendor."""

    @classmethod
    def capabilities(cls) -> frozenset[Capability]:
        """What this vendor can do."""
        return cls.row_capabilities | {capability for name, capability in _marked().items() if cls.overrides(name)}

    def require(self, method: str) -> None:
        """Raises `UnsupportedError` for a method of the port that this vendor does not have."""
        if not self.overrides(method):
            raise self._unsupported(_marked()[method], self.hints.get(method, ""))

    @classmethod
    def overrides(cls, method: str) -> bool:
        """Whether this vendor can do what a method of the port does, or refuses it."""
        return getattr(cls, method) is not getattr(MailboxAdapter, method)

    @classmethod
    def price_of(cls, what: str) -> Price | None:
        """What a part of the details, or else a method of the port, costs; None for a method that this vendor does not have."""
        if hasattr(MailboxAdapter, what) and not cls.overrides(what):
            return None
        return cls.prices.get(what, Price())


def _marked() -> dict[str, Capability]:
    return {name: capability for half in _HALVES for name, capability in provided_by(half).items()}
