"""A snapshot with a few of its rows in another state: what was written through us, or taught by a read of one mailbox."""

from bisect import insort
from collections.abc import Mapping, Sequence

from gateway.domain.mailbox import Mailbox
from gateway.inventory.snapshot import Asked, Question, Snapshot

MOST_STATES = 256
"""With more of them it is cheaper to sort all anew."""
States = Mapping[str, Mailbox | None]


def overlaid(snapshot: Snapshot, states: States, *, version: int) -> Snapshot:
    """Some rows in another state, by vendor id: rows that the snapshot does not have are added, None takes one away."""
    if isinstance(snapshot, Overlay):
        return overlaid(snapshot.under, {**snapshot.states, **states}, version=version)
    if len(states) <= MOST_STATES:
        return Overlay(snapshot, states, version=version)
    return Snapshot(_rows(snapshot, states), version=version, **snapshot.facts)


class Overlay(Snapshot):
    """Answers are those of the snapshot under it with these few rows put right, so that a write costs no new sorting."""

    def __init__(self, under: Snapshot, states: States, *, version: int) -> None:
        super().__init__(_rows(under, states), version=version, **under.facts)
        self.under = under
        self.states = states

    def at_address(self, address: str) -> Sequence[Mailbox]:
        key = address.casefold()
        under = [row for row in self.under.at_address(address) if row.vendor_id not in self.states]
        return (*under, *(row for row in self._present if row.address and row.address.casefold() == key))

    @property
    def asked(self) -> Asked:
        own, under = super().asked, self.under.asked
        return Asked({*own.lists, *under.lists}, {*own.tallies, *under.tallies}, own.addresses or under.addresses)

    @property
    def _present(self) -> Sequence[Mailbox]:
        return [row for row in self.states.values() if row is not None]

    def _list(self, question: Question) -> tuple[Mailbox, ...]:
        rows = [row for row in self.under.list(question) if row.vendor_id not in self.states]
        for row in filter(question.test(), self._present):
            insort(rows, row, key=question.order.key_of)
        return tuple(rows)


def _rows(snapshot: Snapshot, states: States) -> tuple[Mailbox, ...]:
    return tuple(row for row in {**snapshot.by_id, **states}.values() if row is not None)
