"""Who asks for what is under way just now, and under which id: for the lines of the log.

It travels with the work, into every task that is begun for it, as `domain.budget` does.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a request. PARTIAL: data beside errors; FAILED: errors and no data; REFUSED: it never ran."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    REFUSED = "refused"


class Request:
    """One HTTP request, or one operation on a WebSocket, as far as it has come to be known. Nothing of it is a text of the client's,
    but for `name`, which is a GraphQL name that its document has.

    `kind` is `query`, `mutation` or `subscription`; "" is none of those, or nobody knows. `document_hash` is the SHA-256, in hex, of the
    document's text. `calls` were made to vendors for it. `codes` are those of its errors, each once. `status` is HTTP's, 0 on a WebSocket.
    """

    __slots__ = ("began_at", "caller", "calls", "codes", "document_hash", "id", "kind", "name", "outcome", "status")

    def __init__(self, id: str = "", *, caller: str = "") -> None:  # noqa: A002 - what it is
        self.id = id or secrets.token_hex(8)
        self.began_at = time.monotonic()
        self.caller = caller
        self.kind = ""
        self.name = ""
        self.document_hash = ""
        self.calls = 0
        self.codes: dict[str, None] = {}
        self.outcome = Outcome.OK
        self.status = 0

    def refuse(self, code: str) -> None:
        """It is not answered, for this reason."""
        self.outcome = Outcome.REFUSED
        self.codes[code] = None

    def fail(self, code: str) -> None:
        """It broke off."""
        self.outcome = Outcome.FAILED
        self.codes[code] = None


_current: ContextVar[Request | None] = ContextVar("request", default=None)


def find() -> Request | None:
    """The request for which this runs; None for what belongs to none."""
    return _current.get()


def current() -> Request:
    """The same; one that nobody hears of, where there is none."""
    return _current.get() or Request()


@contextmanager
def answering(request: Request) -> Iterator[Request]:
    """What runs, or is begun, inside of the block is done for this request."""
    token = _current.set(request)
    try:
        yield request
    finally:
        _current.reset(token)
