"""One log line per call."""

import logging
import time

from gateway.domain.account import Account
from gateway.transport.call import Answer, Call
from gateway.transport.onion import Send

logger = logging.getLogger("gateway.transport")


class Trace:
    """The path is a template's worth of words and ids; keys travel in queries and headers, which are not logged."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def __call__(self, call: Call, send: Send) -> Answer:
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            answer = await send(call)
            outcome = str(answer.status)
        except Exception as error:
            outcome = type(error).__name__
            raise
        else:
            return answer
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            logger.info("%s %s %s %s %.0f ms", self._account.name, call.method, call.path, outcome, milliseconds)
