"""Those who wait for their turn to call a vendor."""

import asyncio
from collections import deque

BACKGROUND_TURN = 4
"""While both wait, every fourth turn is for background work, so that it comes to its end."""


class Queue:
    """Interactive work comes before background work. A turn is a future: set when it has come, cancelled when nobody waits for it."""

    def __init__(self) -> None:
        self._interactive: deque[asyncio.Future[None]] = deque()
        self._background: deque[asyncio.Future[None]] = deque()
        self._turns = 0

    def __len__(self) -> int:
        return len(self._interactive) + len(self._background)

    def ahead_of(self, *, is_background: bool) -> int:
        """How many come before somebody who joins now."""
        return len(self) if is_background else len(self._interactive)

    def join(self, *, is_background: bool) -> asyncio.Future[None]:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._background if is_background else self._interactive).append(turn)
        return turn

    def leave(self, turn: asyncio.Future[None]) -> None:
        for line in (self._interactive, self._background):
            if turn in line:
                line.remove(turn)

    def give_turn(self) -> bool:
        """Whether the next one was still there."""
        self._turns += 1
        is_for_background = self._background and (not self._interactive or self._turns % BACKGROUND_TURN == 0)
        turn = (self._background if is_for_background else self._interactive).popleft()
        if turn.done():
            return False
        turn.set_result(None)
        return True
