"""One log line per call."""

import logging
import time

from gateway.domain.account import Account
from gateway.transport.call import Answer, Call
from gateway.transport.layers.breaker import OpenError
from gateway.transport.layers.pace import NoTurnError
from gateway.transport.onion import Send

logger = logging.getLogger("gateway.transport")


class Trace:
    """The path is a template's worth of words and ids; keys travel in queries and headers, which are not logged."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def __call__(self, call: Call, send: Send) -> Answer:
        started = time.perf_counter()
        outcome, level = "cancelled", logging.INFO
        try:
            answer = await send(call)
            outcome = str(answer.status)
        except Exception as error:
            outcome = type(error).__name__
            if isinstance(error, NoTurnError | OpenError):
                level = logging.DEBUG  # nothing was sent, and a thousand calls may be told so at once
            raise
        else:
            return answer
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            logger.log(level, "%s %s %s %s %.0f ms", self._account.name, call.method, call.path, outcome, milliseconds)
