"""Asks our sandboxes, once for each address, what a vendor answers."""

import re

import httpx
import msgspec

from benchmarks.replay.world import world
from gateway.domain.vendor import Vendor
from gateway.sandbox.registry import SANDBOXES

# A figure near the top of each vendor's list that changes from answer to answer. All of them are in the fleet query: nobody may know an
# answer by its bytes, and nobody's own answer is the same twice.
_VARYING = {
    Vendor.OUTREACH: re.compile(rb'"updatedAt":"[^"]{19}\.(\d{3})Z"'),
    Vendor.SENDKIT: re.compile(rb'"sentToday":(\d{2})[,}]'),
    Vendor.SHIPMAIL: re.compile(rb'"updated_at":"[^"]{19}\.(\d{3})Z"'),
    Vendor.SMARTLEAD: re.compile(rb'"message_per_day":(\d{2})[,}]'),
    Vendor.WOODPECKER: re.compile(rb'"sent_today":(\d{2})[,}]'),
}
_PER_CONNECTION = {"date", "server", "connection", "transfer-encoding", "content-length"}


class Recording(msgspec.Struct):
    """An answer: `head` with the status line and all headers, and the body around the figure that varies (`width` digits, maybe none)."""

    head: bytes
    before: bytes
    figure: bytes
    after: bytes
    is_good: bool


NOWHERE = Recording(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", b"", b"", b"", is_good=False)


class Recorder:
    """The five vendors at `/<world>/<vendor>`, each made when it is first asked."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._clients: dict[tuple[str, Vendor], httpx.AsyncClient] = {}

    async def ask(self, target: str, headers: list[tuple[str, str]]) -> Recording:
        """What the sandbox at `/<world>/<vendor>/…` answers to a GET."""
        _, name, word, rest = f"{target}//".split("/", 3)
        if word.upper() not in Vendor.__members__:
            return NOWHERE
        vendor = Vendor(word.upper())
        answer = await self._client(name, vendor).get(f"/{rest.removesuffix('//')}", headers=headers)
        return _recording(answer, vendor)

    def _client(self, name: str, vendor: Vendor) -> httpx.AsyncClient:
        if (name, vendor) not in self._clients:
            app = SANDBOXES[vendor](world(name))
            self._clients[name, vendor] = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=self._address)
        return self._clients[name, vendor]


def _recording(answer: httpx.Response, vendor: Vendor) -> Recording:
    body = answer.content
    kept = [(name, value) for name, value in answer.headers.items() if name not in _PER_CONNECTION]
    lines = [f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}", *(f"{name}: {value}" for name, value in kept)]
    head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode("latin-1")
    found = _VARYING[vendor].search(body)
    start, end = found.span(1) if found else (len(body), len(body))
    return Recording(head, body[:start], body[start:end], body[end:], is_good=answer.is_success)
