"""`/healthz` says that the process lives, `/readyz` that it may take traffic. A vendor's outage makes it neither dead nor unready."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


async def healthz(request: Request) -> Response:
    """200 as long as the event loop turns."""
    del request
    return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})


async def readyz(request: Request) -> Response:
    """200 once the schema is built, which is before any request is answered."""
    del request
    return JSONResponse({"status": "ready"}, headers={"cache-control": "no-store"})
