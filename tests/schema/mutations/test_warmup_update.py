"""`warmupUpdate`."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, known, write
from tests.schema.mutations.things import mailbox_id


@pytest.mark.parametrize("account", ["sendkit", "smartlead"])
async def test_settings_change(fleet: Fleet, account: str) -> None:
    here = mailbox_id(account)
    payload = await write(fleet, "warmupUpdate", id=here, settings={"dailyTarget": 33, "dailyIncrease": 6})
    assert (payload["userErrors"], payload["applied"]) == ([], ["WARMUP"])
    for mailbox in (payload["mailbox"], await known(fleet, here), await known(fleet, here, cache_control="no-cache")):
        assert (mailbox["warmup"]["dailyTarget"], mailbox["warmup"]["dailyIncrease"]) == (33, 6)


@pytest.mark.parametrize("account", ["sendkit", "smartlead"])
async def test_what_is_left_out_stays(fleet: Fleet, account: str) -> None:
    here = mailbox_id(account)
    before = (await write(fleet, "warmupUpdate", id=here, settings={"dailyTarget": 33, "dailyIncrease": 6}))["mailbox"]["warmup"]
    payload = await write(fleet, "warmupUpdate", id=here, settings={"dailyTarget": 40})
    assert payload["mailbox"]["warmup"] == {**before, "dailyTarget": 40}


@pytest.mark.parametrize("nothing", [{}, {"dailyTarget": None}])
async def test_no_setting_at_all(fleet: Fleet, nothing: dict[str, object]) -> None:
    payload = await write(fleet, "warmupUpdate", id=mailbox_id("smartlead"), settings=nothing)
    assert errors_of(payload) == [(["settings"], "BAD_USER_INPUT")]
    assert payload["userErrors"][0]["message"] == "Nothing is to be set: name at least one setting."
    assert fleet.calls()["smartlead"] == 0


@pytest.mark.parametrize("account", ["sendkit", "smartlead"])
async def test_the_vendor_says_which_setting_is_wrong(fleet: Fleet, account: str) -> None:
    payload = await write(fleet, "warmupUpdate", id=mailbox_id(account), settings={"dailyIncrease": 0})
    assert errors_of(payload) == [(["settings", "dailyIncrease"], "VENDOR_REJECTED")]


async def test_what_sendkit_cannot_set_is_refused(fleet: Fleet) -> None:
    payload = await write(fleet, "warmupUpdate", id=mailbox_id("sendkit"), settings={"rampUp": True, "replyRateTarget": 0.3})
    assert sorted(errors_of(payload)) == [
        (["settings", "rampUp"], "UNSUPPORTED_BY_VENDOR"),
        (["settings", "replyRateTarget"], "UNSUPPORTED_BY_VENDOR"),
    ]
    assert fleet.calls()["sendkit"] == 0


async def test_a_lost_answer_is_found_out_about(fleet: Fleet) -> None:
    """At SendKit, which shows the settings."""
    fleet.sandboxes["sendkit"].outages.append(Outage(method="PATCH", status=502, is_after=True))
    payload = await write(fleet, "warmupUpdate", id=mailbox_id("sendkit"), settings={"dailyTarget": 33})
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("warmupUpdate", "SUCCEEDED")
