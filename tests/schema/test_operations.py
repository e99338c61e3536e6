"""Long work as it is asked about: one by its id, all of them page by page."""

from typing import Any

import pytest

from tests.schema.conftest import Fleet, open_fleet
from tests.schema.mutations.document import ended, operation, write
from tests.schema.mutations.things import mailbox_id, wanted

LIST = """
query ($first: Int, $after: String, $state: [OperationState!]) {
  operations(first: $first, after: $after, state: $state) {
    nodes { id kind state createdAt }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def a_test_over(fleet: Fleet, account: str = "sendkit") -> str:
    """The id of an operation that is over."""
    payload = await write(fleet, "mailboxBulkTest", input={"ids": [mailbox_id(account)]})
    await ended(fleet, payload)
    return str(payload["operation"]["id"])


async def page(fleet: Fleet, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    connection: dict[str, Any] = (await fleet.data(LIST, arguments))["operations"]
    return connection


async def test_none_at_first(fleet: Fleet) -> None:
    nothing = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert await page(fleet) == {"nodes": [], "edges": [], "pageInfo": nothing}
    assert fleet.calls() == dict.fromkeys(fleet.sandboxes, 0)


async def test_pages_newest_first_without_a_gap(fleet: Fleet) -> None:
    made = [await a_test_over(fleet) for _ in range(7)]
    seen: list[str] = []
    after = None
    for expected in (3, 3, 1):
        found = await page(fleet, first=3, after=after)
        assert len(found["nodes"]) == expected
        assert [edge["node"]["id"] for edge in found["edges"]] == [node["id"] for node in found["nodes"]]
        assert found["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert found["pageInfo"]["endCursor"] == found["edges"][-1]["cursor"]
        seen += [node["id"] for node in found["nodes"]]
        assert found["pageInfo"]["hasNextPage"] == (len(seen) < 7)
        after = found["pageInfo"]["endCursor"]
    assert seen == made[::-1]


async def test_a_new_one_does_not_shift_pages(fleet: Fleet) -> None:
    made = [await a_test_over(fleet) for _ in range(3)]
    first = await page(fleet, first=2)
    await a_test_over(fleet)
    second = await page(fleet, first=2, after=first["pageInfo"]["endCursor"])
    assert [node["id"] for node in (*first["nodes"], *second["nodes"])] == made[::-1]


async def test_by_state() -> None:
    async with open_fleet(sendkit={"verify_seconds": 5.0}) as fleet:
        over = await a_test_over(fleet)
        running = (await write(fleet, "mailboxCreate", input=wanted("sendkit")))["operation"]["id"]
        failed = (await write(fleet, "mailboxBulkTest", input={"ids": [mailbox_id("shipmail")]}))["operation"]["id"]
        await ended(fleet, {"operation": {"id": failed}})

        async def ids(*states: str) -> list[str]:
            return [node["id"] for node in (await page(fleet, state=list(states)))["nodes"]]

        assert (await ids("RUNNING"), await ids("SUCCEEDED"), await ids("FAILED")) == ([running], [over], [failed])
        assert await ids("SUCCEEDED", "FAILED") == [failed, over]
        assert (await ids("PENDING", "UNKNOWN", "CANCELLED"), await ids()) == ([], [])


@pytest.mark.parametrize(("arguments", "field"), [({"after": "x"}, "after"), ({"after": "WzFd"}, "after"), ({"first": -1}, "first")])
async def test_what_is_no_page(fleet: Fleet, arguments: dict[str, Any], field: str) -> None:
    error = await fleet.error(LIST, arguments)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert f"`{field}`" in error["message"]


async def test_an_operation_is_a_node(fleet: Fleet) -> None:
    operation_id = await a_test_over(fleet)
    query = "query ($id: ID!) { node(id: $id) { __typename id ... on Operation { kind state results { mailboxId mailbox { address } } } } }"
    [result] = (await fleet.data(query, {"id": operation_id}))["node"]["results"]
    assert result == {"mailboxId": mailbox_id("sendkit"), "mailbox": {"address": "rosa.yilmaz5@quill.example"}}


async def test_a_mailbox_that_is_gone_is_null_in_its_result(fleet: Fleet) -> None:
    operation_id = await a_test_over(fleet, "smartlead")
    await write(fleet, "mailboxDelete", id=mailbox_id("smartlead"))
    query = "query ($id: ID!) { operation(id: $id) { mailbox { id } results { mailboxId mailbox { address } } } }"
    data = await fleet.data(query, {"id": operation_id})
    assert data["operation"] == {"mailbox": None, "results": [{"mailboxId": mailbox_id("smartlead"), "mailbox": None}]}


async def test_one_that_is_not_there(fleet: Fleet) -> None:
    gone = "WzEsIk9wZXJhdGlvbiIsIiIsIm5vbmUiXQ"
    assert await operation(fleet, gone) is None
    assert await fleet.data("query ($id: ID!) { node(id: $id) { id } }", {"id": gone}) == {"node": None}
    error = await fleet.error("query ($id: ID!) { operation(id: $id) { id } }", {"id": mailbox_id("sendkit")})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
