"""The queue in which a company's requests wait for their turn."""

import asyncio

import msgspec

QUEUE_LENGTH = 6
QUEUE_SECONDS = 15.0


class Queue(msgspec.Struct):
    """One runs, six wait at most 15 s each, the rest is dropped (docs/getting-started/rate-limiting); per company, not per key."""

    turn: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(1))
    waiting: int = 0

    async def enter(self) -> bool:
        """Wait for the turn: True when it has come (then `leave` must follow), False when the request is dropped."""
        if self.waiting >= QUEUE_LENGTH and self.turn.locked():
            return False
        self.waiting += 1
        try:
            async with asyncio.timeout(QUEUE_SECONDS):
                await self.turn.acquire()
        except TimeoutError:  # what the vendor says then is not documented
            return False
        finally:
            self.waiting -= 1
        return True

    def leave(self) -> None:
        """Give the turn to the next."""
        self.turn.release()
