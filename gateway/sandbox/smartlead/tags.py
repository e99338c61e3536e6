"""The account's tags, and which mailbox has which."""

from gateway.sandbox.smartlead.account import TAGS, EmailAccount, Row
from gateway.sandbox.smartlead.answer import Refusal

_COLOR = "#B1FCE5"


class TagBook:
    """Tags can be made and renamed; nothing deletes one."""

    def __init__(self) -> None:
        self.rows: list[Row] = [dict(tag) for tag in TAGS]

    def create(self, body: Row) -> Row:
        """Two tags may have one name."""
        tag: Row = {"id": 31 + len(self.rows), "name": body["name"], "color": body.get("color", _COLOR)}
        self.rows.append(tag)
        return tag

    def change(self, body: Row) -> Row:
        """Raises `Refusal` for an unknown id."""
        tag = self.find(body["id"])
        tag |= {"name": body["name"], "color": body["color"]}
        return tag

    def find(self, tag_id: object) -> Row:
        """Raises `Refusal` for an unknown id."""
        found = next((tag for tag in self.rows if tag["id"] == tag_id), None)
        if found is None:
            raise Refusal(404, {"error": "Tag not found"})
        return found


def tags_on(account: EmailAccount) -> list[Row]:
    """As the list shows them; only the list does."""
    tags = account.only_list.setdefault("tags", [])
    return tags if isinstance(tags, list) else []


def tags_of(account: EmailAccount) -> Row:
    """A mailbox's tags in the words of the tag endpoints."""
    tags = [{"id": tag["tag_id"], "name": tag["tag_name"], "color": tag["tag_color"]} for tag in tags_on(account)]
    return {"email_account_id": account.id, "from_email": account.both["from_email"], "tags": tags}


def put_on(account: EmailAccount, tag: Row) -> None:
    """Once, however often it is said."""
    others = [each for each in tags_on(account) if each["tag_id"] != tag["id"]]
    account.only_list["tags"] = [*others, {"tag_id": tag["id"], "tag_name": tag["name"], "tag_color": tag["color"]}]


def take_off(account: EmailAccount, tag: Row) -> None:
    """A tag that is not there is no error."""
    account.only_list["tags"] = [each for each in tags_on(account) if each["tag_id"] != tag["id"]]
