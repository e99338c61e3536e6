"""The addresses that the gateway is told to call, or to listen on."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

FORM = 'Write "https://host/path": no user, password, query or fragment; credentials have keys of their own.'
# Only a URL that is understood to the last character is shown: in any other, a password may stand where a path or port is expected.
_SHOWN = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?:[^/?#@\s]*@)?(?P<host>[^/?#@:\[\]\s]+|\[[0-9A-Fa-f:.]+\])(?P<port>:[0-9]{1,5})?"
    r"(?P<path>/[^?#@\s]*)?(?:[?#][^@\s]*)?"
)


def without_credentials(url: str) -> str | None:
    """The URL as people may see it, without user, password, query and fragment; None when it is not clear where these end."""
    found = _SHOWN.fullmatch(url)
    return "".join(found[part] or "" for part in ("scheme", "host", "port", "path")) if found else None


def fault_of_url(url: str) -> str | None:
    """What is wrong with an address to call, in words that do not quote it; None when nothing is."""
    if not url.isprintable() or " " in url:
        return "holds a space or a control character"
    try:
        parts = urlsplit(url)
        port = parts.port
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):  # a port that is none, brackets that do not close, a host that cannot be
        return "is not a URL"
    faults = (
        (parts.scheme not in {"http", "https"}, "does not begin with http:// or https://"),
        (not parts.hostname, "names no host"),
        ("@" in parts.netloc, "holds a user or a password"),
        ("?" in url or "#" in url, "has a query or a fragment"),
        (port == 0, "names port 0"),
    )
    return next((words for is_wrong, words in faults if is_wrong), None)


def is_loopback_host(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
