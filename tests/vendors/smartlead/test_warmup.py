import pytest

from gateway.domain.capability import MailboxField
from gateway.domain.draft import WarmupSettings
from gateway.domain.errors import GatewayError, OutcomeUnknownError, UnsupportedError, VendorNotFoundError, VendorRejectedError
from gateway.domain.outcome import user_errors
from gateway.domain.warmup import WarmupState
from gateway.sandbox.server import Outage
from tests.vendors.smartlead.conftest import open_sandbox
from tests.vendors.smartlead.writing import FAILING, NEVER_WARMED, ODD, PAUSED, PLAIN, body, calls, listed

PATH = f"/email-accounts/{PLAIN}"


async def test_start_sends_all_that_is_known_and_asked() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, FAILING)
    sandbox.requests.clear()
    settings = WarmupSettings(daily_target=25, daily_increase=5, reply_rate_target=0.455, ramp_up=True, auto_adjust=False)
    updated = await adapter.start_warmup(known, settings)
    path = f"/email-accounts/{FAILING}"
    assert calls(sandbox) == [f"GET {path}/", f"POST {path}/warmup", f"GET {path}/"]
    assert body(sandbox) == {
        "warmup_enabled": True,
        "total_warmup_per_day": 25,
        "daily_rampup": 5,
        "reply_rate_percentage": 45.5,
        "is_rampup_enabled": True,
        "auto_adjust_warmup": False,
        "warmup_key_id": "5120",
    }
    assert updated.applied == (MailboxField.WARMUP,)
    assert updated.mailbox is not None
    warmup = updated.mailbox.warmup
    assert warmup is not None
    assert (warmup.state, warmup.daily_target, warmup.daily_increase, warmup.reply_rate_target) == (WarmupState.RUNNING, 25, 5, 0.455)
    assert (updated.mailbox.tags, updated.mailbox.campaign_count) == (known.tags, known.campaign_count)
    row = await listed(adapter, FAILING)
    assert row.warmup is not None
    assert (row.warmup.state, row.warmup.reply_rate_target) == (WarmupState.RUNNING, 0.455)
    kept = adapter.merge(row, updated.mailbox).warmup
    assert kept is not None
    assert (kept.daily_target, kept.daily_increase) == (25, 5)


async def test_start_without_settings_of_a_mailbox_that_was_never_warmed() -> None:
    sandbox, adapter = open_sandbox()
    updated = await adapter.start_warmup(await listed(adapter, NEVER_WARMED), None)
    assert body(sandbox) == {"warmup_enabled": True}
    assert updated.mailbox is not None
    assert updated.mailbox.warmup is not None
    assert updated.mailbox.warmup.state is WarmupState.RUNNING


async def test_an_update_keeps_what_it_does_not_say() -> None:
    """Also what no read tells, as long as we know it from a write of our own."""
    sandbox, adapter = open_sandbox()
    first = (await adapter.start_warmup(await listed(adapter, PLAIN), WarmupSettings(daily_target=41, daily_increase=7))).mailbox
    assert first is not None
    updated = await adapter.update_warmup(first, WarmupSettings(reply_rate_target=0.6))
    assert body(sandbox) == {
        "warmup_enabled": True,
        "total_warmup_per_day": 41,
        "daily_rampup": 7,
        "reply_rate_percentage": 60,
        "warmup_key_id": "5120",
    }
    assert updated.mailbox is not None
    assert updated.mailbox.warmup is not None
    assert (updated.mailbox.warmup.daily_target, updated.mailbox.warmup.reply_rate_target) == (41, 0.6)


@pytest.mark.parametrize(("mailbox_id", "enabled"), [(PLAIN, True), (FAILING, False), (NEVER_WARMED, False), (PAUSED, True), (ODD, True)])
async def test_an_update_switches_nothing(mailbox_id: str, *, enabled: bool) -> None:
    sandbox, adapter = open_sandbox()
    await adapter.update_warmup(await listed(adapter, mailbox_id), WarmupSettings(daily_increase=5))
    assert body(sandbox)["warmup_enabled"] is enabled


async def test_an_update_asks_what_is_on_now() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    await adapter.stop_warmup(known)
    await adapter.update_warmup(known, WarmupSettings(daily_increase=5))
    assert body(sandbox)["warmup_enabled"] is False


async def test_stop_keeps_the_settings() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    await adapter.update_warmup(known, WarmupSettings(daily_target=44, reply_rate_target=0.5))
    stopped = (await adapter.stop_warmup(known)).mailbox
    assert body(sandbox) == {"warmup_enabled": False, "total_warmup_per_day": 44, "reply_rate_percentage": 50, "warmup_key_id": "5120"}
    assert stopped is not None
    assert stopped.warmup is not None
    assert (stopped.warmup.state, stopped.warmup.reply_rate_target) == (WarmupState.DISABLED, 0.5)


async def test_known_figures_that_the_page_does_not_allow_are_not_repeated() -> None:
    """The page's own example of a mailbox has a reply rate of 15; 20 is the least that may be written."""
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    odd = (
        b'{"id": %s, "warmup_details": {"status": "ACTIVE", "reply_rate": 15, "warmup_max_count": 80, "warmup_key_id": ""}}'
        % PLAIN.encode()
    )
    sandbox.outages.append(Outage(path=f"{PATH}/", status=200, body=odd))
    await adapter.stop_warmup(known)
    assert body(sandbox) == {"warmup_enabled": False}


async def test_what_was_written_shows_while_reads_lag_or_fail() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.remembers = True
    known = await adapter.get_mailbox(PLAIN)
    sandbox.outages.append(Outage(path=f"{PATH}/", is_stale=True))
    lagging = (await adapter.stop_warmup(known)).mailbox
    sandbox.outages[:] = [Outage(path=f"{PATH}/", method="GET", skip=1, status=500)]
    failing = (await adapter.start_warmup(known, WarmupSettings(reply_rate_target=0.8))).mailbox
    assert lagging is not None
    assert failing is not None
    assert lagging.warmup is not None
    assert failing.warmup is not None
    assert (lagging.warmup.state, failing.warmup.state, failing.warmup.reply_rate_target) == (
        WarmupState.DISABLED,
        WarmupState.RUNNING,
        0.8,
    )


async def test_blocked_is_the_vendors_to_say() -> None:
    sandbox, adapter = open_sandbox()
    sandbox.remembers = True
    known = await adapter.get_mailbox(ODD)
    sandbox.outages.append(Outage(path=f"/email-accounts/{ODD}/", is_stale=True))
    for updated in (await adapter.start_warmup(known, None), await adapter.stop_warmup(known)):
        assert updated.mailbox is not None
        assert updated.mailbox.warmup is not None
        assert updated.mailbox.warmup.state is WarmupState.BLOCKED


@pytest.mark.parametrize(
    ("settings", "place", "words"),
    [
        (WarmupSettings(daily_target=51), ("settings", "dailyTarget"), "less than or equal to 50"),
        (WarmupSettings(daily_increase=4), ("settings", "dailyIncrease"), "greater than or equal to 5"),
        (WarmupSettings(reply_rate_target=0.1), ("settings", "replyRateTarget"), "greater than or equal to 20"),
        (WarmupSettings(reply_rate_target=1.5), ("settings", "replyRateTarget"), "less than or equal to 100"),
    ],
)
async def test_ranges_are_the_vendors_to_check(settings: WarmupSettings, place: tuple[str, ...], words: str) -> None:
    _, adapter = open_sandbox()
    with pytest.raises(VendorRejectedError) as raised:
        await adapter.start_warmup(await listed(adapter, PLAIN), settings)
    (error,) = user_errors(raised.value)
    assert error.field == place
    assert words in error.message


@pytest.mark.parametrize("method", ["pause_warmup", "resume_warmup"])
def test_pause_and_resume_are_refused_with_a_hint(method: str) -> None:
    sandbox, adapter = open_sandbox()
    with pytest.raises(UnsupportedError, match="start or stop it"):
        adapter.require(method)
    assert sandbox.count() == 0


@pytest.mark.parametrize(("status", "kind"), [(404, VendorNotFoundError), (500, OutcomeUnknownError)])
async def test_errors(status: int, kind: type[GatewayError]) -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    sandbox.outages.append(Outage(path="/warmup", status=status, is_after=True))
    with pytest.raises(kind):
        await adapter.stop_warmup(known)
    assert sandbox.count("/warmup", method="POST") == 1


async def test_a_mailbox_that_is_gone_is_not_written_to() -> None:
    sandbox, adapter = open_sandbox()
    known = await listed(adapter, PLAIN)
    await adapter.delete_mailbox(PLAIN)
    with pytest.raises(VendorNotFoundError):
        await adapter.start_warmup(known, None)
    assert sandbox.count("/warmup") == 0
