"""GraphiQL, served whole by the gateway: the page, its scripts and styles. No request leaves the host.

The third-party files are put into `graphiql/` beside this module when the gateway is built or installed
(`hatch_build.py`); `graphiql.lock.json` names each with its SHA-256, and only those are ever served.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import posixpath
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from string import Template
from textwrap import wrap
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

STATIC_PATH: Final = "/graphiql"
PINS: Final = Path(__file__).with_name("graphiql.lock.json")
THIRD_PARTY: Final = Path(__file__).with_name("graphiql")

_PAGE: Final = Template(Path(__file__).with_name("graphiql_page.html").read_text("utf-8"))
_OUR_FILES: Final = ("graphiql_boot.js", "graphiql_page.css")
_LINKED: Final = {
    "react_js": "react.production.min.js",
    "react_dom_js": "react-dom.production.min.js",
    "graphiql_js": "graphiql.min.js",
    "graphiql_css": "graphiql.min.css",
    "boot_js": "graphiql_boot.js",
    "page_css": "graphiql_page.css",
}
_CONTENT_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
# What GraphiQL's editor shows of a line on a laptop's screen.
_COMMENT_WIDTH: Final = 56
_MISSING: Final = (
    "GraphiQL's files are not installed here: {files}.\n"
    "They are fetched when the gateway is installed: run `pip install -e .` (or `pip install .`) in its checkout and start it again.\n"
    "The GraphQL endpoint itself works without them.\n"
)


@dataclass(frozen=True)
class ExampleQuery:
    """What one tab opens with: a comment, the operation below it, and its variables."""

    title: str
    query: str
    variables: Mapping[str, object] = field(default_factory=dict)

    def as_tab(self) -> dict[str, str]:
        """The tab in GraphiQL's own shape: two texts, `query` and `variables` (JSON, empty when there are none)."""
        variables = json.dumps(self.variables, indent=2) if self.variables else ""
        comment = "\n".join(f"# {line}" for line in wrap(self.title, _COMMENT_WIDTH))
        return {"query": f"{comment}\n{self.query.strip()}\n", "variables": variables}


class StaticFile:
    """One file in memory, as the browser gets it; compressed when the first browser asks for that."""

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()
        self.content_type = _CONTENT_TYPES[path.suffix]
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        self.version = self.sha256[:16]

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.content, mtime=0)


class GraphiqlPage:
    """The page for `GET /graphql` from a browser, and the files it needs.

    `endpoint` is the path that the page is served at and sends its operations to. Every link in the page is relative to
    it, so the gateway may stand behind a proxy that cuts a prefix off.
    """

    def __init__(self, tabs: Sequence[ExampleQuery], endpoint: str = "/graphql") -> None:
        self._tabs = json.dumps([example.as_tab() for example in tabs])
        self._endpoint = posixpath.basename(endpoint)
        self._folder = posixpath.relpath(STATIC_PATH, posixpath.dirname(endpoint))
        paths = [Path(__file__).with_name(name) for name in _OUR_FILES] + [THIRD_PARTY / name for name in pinned_files()]
        self.missing = tuple(path.name for path in paths if not path.is_file())
        self._files = {path.name: StaticFile(path) for path in paths if path.is_file()}

    def response(self) -> Response:
        """The HTML page. 503 with a cure in plain text where GraphiQL's files were never installed."""
        if self.missing:
            text = _MISSING.format(files=", ".join(self.missing))
            return PlainTextResponse(text, status_code=503, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
        nonce = secrets.token_urlsafe(16)
        links = {slot: f"{self._folder}/{name}?v={self._files[name].version}" for slot, name in _LINKED.items()}
        values = {**links, "nonce": nonce, "endpoint": self._endpoint, "tabs": self._tabs}
        html = _PAGE.substitute({slot: escape(value) for slot, value in values.items()})
        return HTMLResponse(html, headers=_page_headers(nonce))

    def routes(self) -> Mount:
        """`/graphiql/<file>`: the known files and nothing else."""
        return Mount(STATIC_PATH, routes=[Route("/{name}", self._serve, methods=["GET"])])

    async def _serve(self, request: Request) -> Response:
        # A look-up in what was read at the start: no path is ever made from what a request says.
        file = self._files.get(request.path_params["name"])
        if file is None:
            return PlainTextResponse("Not found", status_code=404, headers={"X-Content-Type-Options": "nosniff"})
        zipped = "gzip" in request.headers.get("accept-encoding", "")
        etag = f'"{file.version}{"-gz" if zipped else ""}"'
        headers = _file_headers(file, etag, versioned=request.query_params.get("v") == file.version)
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if not zipped:
            return Response(file.content, headers=headers)
        return Response(await asyncio.to_thread(lambda: file.compressed), headers={**headers, "Content-Encoding": "gzip"})


def pinned_files() -> dict[str, str]:
    """Name and SHA-256 (hex) of every third-party file that is served."""
    packages = json.loads(PINS.read_text("utf-8"))
    return {name: pin["sha256"] for package in packages.values() for name, pin in package["files"].items()}


def _page_headers(nonce: str) -> dict[str, str]:
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        # GraphiQL's dialogs add one <style> element; the nonce lets that in without 'unsafe-inline'.
        "style-src": f"'self' 'nonce-{nonce}'",
        # Its style sheet carries fonts and icons as data: URLs.
        "font-src": "data:",
        "img-src": "data:",
        # The page's own WebSocket, for subscriptions, counts as 'self' (CSP level 3).
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{directive} {sources}" for directive, sources in policy.items()),
        # The nonce must not be used twice, and a new version of the gateway must be seen at once.
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # The same URL answers GraphQL clients with JSON.
        "Vary": "Accept",
    }


def _file_headers(file: StaticFile, etag: str, *, versioned: bool) -> dict[str, str]:
    return {
        # The page's links carry the content's hash, so what they name never changes; any other link is asked for anew.
        "Cache-Control": "public, max-age=31536000, immutable" if versioned else "no-cache",
        "Content-Type": file.content_type,
        "Cross-Origin-Resource-Policy": "same-origin",
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
