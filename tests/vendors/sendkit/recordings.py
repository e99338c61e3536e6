"""The recorded answers: bodies in the shapes of the vendor's pages, with invented values."""

from pathlib import Path

import msgspec

_FOLDER = Path(__file__).parent / "recorded"


class Recording(msgspec.Struct, frozen=True):
    """One answer and the request that it belongs to."""

    request: str
    status: int
    headers: dict[str, str]
    body: msgspec.Raw

    @property
    def content(self) -> bytes:
        return bytes(self.body)


def recorded(name: str) -> Recording:
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=Recording)
