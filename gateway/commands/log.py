"""Lines of the log, on standard error: JSON for machines, or text for people. Whatever is in a line, it stays one line and one event."""

import asyncio
import json
import logging
import sys
import time
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import msgspec

from gateway.domain.request import find
from gateway.domain.stumble import trail

logger = logging.getLogger("gateway.serve")

Format: TypeAlias = Literal["json", "text"]
_LOST = '{"level":"ERROR","logger":"gateway.log","message":"A line could not be written."}\n'
_QUIET = ("uvicorn.error", "asyncio")
"""Their texts below WARNING hold addresses with queries, and frames as they come."""


def start_log(form: Format, *, level: int = logging.INFO) -> None:
    """From now on everything that is logged, and every warning, goes to standard error in this form."""
    handler = Lines(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # What no line shows need not be found out: https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None  # noqa: SLF001 - see above
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def tell_of_stumble(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An event loop's exception handler. asyncio's own prints tasks and exceptions as they print themselves, with what they hold."""
    del loop
    logger.error("%s", context["message"], exc_info=context.get("exception"))


class Lines(logging.StreamHandler):  # type: ignore[type-arg] # generic in the type stubs only
    """Python's own handler prints what it could not format, values and all."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Tells that something is missing."""
        del record
        self.stream.write(_LOST)


class JsonFormatter(logging.Formatter):
    """`extra={"event": {…}}` are a line's own members. An exception is told by its type and its way, never by its text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := _request_of(record):
            line["requestId"] = request
        line |= getattr(record, "event", {})
        if told := _told(record):
            line["trail"] = told
        with suppress(UnicodeEncodeError):  # lone surrogates, which JSON can name and UTF-8 cannot hold
            text = msgspec.json.encode(line).decode()
            if text.isascii():
                return text
        return json.dumps(line, default=str)  # some characters beyond ASCII steer terminals, or end lines there


class TextFormatter(logging.Formatter):
    """The same for eyes: members as `name=value`; what would begin a line, or steer a terminal, is shown as it is escaped."""

    def format(self, record: logging.LogRecord) -> str:
        members = {"requestId": _request_of(record)} | getattr(record, "event", {})
        told = " ".join(f"{name}={_shown(value)}" for name, value in members.items() if value is not None)
        line = f"{_moment(record)} {record.levelname} {record.name} {record.getMessage()}{' ' * bool(told)}{told}"
        trail_of = _told(record)
        return "\n    ".join(_safe(each) for each in (f"{line}\n{trail_of}" if trail_of else line).splitlines())


def _moment(record: logging.LogRecord) -> str:
    """UTC, to the millisecond."""
    return f"{_second(int(record.created))}.{int(record.msecs):03d}Z"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _request_of(record: logging.LogRecord) -> str | None:
    """The id of the request that the line is about, or that it was written for."""
    own: str | None = getattr(record, "request", None)
    if own is None and (request := find()) is not None:
        own = request.id
    return own


def _told(record: logging.LogRecord) -> str:
    return trail(record.exc_info[1]) if record.exc_info else ""


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _safe(text: str) -> str:
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
