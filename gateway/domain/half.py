"""What the two halves of the port share: the account, refusals, and how a method of the port stands for a capability."""

from abc import ABC
from collections.abc import Callable, Mapping
from typing import ClassVar, ParamSpec, TypeVar

from gateway.domain.account import Account
from gateway.domain.capability import Capability
from gateway.domain.errors import UnsupportedError

P = ParamSpec("P")
T = TypeVar("T")
_CAPABILITY = "__capability__"


def provides(capability: Capability) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Marks a method of the port: an adapter that overrides it has the capability."""

    def mark(method: Callable[P, T]) -> Callable[P, T]:
        setattr(method, _CAPABILITY, capability)
        return method

    return mark


def provided_by(half: type["Half"]) -> dict[str, Capability]:
    """The methods that a half of the port marks, by name."""
    return {name: getattr(method, _CAPABILITY) for name, method in vars(half).items() if hasattr(method, _CAPABILITY)}


class Half(ABC):  # noqa: B024 - the halves below it have the abstract methods
    """One account at one vendor."""

    hints: ClassVar[Mapping[str, str]] = {}
    """What can be done in place of a method that the vendor does not have, by the method's name: a sentence for people."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def _unsupported(self, capability: Capability, hint: str = "") -> UnsupportedError:
        return UnsupportedError(capability, vendor=self.account.vendor, hint=hint)
