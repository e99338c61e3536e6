"""Everything that a vendor can do to a request instead of answering it well."""

import asyncio
import gzip
import json
from collections.abc import Mapping
from functools import cache
from itertools import count

from tests.faults.dialect import Json, rows_of, with_text
from tests.faults.exchange import JSON_HEADERS, Answer, Behaviour, Exchange

PAGE_SECONDS = 0.01
DRIP_SECONDS = 0.02
BOMB_BYTES = 72 * 2**20
"""More than the gateway takes, out of some kilobytes."""
DEPTH = 100_000
HTML = {"content-type": "text/html"}
MARK = "CANARY-in-the-answer-7e"
"""Stands where nothing is to be quoted: in pages of HTML, in headers, in addresses, under names of secrets."""
PAGE = f"<html><head><title>Bad Gateway</title></head><body><p>{MARK}</p><a href='https://proxy.example/?api_key={MARK}'>Retry</a></body></html>"


# ---------------------------------------------------------------------- bytes, or none
async def say_nothing(exchange: Exchange) -> None:
    await exchange.hang()


async def hang_after_headers(exchange: Exchange) -> None:
    usual = await exchange.usual()
    await exchange.write(usual.head())
    await exchange.hang()


async def drip(exchange: Exchange) -> None:
    """A byte of the body now and then, for ever."""
    await exchange.write(Answer().head(2**30) + b"[")
    while True:
        await asyncio.sleep(DRIP_SECONDS)
        await exchange.write(b" ")


async def drip_headers(exchange: Exchange) -> None:
    """Likewise, before the answer's head is whole."""
    await exchange.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while True:
        await asyncio.sleep(DRIP_SECONDS)
        await exchange.write(b"a")


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def hang_up(exchange: Exchange) -> None:
    exchange.close()


async def reset_in_body(exchange: Exchange) -> None:
    usual = await exchange.usual()
    await exchange.write(usual.head(len(usual.body) + 1000) + usual.body)
    await asyncio.sleep(DRIP_SECONDS)  # else the reset overtakes what was written
    exchange.reset()


async def hang_up_in_body(exchange: Exchange) -> None:
    usual = await exchange.usual()
    await exchange.write(usual.head(len(usual.body) + 1000) + usual.body)
    exchange.close()


async def hang_up_in_chunk(exchange: Exchange) -> None:
    usual = await exchange.usual()
    await exchange.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffff\r\n" + usual.body)
    exchange.close()


async def garbage(exchange: Exchange) -> None:
    await exchange.write(b"\x16\x03\x01 not a status line " + MARK.encode() + b"\r\n\r\n")
    exchange.close()


async def endless_header(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\nx-long: ")
    while True:
        await exchange.write(b"a" * 65536)


async def endless_headers(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        await exchange.write(b"".join(b"x-%d-%d: %s\r\n" % (number, each, MARK.encode()) for each in range(1000)))


# ---------------------------------------------------------------------- too much
async def endless_body(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\n")
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    while True:
        await exchange.write(chunk)


async def announced_body(exchange: Exchange) -> None:
    """As long as it says."""
    await exchange.write(Answer().head(2**40) + b"[")
    while True:
        await exchange.write(b" " * 65536)


@cache
def _bomb(*, times: int) -> bytes:
    body = b" " * BOMB_BYTES
    for _ in range(times):
        body = gzip.compress(body, compresslevel=6, mtime=0)
    return body


async def bomb(exchange: Exchange) -> None:
    await exchange.answer(Answer(_bomb(times=1), headers={**JSON_HEADERS, "content-encoding": "gzip"}))


async def double_bomb(exchange: Exchange) -> None:
    await exchange.answer(Answer(_bomb(times=2), headers={**JSON_HEADERS, "content-encoding": "gzip, gzip"}))


async def broken_gzip(exchange: Exchange) -> None:
    usual = await exchange.usual()
    await exchange.answer(Answer(gzip.compress(usual.body)[:-12] + b"x" * 12, headers={**JSON_HEADERS, "content-encoding": "gzip"}))


# ---------------------------------------------------------------------- another status
def status(code: int, headers: Mapping[str, str] | None = None) -> Behaviour:
    """The vendor's own envelope around words that quote the account's key and more that nobody may see."""

    async def refuse(exchange: Exchange) -> None:
        echo = " ".join(exchange.sandbox.account.values())
        words = f"Refused {echo}: api_key={MARK}, see <b>https://vendor.example/help?key={MARK}</b>"
        body = json.dumps(exchange.dialect.error(code, words)).encode()
        await exchange.answer(Answer(body, code, {**JSON_HEADERS, "x-request-id": MARK, **(headers or {})}))

    return refuse


def page(code: int, headers: Mapping[str, str] | None = None) -> Behaviour:
    """A page of HTML by somebody between the vendor and us."""
    return body_is(PAGE.encode(), code, {**HTML, "server": MARK, **(headers or {})})


def redirect(code: int) -> Behaviour:
    async def point_elsewhere(exchange: Exchange) -> None:
        location = f"{exchange.elsewhere}{exchange.request.target}"
        await exchange.answer(Answer(PAGE.encode(), code, {**HTML, "location": location, "x-location": MARK}))

    return point_elsewhere


# ---------------------------------------------------------------------- another body
def body_is(body: bytes, code: int = 200, headers: Mapping[str, str] = JSON_HEADERS) -> Behaviour:
    """Always the same."""

    async def say(exchange: Exchange) -> None:
        await exchange.answer(Answer(body, code, headers))

    return say


async def truncated(exchange: Exchange) -> None:
    """Half of the JSON, and a Content-Length that is content with it."""
    usual = await exchange.usual()
    await exchange.answer(Answer(usual.body[: len(usual.body) // 2]))


async def swapped(exchange: Exchange) -> None:
    """An array where an object belongs, and the other way round."""
    body = json.loads((await exchange.usual()).body)
    await _say(exchange, {"0": body} if isinstance(body, list) else [body])


async def swapped_data(exchange: Exchange) -> None:
    """The same one level below, inside the envelope."""
    body = json.loads((await exchange.usual()).body)
    key = "content" if "content" in body else "data"
    await _say(exchange, {**body, key: {"0": body[key]} if isinstance(body[key], list) else [body[key]]})


async def rows_are_text(exchange: Exchange) -> None:
    """A list of what are no rows."""
    body = json.loads((await exchange.usual()).body)
    rows = rows_of(body)
    rows[:] = [MARK, MARK]
    await _say(exchange, body)


async def error_inside(exchange: Exchange) -> None:
    """The vendor's own error envelope, and 200."""
    await _say(exchange, exchange.dialect.error(500, f"Something went wrong: password={MARK}"))


async def utf_16(exchange: Exchange) -> None:
    usual = await exchange.usual()
    await exchange.answer(Answer(usual.body.decode().encode("utf-16"), headers={"content-type": "application/json; charset=utf-16"}))


async def latin_1(exchange: Exchange) -> None:
    """Texts that are no UTF-8, whatever the header says."""
    usual = await exchange.usual()
    body = with_text(json.loads(usual.body), exchange.dialect.text_key, "Zoë")
    await exchange.answer(Answer(json.dumps(body, ensure_ascii=False).encode("latin-1", "replace")))


async def byte_order_mark(exchange: Exchange) -> None:
    usual = await exchange.usual()
    await exchange.answer(Answer(b"\xef\xbb\xbf" + usual.body))


async def _say(exchange: Exchange, body: Json) -> None:
    await exchange.answer(Answer(json.dumps(body).encode()))


# ---------------------------------------------------------------------- another list
async def duplicate_rows(exchange: Exchange) -> None:
    """Every row twice, and a bit apart."""
    body = json.loads((await exchange.usual()).body)
    rows_of(body).extend([*rows_of(body)])
    await _say(exchange, body)


async def endless_pages(exchange: Exchange) -> None:
    """The first page again and again, with another name for the next page each time."""
    body = await _first_body(exchange)
    _promise(exchange, body, exchange.number)
    await _say(exchange, body)


async def endless_new_pages(exchange: Exchange) -> None:
    """Pages without end, of mailboxes that nobody has seen before, slowly enough not to reach the bound while a request waits."""
    await asyncio.sleep(PAGE_SECONDS)
    body = await _first_body(exchange)
    _promise(exchange, body, exchange.number)
    for place, row in enumerate(rows_of(body)):
        exchange.dialect.renamed(row, 1000 * exchange.number + place)
    await _say(exchange, body)


async def repeating_cursor(exchange: Exchange) -> None:
    """New mailboxes on every page, and the way to the next page leads to this one."""
    body = await _first_body(exchange)
    _promise(exchange, body, 1)
    for place, row in enumerate(rows_of(body)):
        exchange.dialect.renamed(row, 1000 * exchange.number + place)
    await _say(exchange, body)


async def cursor_missing(exchange: Exchange) -> None:
    """More is promised, and no way to it told."""
    body = await _first_body(exchange)
    _promise(exchange, body, 0, token="")
    await _say(exchange, body)


async def _first_body(exchange: Exchange) -> Json:
    if "first" not in exchange.memory:
        exchange.memory["first"] = await exchange.usual()
    return json.loads(exchange.memory["first"].body)


def _promise(exchange: Exchange, body: Json, number: int, *, token: str | None = None) -> None:
    assert exchange.dialect.promise is not None, "the table leaves vendors without pages out"
    exchange.dialect.promise(body, f"{number:024x}" if token is None else token)
