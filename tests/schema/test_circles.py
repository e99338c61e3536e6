"""What a request has read is freed with it: it is too much to lie about until the garbage collector comes."""

import gc
from collections.abc import Iterator

import pytest

from gateway.inventory.snapshot import Snapshot
from gateway.inventory.view import View
from gateway.schema.context import Context
from tests.schema.conftest import Fleet

PLAIN = "{ mailboxes(first: 500) { totalCount nodes { id account { name } stale } sources { status } } fleet { total } }"
DETAILS = "{ mailboxes(first: 500) { nodes { siblings { id } folders { name } owner { name } } } accounts { tags domains { name } } }"
DEFERRED = (
    "{ mailboxes(first: 500) { nodes { id ... @defer { address ... @defer { folders { name } } } } } accounts { ... @defer { tags } } }"
)


@pytest.fixture
def collector() -> Iterator[None]:
    """It keeps what it finds."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


@pytest.mark.parametrize("query", [PLAIN, DETAILS, DEFERRED])
@pytest.mark.parametrize("accept", ["application/json", "multipart/mixed"])
@pytest.mark.usefixtures("collector")
async def test_no_circle_leads_back_to_what_was_read(fleet: Fleet, query: str, accept: str) -> None:
    for _ in range(2):
        answer = await fleet.client.post("/graphql", json={"query": query}, headers={"accept": accept, "cache-control": "no-cache"})
        assert "errors" not in answer.text
    gc.collect()
    assert not [each for each in gc.garbage if isinstance(each, Context | View | Snapshot)]
