"""What became of one selection on one object type."""

from collections.abc import Set as AbstractSet

import msgspec

from gateway.execution.code import Function


class Plan(msgspec.Struct, frozen=True):
    """`read` makes the object's answer: a struct (see `answer`), or a dict with None at the response keys in `rest`, whose fields have
    resolvers of their own somewhere.

    It raises for an object that is not of the type, or that graphql-core must judge.
    """

    read: Function
    rest: AbstractSet[str]
