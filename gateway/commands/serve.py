"""`gateway serve`: runs the ASGI app on real sockets."""

import asyncio
import gc
import logging
import math
import socket
import sys
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec

import msgspec
import uvicorn
from starlette.types import ASGIApp

from gateway.app import Gateway, build_gateway
from gateway.commands.acceptor import Acceptor
from gateway.commands.connection import Connection
from gateway.commands.false_alarm import is_real
from gateway.commands.log import start_log, tell_of_stumble
from gateway.commands.websocket_protocol import WebSocketProtocol
from gateway.config import Settings
from gateway.config.url import is_loopback_host
from gateway.state.error import StateError
from gateway.state.sqlite import SqliteState

HAS_UVLOOP = find_spec("uvloop") is not None
"""Not everywhere: there is none for Windows."""
BACKLOG = 2048
OTHER_PORT = "Choose another with --host and --port."
OTHER_OPERATE_PORT = "Choose another in [server]: operate_host and operate_port."
_LOOK_SECONDS = 0.05
_LAST_LOOKS = 20
"""How often a server that drains looks whether it is done."""


def run(settings: Settings, *, host: str | None, port: int | None, allow_anonymous: bool) -> int:
    """Serve until stopped; `host` and `port` override the settings. Returns the exit code."""
    server = msgspec.structs.replace(
        settings.server, host=host or settings.server.host, port=settings.server.port if port is None else port
    )
    settings = msgspec.structs.replace(settings, server=server)
    if settings.is_open and not is_loopback_host(server.host) and not allow_anonymous:
        print(
            f"Refused: {server.host} can be reached by others and neither [[callers]] nor [[issuers]] are configured, "
            "so anybody could read and change every mailbox.\n"
            "Configure callers (`gateway key new` makes a key), listen on 127.0.0.1, or say --allow-anonymous if that is what you want.",
            file=sys.stderr,
        )
        return 2
    start_log(server.log_format)
    listener = listen(server.host, server.port)
    if listener is None:
        return 1
    operate = None
    if server.operate_port is not None and (operate := listen(server.operate_host, server.operate_port, OTHER_OPERATE_PORT)) is None:
        listener.close()
        return 1
    try:
        state = asyncio.run(SqliteState.open(server.state_dir, state_key=settings.state_key, is_exclusive=True))
    except StateError:
        listener.close()
        if operate is not None:
            operate.close()
        raise
    address = url(listener)
    print(f"{len(settings.accounts)} accounts, open to {_who(settings)}\n{address}/graphql", flush=True)
    if operate is not None:
        print(f"{url(operate)}/metrics, /readyz and /healthz, for whoever reaches that port", flush=True)
    serve(build_gateway(settings, state=state), listener, operate=operate)
    return 0


def _who(settings: Settings) -> str:
    if settings.is_open:
        return "anybody on this machine" if is_loopback_host(settings.server.host) else "anybody"
    has_keys = any(caller.key_hashes for caller in settings.callers)
    return " or ".join(f"callers with a {what}" for what, is_taken in (("key", has_keys), ("token", settings.issuers)) if is_taken)


def listen(host: str, port: int, cure: str = OTHER_PORT) -> socket.socket | None:
    """A socket that takes connections (they wait until `serve` runs), or None after telling the person why not, and the cure."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # without it an answer waits 40 ms for the client's word on its head
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        print(f"Cannot listen on {host}:{port}: {error.strerror}. {cure}", file=sys.stderr)
        return None
    return listener


def url(listener: socket.socket) -> str:
    """The address that a person on this machine opens."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - recognised, not bound
    return f"http://{shown}:{port}"


def serve(gateway: Gateway, listener: socket.socket, *, operate: socket.socket | None = None) -> None:
    """Run a gateway on a socket until the process is told to stop; what operators' machines ask for on another one, where there is one."""
    gc.collect()
    gc.freeze()  # what was built until now stays: looking through it again and again would take 70 ms each time
    with listener, operate or nullcontext():
        Server(gateway, operate=operate).run(sockets=[listener])


def _config(app: ASGIApp, max_message_bytes: int) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        loop="uvloop" if HAS_UVLOOP else "asyncio",
        http=Connection,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=30,
        ws=WebSocketProtocol,
        ws_max_size=max_message_bytes,
    )
    config.load()
    return config


class Server(uvicorn.Server):
    """Drains the app before it closes anything: ASGI has no word for that, and the lifespan ends only afterwards.

    Until then it still listens, so that whoever comes meanwhile is told when to come again, and a late answer still has its connection.
    """

    def __init__(self, gateway: Gateway, *, operate: socket.socket | None = None) -> None:
        # uvicorn's log holds every WebSocket's URL with its query at INFO, and every frame, passwords and all, at DEBUG.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        logging.getLogger("uvicorn.error").addFilter(is_real)
        super().__init__(_config(gateway.site, gateway.max_body_bytes))
        self._operate = operate
        self._operate_config = _config(gateway.operate_site, gateway.max_body_bytes)
        self._drain = gateway.drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn. On uvloop the sockets are listened to by `Acceptor`."""
        asyncio.get_running_loop().set_exception_handler(tell_of_stumble)
        await super().startup([] if HAS_UVLOOP else sockets)
        if HAS_UVLOOP:
            self.servers = [await self._listen(each, self.config) for each in sockets or []]
        if self._operate is not None:
            self.servers.append(await self._listen(self._operate, self._operate_config))

    async def _listen(self, listener: socket.socket, config: uvicorn.Config) -> asyncio.Server:
        make = partial(Connection, config=config, server_state=self.server_state, app_state=self.lifespan.state)
        if HAS_UVLOOP:
            return Acceptor(listener, make, most=BACKLOG)  # type: ignore[return-value] # it is all that uvicorn asks for
        return await asyncio.get_running_loop().create_server(make, sock=listener)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn once it was told to stop."""
        self._drain.begin()
        while not self._drain.is_over and not self.force_exit:  # noqa: ASYNC110 - uvicorn tells of a second Ctrl-C by a flag
            await asyncio.sleep(_LOOK_SECONDS)
        self.config.timeout_graceful_shutdown = math.ceil(self._drain.seconds_left)
        await super().shutdown(sockets)
        await self._last_words()

    async def _last_words(self) -> None:
        """What was cut off is told so; uvicorn does not wait for that."""
        for _ in range(_LAST_LOOKS):
            if not self.server_state.tasks:
                break
            await asyncio.sleep(_LOOK_SECONDS)
