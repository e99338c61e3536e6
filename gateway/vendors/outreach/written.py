"""One attribute as it is written, and where the caller said it."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec
from msgspec import UNSET

Path: TypeAlias = tuple[str, ...]
"""A place in the caller's input, in GraphQL's names."""


class Written(msgspec.Struct, frozen=True):
    """An attribute in Outreach's spelling; `value` is JSON's, or a `Secret`."""

    name: str
    value: object
    path: Path


def written(name: str, value: object, *path: str) -> Iterator[Written]:
    """The attribute, unless nothing was said of it."""
    if value is not UNSET:
        yield Written(name, value, path)
