"""What a request has read is freed with it: it is too much to lie about until the garbage collector comes."""

import gc
from collections.abc import Iterator

import pytest

from gateway.inventory.snapshot import Snapshot
from gateway.inventory.view import View
from gateway.schema.context import Context
from tests.schema.conftest import Fleet

PLAIN = "{ mailboxes(first: 500) { totalCount nodes { id account { name } stale } sources { status } } fleet { total } }"
DETAILS = "{ mailboxes(first: 20) { nodes { siblings { id } folders { name } } } }"


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


@pytest.mark.parametrize("query", [PLAIN, DETAILS])
@pytest.mark.usefixtures("collector")
async def test_no_circle_leads_back_to_what_was_read(fleet: Fleet, query: str) -> None:
    for _ in range(2):
        await fleet.data(query, cache_control="no-cache")
    gc.collect()
    assert not [each for each in gc.garbage if isinstance(each, Context | View | Snapshot)]
