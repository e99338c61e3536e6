"""`/healthz` says that the process lives, `/readyz` that it may take traffic. A vendor's outage makes it neither dead nor unready."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.domain.errors import GatewayError
from gateway.domain.stumble import trail
from gateway.web.load import Load

logger = logging.getLogger("gateway.web")

LOOK_SECONDS = 1.0
"""How long what was found out holds, however often it is asked for."""
PATIENCE_SECONDS = 2.0
"""How long a probe may take; probes of an orchestrator wait for a second or a few."""
_SLOW = "The state has not taken a write for some seconds."


async def healthz(request: Request) -> Response:
    """200 as long as the event loop turns."""
    del request
    return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})


class Readiness:
    """Answers `/readyz`. `probe` writes to the state, off the event loop, and raises what is wrong with it.

    Strangers may ask, too: why the state takes no write stands in the log, once, and not in the answer.
    """

    def __init__(self, load: Load, probe: Callable[[], Awaitable[None]]) -> None:
        self._load = load
        self._probe = probe
        self._probing: asyncio.Task[None] | None = None
        self._looked_at = -math.inf
        self._fault = ""

    async def handle(self, request: Request) -> Response:
        """200 once the schema is built, which is before any request is answered, and while writes can be kept.

        503 otherwise, and once the server was told to stop.
        """
        del request
        body, code = {"status": "ready"}, 200
        if self._load.is_closing:
            body, code = {"status": "draining"}, 503
        elif await self._find_fault():
            body, code = {"status": "unready", "reason": "The state cannot be written: the log says why."}, 503
        return JSONResponse(body, code, headers={"cache-control": "no-store"})

    async def _find_fault(self) -> str:
        """Why the state takes no write; "" if it does. All who ask at the same time wait for the same look."""
        if time.monotonic() - self._looked_at >= LOOK_SECONDS and self._probing is None:
            self._probing = asyncio.create_task(self._look())
        if self._probing is not None:
            await asyncio.wait({self._probing}, timeout=PATIENCE_SECONDS)
        if self._probing is not None:
            self._find(_SLOW)
        return self._fault

    async def _look(self) -> None:
        fault = ""
        try:
            await self._probe()
        except GatewayError as error:
            fault = error.message
        except Exception as error:  # noqa: BLE001 - whatever it is, no write is to be relied on; its own text may quote anything
            fault = trail(error)
        finally:
            self._probing = None
            self._looked_at = time.monotonic()
        self._find(fault)

    def _find(self, fault: str) -> None:
        if fault and not self._fault:
            logger.error("not ready: %s", fault)
        if self._fault and not fault:
            logger.info("ready again")
        self._fault = fault
