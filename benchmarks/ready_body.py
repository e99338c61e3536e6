"""Starlette alone, sending a body that is ready: `python -m benchmarks.ready_body <file>`. What any answer of that size costs at least."""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.listener import address, listen


def main() -> None:
    """Serve until stopped; prints the address first."""
    body = Path(sys.argv[1]).read_bytes()

    async def fleet(_: Request) -> Response:
        return Response(body, media_type="application/json")

    async def healthz(_: Request) -> Response:
        return Response()

    listener = listen()
    print(address(listener), flush=True)
    app = Starlette(routes=[Route("/mailboxes", fleet), Route("/healthz", healthz)])
    config = uvicorn.Config(app, loop="uvloop", http="httptools", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
