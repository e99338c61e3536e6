"""Connection pools: httpx's interface over aiohttp's wire, a quarter of the CPU of httpx's own."""

import ssl
from functools import cache

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

KEEP_ALIVE_SECONDS = 30.0


def open_wire(*, concurrency: int, is_for_writes: bool = False) -> httpx.AsyncBaseTransport:
    """A pool of so many connections.

    Environment proxies are not used and cookies are not kept: a call carries what it was given and nothing else.
    A write gets a connection of its own and is sent once: on a kept one that the vendor has just closed, nobody could tell whether it
    arrived, and aiohttp sends PUT and DELETE again there.
    """
    wire = AiohttpTransport(verify=_ssl_context(), trust_env=False)

    def open_session() -> aiohttp.ClientSession:
        if is_for_writes:
            connector = aiohttp.TCPConnector(limit=concurrency, force_close=True, ssl=wire.ssl_context)
        else:
            connector = aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS, ssl=wire.ssl_context)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        session._retry_connection = not is_for_writes  # noqa: SLF001 - aiohttp 3.14 has no public switch; a test counts what arrives
        return session

    wire.client = open_session
    return wire


@cache
def _ssl_context() -> ssl.SSLContext:
    """One for all accounts: each holds all root certificates, and takes some 20 ms to make."""
    return httpx.create_ssl_context(trust_env=False)
