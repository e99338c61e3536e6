"""Identical reads under way at the same time are one wire call."""

import asyncio

import pytest

from gateway.domain.budget import Budget, spending
from gateway.domain.errors import TooManyCallsError
from gateway.transport.call import Answer, Call, get
from gateway.transport.layers.share import Share, _SharedCall
from gateway.transport.onion import Send, fold
from tests.transport.layers.conftest import ACCOUNT, OTHER, READ, WRITE, Wire, settle, start


@pytest.fixture
def shared(wire: Wire) -> Send:
    return fold((Share(ACCOUNT),), wire)


async def test_identical_reads_share_one_call(wire: Wire, shared: Send) -> None:
    tasks = [start(shared(call)) for call in (READ, get("/mailboxes"), OTHER, READ)]
    await settle()
    assert wire.calls == [READ, OTHER]
    wire.gate.set()
    first, second, other, fourth = await asyncio.gather(*tasks)
    assert first is second is fourth
    assert other is not first


async def test_writes_are_never_shared(wire: Wire, shared: Send) -> None:
    wire.gate.set()
    await asyncio.gather(shared(WRITE), shared(WRITE))
    assert wire.calls == [WRITE, WRITE]


async def test_an_answer_is_shared_while_under_way_and_not_kept(wire: Wire, shared: Send) -> None:
    wire.gate.set()
    await shared(READ)
    await shared(READ)
    assert len(wire.calls) == 2


async def test_one_who_goes_away_takes_nothing_from_the_others(wire: Wire, shared: Send) -> None:
    leaving, staying = start(shared(READ)), start(shared(READ))
    await settle()
    leaving.cancel()
    await settle()
    assert leaving.cancelled()
    assert (wire.cancelled, wire.under_way) == (0, 1)
    wire.gate.set()
    assert (await staying).status == 200
    assert len(wire.calls) == 1


async def test_the_call_ends_when_nobody_is_left(wire: Wire, shared: Send) -> None:
    tasks = [start(shared(READ)) for _ in range(3)]
    await settle()
    for task in tasks:
        task.cancel()
    await settle()
    assert all(task.cancelled() for task in tasks)
    assert (wire.cancelled, wire.under_way) == (1, 0)


async def test_who_comes_while_a_call_is_being_cancelled_gets_his_own(wire: Wire, shared: Send) -> None:
    leaving = start(shared(READ))
    await settle()
    leaving.cancel()
    late: list[asyncio.Task[Answer]] = []
    leaving.add_done_callback(lambda _: late.append(start(shared(READ))))
    await settle()
    wire.gate.set()
    assert (await late[0]).status == 200
    assert len(wire.calls) == 2


async def test_the_end_of_a_cancelled_call_does_not_unshare_the_next_one(wire: Wire, shared: Send) -> None:
    leaving = start(shared(READ))
    await settle()
    leaving.cancel()
    late: list[asyncio.Task[Answer]] = []
    leaving.add_done_callback(lambda _: late.append(start(shared(READ))))
    await settle()
    later = start(shared(READ))
    await settle()
    wire.gate.set()
    assert await late[0] is await later
    assert len(wire.calls) == 2


async def test_a_failure_reaches_all_who_wait_and_is_not_remembered(wire: Wire, shared: Send) -> None:
    wire.error = ConnectionResetError("gone")
    tasks = [start(shared(READ)) for _ in range(2)]
    await settle()
    wire.gate.set()
    assert [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)] == [ConnectionResetError] * 2
    wire.error = None
    assert (await shared(READ)).status == 200
    assert len(wire.calls) == 2


async def test_who_joins_is_told_that_it_was_shared(wire: Wire, shared: Send) -> None:
    budgets = [Budget(), Budget()]
    tasks = []
    for budget in budgets:
        with spending(budget):
            tasks.append(start(shared(READ)))
    await settle()
    wire.gate.set()
    await asyncio.gather(*tasks)
    assert [budget.of("sales").shared for budget in budgets] == [0, 1]


async def test_a_budget_that_was_too_small_is_the_trouble_of_its_owner_alone(wire: Wire) -> None:
    async def charge(call: Call, send: Send) -> Answer:
        await asyncio.sleep(0)
        if not wire.calls:
            wire.calls.append(call)
            raise TooManyCallsError(1)
        return await send(call)

    send = fold((Share(ACCOUNT), charge), wire)
    wire.gate.set()
    poor, rich, other = start(send(READ)), start(send(READ)), start(send(READ))
    await asyncio.wait({poor, rich, other})
    assert isinstance(poor.exception(), TooManyCallsError)
    assert (await rich) is (await other)


async def test_a_call_that_has_just_ended_is_not_joined_again_and_again(wire: Wire) -> None:
    """Between its end and its being forgotten."""
    layer = Share(ACCOUNT)
    ended: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    ended.set_exception(TooManyCallsError(1))
    layer._under_way[READ] = _SharedCall(ended)
    wire.gate.set()
    assert (await layer(READ, wire)).status == 200
