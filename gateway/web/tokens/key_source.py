"""Where an issuer's key set is read."""

import asyncio
from pathlib import Path
from typing import Protocol

import httpx

from gateway.web.tokens.key_set import UnusableKeysError

LARGEST_BYTES = 256 * 1024
FETCH_SECONDS = 5.0
_TOO_LARGE = f"its key set is larger than {LARGEST_BYTES // 1024} KiB"


class KeySource(Protocol):
    """`refresh_seconds`: keys that are older are read again. `pause_seconds`: between two reads for unknown keys, at least."""

    refresh_seconds: float
    pause_seconds: float

    async def read(self) -> bytes:
        """A key set as JSON. Raises `UnusableKeysError`."""

    async def close(self) -> None:
        """Lets go of connections."""


class KeyFile:
    """A file, of which every change is seen within a second."""

    refresh_seconds = 1.0
    pause_seconds = 1.0

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> bytes:
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
        except OSError as error:
            raise UnusableKeysError(f"its file cannot be read: {error.strerror}") from None
        if len(content) > LARGEST_BYTES:
            raise UnusableKeysError(_TOO_LARGE)
        return content

    async def close(self) -> None:
        pass


class KeyUrl:
    """An address out of the configuration. A redirect is not followed, wherever it leads."""

    refresh_seconds = 300.0
    pause_seconds = 30.0

    def __init__(self, url: str, *, wire: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        # Uncompressed: a small answer that unpacks into a large one would not be seen to be one in time.
        headers = {"accept": "application/jwk-set+json, application/json", "accept-encoding": "identity"}
        self._client = httpx.AsyncClient(transport=wire, headers=headers, timeout=FETCH_SECONDS, follow_redirects=False, trust_env=False)

    async def read(self) -> bytes:
        try:
            async with asyncio.timeout(FETCH_SECONDS), self._client.stream("GET", self._url) as response:
                return await _body(response)
        except TimeoutError:
            raise UnusableKeysError(f"its address gave no whole answer within {FETCH_SECONDS:.0f} s") from None
        except httpx.HTTPError as error:  # its own text may hold the address with whatever is in it
            raise UnusableKeysError(f"its address cannot be read ({type(error).__name__})") from None

    async def close(self) -> None:
        await self._client.aclose()


async def _body(response: httpx.Response) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise UnusableKeysError(f"its address answers {response.status_code}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise UnusableKeysError("its address sends the key set compressed, which was not asked for")
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > LARGEST_BYTES:
            raise UnusableKeysError(_TOO_LARGE)
    return bytes(body)
