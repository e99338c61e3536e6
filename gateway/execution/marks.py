"""What a schema may tell of its fields and types, so that more of it can be compiled."""

from collections.abc import Callable
from typing import Any, TypeAlias

Read: TypeAlias = Callable[[Any, Any], object]
"""A field's value when no arguments are given, from the object and the context alone: no side effects, never an awaitable."""

READ = "gateway.execution.read"
"""The key in a strawberry field's `metadata` under which its `Read` lies; the field's resolver must say the same."""

CLASSES = "classes"
"""The attribute of an `is_type_of` function that tells by an object's class alone: the tuple of classes that are of the type."""
