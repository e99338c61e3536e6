"""A client that takes changes at its own pace ends with what there is, however slow it is."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.mailbox import Mailbox
from gateway.inventory.filter import Test
from gateway.inventory.listener import Listener
from gateway.inventory.step import Step, step
from tests.inventory.made_up import mailbox

IDS = ["1", "2", "3", "4"]
changes = st.tuples(st.sampled_from(IDS), st.none() | st.integers(0, 3))
takes = st.integers(0, 4)


def everything(_: Mailbox) -> bool:
    return True


def is_even(it: Mailbox) -> bool:
    return it.campaign_count in (0, 2)


async def take_all(listener: Listener, client: dict[str, Mailbox], *, limit: int | None = None) -> None:
    while listener._waiting and limit != 0:
        taken = await asyncio.wait_for(_next(listener), 1)
        if taken is None:
            return
        _apply(client, *taken)
        limit = None if limit is None else limit - 1


async def _next(listener: Listener) -> tuple[str, Step] | None:
    """None where all that waits is nobody's business."""
    request = asyncio.create_task(listener.next())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if request.done():
        return request.result()
    request.cancel()
    return None


def _apply(client: dict[str, Mailbox], mailbox_id: str, taken: Step) -> None:
    assert taken.fields or taken.before is None or taken.after is None
    if taken.after is None:
        client.pop(mailbox_id, None)
    else:
        client[mailbox_id] = taken.after


async def play(moves: list[tuple[str, int | None] | int], test: Test) -> None:
    listener = Listener(test)
    real: dict[str, Mailbox] = {"1": mailbox("1", campaign_count=0), "2": mailbox("2", campaign_count=1)}
    client = {**real}
    for move in moves:
        if isinstance(move, int):
            await take_all(listener, client, limit=move)
            continue
        mailbox_id, count = move
        before = real.pop(mailbox_id, None)
        after = None if count is None else mailbox(mailbox_id, campaign_count=count)
        if after is not None:
            real[mailbox_id] = after
        made = step(before, after)
        if made is not None:
            listener.offer(mailbox_id, made)
        assert len(listener._waiting) <= len(IDS)
    await take_all(listener, client)
    assert {key: it for key, it in client.items() if test(it)} == {key: it for key, it in real.items() if test(it)}


@given(st.lists(changes | takes, max_size=40), st.sampled_from([everything, is_even]))
def test_a_slow_client_ends_with_what_there_is(moves: list[tuple[str, int | None] | int], test: Test) -> None:
    asyncio.run(play(moves, test))


async def test_the_end_comes_at_once_and_for_whoever_asks_later() -> None:
    listener = Listener(everything)
    waiting = asyncio.create_task(listener.next())
    await asyncio.sleep(0)
    listener.end()
    assert await waiting is None
    made = step(None, mailbox("1"))
    assert made is not None
    listener.offer("1", made)
    assert await listener.next() is None


async def test_what_passed_the_filter_only_in_between_is_not_told() -> None:
    listener = Listener(is_even)
    odd, even = mailbox("1", campaign_count=1), mailbox("1", campaign_count=2)
    for before, after in ((odd, even), (even, odd)):
        made = step(before, after)
        assert made is not None
        listener.offer("1", made)
    assert listener._take() is None


async def test_a_change_of_what_waits_is_joined_whether_it_passes_or_not() -> None:
    listener = Listener(is_even)
    first, second, third = (mailbox("1", campaign_count=count) for count in (2, 1, 3))
    for before, after in ((first, second), (second, third)):
        made = step(before, after)
        assert made is not None
        listener.offer("1", made)
    assert listener._take() == ("1", Step(first, third, ("campaignCount",)))
