"""What resolvers know of the request that they answer."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
import strawberry

from gateway.domain.account import Account
from gateway.domain.budget import Budget
from gateway.domain.capability import Capability
from gateway.domain.identifier import Identifier
from gateway.domain.scope import require
from gateway.domain.vendor import Vendor, VendorProfile
from gateway.domain.writable import VendorFields
from gateway.inventory.inventory import Inventory
from gateway.inventory.page import MAX_SIZE
from gateway.loaders.bundle import Loaders
from gateway.operations.desk import Desk


class Context(msgspec.Struct, frozen=True):
    """`accounts` are those that the caller may see, by name and in the order of names: to this caller there are no others.

    `caller` is its name. Through `desk` it writes; `fields` are the structs of what each vendor alone lets one write.
    `loaders` remember what they loaded for as long as the context lives, which is one query, one mutation, or
    one event of a subscription: `FreshExecutor` renews it before each. A subscription's own generator keeps the context that it began
    with; where it loads anything between events, it asks `info.context.renewed().loaders`.
    `timeout_seconds` is how long a query, or an event, may take, `max_vendor_calls` how many calls it may cause; None: any.
    `max_page_size` is the most that `first` and `last` may be.
    `defers` is whether the client takes an answer in parts: for one that does not, `@defer` means nothing.
    """

    inventory: Inventory
    loaders: Loaders
    accounts: Mapping[str, Account]
    profiles: Mapping[Vendor, VendorProfile]
    desk: Desk
    fields: Mapping[Vendor, type[VendorFields]]
    request_id: str
    caller: str
    scopes: frozenset[str]
    timeout_seconds: float | None = None
    max_vendor_calls: int | None = None
    max_page_size: int = MAX_SIZE
    defers: bool = False
    told: set[str] = msgspec.field(default_factory=set)
    """The response keys of writes that were audited."""

    def sees(self, identifier: Identifier) -> bool:
        """Whether what an id names can exist for this caller."""
        return identifier.account in self.accounts

    def can(self, account: str, capability: Capability) -> bool:
        """Whether the vendor of an account has an ability."""
        return capability in self.profiles[self.accounts[account].vendor].capabilities

    def require(self, *scopes: str) -> None:
        """Raises `ForbiddenError` when one of them was not given to the caller."""
        require(self.scopes, *scopes)

    def budget(self, *, is_write: bool = False) -> Budget:
        """What one query, mutation or event may spend, from now on. A write is never cut off in the middle."""
        return Budget() if is_write else Budget(seconds=self.timeout_seconds, most_calls=self.max_vendor_calls)

    def renewed(self) -> "Context":
        """The same with loaders that remember nothing."""
        return msgspec.structs.replace(self, loaders=Loaders(self.inventory))


Info: TypeAlias = strawberry.Info[Context, None]
