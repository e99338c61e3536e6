"""Objects of an answer as structs: less than half the memory of dicts, and so half the time to make and to encode."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

MAX_CLASSES = 1024


@lru_cache(MAX_CLASSES)
def answer_class(*keys: str) -> type[msgspec.Struct]:
    """A class whose objects are made of the values of these response keys, in their order, and are encoded as JSON objects with them."""
    names = [f"_{index}" for index in range(len(keys))]
    fields: Sequence[tuple[str, type]] = [(name, object) for name in names]
    return msgspec.defstruct("Answer", fields, rename=dict(zip(names, keys, strict=True)), gc=False)
