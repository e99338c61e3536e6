"""The steady mailbox of ShipMail from the inside, which alone shows folders, rules and messages: as a query tells them now."""

from typing import Any

from gateway.domain.identifier import Kind
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import FOLDER, RULE
from tests.schema.mutations.things import inner_id, mailbox_id

BOX = mailbox_id("shipmail")
RULE_IDS = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 5)]
"""The vendor's ids of its rules; the first moves mail to the folder VIP."""
VIP, INBOX, TRASH = (inner_id(Kind.FOLDER, "shipmail", f"fld_0{each}") for each in ("c0", "a1", "a6"))
RULES = [inner_id(Kind.RULE, "shipmail", each) for each in RULE_IDS]
STAR_IT: dict[str, Any] = {"name": "Star it", "conditions": [{"type": "HAS_ATTACHMENT"}], "actions": [{"type": "STAR"}]}


async def folders(fleet: Fleet) -> dict[str, Any]:
    """By name."""
    data = await fleet.data(f"query ($id: ID!) {{ mailbox(id: $id) {{ folders {FOLDER} }} }}", {"id": BOX}, cache_control="no-cache")
    return {each["name"]: each for each in data["mailbox"]["folders"]}


async def rules(fleet: Fleet) -> list[Any]:
    """In running order."""
    data = await fleet.data(f"query ($id: ID!) {{ mailbox(id: $id) {{ rules {RULE} }} }}", {"id": BOX})
    found: list[Any] = data["mailbox"]["rules"]
    return found


async def messages(fleet: Fleet, *, first: int = 3) -> list[Any]:
    """The newest in the inbox."""
    wanted = "messages(first: $first, filter: {role: INBOX}) { nodes { id isRead isStarred folders { id role } } }"
    data = await fleet.data(f"query ($id: ID!, $first: Int) {{ mailbox(id: $id) {{ {wanted} }} }}", {"id": BOX, "first": first})
    found: list[Any] = data["mailbox"]["messages"]["nodes"]
    return found


async def message(fleet: Fleet, message_id: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """One by its id; None where it is gone."""
    query = "query ($id: ID!) { node(id: $id) { ... on Message { id isRead isStarred folders { id role } } } }"
    return (await fleet.data(query, {"id": message_id}))["node"]
