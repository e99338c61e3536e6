"""The JSON:API document of a write, checked member by member."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import UNSET, UnsetType

from gateway.sandbox.outreach.attribute import flaw
from gateway.sandbox.outreach.refusal import Flaw, flawed, refusal

_MEMBERS = {"type", "id", "attributes", "relationships"}


class Wanted(msgspec.Struct, frozen=True):
    """What a write says: attributes as they came, and the owner's id, None for nobody."""

    attributes: dict[str, object]
    user_id: int | UnsetType | None


def wanted(body: bytes, *, mailbox_id: int | None, user_ids: Iterable[int]) -> Wanted:
    """`mailbox_id` is the URL's, None for a new mailbox. Raises `Refusal` with everything that is wrong."""
    try:
        document = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        raise refusal(400, "badRequest", "Bad Request", "The request body is not valid JSON.") from None
    data = document.get("data") if isinstance(document, dict) and set(document) == {"data"} else None
    if not isinstance(data, dict):
        raise flawed([Flaw("/data", "The document must hold one resource in 'data', and nothing else.")])
    attributes, relationships = data.get("attributes", {}), data.get("relationships", {})
    if not isinstance(attributes, dict) or not isinstance(relationships, dict):
        raise flawed([Flaw("/data", "Attributes and relationships must be objects.")])
    flaws = [
        *_flaws_of_identity(data, mailbox_id),
        *(Flaw(f"/data/attributes/{name}", words) for name, value in attributes.items() if (words := flaw(name, value))),
        *_flaws_of_relationships(relationships, set(user_ids)),
    ]
    if mailbox_id is None and "email" not in attributes:
        flaws.append(Flaw("/data/attributes/email", "Email can't be empty."))
    if flaws:
        raise flawed(flaws)
    user = relationships["user"]["data"] if "user" in relationships else UNSET
    return Wanted(attributes, user["id"] if isinstance(user, dict) else user)


def _flaws_of_identity(data: dict[str, object], mailbox_id: int | None) -> Iterator[Flaw]:
    for member in sorted(set(data) - _MEMBERS):
        yield Flaw(f"/data/{member}", "This member is not known.")
    if data.get("type") != "mailbox":
        yield Flaw("/data/type", "Type must be 'mailbox'.")
    if mailbox_id is None and "id" in data:
        yield Flaw("/data/id", "A new resource has no id.")
    if mailbox_id is not None and data.get("id") != mailbox_id:
        yield Flaw("/data/id", "Id must be the integer that the URL names.")


def _flaws_of_relationships(relationships: dict[str, object], user_ids: set[int]) -> Iterator[Flaw]:
    for name, relationship in relationships.items():
        pointer = f"/data/relationships/{name}"
        if name != "user":
            yield Flaw(pointer, f"{name} cannot be written.")
        elif not isinstance(relationship, dict) or set(relationship) != {"data"}:
            yield Flaw(pointer, "User must have data.")
        elif relationship["data"] is not None and not _names_user(relationship["data"], user_ids):
            yield Flaw(pointer, "User must exist.")


def _names_user(reference: object, user_ids: set[int]) -> bool:
    if not isinstance(reference, dict) or set(reference) != {"type", "id"} or reference["type"] != "user":
        return False
    return type(reference["id"]) is int and reference["id"] in user_ids
