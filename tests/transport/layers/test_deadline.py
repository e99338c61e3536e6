"""A caller waits no longer than its budget lasts."""

import pytest

from gateway.domain.budget import Budget, spending
from gateway.domain.errors import VendorTimeoutError
from gateway.transport.layers.deadline import Deadline
from tests.transport.layers.conftest import ACCOUNT, OTHER, READ, WRITE, Wire, settle, start


async def test_a_read_ends_with_its_budget_and_another_goes_on(wire: Wire) -> None:
    deadline = Deadline(ACCOUNT)
    patient = start(deadline(OTHER, wire))
    with spending(Budget(seconds=0.02)), pytest.raises(VendorTimeoutError, match=r"request had left\.$") as caught:
        await deadline(READ, wire)
    assert caught.value.retry_at is not None
    assert wire.cancelled == 1
    wire.gate.set()
    assert (await patient).status == 200


async def test_a_budget_that_is_used_up_asks_nobody(wire: Wire) -> None:
    with spending(Budget(seconds=0)), pytest.raises(VendorTimeoutError):
        await Deadline(ACCOUNT)(READ, wire)
    assert wire.under_way == 0


async def test_a_write_is_never_broken_off(wire: Wire) -> None:
    with spending(Budget(seconds=0)):
        write = start(Deadline(ACCOUNT)(WRITE, wire))
        await settle()
        wire.gate.set()
        assert (await write).status == 200


async def test_a_timeout_further_inside_is_not_the_budgets(wire: Wire) -> None:
    wire.error = TimeoutError("another one")
    wire.gate.set()
    with spending(Budget(seconds=5)), pytest.raises(TimeoutError, match="another one"):
        await Deadline(ACCOUNT)(READ, wire)
