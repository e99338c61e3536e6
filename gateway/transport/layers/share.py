"""Identical reads under way at the same time are one wire call."""

import asyncio

from gateway.domain.account import Account
from gateway.domain.budget import current
from gateway.domain.errors import TooManyCallsError
from gateway.transport.call import Answer, Call
from gateway.transport.layers.pace import NoTurnError
from gateway.transport.onion import Send


class Share:
    """The wire call belongs to nobody: a caller who goes away does not take it from the others, and it ends when none is left.

    It spends the budget of the first caller. Where that was too small, the others try for themselves.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._under_way: dict[Call, _SharedCall] = {}

    async def __call__(self, call: Call, send: Send) -> Answer:
        if not call.is_read:
            return await send(call)
        while (shared := self._under_way.get(call)) is not None:
            try:
                answer = await self._wait(call, shared)
            except (NoTurnError, TooManyCallsError):
                self._forget(call, shared)  # at once: its own callback may not have run yet, and asking it again would not let it
                continue
            current().of(self._account.name).shared += 1
            return answer
        shared = self._under_way[call] = _SharedCall(asyncio.ensure_future(send(call)))
        shared.task.add_done_callback(lambda _: self._forget(call, shared))
        return await self._wait(call, shared)

    async def _wait(self, call: Call, shared: "_SharedCall") -> Answer:
        shared.waiting += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting and not shared.task.done():
                self._forget(call, shared)  # at once: who comes while it is being cancelled needs a call of his own
                shared.task.cancel()

    def _forget(self, call: Call, shared: "_SharedCall") -> None:
        if self._under_way.get(call) is shared:
            del self._under_way[call]


class _SharedCall:
    """A wire call and the number of those who wait for it."""

    def __init__(self, task: asyncio.Future[Answer]) -> None:
        self.task = task
        self.waiting = 0
