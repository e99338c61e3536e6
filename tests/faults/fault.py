"""The table: every fault, and what the gateway makes of it at each vendor, for each kind of read.

A fault lasts until it is removed, so that it does not matter how often the gateway tries again.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple

import msgspec

from gateway.domain.errors import ErrorCode
from tests.faults import behaviour
from tests.faults.behaviour import page, redirect, status
from tests.faults.exchange import Behaviour, Exchange
from tests.faults.proxy import Proxy

VENDORS = ("outreach", "sendkit", "shipmail", "smartlead", "woodpecker")
READS = ("list", "get", "detail")
PAGED = ("outreach", "sendkit", "shipmail", "smartlead")
WITH_CURSORS = ("outreach", "sendkit", "shipmail")
WAIT_SECONDS = 300.0
"""What the vendor asks for with `Retry-After`: longer than any request waits."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """`codes`: the report's problem, or the code of the error, is one of these; empty: there is none.

    `cold` is the report's status where nothing was known, `warm` where a list was. `is_told_when`: `retryAt` is what the vendor said;
    else it is absent, or a pause of our own. `is_null`: a single thing is absent, without an error.
    """

    codes: tuple[ErrorCode, ...] = ()
    cold: str = "UNAVAILABLE"
    warm: str = "STALE"
    is_told_when: bool = False
    is_null: bool = False


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """`behaviour` is what the vendor does; `address` where it is looked for instead. `but` are the cells that differ from `expected`.

    `call_seconds` is how long a call may take: short where nothing else would end it, and else so long that a busy machine has time.
    `says` is in the message.
    """

    expected: Expected
    behaviour: Behaviour | None = None
    address: Callable[[Proxy], str] | None = None
    reads: tuple[str, ...] = READS
    vendors: tuple[str, ...] = VENDORS
    call_seconds: float = 5.0
    says: str = ""
    but: Mapping[tuple[str, str], Expected] = {}


class Cell(NamedTuple):
    """One place of the matrix."""

    fault: str
    vendor: str
    read: str

    @property
    def expected(self) -> Expected:
        fault = FAULTS[self.fault]
        return fault.but.get((self.vendor, self.read), fault.expected)

    def __str__(self) -> str:
        return "-".join(self)


def cells(read: str) -> list[Cell]:
    """Those of this kind of read that there are."""
    return [Cell(name, vendor, read) for name, fault in FAULTS.items() if read in fault.reads for vendor in fault.vendors]


def _tls_without_tls(proxy: Proxy) -> str:
    return proxy.url.replace("http://", "https://")


def _slow(behaviour: Behaviour, expected: Expected) -> Fault:
    """Ended by the time that a call may take, or by a limit that is reached before."""
    return Fault(expected=expected, behaviour=behaviour, call_seconds=0.5)


def _unsaid(behaviour: Behaviour) -> Fault:
    """A 429 that does not say when to come back. Calls wait for a pause of our own choice, so only lists are tried in every spelling."""
    return Fault(expected=LIMITED, behaviour=behaviour, reads=("list",))


def _limited(spelling: Callable[[datetime], str]) -> Fault:
    """A 429 that says when to come back, spelled in one of the ways that the vendors' pages name."""
    return Fault(expected=LIMITED_UNTIL, behaviour=_with_retry_after(429, spelling))


def _with_retry_after(code: int, spelling: Callable[[datetime], str]) -> Behaviour:
    async def refuse(exchange: Exchange) -> None:
        at = datetime.now(UTC) + timedelta(seconds=WAIT_SECONDS)
        await status(code, {"retry-after": spelling(at)})(exchange)

    return refuse


TIMEOUT = Expected(codes=(ErrorCode.VENDOR_TIMEOUT,))
UNAVAILABLE = Expected(codes=(ErrorCode.VENDOR_UNAVAILABLE,))
UNAVAILABLE_UNTIL = Expected(codes=(ErrorCode.VENDOR_UNAVAILABLE,), is_told_when=True)
GARBLED = Expected(codes=(ErrorCode.VENDOR_PROTOCOL_ERROR,))
TOO_MUCH = Expected(codes=(ErrorCode.VENDOR_PROTOCOL_ERROR, ErrorCode.VENDOR_TIMEOUT))
"""Whether the limit of size or that of time is reached first depends on the machine."""
LIMITED = Expected(codes=(ErrorCode.VENDOR_RATE_LIMITED,))
LIMITED_UNTIL = Expected(codes=(ErrorCode.VENDOR_RATE_LIMITED,), is_told_when=True)
NOT_FOUND = Expected(codes=(ErrorCode.NOT_FOUND,))
ABSENT = Expected(is_null=True)
WELL = Expected(cold="FRESH")
PAGES_THEN_GARBLED = Expected(codes=(ErrorCode.VENDOR_PROTOCOL_ERROR,), cold="PARTIAL", warm="PARTIAL")
STILL_READING = Expected(cold="PARTIAL")

ABSENT_ALONE = {(vendor, "get"): ABSENT if vendor != "outreach" else GARBLED for vendor in VENDORS}
"""404 for one mailbox says that there is none. Outreach is asked by a filter: a list that is not found says nothing of the kind."""

FAULTS: Mapping[str, Fault] = {
    # ------------------------------------------------------------------ time
    "timeout": _slow(behaviour.say_nothing, TIMEOUT),
    "hang after headers": _slow(behaviour.hang_after_headers, TIMEOUT),
    "slow drip": _slow(behaviour.drip, TIMEOUT),
    "slow drip of headers": _slow(behaviour.drip_headers, TIMEOUT),
    # ------------------------------------------------------------------ the connection
    "connection refused": Fault(expected=UNAVAILABLE, address=lambda proxy: proxy.deaf_url, says="no connection"),
    "reset before the answer": Fault(expected=UNAVAILABLE, behaviour=behaviour.reset),
    "hung up before the answer": Fault(expected=UNAVAILABLE, behaviour=behaviour.hang_up),
    "reset in the body": Fault(expected=GARBLED, behaviour=behaviour.reset_in_body),
    "cut off": Fault(expected=GARBLED, behaviour=behaviour.hang_up_in_body),
    "cut off in a chunk": Fault(expected=GARBLED, behaviour=behaviour.hang_up_in_chunk),
    "DNS failure": Fault(expected=UNAVAILABLE, address=lambda _: "http://nowhere.invalid", says="name of its host"),
    "TLS on a plain socket": Fault(expected=UNAVAILABLE, address=_tls_without_tls, says="TLS"),
    "self-signed certificate": Fault(expected=UNAVAILABLE, address=lambda proxy: proxy.tls_url, says="certificate"),
    # ------------------------------------------------------------------ HTTP
    "garbage": Fault(expected=GARBLED, behaviour=behaviour.garbage),
    "endless header": _slow(behaviour.endless_header, TOO_MUCH),
    "endless headers": _slow(behaviour.endless_headers, TOO_MUCH),
    "301": Fault(expected=GARBLED, behaviour=redirect(301)),
    "302": Fault(expected=GARBLED, behaviour=redirect(302)),
    "308": Fault(expected=GARBLED, behaviour=redirect(308)),
    "401": Fault(expected=Expected(codes=(ErrorCode.VENDOR_AUTH_FAILED,)), behaviour=status(401, {"www-authenticate": behaviour.MARK})),
    "403": Fault(expected=Expected(codes=(ErrorCode.VENDOR_FORBIDDEN,)), behaviour=status(403)),
    "404": Fault(expected=NOT_FOUND, behaviour=status(404), but={**ABSENT_ALONE, ("smartlead", "detail"): ABSENT}),
    "409": Fault(expected=Expected(codes=(ErrorCode.CONFLICT,)), behaviour=status(409)),
    "422": Fault(expected=Expected(codes=(ErrorCode.VENDOR_REJECTED,)), behaviour=status(422)),
    "500": Fault(expected=UNAVAILABLE, behaviour=status(500)),
    "500 nested deeply": Fault(expected=UNAVAILABLE, behaviour=behaviour.body_is(b'{"error":' * behaviour.DEPTH, 500)),
    "502 in HTML": Fault(expected=UNAVAILABLE, behaviour=page(502)),
    "503 with a date": Fault(expected=UNAVAILABLE_UNTIL, behaviour=_with_retry_after(503, lambda at: format_datetime(at, usegmt=True))),
    "504 in HTML": Fault(expected=TIMEOUT, behaviour=page(504)),
    "200 in HTML": Fault(expected=GARBLED, behaviour=page(200)),
    # ------------------------------------------------------------------ 429
    "429": Fault(expected=LIMITED, behaviour=status(429)),
    "429 in HTML": _unsaid(page(429)),
    "429 seconds": _limited(lambda _: str(int(WAIT_SECONDS))),
    "429 epoch seconds": _limited(lambda at: str(int(at.timestamp()))),
    "429 HTTP date": _limited(lambda at: format_datetime(at, usegmt=True)),
    "429 ISO instant": _limited(lambda at: at.isoformat(timespec="milliseconds").replace("+00:00", "Z")),
    "429 negative": _unsaid(status(429, {"retry-after": "-5"})),
    "429 a century": _unsaid(status(429, {"retry-after": "3155760000"})),
    "429 words": _unsaid(status(429, {"retry-after": f"soon, {behaviour.MARK}"})),
    # ------------------------------------------------------------------ size
    "endless body": _slow(behaviour.endless_body, TOO_MUCH),
    "announced endless body": _slow(behaviour.announced_body, TOO_MUCH),
    "gzip bomb": _slow(behaviour.bomb, TOO_MUCH),
    "gzip bomb in gzip": _slow(behaviour.double_bomb, TOO_MUCH),
    "broken gzip": Fault(expected=GARBLED, behaviour=behaviour.broken_gzip),
    "nested deeply": Fault(expected=GARBLED, behaviour=behaviour.body_is(b"[" * behaviour.DEPTH + b"]" * behaviour.DEPTH)),
    "data nested deeply": Fault(
        expected=GARBLED, behaviour=behaviour.body_is(b'{"data":' + b"[" * behaviour.DEPTH + b"]" * behaviour.DEPTH + b"}")
    ),
    # ------------------------------------------------------------------ the body
    "truncated": Fault(expected=GARBLED, behaviour=behaviour.truncated),
    "array and object swapped": Fault(expected=GARBLED, behaviour=behaviour.swapped),
    "data of the wrong type": Fault(expected=GARBLED, behaviour=behaviour.swapped_data, vendors=WITH_CURSORS, reads=("list",)),
    "rows are text": Fault(expected=GARBLED, behaviour=behaviour.rows_are_text, reads=("list",)),
    "a string": Fault(expected=GARBLED, behaviour=behaviour.body_is(f'"{behaviour.MARK}"'.encode())),
    "null": Fault(expected=GARBLED, behaviour=behaviour.body_is(b"null")),
    "a number": Fault(expected=GARBLED, behaviour=behaviour.body_is(b"42")),
    "an empty object": Fault(expected=GARBLED, behaviour=behaviour.body_is(b"{}")),
    "nothing": Fault(expected=GARBLED, behaviour=behaviour.body_is(b"")),
    "an error inside 200": Fault(expected=GARBLED, behaviour=behaviour.error_inside),
    "UTF-16": Fault(expected=GARBLED, behaviour=behaviour.utf_16),
    "byte order mark": Fault(expected=GARBLED, behaviour=behaviour.byte_order_mark),
    "Latin-1": Fault(expected=WELL, behaviour=behaviour.latin_1),
    # ------------------------------------------------------------------ the list
    "duplicate rows": Fault(expected=WELL, behaviour=behaviour.duplicate_rows, reads=("list",)),
    "endless pages": Fault(
        expected=PAGES_THEN_GARBLED,
        behaviour=behaviour.endless_pages,
        vendors=PAGED,
        reads=("list",),
    ),
    "endless pages of a detail": Fault(expected=GARBLED, behaviour=behaviour.endless_pages, vendors=("outreach",), reads=("detail",)),
    "endless new pages": Fault(expected=STILL_READING, behaviour=behaviour.endless_new_pages, vendors=PAGED, reads=("list",)),
    "repeating cursor": Fault(expected=PAGES_THEN_GARBLED, behaviour=behaviour.repeating_cursor, vendors=WITH_CURSORS, reads=("list",)),
    "cursor missing": Fault(expected=PAGES_THEN_GARBLED, behaviour=behaviour.cursor_missing, vendors=WITH_CURSORS, reads=("list",)),
}
