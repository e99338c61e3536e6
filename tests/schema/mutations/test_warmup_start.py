"""`warmupStart`."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, known, write
from tests.schema.mutations.things import mailbox_id, shown, written

COLD = {"sendkit": mailbox_id("sendkit", "6701a0bdc2d3e4f5a600000c"), "smartlead": mailbox_id("smartlead", "40120")}
VENDOR_IDS = {"sendkit": "6701a0bdc2d3e4f5a600000c", "smartlead": "40120"}


@pytest.mark.parametrize("account", sorted(COLD))
async def test_it_begins(fleet: Fleet, account: str) -> None:
    payload = await write(fleet, "warmupStart", id=COLD[account])
    assert (payload["userErrors"], payload["applied"]) == ([], ["WARMUP"])
    for mailbox in (payload["mailbox"], await known(fleet, COLD[account]), await known(fleet, COLD[account], cache_control="no-cache")):
        assert mailbox["warmup"]["state"] == "RUNNING"
    assert (await shown(fleet, account, VENDOR_IDS[account])).warmup.state == "RUNNING"


@pytest.mark.parametrize("account", sorted(COLD))
async def test_with_settings(fleet: Fleet, account: str) -> None:
    payload = await write(fleet, "warmupStart", id=COLD[account], settings={"dailyTarget": 31, "dailyIncrease": 7})
    assert payload["userErrors"] == []
    warmup = payload["mailbox"]["warmup"]
    assert (warmup["state"], warmup["dailyTarget"], warmup["dailyIncrease"]) == ("RUNNING", 31, 7)


async def test_smartleads_settings(fleet: Fleet) -> None:
    settings = {"replyRateTarget": 0.35, "rampUp": True, "autoAdjust": False}
    payload = await write(fleet, "warmupStart", id=COLD["smartlead"], settings=settings)
    assert payload["mailbox"]["warmup"]["replyRateTarget"] == 0.35
    body = fleet.sandboxes["smartlead"].requests[-2].body
    assert b'"reply_rate_percentage":35' in body
    assert b'"is_rampup_enabled":true' in body


@pytest.mark.parametrize("setting", [{"rampUp": True}, {"autoAdjust": True}, {"replyRateTarget": 0.3}])
async def test_what_sendkit_cannot_set_is_refused(fleet: Fleet, setting: dict[str, object]) -> None:
    payload = await write(fleet, "warmupStart", id=COLD["sendkit"], settings={"dailyTarget": 20, **setting})
    assert errors_of(payload) == [(["settings", *setting], "UNSUPPORTED_BY_VENDOR")]
    assert fleet.calls()["sendkit"] == 0


async def test_smartlead_says_which_setting_is_wrong(fleet: Fleet) -> None:
    payload = await write(fleet, "warmupStart", id=COLD["smartlead"], settings={"dailyTarget": 500})
    assert errors_of(payload) == [(["settings", "dailyTarget"], "VENDOR_REJECTED")]
    assert "less than or equal to 50" in payload["userErrors"][0]["message"]


@pytest.mark.parametrize("rate", [-0.1, 1.5, 35])
async def test_a_rate_is_a_fraction(fleet: Fleet, rate: float) -> None:
    payload = await write(fleet, "warmupStart", id=COLD["smartlead"], settings={"replyRateTarget": rate})
    assert errors_of(payload) == [(["settings", "replyRateTarget"], "BAD_USER_INPUT")]
    assert fleet.calls()["smartlead"] == 0


async def test_sendkit_does_not_start_what_runs(fleet: Fleet) -> None:
    payload = await write(fleet, "warmupStart", id=mailbox_id("sendkit"))
    assert errors_of(payload) == [(None, "CONFLICT")]
    assert "in_progress" in payload["userErrors"][0]["message"]


@pytest.mark.parametrize("account", sorted(COLD))
@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, account: str, *, is_after: bool) -> None:
    fleet.sandboxes[account].outages.append(Outage(method="POST", status=502, is_after=is_after))
    payload = await write(fleet, "warmupStart", id=COLD[account])
    assert errors_of(payload) == [(None, "OUTCOME_UNKNOWN")]
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("warmupStart", "SUCCEEDED" if is_after else "FAILED")
    assert (((await known(fleet, COLD[account]))["warmup"] or {}).get("state") == "RUNNING") == is_after
    assert written(fleet, account) == 1
