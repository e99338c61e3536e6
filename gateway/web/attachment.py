"""`/attachments/<id>`: the bytes of an attachment, streamed through the gateway, always as a download.

A stranger sent the file and named it: it is never shown in the page's own origin, whatever it claims to be.
"""

import re
import unicodedata
from collections.abc import AsyncIterator, Mapping
from datetime import UTC
from email.utils import format_datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.domain.errors import ErrorCode, GatewayError, NotFoundError, VendorError
from gateway.domain.identifier import Kind, decode
from gateway.domain.limit_errors import TooManyRequestsError
from gateway.domain.message import AttachmentStream
from gateway.domain.request import current
from gateway.domain.scope import Scope as CallerScope
from gateway.inventory.inventory import Inventory
from gateway.web.callers import Callers, authorization_of
from gateway.web.gate import Gate

_STATUS = {
    ErrorCode.BAD_USER_INPUT: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.UNSUPPORTED_BY_VENDOR: 404,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.VENDOR_REJECTED: 422,
    ErrorCode.VENDOR_RATE_LIMITED: 503,
    ErrorCode.VENDOR_UNAVAILABLE: 503,
    ErrorCode.VENDOR_TIMEOUT: 504,
}
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_ACTIVE = re.compile(r"html|xml|svg|script|css|json|wasm|multipart/|message/|x-shockwave")
"""What a browser would run, style a page with or look for scripts in, if a page of ours could be made to load it in spite of all."""
_UNSAFE = re.compile(r"[\"\\/:*?<>|]")
_MAX_NAME = 200


class Attachments:
    """Answers `/attachments/<id>` with the id of an `Attachment`."""

    def __init__(self, inventory: Inventory, callers: Callers, gate: Gate) -> None:
        self._inventory = inventory
        self._callers = callers
        self._gate = gate

    async def handle(self, request: Request) -> Response:
        """The file, or a JSON error with a fitting HTTP status."""
        try:
            caller = (await self._callers.identify(authorization_of(request.headers))).caller
            current().caller = caller.name
            self._gate.count(caller, request.client.host if request.client else None)
            caller.require(CallerScope.READ)
            attachment = decode(request.path_params["id"], expected=Kind.ATTACHMENT)
            if attachment.account not in caller.accounts:
                raise NotFoundError("There is no attachment by this id.")
            mailbox_id, blob_id, name, content_type = attachment.parts
            adapter = self._inventory.accounts[attachment.account].adapter
            stream = await adapter.open_attachment(mailbox_id, blob_id, name=name or None)
        except GatewayError as error:
            return _error(error)
        headers = {
            "content-disposition": _disposition(name),
            "content-type": _media_type(content_type),  # said here, or starlette would add a charset that nobody knows
            "content-security-policy": "sandbox; default-src 'none'",
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
        }
        if stream.size_bytes is not None:
            headers["content-length"] = str(stream.size_bytes)
        return _Download(stream, headers, has_body=request.method != "HEAD")


class _Download(StreamingResponse):
    """Passes a vendor's bytes on as they come, and lets go of the vendor's connection however that ends, were it before the first byte."""

    def __init__(self, stream: AttachmentStream, headers: Mapping[str, str], *, has_body: bool) -> None:
        super().__init__(stream.chunks if has_body else _nothing(), headers=headers)
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._stream.close()


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def _media_type(claimed: str) -> str:
    """What the sender claims when it is a media type at all and does nothing by itself, else plain bytes."""
    claimed = claimed.partition(";")[0].strip().lower()
    return claimed if _MEDIA_TYPE.fullmatch(claimed) and not _ACTIVE.search(claimed) else "application/octet-stream"


def _disposition(name: str) -> str:
    """`attachment` with a file name that no file system trips over (RFC 6266)."""
    # Category C holds control characters and those that turn the direction of text, which make "exe.gpj" look like "jpg.exe".
    visible = "".join("_" if unicodedata.category(character)[0] == "C" else character for character in name)
    safe = _UNSAFE.sub("_", visible)[:_MAX_NAME].strip(". ") or "attachment"
    plain = re.sub("[?%]", "_", safe.encode("ascii", "replace").decode())  # browsers disagree about "%" in the plain form
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def _error(error: GatewayError) -> JSONResponse:
    extensions: dict[str, object] = {"code": error.code}
    headers = {"cache-control": "no-store"}
    if isinstance(error, TooManyRequestsError):
        extensions |= error.extensions
        headers["retry-after"] = str(error.retry_after_seconds)
    if isinstance(error, VendorError):
        extensions |= {"code": error.reason or error.code, "vendor": error.vendor, "account": error.account}
        if error.retry_at is not None:
            headers["retry-after"] = format_datetime(error.retry_at.astimezone(UTC), usegmt=True)
    if error.code is ErrorCode.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    current().refuse(str(extensions["code"]))
    body = {"errors": [{"message": error.message, "extensions": extensions}]}
    return JSONResponse(body, _STATUS.get(error.code, 502), headers=headers)
