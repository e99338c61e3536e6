"""Whose pages may read what the gateway answers: its own, and those of the origins that the configuration names."""

from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from strawberry.http.websocket_origin import is_same_origin

from gateway.web.request import TIMEOUT_HEADER

METHODS = ("GET", "HEAD", "POST")
ASKED = (
    "Accept",
    "Authorization",
    "Cache-Control",
    "Content-Type",
    TIMEOUT_HEADER,
    "Apollo-Require-Preflight",
    "GraphQL-Require-Preflight",
    "ApolloGraphQL-Client-Name",
    "ApolloGraphQL-Client-Version",
    "X-Apollo-Operation-Id",
    "X-Apollo-Operation-Name",
    "Last-Event-Id",
)
"""Headers that the gateway reads, or that clients are known to send along."""
TOLD = ("Retry-After", "X-Request-Id", "Content-Disposition")
REMEMBERED_SECONDS = 600


class Origins:
    """`allowed` are as browsers write them: `https://app.example`, `http://localhost:3000`."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(allowed)

    def allow(self, origin: str, host: str | None) -> bool:
        """Whether a page of this origin may use what is asked of this host."""
        return origin in self._allowed or is_same_origin(origin, host)

    def open_to_pages(self, app: ASGIApp) -> ASGIApp:
        """The app as the pages of these origins may use it from browsers; as it is, which is for none, where none is named.

        Keys travel in a header that a page sets itself, so no page needs the browser's own credentials (cookies): none are allowed.
        """
        if not self._allowed:
            return app
        return CORSMiddleware(
            app,
            allow_origins=tuple(self._allowed),
            allow_methods=METHODS,
            allow_headers=ASKED,
            expose_headers=TOLD,
            max_age=REMEMBERED_SECONDS,
        )
