"""A result's `data` in JSON, written once for everybody who gets it."""

import msgspec

_BEGINNING = b'{"data":'


class EncodedData:
    """It begins as a whole answer does: what stands behind `data` is made for each answer, and the rest is never copied."""

    __slots__ = ("beginning",)

    def __init__(self, data: object) -> None:
        self.beginning = _BEGINNING + msgspec.json.encode(data)

    def __len__(self) -> int:
        """In bytes."""
        return len(self.beginning)

    @property
    def json(self) -> msgspec.Raw:
        """To be put into other JSON."""
        return msgspec.Raw(memoryview(self.beginning)[len(_BEGINNING) :])
