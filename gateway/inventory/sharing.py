"""Equal values in the rows of one list, kept once: a fleet says the same hosts, words and addresses again and again."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import astuple, force_setattr


class Sharing:
    """Lives as long as the load of one list. Every vendor's JSON makes a new object for each value; half of a row's memory is repeats."""

    def __init__(self) -> None:
        # By type, since 1 == 1.0 == True.
        self._values: dict[type, dict[object, object]] = {kind: {} for kind in (str, int, float, datetime)}

    def share(self, row: msgspec.Struct) -> None:
        """Replaces values of a row, nested ones included, by equal ones of rows before it; nobody else may read the row yet."""
        for name, value in zip(row.__struct_fields__, astuple(row), strict=True):
            known = self._values.get(type(value))
            if known is not None:
                shared = known.setdefault(value, value)
                if shared is not value:
                    force_setattr(row, name, shared)
            elif isinstance(value, msgspec.Struct):
                self.share(value)
            elif isinstance(value, tuple):
                self._share_each(value)

    def _share_each(self, values: Iterable[object]) -> None:
        for value in values:
            if isinstance(value, msgspec.Struct):
                self.share(value)
