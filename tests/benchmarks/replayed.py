"""The replayed vendors on a real socket, in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.replay.recorder import Recorder
from benchmarks.replay.server import Connection, Replay


@asynccontextmanager
async def replayed() -> AsyncIterator[tuple[str, Replay]]:
    """Its address, and what it knows."""
    replay = Replay()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(replay), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    replay.recorder = Recorder(f"http://{host}:{port}")
    async with server:
        yield f"http://{host}:{port}", replay
