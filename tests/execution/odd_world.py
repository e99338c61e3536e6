"""Accounts full of odd mailboxes, and everything that resolvers ask for, without an inventory or a vendor."""

from collections.abc import Mapping, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import msgspec
from msgspec.structs import force_setattr

from gateway.app import profiles
from gateway.domain.account import Account, Campaign, Domain, Identity, Owner
from gateway.domain.errors import NotFoundError, VendorUnavailableError
from gateway.domain.folder import Folder
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.message import MessagePage, Thread
from gateway.domain.rule import Rule
from gateway.domain.scope import Scope
from gateway.domain.vendor import Vendor
from gateway.domain.warmup import WarmupDay, WarmupStatus
from gateway.inventory.source import SourceReport
from gateway.inventory.tally import Tally, tally
from gateway.schema.context import Context
from gateway.vendors.registry import SPECS
from tests.execution.odd_structs import Filler

LOADED: Mapping[str, type[msgspec.Struct] | tuple[type[msgspec.Struct]]] = {
    "folders_by_mailbox": (Folder,),
    "rules_by_mailbox": (Rule,),
    "identities_by_mailbox": (Identity,),
    "campaigns_by_mailbox": (Campaign,),
    "warmup_days_by_mailbox": (WarmupDay,),
    "domains_by_account": (Domain,),
    "message_page_by_query": MessagePage,
    "thread_by_id": Thread,
    "owner_by_id": Owner,
}
"""What the loaders give: a list of structs, or one."""


class OddView:
    """As `inventory.view.View`, over rows that no order or filter could bear."""

    def __init__(self, source: SourceReport, rows: Sequence[Mailbox]) -> None:
        self.source = source
        self.rows = rows

    def list(self, *_: object) -> Sequence[Mailbox]:
        return self.rows

    def lists_at_once(self, *_: object) -> bool:
        return True

    def tally(self, _: object) -> Tally:
        return tally(self.rows)

    def is_stale(self, mailbox: Mailbox) -> bool:
        return mailbox.observed_at.microsecond < 500_000

    def at_address(self, address: str) -> Sequence[Mailbox]:
        return [row for row in self.rows if row.address == address][:2]


class OddWorld:
    """`odd` is how likely a value is odd, `failing` how likely a load fails."""

    def __init__(self, seed: int, *, odd: float, failing: float, mailboxes: int) -> None:
        self._seed = seed
        self._odd = odd
        self._failing = failing
        random = Random(seed)  # noqa: S311 - chance, no secret
        filler = Filler(random, odd=odd)
        self.accounts = {vendor.lower(): Account(vendor.lower(), vendor) for vendor in random.sample(list(Vendor), 3)}
        self.views = {name: self._view(filler, account, mailboxes) for name, account in self.accounts.items()}

    def mailbox_ids(self) -> list[str]:
        return [encode(Kind.MAILBOX, name, row.vendor_id) for name, view in self.views.items() for row in view.rows]

    def context(self) -> Context:
        """A new one: what was loaded is forgotten."""
        unused: Any = None
        inventory: Any = SimpleNamespace(
            accounts={name: SimpleNamespace(is_stale=view.is_stale, adapter=_Adapter) for name, view in self.views.items()}
        )
        loaders: Any = _Loaders(self)
        return Context(inventory, loaders, self.accounts, profiles(), unused, {}, "request", "", frozenset(Scope))

    def loaded(self, name: str, key: object) -> object:
        """The same at every time. Raises `GatewayError`."""
        random = Random(crc32(f"{self._seed} {name} {key!r}".encode()))  # noqa: S311 - as above
        if random.random() < self._failing:
            if random.random() < 0.5:
                raise NotFoundError("There is no such thing.")
            raise VendorUnavailableError("The vendor is away.", vendor=Vendor.SHIPMAIL, account="shipmail")
        filler = Filler(random, odd=self._odd)
        if name == "tags_by_account":
            return filler.value(tuple[str, ...])
        kind = LOADED[name]
        if isinstance(kind, tuple):
            return [filler.struct(kind[0]) for _ in range(random.randint(0, 3))]
        return filler.struct(kind)

    def _view(self, filler: Filler, account: Account, mailboxes: int) -> OddView:
        source = filler.struct(SourceReport, account=account)
        return OddView(source, [self._mailbox(filler, account, index) for index in range(mailboxes)])

    def _mailbox(self, filler: Filler, account: Account, index: int) -> Mailbox:
        row = filler.struct(
            Mailbox,
            account_name=account.name,
            vendor_id=f"{index:03}",
            vendor=account.vendor,
            details=filler.struct(SPECS[account.vendor].details),
            warmup=filler.struct(WarmupStatus),
            owner=filler.struct(Owner),
        )
        for name in ("details", "warmup", "owner", "vendor"):  # a mailbox is not made with odd ones
            if filler.value(bool) not in (True, False):
                force_setattr(row, name, filler.value(Details))
        return row


class _Adapter:
    @staticmethod
    def lists_tags() -> bool:
        return True


class _Loader:
    def __init__(self, world: OddWorld, name: str) -> None:
        self._world = world
        self._name = name

    async def load(self, key: object) -> object:
        return self._world.loaded(self._name, key)


class _Views:
    def __init__(self, world: OddWorld) -> None:
        self._world = world
        self.taken: dict[str, OddView] = {}

    async def load(self, name: str) -> OddView:
        self.taken[name] = self._world.views[name]
        return self.taken[name]

    async def load_many(self, names: Sequence[str]) -> list[OddView]:
        return [await self.load(name) for name in names]


class _Mailboxes:
    def __init__(self, world: OddWorld) -> None:
        self._world = world

    async def load(self, identifier: Any) -> Mailbox:  # noqa: ANN401 - a mailbox's `Identifier`, of whatever account
        view = self._world.views.get(identifier.account)
        found = next((row for row in view.rows if row.vendor_id == identifier.parts[0]), None) if view else None
        if found is None:
            raise NotFoundError("There is no such mailbox.")
        return found


class _Loaders:
    def __init__(self, world: OddWorld) -> None:
        self._world = world
        self.view_by_account = _Views(world)
        self.mailbox_by_id = _Mailboxes(world)

    def __getattr__(self, name: str) -> _Loader:
        return _Loader(self._world, name)

    async def views(self, accounts: Sequence[str], _: object) -> list[OddView]:
        return await self.view_by_account.load_many(accounts)
