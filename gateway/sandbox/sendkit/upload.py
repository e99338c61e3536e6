"""The import's upload: a form with a CSV file, read into the bodies of single creations. Source: post-v1-mailboxes-import-smtp."""

import csv
import io
from email import policy
from email.parser import BytesParser

import msgspec
from starlette.requests import Request

from gateway.sandbox.sendkit.answer import Refusal, invalid
from gateway.sandbox.sendkit.mailbox import Row
from gateway.sandbox.sendkit.query import truth

MOST_ROWS = 500
_REQUIRED = ("email", "password", "smtphost", "imaphost")
_OPTIONAL = {"smtpport": "587", "imapport": "993", "smtpsecure": "false", "imapsecure": "true", "displayname": ""}


class Upload(msgspec.Struct):
    """What was uploaded: a body for each row, the tag for all, and whether the logins shall not be tested."""

    bodies: list[Row]
    tag: str | None
    skips_test: bool


async def read_upload(request: Request) -> Upload:
    """The form, refused where the page does not describe it."""
    parts = _parts(request.headers.get("content-type", ""), await request.body())
    for name in parts:
        if name not in ("file", "tag", "skipConnectionTest"):
            raise invalid(name, "Unknown part")
    if "file" not in parts:
        raise invalid("file", "Required")
    skips_test = truth("skipConnectionTest", parts.get("skipConnectionTest", "false"))
    return Upload([_body(row) for row in _rows(parts["file"])], parts.get("tag"), skips_test)


def _parts(content_type: str, body: bytes) -> dict[str, str]:
    if not content_type.startswith("multipart/form-data"):
        raise Refusal(400, "BAD_REQUEST", "Content-Type must be multipart/form-data")
    form = BytesParser(policy=policy.HTTP).parsebytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = {}
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        parts[str(name)] = content.decode() if isinstance(content, bytes) else ""
    return parts


def _rows(file: str) -> list[dict[str, str]]:
    lines = csv.DictReader(io.StringIO(file, newline=""), strict=True)
    columns = set(lines.fieldnames or ())
    if not set(_REQUIRED) <= columns or columns - {*_REQUIRED, *_OPTIONAL}:
        raise invalid("file", f"Columns must be {', '.join(_REQUIRED)} and perhaps {', '.join(_OPTIONAL)}")
    rows = list(lines)
    if len(rows) > MOST_ROWS:
        raise invalid("file", f"Has more than {MOST_ROWS} rows")
    return rows


def _body(row: dict[str, str]) -> Row:
    row = {**_OPTIONAL, **{name: value for name, value in row.items() if value}}
    for name in _REQUIRED:
        if not row.get(name):
            raise invalid(f"file.{name}", "Required")
    login = {"username": row["email"], "password": row["password"]}
    smtp, imap = (_server(row, name) | login for name in ("smtp", "imap"))
    body: Row = {"email": row["email"], "smtp": smtp, "imap": imap}
    return body | ({"displayName": row["displayname"]} if row["displayname"] else {})


def _server(row: dict[str, str], name: str) -> Row:
    port = row[f"{name}port"]
    if not port.isdecimal():
        raise invalid(f"file.{name}port", "Must be a number")
    return {"host": row[f"{name}host"], "port": int(port), "secure": truth(f"file.{name}secure", row[f"{name}secure"])}
