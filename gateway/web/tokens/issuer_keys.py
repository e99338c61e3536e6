"""An issuer's keys as they are now: read when they are needed, kept for a time, read anew when they have changed."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import jwt

from gateway.web.tokens.key_set import KeySet, UnusableKeysError, read_key_set
from gateway.web.tokens.key_source import KeySource

logger = logging.getLogger("gateway.web")

KEPT_SECONDS = 24 * 3600.0
"""How long keys are good for while their source fails."""
RETRY_SECONDS = 5.0
"""The pause after a failure while there are no keys at all."""


class IssuerKeys:
    """One read at a time, for all who wait for it.

    Whoever sends tokens with keys that nobody knows causes one read per `KeySource.pause_seconds`, however many there are.
    """

    def __init__(self, name: str, source: KeySource, algorithms: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._source = source
        self._algorithms = algorithms
        self._clock = clock
        self._keys: KeySet | None = None
        self._read_at = self._tried_at = self._missed_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key of a token; None where there is none. Raises `UnusableKeysError` where the keys cannot be had at all."""
        began_at = self._clock()
        await self._refresh()
        found = self._find(key_id, algorithm)
        if found is None and self._read_at < began_at and self._may_look_again():
            await asyncio.shield(self._begin())
            found = self._find(key_id, algorithm)
        return found

    def _may_look_again(self) -> bool:
        if self._is_reading:
            return True
        if self._clock() - self._missed_at < self._source.pause_seconds:
            return False
        self._missed_at = self._clock()
        return True

    def _find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        if self._keys is None or self._clock() - self._read_at >= KEPT_SECONDS:
            raise UnusableKeysError("they could not be read")
        return self._keys.find(key_id, algorithm)

    async def _refresh(self) -> None:
        """Keys that are a little old do for the moment; what is twice as old is waited for."""
        age = self._clock() - self._read_at
        pause = RETRY_SECONDS if self._keys is None else self._source.pause_seconds
        if age < self._source.refresh_seconds or (self._clock() - self._tried_at < pause and not self._is_reading):
            return
        reading = self._begin()
        if age >= 2 * self._source.refresh_seconds:
            await asyncio.shield(reading)

    @property
    def _is_reading(self) -> bool:
        return self._reading is not None and not self._reading.done()

    def _begin(self) -> asyncio.Task[None]:
        if self._reading is None or not self._is_reading:
            self._tried_at = self._clock()
            self._reading = asyncio.create_task(self._read(), name=f"keys of {self._name}")
        return self._reading

    async def _read(self) -> None:
        try:
            self._keys = read_key_set(await self._source.read(), self._algorithms)
        except UnusableKeysError as error:
            logger.warning("The keys of the issuer %s cannot be had: %s.", self._name, error)
        else:
            self._read_at = self._clock()

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._source.close()
