"""The files that hang on messages: their rows, and their bytes on demand."""
# Dice, sizes and places of the play data: naming each number would hide it.
# ruff: noqa: PLR2004

import random
import re
from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.sandbox.shipmail.answer import Refusal, Row, invalid
from gateway.sandbox.shipmail.box import Box

MAX_DOWNLOAD_BYTES = 25 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
_BLOB_ID = re.compile(r"[A-Za-z0-9_\-+=/.]{1,256}")
_FILES: tuple[tuple[str | None, str | None, int], ...] = (
    ("invoice.pdf", "application/pdf", 1024),
    ("receipt août 1187.pdf", "application/pdf", 40_960),
    (None, "image/png", 512),
    ("../../etc/passwd", "text/plain", 77),
    ('quo"te;\r\nX-Evil: 1.txt', "text/html", 300),
    ("", None, 0),
    ("\u202efdp.exe", "application/x-msdownload", 2048),
)
_BIG_FILES = (("film.mp4", "video/mp4", 5 * 1024 * 1024), ("backup.tar", "application/x-tar", 30 * 1024 * 1024))


def attachments_of(box: Box, number: int, chance: random.Random) -> list[Row]:
    """The files of one message, each noted in `box.blobs`: all kinds of them, two of them big, in one message of the first mailbox."""
    if box.index == 0 and number == 7:
        files = [*_FILES, *_BIG_FILES]
    elif chance.random() < 0.2:
        files = [chance.choice(_FILES)]
    else:
        files = []
    return [_attachment(box, f"b{box.index:x}/{number}+_={part}.A", part, file) for part, file in enumerate(files, 3)]


def _attachment(box: Box, blob_id: str, part: int, file: tuple[str | None, str | None, int]) -> Row:
    name, content_type, size = file
    box.blobs[blob_id] = size
    query = f"blob_id={quote(blob_id, safe='')}" + (f"&name={quote(name, safe='')}" if name else "")
    path = f"/mailboxes/{quote(box.row['id'], safe='')}/inbox/attachments?{query}"
    return {"part_id": str(part), "blob_id": blob_id, "name": name, "content_type": content_type, "size": size, "download_path": path}


def download(box: Box, request: Request) -> Response:
    """The bytes of one file, sent in pieces; 413 when they are too many."""
    blob_id, name = request.query_params.get("blob_id", ""), request.query_params.get("name", "attachment")
    if not _BLOB_ID.fullmatch(blob_id):
        raise invalid("blob_id", "1 to 256 of letters, digits and _-+=/.")
    if len(name) > 512:
        raise invalid("name", "At most 512 characters.")
    if blob_id not in box.blobs:
        raise Refusal(404, "not_found", "No attachment with that id.")
    size = box.blobs[blob_id]
    if size > MAX_DOWNLOAD_BYTES:
        return Response(status_code=413)
    headers = {"content-length": str(size), "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return StreamingResponse(_bytes(blob_id, size), media_type="application/octet-stream", headers=headers)


async def _bytes(blob_id: str, size: int) -> AsyncIterator[bytes]:
    """The file's content: its own id over and over, made as it is read."""
    chunk = (blob_id.encode() * (CHUNK_BYTES // len(blob_id) + 1))[:CHUNK_BYTES]
    for start in range(0, size, CHUNK_BYTES):
        yield chunk[: min(CHUNK_BYTES, size - start)]
