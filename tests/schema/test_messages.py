"""The inbox through GraphQL: pages joined are the whole, and every message comes once."""

import pytest

from tests.schema.conftest import Fleet

QUERY = """query ($id: ID!, $first: Int!, $after: String, $filter: MessageFilter) {
  mailbox(id: $id) {
    messages(first: $first, after: $after, filter: $filter) {
      totalCount
      edges { cursor node { id } }
      nodes { id subject isRead threadId }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}"""


@pytest.mark.parametrize("first", [7, 60, 500])
@pytest.mark.parametrize("wanted", [None, {"isRead": False}, {"role": "INBOX"}], ids=str)
async def test_pages_joined_are_the_whole(fleet: Fleet, first: int, wanted: dict[str, object] | None) -> None:
    for mailbox_id in (await fleet.ids("shipmail"))[:6]:
        after, seen, total = None, [], None
        while True:
            variables = {"id": mailbox_id, "first": first, "after": after, "filter": wanted}
            page = (await fleet.data(QUERY, variables))["mailbox"]["messages"]
            assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
            assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
            seen += [node["id"] for node in page["nodes"]]
            total, after = page["totalCount"], page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
            assert "[" not in after, "a cursor shows nothing of the vendor's paging"
        assert len(seen) == len(set(seen)) == total


async def test_a_message_is_found_again_by_its_id_and_in_its_thread(fleet: Fleet) -> None:
    mailbox_id = (await fleet.ids("shipmail"))[0]
    page = (await fleet.data(QUERY, {"id": mailbox_id, "first": 3}))["mailbox"]["messages"]
    for message in page["nodes"]:
        data = await fleet.data(
            """query ($mailbox: ID!, $thread: ID!, $message: ID!) {
              node(id: $message) { id ... on Message { subject text attachments { url } } }
              mailbox(id: $mailbox) { thread(id: $thread) { id messages { id } } }
            }""",
            {"mailbox": mailbox_id, "thread": message["threadId"], "message": message["id"]},
        )
        assert (data["node"]["id"], data["node"]["subject"]) == (message["id"], message["subject"])
        assert message["id"] in [each["id"] for each in data["mailbox"]["thread"]["messages"]]
