"""Equal values of a fleet become one object, and nothing becomes another value."""

import asyncio
from typing import Any

import msgspec
import pytest

from gateway.domain.account import Owner
from gateway.domain.mailbox import Mailbox, SendingPolicy, ServerSettings
from gateway.inventory import load, sharing
from gateway.inventory.account import AccountInventory
from gateway.inventory.sharing import Sharing
from tests.inventory.made_up import NOON, Clock, MadeUpAdapter, MadeUpDetails, loaded, mailbox


def text(value: str) -> str:
    """A string that is no other string, as a decoder makes them."""
    return "".join([*value, " "])[:-1]


def row(vendor_id: str, **changes: Any) -> Mailbox:  # noqa: ANN401 - a mailbox's fields
    smtp = ServerSettings(host=text("smtp.example.com"), port=70_000 + 1, username=text(f"{vendor_id}@example.com"))
    details = MadeUpDetails(word=text("a word of some length"))
    return mailbox(vendor_id, login=text(f"{vendor_id}@example.com"), smtp=smtp, details=details, owner=Owner(text("9")), **changes)


def test_equal_texts_are_one() -> None:
    shared = Sharing()
    first, second = row("1"), row("2")
    before = msgspec.json.encode([first, second])
    shared.share(first)
    shared.share(second)
    assert first.smtp is not None
    assert second.smtp is not None
    assert first.smtp.host is second.smtp.host
    assert first.login is first.address is first.smtp.username
    assert isinstance(first.details, MadeUpDetails)
    assert isinstance(second.details, MadeUpDetails)
    assert first.details.word is second.details.word
    assert msgspec.json.encode([first, second]) == before


def test_what_did_not_change_is_taken_over_whole() -> None:
    old, new = row("1"), row("1", sending=SendingPolicy(daily_limit=1), observed_at=NOON.replace(hour=13))
    Sharing().share(new, old)
    assert new.smtp is old.smtp
    assert new.details is old.details
    assert new.owner is old.owner
    assert new.id is old.id
    assert (new.sending, new.observed_at) == (SendingPolicy(daily_limit=1), NOON.replace(hour=13))


def test_equal_numbers_of_other_types_stay_what_they_are() -> None:
    policies = [SendingPolicy(daily_limit=1, min_interval_seconds=1.0), SendingPolicy(daily_limit=1000, min_interval_seconds=1000.0)]
    shared = Sharing()
    for policy in policies:
        shared.share(policy)
        assert (type(policy.daily_limit), type(policy.min_interval_seconds)) == (int, float)


async def test_a_refresh_of_a_long_list_makes_nothing_that_is_there_already(
    account: AccountInventory, adapter: MadeUpAdapter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "MANY", 0)
    adapter.script = [[row("1"), row("2")]]
    before = (await loaded(account)).rows
    adapter.script = [[row("1"), row("2", signature="new")]]
    clock.turn(31)
    after = (await account.view(wait_seconds=5, no_cache=True)).rows
    assert [each.signature for each in after] == [None, "new"]
    assert all(new.details is old.details and new.smtp is old.smtp for new, old in zip(after, before, strict=True))


async def test_a_short_list_is_shared_when_it_has_lasted(
    account: AccountInventory, adapter: MadeUpAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LATER_SECONDS", 0.01)
    adapter.script = [[row("1"), row("2")]]
    one, other = (await loaded(account)).rows
    assert one.smtp is not None
    assert other.smtp is not None
    assert one.smtp.host is not other.smtp.host
    async with asyncio.timeout(5):
        while one.smtp.host is not other.smtp.host:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    assert (one.smtp.username, other.smtp.username) == ("1@example.com", "2@example.com")


async def test_a_short_list_that_is_read_anew_is_not_shared_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "LATER_SECONDS", 0.01)
    first, second = row("1"), row("2")
    later = sharing.LaterSharing()
    later.plan([first, second])
    later.plan([])
    await asyncio.sleep(0.05)
    assert first.smtp is not None
    assert second.smtp is not None
    assert first.smtp.host is not second.smtp.host
