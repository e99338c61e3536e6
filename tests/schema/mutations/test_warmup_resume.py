"""`warmupResume`: SendKit alone documents it."""

from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, known, write
from tests.schema.mutations.things import mailbox_id, shown

HERE = mailbox_id("sendkit")


async def test_it_goes_on(fleet: Fleet) -> None:
    await write(fleet, "warmupPause", id=HERE)
    payload = await write(fleet, "warmupResume", id=HERE)
    assert (payload["userErrors"], payload["applied"]) == ([], ["WARMUP"])
    for mailbox in (payload["mailbox"], await known(fleet, HERE), await known(fleet, HERE, cache_control="no-cache")):
        assert mailbox["warmup"]["state"] == "RUNNING"
    assert (await shown(fleet, "sendkit")).warmup.state == "RUNNING"


async def test_what_is_not_paused_is_a_conflict(fleet: Fleet) -> None:
    payload = await write(fleet, "warmupResume", id=HERE)
    assert errors_of(payload) == [(None, "CONFLICT")]
