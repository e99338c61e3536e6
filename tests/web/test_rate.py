"""How often a caller may ask."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gateway.domain.limit_errors import TooManyRequestsError
from gateway.domain.request_limits import Rate, RequestLimits
from gateway.web import rate as module
from gateway.web.caller import ANONYMOUS, Caller
from gateway.web.rate import Rates, asker_of, is_unlimited
from tests.web.conftest import House, caller, open_house, served
from tests.web.ticking import ticking_gateway

QUERY = "{ vendors { vendor } }"
THREE = RequestLimits(rate=Rate(3, 60.0))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_at_once_and_then_one_after_another() -> None:
    clock = Clock()
    rates = Rates(Rate(3, 60.0), clock=clock)
    for _ in range(3):
        rates.take("a")
    with pytest.raises(TooManyRequestsError) as caught:
        rates.take("a")
    assert caught.value.extensions == {"code": "RATE_LIMITED", "max": 3, "retryAfterSeconds": 20}
    assert "at most 3 operations in 60 s" in caught.value.message
    rates.take("b")  # somebody else
    clock.now += 19
    with pytest.raises(TooManyRequestsError, match="in 1 s"):
        rates.take("a")
    clock.now += 1
    rates.take("a")
    with pytest.raises(TooManyRequestsError):
        rates.take("a")


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 5), st.floats(0.5, 10))
def test_no_window_holds_more_than_twice_the_rate(pauses: list[float], requests: int, per_seconds: float) -> None:
    clock, waits = Clock(), [1]
    taken: list[float] = []
    rates = Rates(Rate(requests, per_seconds), clock=clock)
    for pause in pauses:
        clock.now += pause
        try:
            rates.take("a")
            taken.append(clock.now)
        except TooManyRequestsError as error:
            waits.append(error.retry_after_seconds)
    assert all(1 <= wait <= per_seconds + 1 for wait in waits)
    for begin in taken:
        assert sum(begin <= each < begin + per_seconds for each in taken) <= 2 * requests


def test_they_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CALLERS", 10)
    rates = Rates(Rate(3, 60.0))
    for number in range(100):
        rates.take(str(number))
    assert len(rates) == 10


def test_whom_an_operation_counts_to() -> None:
    anonymous, named = Caller(ANONYMOUS, frozenset(), {}, is_anonymous=True), Caller("web", frozenset(), {})
    assert asker_of(named, "203.0.113.7") == asker_of(named, "203.0.113.8") == "web"
    assert asker_of(anonymous, "203.0.113.7") != asker_of(anonymous, "203.0.113.8")
    assert asker_of(anonymous, "2001:db8::1") == asker_of(anonymous, "2001:db8::ffff:2") != asker_of(anonymous, "2001:db8:0:1::1")
    assert asker_of(anonymous, None) == asker_of(anonymous, "")
    assert is_unlimited(anonymous, "127.0.0.1")
    assert is_unlimited(anonymous, "::1")
    assert not any(is_unlimited(anonymous, each) for each in ("203.0.113.7", "nonsense", None))
    assert not is_unlimited(named, "127.0.0.1")
    assert not is_unlimited(Caller(ANONYMOUS, frozenset(), {}), "127.0.0.1"), "a configured caller that is called so"


async def ask(house: House, key: str) -> int:
    return (await house.ask(QUERY, key=key)).status_code


async def test_a_caller_is_told_when_to_come_again() -> None:
    async with open_house(limits=THREE, callers=(caller("a", "read"), caller("b", "read"))) as house:
        assert [await ask(house, "a") for _ in range(3)] == [200, 200, 200]
        response = await house.ask(QUERY, key="a")
        assert response.status_code == 429
        assert 1 <= int(response.headers["retry-after"]) <= 20
        [error] = response.json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert error["extensions"]["max"] == 3
        assert await ask(house, "b") == 200
        assert (await house.client.get("/attachments/x", headers={"authorization": "Bearer a"})).status_code == 429


async def test_the_demo_on_this_machine_is_not_limited() -> None:
    async with open_house(limits=THREE) as house:
        assert {(await house.ask(QUERY)).status_code for _ in range(20)} == {200}


async def test_strangers_are_limited_by_their_addresses() -> None:
    async with open_house(limits=THREE, client=("203.0.113.7", 1)) as house:
        assert [(await house.ask(QUERY)).status_code for _ in range(4)] == [200, 200, 200, 429]


async def test_over_websocket_it_is_an_error_message_and_the_same_count() -> None:
    gateway = ticking_gateway((caller("a", "read"),), limits=THREE)
    with served(gateway) as running:
        async with connect(running.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": "Bearer a"}}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            codes = []
            for number in range(4):
                await socket.send(json.dumps({"type": "subscribe", "id": str(number), "payload": {"query": "{ __typename }"}}))
                message = json.loads(await socket.recv())
                codes.append(message["payload"][0]["extensions"]["code"] if message["type"] == "error" else message["type"])
                if message["type"] == "next":
                    assert json.loads(await socket.recv())["type"] == "complete"
            assert codes == ["next", "next", "next", "RATE_LIMITED"]
