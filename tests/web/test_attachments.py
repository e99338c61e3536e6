"""Attachments: the vendor's bytes, passed on as they come, always as a download under a harmless name."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from starlette.types import Message as AsgiMessage
from starlette.types import Scope

from gateway.domain.identifier import Kind, encode
from gateway.sandbox.server import Outage
from tests.web.conftest import House, open_house

FILES = """
query ($id: ID!, $after: String) {
  mailbox(id: $id) { messages(first: 100, after: $after) { nodes { threadId hasAttachment } pageInfo { hasNextPage endCursor } } }
}
"""
THREAD = """
query ($id: ID!, $thread: ID!) {
  mailbox(id: $id) { thread(id: $thread) { messages { attachments { id name contentType sizeBytes url } } } }
}
"""
CHUNK = b"0123456789abcdef" * 4096


def attachment_id(
    *, account: str = "shipmail", mailbox: str = "mbx_1", blob: str = "b/1", name: str = "a.pdf", kind: str = "application/pdf"
) -> str:
    return encode(Kind.ATTACHMENT, account, mailbox, blob, name, kind)


async def files(house: House) -> list[dict[str, Any]]:
    """The attachments of the oldest messages in the sandbox's first mailbox: one of them has all that senders come up with."""
    boxes = (await house.ask('{ account(name: "shipmail") { mailboxes(last: 50) { nodes { id vendorId } } } }')).json()
    first = next(box for box in boxes["data"]["account"]["mailboxes"]["nodes"] if re.fullmatch("mbx_[0-9a-f]{5}0", box["vendorId"]))
    place: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while place["hasNextPage"]:
        listed = (await house.ask(FILES, id=first["id"], after=place["endCursor"])).json()["data"]["mailbox"]["messages"]
        place = listed["pageInfo"]
    threads = {row["threadId"] for row in listed["nodes"] if row["hasAttachment"]}
    answers = [(await house.ask(THREAD, id=first["id"], thread=each)).json() for each in sorted(threads)]
    messages = [message for answer in answers for message in answer["data"]["mailbox"]["thread"]["messages"]]
    return [file for message in messages for file in message["attachments"] or ()]


def file_name(response: httpx.Response) -> str:
    """RFC 6266's extended form, which clients prefer; the plain form beside it has the same shape."""
    found = re.fullmatch(
        r"""attachment; filename="([ -~]+)"; filename\*=UTF-8''([A-Za-z0-9_.~%-]+)""", response.headers["content-disposition"]
    )
    assert found, response.headers["content-disposition"]
    assert not set(found[1]) & set('"\\/%:*?<>|')
    name = unquote(found[2], errors="strict")
    assert len(found[1]) == len(name)
    return name


class Vendor(httpx.AsyncBaseTransport):
    """A vendor with one file: it counts the chunks that were taken from it, and can fail after some of them."""

    def __init__(
        self, *, chunks: int, headers: dict[str, str] | None = None, fails_after: int | None = None, error: Exception | None = None
    ) -> None:
        self.chunks, self.headers, self.fails_after, self.error = chunks, headers or {}, fails_after, error
        self.taken = 0
        self.closed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        del request
        if self.error is not None and self.fails_after is None:
            raise self.error
        return httpx.Response(200, headers=self.headers, stream=_Stream(self))


class _Stream(httpx.AsyncByteStream):
    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number in range(self.vendor.chunks):
            if number == self.vendor.fails_after and self.vendor.error is not None:
                raise self.vendor.error
            self.vendor.taken += 1
            yield CHUNK

    async def aclose(self) -> None:
        self.vendor.closed += 1


async def drive(
    house: House, path: str, on_send: Callable[[AsgiMessage], None], *, method: str = "GET", disconnected: bool = False
) -> None:
    """One request, seen from the server's side: `on_send` gets every message at the moment in which it is sent."""
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost")], "client": None, "server": None,
    }  # fmt: skip

    async def receive() -> AsgiMessage:
        return {"type": "http.disconnect"} if disconnected else {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: AsgiMessage) -> None:
        on_send(message)

    await house.gateway.site(scope, receive, send)


# ---------------------------------------------------------------------- bytes
async def test_every_kind_of_file_arrives_byte_for_byte(house: House) -> None:
    found = await files(house)
    assert len(found) > 8
    assert {"film.mp4", "../../etc/passwd", None, ""} <= {file["name"] for file in found}
    for file in found:
        response = await house.client.get(file["url"])
        if response.status_code == 422:
            assert file["sizeBytes"] > 25 * 1024 * 1024, "the vendor gives out no larger ones"
            continue
        blob = house.sandboxes["shipmail"].requests[-1].param("blob_id") or ""
        assert response.status_code == 200
        assert len(response.content) == file["sizeBytes"]
        assert response.content[: len(blob)] == blob.encode()[: file["sizeBytes"]]
        assert response.headers["content-length"] == str(file["sizeBytes"])


async def test_a_file_of_8_mib_is_passed_on_chunk_by_chunk() -> None:
    vendor = Vendor(chunks=128)
    ahead, arrived = [], bytearray()

    def on_send(message: AsgiMessage) -> None:
        arrived.extend(message.get("body", b""))
        ahead.append(vendor.taken * len(CHUNK) - len(arrived))

    async with open_house(wires={"shipmail": vendor}) as house:
        await drive(house, f"/attachments/{attachment_id()}", on_send)
    assert bytes(arrived) == CHUNK * 128
    assert max(ahead) <= len(CHUNK)
    assert vendor.closed == 1


async def test_an_unknown_length_is_not_made_up() -> None:
    async with open_house(wires={"shipmail": Vendor(chunks=3)}) as house:
        response = await house.client.get(f"/attachments/{attachment_id()}")
    assert "content-length" not in response.headers
    assert response.content == CHUNK * 3


async def test_head_tells_of_the_file_and_takes_nothing() -> None:
    vendor = Vendor(chunks=3, headers={"content-length": str(3 * len(CHUNK))})
    async with open_house(wires={"shipmail": vendor}) as house:
        response = await house.client.head(f"/attachments/{attachment_id()}")
    assert response.headers["content-length"] == str(3 * len(CHUNK))
    assert response.headers["content-disposition"].startswith("attachment;")
    assert (response.content, vendor.taken, vendor.closed) == (b"", 0, 1)


async def test_the_vendor_is_let_go_when_the_client_goes_away() -> None:
    vendor = Vendor(chunks=1000)

    def on_send(message: AsgiMessage) -> None:
        if vendor.taken >= 3 and message["type"] == "http.response.body":
            raise OSError("the client is gone")  # what a server's `send` raises by the ASGI spec

    async with open_house(wires={"shipmail": vendor}) as house:
        await drive(house, f"/attachments/{attachment_id()}", on_send)
    assert vendor.taken == 3
    assert vendor.closed == 1


# ---------------------------------------------------------------------- headers
NAMES = {
    "report.pdf": "report.pdf",
    "Rechnung für Zoë.pdf": "Rechnung für Zoë.pdf",
    "请求.pdf": "请求.pdf",
    "🦊.gif": "🦊.gif",
    'quo"te.txt': "quo_te.txt",
    "back\\slash.txt": "back_slash.txt",
    "a;b=c, d.txt": "a;b=c, d.txt",
    "100%41.txt": "100%41.txt",
    "a\r\nset-cookie: x=1.txt": "a__set-cookie_ x=1.txt",
    "nul\x00l.txt": "nul_l.txt",
    "../../etc/passwd": "_.._etc_passwd",
    "C:\\windows\\win.ini": "C__windows_win.ini",
    "..": "attachment",
    ".htaccess": "htaccess",
    "   ": "attachment",
    "": "attachment",
    "trailing. . .": "trailing",
    "photo\u202egpj.exe": "photo_gpj.exe",
    "line\u2028sep\x85.txt": "line\u2028sep_.txt",
    "x" * 300 + ".pdf": "x" * 200,
    "é" * 255: "é" * 200,
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=[ascii(name)[:40] for name in NAMES])
async def test_the_name_of_the_download(name: str, shown: str) -> None:
    async with open_house(wires={"shipmail": Vendor(chunks=1)}) as house:
        response = await house.client.get(f"/attachments/{attachment_id(name=name)}")
    assert file_name(response) == shown


TYPES = {
    "application/pdf": "application/pdf",
    "IMAGE/PNG": "image/png",
    "text/plain; charset=iso-8859-1": "text/plain",
    **dict.fromkeys(
        (
            "text/html; charset=iso-8859-1",
            "application/xhtml+xml",
            "image/svg+xml",
            "text/xml",
            "text/javascript",
            "application/x-ECMAScript",
            "text/css",
            "application/wasm",
            "application/manifest+json",
            "multipart/x-mixed-replace",
            "message/rfc822",
        ),
        "application/octet-stream",
    ),
    "application/vnd.ms-excel": "application/vnd.ms-excel",
    "application/" + "x" * 65: "application/octet-stream",
    "": "application/octet-stream",
    "nonsense": "application/octet-stream",
    "/": "application/octet-stream",
    "a/b/c": "application/octet-stream",
    "text/html\r\nx-evil: 1": "application/octet-stream",
    "text/html, text/plain": "application/octet-stream",
    "téxt/plain": "application/octet-stream",
    "\x00/\x00": "application/octet-stream",
}


@pytest.mark.parametrize(("claimed", "told"), TYPES.items(), ids=[ascii(claimed)[:40] for claimed in TYPES])
async def test_the_type_of_the_download(claimed: str, told: str) -> None:
    async with open_house(wires={"shipmail": Vendor(chunks=1, headers={"content-type": "text/html", "set-cookie": "a=b"})}) as house:
        response = await house.client.get(f"/attachments/{attachment_id(kind=claimed)}")
    assert response.headers["content-type"] == told
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert response.headers["cache-control"] == "private, no-store"
    assert not {"set-cookie", "x-evil"} & set(response.headers)


# ---------------------------------------------------------------------- ids
def _flipped(text: str) -> str:
    return text[:-1] + ("A" if text[-1] != "A" else "B")


@pytest.mark.parametrize(
    "identifier",
    [
        "nope",
        "%00",
        "%F0%9F%A6%8A",
        "..%2F..%2Fetc%2Fpasswd",
        _flipped(attachment_id()),
        attachment_id() + "=",
        attachment_id()[:-4],
        encode(Kind.MAILBOX, "shipmail", "mbx_1"),
        encode(Kind.ATTACHMENT, "shipmail", "mbx_1", "b/1"),
        encode(Kind.ATTACHMENT, "shipmail", "mbx_1", "b/1", "a.pdf", "x/y", "more"),
        attachment_id(name="n" * 5000),
    ],
)
async def test_what_is_no_id_of_ours(house: House, identifier: str) -> None:
    response = await house.client.get(f"/attachments/{identifier}")
    assert response.status_code in (400, 404)  # with a slash in it, it is another address
    assert response.status_code == 404 or response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert not house.sandboxes["shipmail"].requests


@pytest.mark.parametrize(
    ("identifier", "status", "code"),
    [
        (attachment_id(mailbox="mbx_none"), 404, "NOT_FOUND"),
        (attachment_id(account="nowhere"), 404, "NOT_FOUND"),
        (attachment_id(account="smartlead"), 404, "UNSUPPORTED_BY_VENDOR"),
        (attachment_id(mailbox=".."), 400, "BAD_USER_INPUT"),
        (attachment_id(mailbox=""), 400, "BAD_USER_INPUT"),
        (attachment_id(mailbox="../../domains"), 404, "NOT_FOUND"),
        (attachment_id(mailbox="mbx?blob_id=x#"), 404, "NOT_FOUND"),
    ],
)
async def test_a_forged_id_leads_nowhere(house: House, identifier: str, status: int, code: str) -> None:
    response = await house.client.get(f"/attachments/{identifier}")
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert all(request.path.endswith("/inbox/attachments") for request in house.sandboxes["shipmail"].requests)
    assert not house.sandboxes["smartlead"].requests


async def test_a_blob_that_the_vendor_refuses(house: House) -> None:
    (file, *_) = await files(house)
    mailbox = house.sandboxes["shipmail"].requests[-1].path.split("/")[2]
    for blob, status in (("b0/none", 404), ("no blob at all?&", 422), ("x" * 300, 422)):
        response = await house.client.get(f"/attachments/{attachment_id(mailbox=mailbox, blob=blob)}")
        assert response.status_code == status
        assert response.json()["errors"][0]["extensions"]["account"] == "shipmail"
    assert (await house.client.get(file["url"])).status_code == 200


# ---------------------------------------------------------------------- the vendor fails
@pytest.mark.parametrize(
    ("outage", "status", "code"),
    [
        (Outage(status=401, body=b"{}"), 502, "VENDOR_AUTH_FAILED"),
        (Outage(status=403, body=b"{}"), 502, "VENDOR_FORBIDDEN"),
        (Outage(status=404, body=b"{}"), 404, "NOT_FOUND"),
        (Outage(status=422, body=b"{}"), 422, "VENDOR_REJECTED"),
        (Outage(status=413), 422, "VENDOR_REJECTED"),
        (Outage(status=429, body=b"{}", headers={"retry-after": "30"}), 503, "VENDOR_RATE_LIMITED"),
        (Outage(status=500, body=b"<h1>CANARY-stack</h1>"), 503, "VENDOR_UNAVAILABLE"),
        (Outage(status=503, body=b"{}"), 503, "VENDOR_UNAVAILABLE"),
        (Outage(status=504), 504, "VENDOR_TIMEOUT"),
        (Outage(status=302, headers={"location": "http://evil.test/"}), 502, "VENDOR_PROTOCOL_ERROR"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Outage) else None,
)
async def test_what_the_vendor_answers_instead(house: House, outage: Outage, status: int, code: str) -> None:
    house.sandboxes["shipmail"].outages.append(outage)
    before = datetime.now(UTC)
    response = await house.client.get(f"/attachments/{attachment_id()}")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]) == (status, {"code": code, "vendor": "SHIPMAIL", "account": "shipmail"})
    assert error["message"]
    assert "CANARY" not in response.text
    assert "content-disposition" not in response.headers
    retry_after = response.headers.get("retry-after")
    assert (retry_after is not None) is (outage.status == 429)
    if retry_after is not None:
        assert timedelta(seconds=28) < parsedate_to_datetime(retry_after) - before < timedelta(seconds=120)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (httpx.ConnectError("CANARY"), 503, "VENDOR_UNAVAILABLE"),
        (httpx.ReadTimeout("CANARY"), 504, "VENDOR_TIMEOUT"),
        (httpx.RemoteProtocolError("CANARY"), 502, "VENDOR_PROTOCOL_ERROR"),
        (OSError("CANARY"), 503, "VENDOR_UNAVAILABLE"),
    ],
)
async def test_a_wire_that_breaks_before_the_first_byte(error: Exception, status: int, code: str) -> None:
    async with open_house(wires={"shipmail": Vendor(chunks=1, error=error)}) as house:
        response = await house.client.get(f"/attachments/{attachment_id()}")
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert "CANARY" not in response.text


async def test_a_wire_that_breaks_later_breaks_the_answer_off(caplog: pytest.LogCaptureFixture) -> None:
    """The client must notice: the last message, which would end the body, never comes."""
    vendor = Vendor(chunks=5, fails_after=2, error=httpx.ReadError("CANARY"))
    sent: list[AsgiMessage] = []
    async with open_house(wires={"shipmail": vendor}) as house:
        await drive(house, f"/attachments/{attachment_id()}", sent.append)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body", "http.response.body"]
    assert all(message["more_body"] for message in sent[1:])
    assert vendor.closed == 1
    assert "VendorUnavailableError" in caplog.text
    assert "CANARY" not in caplog.text
