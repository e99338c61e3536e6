"""The inbox as it is read: the message list in its three forms, its filters, and threads."""

from collections.abc import Callable, Sequence

from starlette.requests import Request

from gateway.sandbox.shipmail.answer import Refusal, Row, invalid
from gateway.sandbox.shipmail.box import CURSOR_INBOX, FULL_ITEMS, Box, enveloped
from gateway.sandbox.shipmail.page import MAX_LIMIT, cursor_page, number_asked

MAX_SEARCH = 500
_KEYWORDS = ("$flagged", "$seen", "$draft", "$answered", "$forwarded")
_ROLES = ("inbox", "starred", "sent", "drafts", "archive", "junk", "trash")
_SHORT_KEYS = (
    "object", "id", "thread_id", "mailbox_id", "address", "folder_ids", "keywords", "from", "to", "subject", "received_at", "preview",
    "has_attachment", "size",
)  # fmt: skip


def message_list(box: Box, request: Request) -> Row:
    """The messages that pass the filters, a page of them: short or full by position, or full by cursor."""
    found = [message for message in box.messages if all(test(message) for test in _tests(box, request))]
    limit = number_asked(request, "limit", default=50, least=1, most=MAX_LIMIT)
    if box.index == CURSOR_INBOX:
        return _messages_by_cursor(box, request, found, limit)
    position = number_asked(request, "position", default=0, least=0, most=10**9)
    page = found[position : position + limit]
    following = position + limit if position + limit < len(found) else None
    rows = page if box.index == FULL_ITEMS else [{key: each[key] for key in _SHORT_KEYS} | {"object": "inbox_message"} for each in page]
    pagination = {"position": position, "limit": limit, "total": len(found), "has_more": following is not None, "next_position": following}
    return {**enveloped(box, "inbox_messages", rows), "pagination": pagination}


def _messages_by_cursor(box: Box, request: Request, found: Sequence[Row], limit: int) -> Row:
    """The later form: full messages, a cursor, no position."""
    if "position" in request.query_params:
        raise invalid("position", "Unknown parameter.")
    page = cursor_page(request, found, box.ever)
    page["pagination"] |= {"total": len(found), "limit": limit}
    junk = next(each["id"] for each in box.folders if each["role"] == "junk")
    junk_total = sum(junk in each["folder_ids"] for each in box.messages)
    later = {"authentication_results": None, "reply_text": None}
    rows = [{**each, **later, "conversation_id": f"cnv_{each['thread_id']}"} for each in page["data"]]
    return {**enveloped(box, "inbox_messages", rows), "junk_total": junk_total, "pagination": page["pagination"]}


def _tests(box: Box, request: Request) -> list[Callable[[Row], bool]]:
    """The filters of the list as one test each. Without any, all mail is listed (no page says which folder would be the default)."""
    asked = request.query_params
    tests: list[Callable[[Row], bool]] = []
    if folder_id := _folder_asked(box, request):
        tests.append(lambda message: folder_id in message["folder_ids"])
    if asked.get("folder_role") == "starred":
        tests.append(lambda message: message["keywords"].get("$flagged") is True)
    if search := _search_asked(request):
        tests.append(lambda message: search in _searchable(message))
    if wanted := _keyword_asked(request, "has_keyword"):
        tests.append(lambda message: message["keywords"].get(wanted) is True)
    if unwanted := _keyword_asked(request, "not_keyword"):
        tests.append(lambda message: message["keywords"].get(unwanted) is not True)
    return tests


def _folder_asked(box: Box, request: Request) -> str | None:
    folder_id, role = request.query_params.get("folder_id"), request.query_params.get("folder_role")
    if folder_id is not None and role is not None:
        raise invalid("folder_role", "Give folder_id or folder_role, not both.")
    if role is not None and role not in _ROLES:
        raise invalid("folder_role", f"One of {', '.join(_ROLES)}.")
    if folder_id is not None and all(each["id"] != folder_id for each in box.folders):
        raise Refusal(404, "not_found", "No folder with that id.")
    return folder_id or next((each["id"] for each in box.folders if role is not None and each["role"] == role), None)


def _search_asked(request: Request) -> str:
    search = request.query_params.get("search_text", "")
    if len(search) > MAX_SEARCH:
        raise invalid("search_text", f"At most {MAX_SEARCH} characters.")
    return search.casefold()


def _keyword_asked(request: Request, name: str) -> str | None:
    given = request.query_params.getlist(name)
    if len(given) > 1 or any(each not in _KEYWORDS for each in given):
        raise invalid(name, f"One of {', '.join(_KEYWORDS)}.")
    return given[0] if given else None


def _searchable(message: Row) -> str:
    people = [value for each in (*(message["from"] or ()), *(message["to"] or ())) for value in each.values()]
    bodies = [part["value"] for part in (message["body_values"] or {}).values()]
    return "\n".join(str(each) for each in (message["subject"], message["preview"], *people, *bodies) if each).casefold()


def thread(box: Box, request: Request) -> Row:
    """Newest first: no page promises an order."""
    thread_id = request.path_params["thread_id"]
    rows = [message for message in box.messages if message["thread_id"] == thread_id]
    if not rows:
        raise Refusal(404, "not_found", "No thread with that id.")
    return {**enveloped(box, "inbox_thread", rows), "thread_id": thread_id}
