"""Where fields lead: whose mailboxes the selection below a field can be about.

A field that is not named here is about the same mailboxes as its parent. `tests/schema/cost/test_declared.py` fails for one that returns
mailboxes or accounts and is neither here nor among those that stay.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias

from gateway.domain.details import MAILBOX_PART
from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import Identifier, Kind, decode
from gateway.inventory.page import DEFAULT_SIZE, MAX_SIZE
from gateway.loaders.mailbox import FEW
from gateway.schema import details
from gateway.schema.cost.fleet import Fleet, may_pass
from gateway.schema.cost.need import Arguments, Need, needs, number, text
from gateway.schema.cost.reach import Reach
from gateway.schema.places import Place

MAX_IDS = 100
"""More are refused when the operation runs."""
_LISTS = {Kind.FOLDER: "list_folders", Kind.RULE: "list_rules", Kind.IDENTITY: "list_identities"}


class Spot(NamedTuple):
    """A reach, or only its mailboxes in some accounts."""

    reach: Reach
    accounts: frozenset[str] | None = None

    def ask(self, need: Need) -> None:
        self.reach.ask(need, self.accounts)


class Destination(NamedTuple):
    """`type` is the name of what is found there, None: what the schema says."""

    spot: Spot
    type: str | None = None


Path: TypeAlias = Callable[["Paths", Spot, Arguments], Iterable[Destination]]


class Paths:
    """The reaches of one operation. The same question leads to the same reach, wherever it is asked."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._reaches: dict[Hashable, Reach] = {}
        self._work: dict[Reach, Sequence[str]] = {}
        """The global ids of the long work that a reach is about."""
        self._accounts_of: dict[Reach, Spot] = {}
        """Where a list has led from: back there it leads again, so that however deep a document goes, the reaches stay few."""

    @property
    def reaches(self) -> Iterable[Reach]:
        return self._reaches.values()

    def forget(self) -> None:
        """Once all is told: so that nothing leads in a circle back to what is known of the fleet, which is much."""
        self._reaches.clear()
        self._work.clear()
        self._accounts_of.clear()

    def one_of(self, key: Hashable, *, most: int = 1) -> Spot:
        """So many mailboxes, in whichever account."""
        return self._spot(("one of", key), lambda: dict.fromkeys(self._fleet.accounts, most), most=most)

    # ------------------------------------------------------------------ accounts
    def accounts(self, _: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`accounts`, and `account(name:)`."""
        yield Destination(self._accounts(name for name in self._fleet.accounts if arguments.get("name", name) == name))

    def own_accounts(self, spot: Spot, _: Arguments) -> Iterator[Destination]:
        """The accounts of the mailboxes at hand."""
        reach = spot.reach
        found = self._accounts_of.get(reach)
        if found is None:
            found = self._spot(("accounts of", reach), lambda: {name: min(size, 1) for name, size in reach.sizes.items()}, most_of=reach)
        yield Destination(found)

    def all_accounts(self, spot: Spot, _: Arguments) -> Iterator[Destination]:
        """Every account that a list is over, also one of which no mailbox is in it."""
        yield Destination(self._accounts_of.get(spot.reach) or self._accounts(self._fleet.accounts))

    def _accounts(self, names: Iterable[str]) -> Spot:
        key = tuple(names)
        spot = self._spot(("accounts", key), lambda: dict.fromkeys(key, 1))
        self._accounts_of[spot.reach] = spot
        return spot

    # ------------------------------------------------------------------ pages of mailboxes
    def page(self, _: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`mailboxes`: one page over all accounts."""
        most, wanted = _window(arguments), arguments.get("filter")
        key = ("page", most, text({**arguments, "first": None, "last": arguments.get("last") is not None}))
        yield Destination(self._spot(key, lambda: self._sizes(self._fleet.accounts, most, wanted), most=most))

    def page_of_each(self, spot: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`Account.mailboxes`: a page of each account at hand."""
        most, wanted, reach = _window(arguments), arguments.get("filter"), spot.reach

        def sizes() -> Mapping[str, int]:
            return self._sizes([name for name, size in reach.sizes.items() if size], most, wanted)

        key = ("page of each", reach, most, text({**arguments, "first": None, "last": arguments.get("last") is not None}))
        found = self._spot(key, sizes, most_of=reach, times=most)
        self._accounts_of[found.reach] = spot
        yield Destination(found)

    def everything(self, _: Spot, __: Arguments) -> Iterator[Destination]:
        """`fleet`: all mailboxes that there are."""
        yield Destination(self._spot("everything", self._everything))

    def _everything(self) -> Mapping[str, int]:
        return {name: self._fleet.size(name) for name in self._fleet.accounts}

    def siblings(self, spot: Spot, _: Arguments) -> Iterator[Destination]:
        """One mailbox of each other account for each mailbox; that an account has an address twice is not foreseen."""
        reach = spot.reach

        def sizes() -> Mapping[str, int]:
            inside = {name: min(size, reach.most) for name, size in reach.sizes.items()}
            elsewhere = {name: sum(inside.values()) - inside.get(name, 0) for name in self._fleet.accounts}
            return {name: min(size, reach.most, self._fleet.size(name)) for name, size in elsewhere.items()}

        found = self._spot(("siblings of", reach), sizes)
        self._accounts_of[found.reach] = self._accounts(self._fleet.accounts)
        yield Destination(found)

    def _sizes(self, accounts: Iterable[str], most: int, wanted: Arguments | None) -> Mapping[str, int]:
        return {name: min(most, self._fleet.size(name)) if self._is_meant(name, wanted) else 0 for name in accounts}

    def _is_meant(self, name: str, wanted: Arguments | None) -> bool:
        return wanted is None or may_pass(wanted, self._fleet.accounts[name]) is not False

    # ------------------------------------------------------------------ by id
    def mailbox(self, _: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`mailbox(id:)`."""
        yield from self._found([each for each in self._ids([arguments.get("id")]) if each.kind is Kind.MAILBOX])

    def node(self, _: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`node(id:)` and `nodes(ids:)`."""
        yield from self._found(self._ids(arguments.get("ids") or [arguments.get("id")]))

    def entities(self, _: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`_entities(representations:)`."""
        given: Iterable[object] = arguments.get("representations") or ()
        yield from self._found(self._ids([each.get("id") for each in given if isinstance(each, dict)], most=MAX_SIZE))

    def _ids(self, texts: Iterable[object], *, most: int = MAX_IDS) -> Sequence[Identifier]:
        """Those that can exist for the caller, each once; others cost nothing."""
        found: dict[Identifier, None] = {}
        for each in [given for given in texts if isinstance(given, str)][:most]:
            try:
                identifier = decode(each)
            except InvalidInputError:
                continue
            if identifier.kind is Kind.OPERATION or self._fleet.sees(identifier):
                found[identifier] = None
        return list(found)

    def _found(self, identifiers: Iterable[Identifier]) -> Iterator[Destination]:
        by_kind: defaultdict[Kind, list[Identifier]] = defaultdict(list)
        for each in identifiers:
            by_kind[each.kind].append(each)
        for kind, those in by_kind.items():
            yield from self._of_kind(kind, those)

    def _of_kind(self, kind: Kind, those: Sequence[Identifier]) -> Iterator[Destination]:
        if kind is Kind.MAILBOX:
            self._mailboxes("get", [each for each in those if not self._fleet.knows(each)]).ask(Need(MAILBOX_PART, is_listed=False))
            yield Destination(self._mailboxes("show", those), kind)
        elif kind in _LISTS:
            spot = self._mailboxes("inside", those)
            spot.ask(Need(_LISTS[kind]))
            yield Destination(spot, kind)
        elif kind in (Kind.THREAD, Kind.MESSAGE):
            yield from (Destination(self._thread(each), kind) for each in those)
        elif kind is Kind.OPERATION:
            yield Destination(self._works([str(each) for each in those]), kind)
        else:
            spot = self._accounts(dict.fromkeys(each.account for each in those))
            if kind is Kind.DOMAIN:
                spot.ask(Need("list_domains", is_of_account=True))
            yield Destination(spot, kind)

    def _mailboxes(self, why: str, those: Sequence[Identifier]) -> Spot:
        """The mailboxes that these are, or lie in."""
        each_once = tuple(dict.fromkeys((each.account, each.parts[0]) for each in those))
        sizes: defaultdict[str, int] = defaultdict(int)
        for account, _ in each_once:
            sizes[account] += 1
        return self._spot((why, each_once), lambda: sizes)

    def _thread(self, identifier: Identifier) -> Spot:
        """One conversation, asked for once, whichever of its messages is meant."""
        spot = self._mailboxes("conversation", [identifier])
        spot.ask(Need("get_thread", identifier.parts[1]))
        return spot

    def thread(self, spot: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`Mailbox.thread(id:)`: only the mailbox that it lies in asks for it."""
        del spot
        for each in self._ids([arguments.get("id")]):
            if each.kind is Kind.THREAD:
                yield Destination(self._thread(each))

    # ------------------------------------------------------------------ operations
    def operation(self, _: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`operation(id:)`."""
        yield Destination(self._works([str(arguments.get("id"))]))

    def _works(self, ids: Sequence[str]) -> Spot:
        spot = self.one_of(("work", *ids), most=len(ids))
        self._work[spot.reach] = ids
        return spot

    def operations(self, _: Spot, arguments: Arguments) -> Iterator[Destination]:
        """`operations`."""
        yield Destination(self.one_of(("operations", text(arguments)), most=_window(arguments)))

    def results(self, spot: Spot, _: Arguments) -> Iterator[Destination]:
        """A mailbox for each part; without their number any of those that there are."""
        most = self._fleet.parts(self._work.get(spot.reach, ()))
        yield Destination(self._spot(("results of", spot.reach), self._everything, most=most))

    def looked_up(self, spot: Spot, _: Arguments) -> Iterator[Destination]:
        """Mailboxes by their ids: of an account whose list was never read a few are asked for one by one."""
        reach = spot.reach

        def sizes() -> Mapping[str, int]:
            return {name: 0 if self._fleet.count(name) is not None else min(size, FEW) for name, size in reach.sizes.items()}

        self._spot(("looked up", reach), sizes, most_of=reach).ask(Need(MAILBOX_PART))
        yield Destination(spot)

    # ------------------------------------------------------------------ what one vendor alone has
    def details(self, spot: Spot, _: Arguments) -> Iterator[Destination]:
        """`Mailbox.details`: a type for each vendor."""
        for vendor in self._fleet.vendors():
            own = self._fleet.of_vendor(vendor)
            inside = own if spot.accounts is None else own & spot.accounts
            yield Destination(Spot(spot.reach, inside), details.type_name(vendor))

    def _spot(
        self,
        key: Hashable,
        sizes: Callable[[], Mapping[str, int]],
        *,
        most: int | None = None,
        most_of: Reach | None = None,
        times: int = 1,
    ) -> Spot:
        if key not in self._reaches:
            self._reaches[key] = Reach(sizes, most=most, most_of=most_of, times=times)
        return Spot(self._reaches[key])


def _window(arguments: Arguments) -> int:
    first, last = number(arguments, "first"), number(arguments, "last")
    if first is not None and last is not None:  # refused when it runs
        return 0
    return first if first is not None else last if last is not None else DEFAULT_SIZE


PATHS: Mapping[Place, Path] = {
    ("Account", "mailboxes"): Paths.page_of_each,
    ("Mailbox", "account"): Paths.own_accounts,
    ("Mailbox", "details"): Paths.details,
    ("Mailbox", "siblings"): Paths.siblings,
    ("Mailbox", "thread"): Paths.thread,
    ("MailboxCreatePayload", "mailbox"): Paths.looked_up,
    ("Operation", "mailbox"): Paths.looked_up,
    ("Operation", "results"): Paths.results,
    ("OperationResult", "mailbox"): Paths.looked_up,
    ("Query", "_entities"): Paths.entities,
    ("Query", "account"): Paths.accounts,
    ("Query", "accounts"): Paths.accounts,
    ("Query", "fleet"): Paths.everything,
    ("Query", "mailbox"): Paths.mailbox,
    ("Query", "mailboxes"): Paths.page,
    ("Query", "node"): Paths.node,
    ("Query", "nodes"): Paths.node,
    ("Query", "operation"): Paths.operation,
    ("Query", "operations"): Paths.operations,
    ("SourceReport", "account"): Paths.all_accounts,
    ("Subscription", "operation"): Paths.operation,
}
FREE = (
    Paths.accounts,
    Paths.all_accounts,
    Paths.details,
    Paths.everything,
    Paths.own_accounts,
    Paths.page,
    Paths.page_of_each,
    Paths.siblings,
)
"""Paths that lead somewhere and ask nothing on their way."""
STAY = frozenset(
    {
        ("AddressConflict", "mailboxes"),
        ("MailboxChange", "mailbox"),
        ("MailboxConnection", "nodes"),
        ("MailboxEdge", "node"),
        ("MailboxPayload", "mailbox"),
        ("MailboxTestPayload", "mailbox"),
    }
)
"""Fields that return mailboxes and lead nowhere else."""


def asks_vendors(places: AbstractSet[Place]) -> bool:
    """Whether an operation that selects these fields can take any calls at all."""
    return any(place in needs() or (place in PATHS and PATHS[place] not in FREE) for place in places)
