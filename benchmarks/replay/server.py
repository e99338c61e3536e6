"""A process that plays the vendors: `python -m benchmarks.replay.server`.

`GET /control?latency_ms=50` sets the latency, `?varies=0` makes answers the same each time, `/counts` tells how many answers went out,
`/targets` which addresses are known by heart.
"""

import asyncio
import json
import sys
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from benchmarks.replay.recorder import Recorder, Recording

_END = b"\r\n\r\n"
_PLAIN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


class Replay:
    """What has been recorded, how it is to be said, and what was asked for."""

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        self.recordings: dict[bytes, Recording] = {}
        self.latency_seconds = 0.0
        self.varies = True
        self.answers = 0
        self.bad_answers = 0
        self._turn = 0

    def said(self, recording: Recording) -> tuple[bytes, ...]:
        """The parts of an answer."""
        self.answers += 1
        if not recording.is_good:
            self.bad_answers += 1
        width = len(recording.figure)
        if not (self.varies and width):
            return recording.head, recording.before, recording.figure, recording.after
        self._turn += 1
        lowest = 10 ** (width - 1)
        figure = b"%d" % (lowest + self._turn % (9 * lowest))
        return recording.head, recording.before, figure, recording.after

    def control(self, query: str) -> bytes:
        """Do what the query says; the state as JSON."""
        wanted = dict(parse_qsl(query))
        if "latency_ms" in wanted:
            self.latency_seconds = float(wanted["latency_ms"]) / 1000
        if "varies" in wanted:
            self.varies = wanted["varies"] == "1"
        state = {"answers": self.answers, "bad_answers": self.bad_answers, "latency_ms": self.latency_seconds * 1000}
        return json.dumps(state).encode()


class Connection(asyncio.Protocol):
    """HTTP/1.1, GET without bodies, one request at a time."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._received = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's are no subclasses

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(_END):
            return
        request, self._received = self._received, b""
        target = request[4 : request.index(b" ", 4)]
        recording = self._replay.recordings.get(target)
        if recording is not None:
            self._say(recording)
        elif target.startswith((b"/control", b"/counts")):
            self._tell(self._replay.control(urlsplit(target.decode()).query))
        elif target == b"/targets":
            self._tell(json.dumps([each.decode() for each in self._replay.recordings]).encode())
        else:
            task = asyncio.create_task(self._record(target, request))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _tell(self, body: bytes) -> None:
        self._transport.write(_PLAIN % (len(body), body))

    def _say(self, recording: Recording) -> None:
        latency = self._replay.latency_seconds
        if latency:
            asyncio.get_running_loop().call_later(latency, self._transport.writelines, self._replay.said(recording))
        else:
            self._transport.writelines(self._replay.said(recording))

    async def _record(self, target: bytes, request: bytes) -> None:
        assert self._replay.recorder is not None  # noqa: S101 - set before it listens
        lines = request.decode("latin-1").split("\r\n")[1:-2]
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines) if name.lower() != "accept-encoding"]
        recording = await self._replay.recorder.ask(target.decode(), headers)
        if recording.is_good:
            self._replay.recordings[target] = recording
        self._say(recording)


async def serve() -> None:
    """Serve until stopped; prints the address first."""
    loop = asyncio.get_running_loop()
    replay = Replay()
    server = await loop.create_server(lambda: Connection(replay), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    replay.recorder = Recorder(f"http://{host}:{port}")
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop  # only this process needs it

    sys.exit(uvloop.run(serve()))
