"""ShipMail's inbox messages in the gateway's words, and the gateway's filters in ShipMail's. Pure; the reading side is total."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gateway.domain.account import Account
from gateway.domain.errors import InvalidInputError
from gateway.domain.folder import FolderRole
from gateway.domain.identifier import Kind, encode
from gateway.domain.message import Attachment, Correspondent, Message, MessageQuery, Thread
from gateway.vendors.reading import count, instant
from gateway.vendors.shipmail.rule_parts import TARGET_ROLES
from gateway.vendors.shipmail.wire import AttachmentRow, BodyPart, BodyValue, CorrespondentRow, MessageRow

SEEN = "$seen"
FLAGGED = "$flagged"
KEYWORDS = (FLAGGED, SEEN, "$draft", "$answered", "$forwarded")
"""The keywords that the list can be filtered by (OpenAPI file of June 2026); others occur on messages."""
MAX_SEARCH_LENGTH = 500
_NAME_IN_ID = 255
"""An attachment's id must stay short enough to be read back, whatever a stranger called the file."""
_START = datetime.min.replace(tzinfo=UTC)


# ---------------------------------------------------------------------- reading
def message_from_wire(row: MessageRow, *, account: Account, mailbox_id: str) -> Message:
    """A message of the mailbox with this vendor id, short or full."""
    keywords = tuple(sorted(name for name, is_set in (row.keywords or {}).items() if is_set))
    thread_id = row.thread_id or ""
    return Message(
        id=encode(Kind.MESSAGE, account.name, mailbox_id, thread_id, row.id),
        vendor_id=row.id,
        thread_id=encode(Kind.THREAD, account.name, mailbox_id, thread_id) if thread_id else None,
        folder_ids=tuple(encode(Kind.FOLDER, account.name, mailbox_id, each) for each in row.folder_ids or ()),
        is_read=SEEN in keywords,
        is_starred=FLAGGED in keywords,
        keywords=keywords,
        from_=_correspondents(row.from_),
        to=_correspondents(row.to),
        cc=_correspondents(row.cc),
        reply_to=_correspondents(row.reply_to),
        subject=row.subject,
        preview=row.preview,
        received_at=instant(row.received_at),
        size_bytes=count(row.size),
        internet_message_id=_texts(row.message_id),
        in_reply_to=_texts(row.in_reply_to),
        references=_texts(row.references),
        text=_body(row.text_body, row.body_values),
        html=_body(row.html_body, row.body_values),
        has_attachment=row.has_attachment,
        attachments=_attachments(row.attachments, account=account, mailbox_id=mailbox_id),
    )


def thread_from_wire(rows: Sequence[MessageRow], *, account: Account, mailbox_id: str, thread_id: str) -> Thread:
    """A conversation under the id that was asked for; ShipMail does not tell its order, so it is made here. No time: first."""
    messages = (message_from_wire(row, account=account, mailbox_id=mailbox_id) for row in rows)
    ordered = sorted(messages, key=lambda message: message.received_at or _START)
    return Thread(encode(Kind.THREAD, account.name, mailbox_id, thread_id), tuple(ordered))


def _correspondents(rows: list[CorrespondentRow] | None) -> tuple[Correspondent, ...] | None:
    return None if rows is None else tuple(Correspondent(row.name, row.email) for row in rows)


def _texts(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _body(parts: list[BodyPart] | None, values: Mapping[str, BodyValue] | None) -> str | None:
    """The text of the parts that have one, a line each; None where there is none. A part may lack its value."""
    found = [values.get(part.part_id or "") for part in parts or ()] if values else []
    texts = [value.value for value in found if value is not None and value.value is not None]
    return "\n".join(texts) if texts else None


def _attachments(rows: list[AttachmentRow] | None, *, account: Account, mailbox_id: str) -> tuple[Attachment, ...] | None:
    return None if rows is None else tuple(_attachment(row, account=account, mailbox_id=mailbox_id) for row in rows)


def _attachment(row: AttachmentRow, *, account: Account, mailbox_id: str) -> Attachment:
    name, content_type = row.name or "", row.content_type or ""
    identifier = encode(Kind.ATTACHMENT, account.name, mailbox_id, row.blob_id, name[:_NAME_IN_ID], content_type[:_NAME_IN_ID])
    return Attachment(identifier, row.name, row.content_type, count(row.size), f"/attachments/{identifier}", row.part_id)


# ---------------------------------------------------------------------- filters
def query_to_wire(query: MessageQuery) -> dict[str, str]:
    """The list's filter parameters. Raises `InvalidInputError` for what ShipMail cannot ask."""
    return _place(query) | _search(query) | _keywords(query)


def _place(query: MessageQuery) -> dict[str, str]:
    if query.folder_vendor_id is not None and query.role is not None:
        raise InvalidInputError(
            "ShipMail looks in a folder or in a role, not in both: leave one of folder and role out.", field=("filter",)
        )
    if query.folder_vendor_id is not None:
        return {"folder_id": query.folder_vendor_id}
    if query.role is FolderRole.OTHER:
        raise InvalidInputError("ShipMail has no folder role OTHER: name the folder instead.", field=("filter", "role"))
    return {} if query.role is None else {"folder_role": query.role.lower()}


def _search(query: MessageQuery) -> dict[str, str]:
    if query.search and len(query.search) > MAX_SEARCH_LENGTH:
        raise InvalidInputError(f"ShipMail searches for at most {MAX_SEARCH_LENGTH} characters.", field=("filter", "search"))
    return {"search_text": query.search} if query.search else {}


def _keywords(query: MessageQuery) -> dict[str, str]:
    wanted = _one_of(
        {"isRead": SEEN if query.is_read else None, "isStarred": FLAGGED if query.is_starred else None, "hasKeyword": query.has_keyword}
    )
    unwanted = _one_of(
        {
            "isRead": SEEN if query.is_read is False else None,
            "isStarred": FLAGGED if query.is_starred is False else None,
            "notKeyword": query.not_keyword,
        }
    )
    return ({"has_keyword": wanted} if wanted else {}) | ({"not_keyword": unwanted} if unwanted else {})


def _one_of(asked: Mapping[str, str | None]) -> str | None:
    """The one keyword that the given fields ask for. ShipMail takes one that is there and one that is not, out of five."""
    given = {field: keyword for field, keyword in asked.items() if keyword is not None}
    for field, keyword in given.items():
        if keyword not in KEYWORDS:
            raise InvalidInputError(
                f"ShipMail filters by the keywords {', '.join(KEYWORDS)} only, not by {field} as given.", field=("filter", field)
            )
    if len(set(given.values())) > 1:
        fields = " and ".join(given)
        words = " and ".join(given.values())
        raise InvalidInputError(
            f"ShipMail can ask for one keyword only, but {fields} ask for {words}: leave one of them out.",
            field=("filter", *list(given)[:1]),
        )
    return next(iter(given.values()), None)


# ---------------------------------------------------------------------- moving
def target_to_wire(folder_id: str | None, role: FolderRole | None) -> dict[str, str]:
    """Where a message shall go: one of both is given. Raises `InvalidInputError` for a role that no move can name."""
    if folder_id is not None:
        return {"target_folder_id": folder_id}
    if role not in TARGET_ROLES:
        words = ", ".join(sorted(TARGET_ROLES))
        raise InvalidInputError(f"ShipMail moves messages to the roles {words}: name another folder by its id.", field=("role",))
    return {"target_role": role.lower()}
