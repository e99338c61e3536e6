"""Who asks."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from gateway.domain.account import Account
from gateway.domain.scope import require

ANONYMOUS = "anonymous"
"""The name of everybody where nobody is configured."""


class Caller(msgspec.Struct, frozen=True, eq=False):
    """Who asks, and what it may do and see. `accounts` are by name, in the order of names. There is one object for each.

    `is_anonymous`: it stands for everybody. The name alone does not tell: a configured caller may be called so, too.
    """

    name: str
    scopes: frozenset[str]
    accounts: Mapping[str, Account]
    is_anonymous: bool = False

    def require(self, *scopes: str) -> None:
        """Raises `ForbiddenError` when one of them was not given to this caller."""
        require(self.scopes, *scopes)


class Identity(NamedTuple):
    """A caller, and until when it is that (seconds since 1970): what goes on for longer ends then. None: always."""

    caller: Caller
    ends_at: float | None = None
