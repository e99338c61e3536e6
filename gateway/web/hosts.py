"""Which names the gateway answers to: a page whose name was made to lead to this machine (DNS rebinding) is not one of them."""

from collections.abc import Collection

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Hosts:
    """The names that a `Host` header may say, without ports; None: any."""

    def __init__(self, names: Collection[str] | None) -> None:
        self._names = None if names is None else frozenset(name.lower().encode() for name in names)

    def allows(self, header: bytes | None) -> bool:
        """Whether a request with this header is meant for us."""
        return self._names is None or (header is not None and _name(header) in self._names)


def _name(header: bytes) -> bytes:
    """Without the port, if there is one: `[::1]:8000` is `[::1]`."""
    name, colon, port = header.rpartition(b":")
    return (name if colon and port.isdigit() else header).lower()
