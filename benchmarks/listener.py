"""A socket for a server that tells its own address."""

import socket


def listen() -> socket.socket:
    """A socket on a free port of this machine's own interface."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    return listener


def address(listener: socket.socket) -> str:
    """Where it listens."""
    host, port = listener.getsockname()
    return f"http://{host}:{port}"
