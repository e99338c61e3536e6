"""A result's `data` in JSON, written once for everybody who gets it."""

import msgspec


class EncodedData:
    """It ends with the last brace of the whole answer: what stands before `data` is made for each answer, and the rest is never copied."""

    __slots__ = ("ending",)

    def __init__(self, data: object) -> None:
        self.ending = msgspec.json.encode(data) + b"}"

    def __len__(self) -> int:
        """In bytes."""
        return len(self.ending)

    @property
    def json(self) -> msgspec.Raw:
        """To be put into other JSON."""
        return msgspec.Raw(memoryview(self.ending)[:-1])
