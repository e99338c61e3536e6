"""Reads `hosts` and `origins` of `[server]`: the names that the gateway goes by, and whose pages may ask it."""

import re
from typing import Final

from gateway.config.table import Table

_LABEL: Final = r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?"
_NAME: Final = rf"({_LABEL}(\.{_LABEL})*|\[[0-9a-f:.]+\])"
_HOST: Final = re.compile(_NAME)
_ORIGIN: Final = re.compile(rf"(?P<scheme>https?)://{_NAME}(:(?P<port>[1-9][0-9]{{0,4}}))?")
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


def read_hosts(table: Table) -> tuple[str, ...] | None:
    """In lower case, without ports; IPv6 in brackets, as in a URL."""
    texts = table.texts("hosts")
    if texts is None:
        return None
    hosts = []
    for path, text in texts:
        host = text.value.lower()
        if not _HOST.fullmatch(host):
            table.reading.refuse(path, f"{text.shown} is no name of a host.", "Write a name or an address without scheme and port.")
        hosts.append(host)
    return tuple(hosts)


def read_origins(table: Table) -> tuple[str, ...]:
    """As browsers write them: in lower case, without the scheme's own port."""
    origins = []
    for path, text in table.texts("origins") or ():
        origin = text.value.lower().removesuffix("/")
        found = _ORIGIN.fullmatch(origin)
        if found is None:
            cure = "Write scheme, host and, where there is one, port, as in https://app.example; each by itself, there is no wildcard."
            table.reading.refuse(path, f"{text.shown} is no origin of a page.", cure)
        elif found["port"] == _DEFAULT_PORTS[found["scheme"]]:
            origin = origin.removesuffix(f":{found['port']}")
        origins.append(origin)
    return tuple(origins)
