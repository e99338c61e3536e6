"""Idempotency keys: the first one wins, whoever else comes at the same time."""

import asyncio
from pathlib import Path

from gateway.state.sqlite import SqliteState
from gateway.state.store import KeyClaim
from tests.state.made_up import start


async def claim(
    state: SqliteState, key: str = "k", *, scope: str = "s", fingerprint: str = "f", operation_key: str | None = None
) -> KeyClaim:
    return await state.claim_key(scope, key, fingerprint=fingerprint, operation_key=operation_key)


async def test_later_ones_see_what_the_first_one_stored(state: SqliteState) -> None:
    assert await claim(state, fingerprint="first", operation_key="o-1") == KeyClaim(True, "first", "o-1", None)
    assert await claim(state, fingerprint="second", operation_key="o-2") == KeyClaim(False, "first", "o-1", None)
    await state.answer_key("s", "k", b"\0told")
    assert await claim(state, fingerprint="third") == KeyClaim(False, "first", "o-1", b"\0told")


async def test_a_key_belongs_to_its_scope(state: SqliteState) -> None:
    assert (await claim(state, "b", scope="a")).is_new
    assert (await claim(state, "b", scope="")).is_new
    assert (await claim(state, "", scope="ab")).is_new
    assert not (await claim(state, "b", scope="a")).is_new
    await state.answer_key("a", "b", b"only here")
    assert (await claim(state, "b", scope="")).answer is None


async def test_a_released_key_can_be_claimed_anew(state: SqliteState) -> None:
    await claim(state, operation_key="o-1")
    await state.answer_key("s", "k", b"old")
    await state.release_key("s", "k")
    assert await claim(state, operation_key="o-2") == KeyClaim(True, "f", "o-2", None)


async def test_a_renewed_key_is_open_again_and_still_claimed(state: SqliteState) -> None:
    await claim(state, operation_key="o-1")
    await state.answer_key("s", "k", b"old")
    await state.renew_key("s", "k", operation_key="o-2")
    assert await claim(state, fingerprint="other", operation_key="o-3") == KeyClaim(False, "f", "o-2", None)
    await state.renew_key("s", "gone", operation_key="o-4")
    assert (await claim(state, "gone")).is_new


async def test_an_answer_to_a_key_that_is_gone_is_nobodys(state: SqliteState) -> None:
    await state.answer_key("s", "k", b"late")
    assert await claim(state) == KeyClaim(True, "f", None, None)


async def test_a_hundred_at_once_are_one_winner(state: SqliteState) -> None:
    claims = await asyncio.gather(*(claim(state, operation_key=f"o-{number}") for number in range(100)))
    winners = {each.operation_key for each in claims if each.is_new}
    assert len([each for each in claims if each.is_new]) == 1
    assert {each.operation_key for each in claims} == winners


async def test_two_processes_are_one_winner_for_each_key(directory: Path) -> None:
    processes = [start("claimer", directory, name) for name in ("one", "two")]
    for each in processes:
        assert each.stdout
        assert await asyncio.to_thread(each.stdout.readline) == "ready\n"
    told = await asyncio.gather(*(asyncio.to_thread(each.communicate, "go\n") for each in processes))
    assert [(each.returncode, errors) for each, (_, errors) in zip(processes, told, strict=True)] == [(0, ""), (0, "")]
    won = [int(line) for printed, _ in told for line in printed.split()]
    assert sorted(won) == list(range(100))
    assert len(won) == 100
