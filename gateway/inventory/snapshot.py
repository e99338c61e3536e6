"""An account's mailboxes as they were seen, frozen; whatever is worked out of them is worked out once per snapshot."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from itertools import compress
from typing import NamedTuple, TypedDict, Unpack

from gateway.domain.mailbox import Mailbox
from gateway.domain.turn import in_turn, map_in_turns
from gateway.inventory.addresses import Addresses
from gateway.inventory.filter import MailboxFilter, Test
from gateway.inventory.kept import Kept
from gateway.inventory.order import Order
from gateway.inventory.tally import Tally, tally

BY_ID = Order()


class Facts(TypedDict):
    """What is said of a snapshot.

    `as_of` is when the reading of its oldest rows began, `loaded_at` when it ended; `is_complete` says whether it is one whole list and
    nothing else, `is_whole` whether no mailbox of the last whole list is missing (a part of a newer list may lie over it). `unconfirmed`
    are the ids of rows that the newest list has not, although it came to its end, and that may be there all the same.
    """

    as_of: datetime
    loaded_at: datetime
    is_complete: bool
    is_whole: bool
    page_count: int
    unconfirmed: frozenset[str]


class Question(NamedTuple):
    """Which rows, in which order. `wanted` None: all. `stale_before` is given only to filters that ask for it."""

    wanted: MailboxFilter | None = None
    order: Order = BY_ID
    stale_before: datetime | None = None

    @property
    def addresses(self) -> Collection[str]:
        """The only ones, case folded, that can pass; empty when others can."""
        return self.wanted.addresses if self.wanted is not None else ()

    def test(self) -> Test:
        """One function that tells whether a row passes."""
        before = self.stale_before
        return self.wanted.test(lambda row: before is not None and row.observed_at < before) if self.wanted else _anything


def _anything(_: Mailbox) -> bool:
    return True


class Asked(NamedTuple):
    """What requests asked of a snapshot, and will ask of the next one."""

    lists: Collection[Question] = ()
    tallies: Collection[Question] = ()
    addresses: bool = False


class Snapshot:
    """The rows of one account. Nothing changes after construction, so indexes are kept with it and die with it."""

    def __init__(
        self, rows: Sequence[Mailbox], *, version: int, by_id: Mapping[str, Mailbox] | None = None, **facts: Unpack[Facts]
    ) -> None:
        """`by_id` are the same rows by vendor id, where whoever has them will not change them."""
        self.rows = rows
        if by_id is not None:
            self.by_id = by_id
        self.version = version
        self.facts = facts
        self.as_of = facts["as_of"]
        self.loaded_at = facts["loaded_at"]
        self.is_complete = facts["is_complete"]
        self.is_whole = facts["is_whole"]
        self.page_count = facts["page_count"]
        self.unconfirmed = facts["unconfirmed"]
        self._lists = Kept[Question, tuple[Mailbox, ...]](len(rows))
        self._tallies = Kept[Question, Tally](len(rows))
        self.shared_addresses = Kept[Hashable, Sequence[str]](len(rows))
        """Addresses that several accounts have, by those accounts' states; see `Summary`."""

    @cached_property
    def by_id(self) -> Mapping[str, Mailbox]:
        """By vendor id."""
        return {row.vendor_id: row for row in self.rows}

    @cached_property
    def addresses(self) -> Addresses:
        """By address."""
        return Addresses(self.rows)

    def at_address(self, address: str) -> Sequence[Mailbox]:
        """The rows with this address, compared without case."""
        return self.addresses.find(address)

    # ------------------------------------------------------------------ questions
    def list(self, question: Question) -> tuple[Mailbox, ...]:
        """The rows that pass a filter, in an order. A filter is asked of each row once, whatever the orders; by an address, of few."""
        return self._looked_up(question) if question.addresses else self._lists.ask(question, self._list)

    def tally(self, question: Question) -> Tally:
        """The rows that pass a filter, counted."""
        return self._tallies.ask(question, self._tally)

    def knows(self, question: Question) -> bool:
        """Whether `list` costs nothing now."""
        return question in self._lists

    @property
    def asked(self) -> Asked:
        """Where an answer depends on the time of a load, it would not be asked for again."""
        lists, tallies = ([each for each in kept.asked if each.stale_before is None] for kept in (self._lists, self._tallies))
        return Asked(lists, tallies, "addresses" in self.__dict__)

    async def prepare(self, asked: Asked) -> None:
        """Works out, in turns, what is likely to be asked."""
        await in_turn(lambda: self.by_id)
        if asked.addresses:
            await in_turn(lambda: self.addresses)
        for question in asked.lists:
            await self._prepare_list(question)
        for question in asked.tallies:
            await in_turn(partial(self._tallies.get, question, self._tally))

    async def _prepare_list(self, question: Question) -> None:
        """Step by step, the last of which is the answer."""
        for step in (Question(), question._replace(order=BY_ID), question):
            if step not in self._lists:
                self._lists.keep(step, await self._list_in_turns(step))

    async def _list_in_turns(self, question: Question) -> tuple[Mailbox, ...]:
        if question == Question():
            return await in_turn(lambda: BY_ID.sort(self.rows))
        if question.order != BY_ID:
            return await question.order.sort_in_turns(self._lists.get(question._replace(order=BY_ID), self._list))
        rows = self._lists.get(Question(), self._list)
        return tuple(compress(rows, await map_in_turns(question.test(), rows)))

    def _list(self, question: Question) -> tuple[Mailbox, ...]:
        whole, passing = Question(order=question.order), question._replace(order=BY_ID)
        if question.wanted is not None and (question.order == BY_ID or (whole in self._lists and passing not in self._lists)):
            return tuple(filter(question.test(), self._lists.get(whole, self._list)))
        if question.order != BY_ID:
            return question.order.sort_by_id(self._lists.get(passing, self._list))
        return BY_ID.sort(self.rows)

    def _tally(self, question: Question) -> Tally:
        return tally(self._looked_up(question) if question.addresses else self._lists.get(question, self._list))

    def _looked_up(self, question: Question) -> tuple[Mailbox, ...]:
        """Without looking at all rows, and so not worth keeping."""
        found = (row for address in question.addresses for row in self.at_address(address))
        return question.order.sort(filter(question.test(), found))
