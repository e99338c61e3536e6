"""`warmupPause`: SendKit alone documents it."""

from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, known, write
from tests.schema.mutations.things import mailbox_id, shown

HERE = mailbox_id("sendkit")


async def test_it_pauses(fleet: Fleet) -> None:
    payload = await write(fleet, "warmupPause", id=HERE)
    assert (payload["userErrors"], payload["applied"]) == ([], ["WARMUP"])
    for mailbox in (payload["mailbox"], await known(fleet, HERE), await known(fleet, HERE, cache_control="no-cache")):
        assert mailbox["warmup"]["state"] == "PAUSED"
    assert (await shown(fleet, "sendkit")).warmup.state == "PAUSED"


async def test_twice_is_a_conflict(fleet: Fleet) -> None:
    await write(fleet, "warmupPause", id=HERE)
    payload = await write(fleet, "warmupPause", id=HERE)
    assert (errors_of(payload), payload["applied"]) == ([(None, "CONFLICT")], [])


async def test_smartlead_has_another_way(fleet: Fleet) -> None:
    payload = await write(fleet, "warmupPause", id=mailbox_id("smartlead"))
    assert "start or stop it" in payload["userErrors"][0]["message"]
