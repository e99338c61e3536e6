"""`/healthz` says that the process lives, `/readyz` that it may take traffic. A vendor's outage makes it neither dead nor unready."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.web.load import Load


async def healthz(request: Request) -> Response:
    """200 as long as the event loop turns."""
    del request
    return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})


class Readiness:
    """Answers `/readyz`."""

    def __init__(self, load: Load) -> None:
        self._load = load

    async def handle(self, request: Request) -> Response:
        """200 once the schema is built, which is before any request is answered; 503 once the server was told to stop."""
        del request
        status, code = ("draining", 503) if self._load.is_closing else ("ready", 200)
        return JSONResponse({"status": status}, code, headers={"cache-control": "no-store"})
