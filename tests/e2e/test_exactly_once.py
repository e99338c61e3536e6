"""Two hundred creates at vendors that lose, delay, repeat and deny what they do: one mailbox for each, and no answer that is not true.

The vendors are our own sandboxes, in this process; the faults are drawn by chance, the same in every run. A caller does what a sensible
client does: it repeats a request under its key until it hears how it ended, and follows the operation where it is given one.
"""

import asyncio
import base64
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from gateway.domain.errors import ErrorCode
from gateway.operations.once import TRANSIENT
from gateway.operations.timing import Timing
from gateway.sandbox.server import Outage, Sandbox
from gateway.state.sqlite import SqliteState
from tests.schema.conftest import BRIEFLY, Fleet, open_fleet
from tests.schema.mutations.things import STEADY, wanted

SEED = 8813
CREATES_EACH = 40
CALLERS = 16
MOST_TRIES = 40
PATIENT = Timing(looks=(0.01, 0.02, 0.04, 0.08, 0.16), give_up=10.0, first_poll=0.02, most_poll=0.1)
"""Longer than any list below lags."""
WRONG_LOGIN = 0.08
REFUSALS = {ErrorCode.VENDOR_REJECTED, ErrorCode.CONFLICT}
"""Of a wrong login. One that arrived twice may be told in the words of the second time: what the first made was gone by then."""
WEB_PAGE = b"<html>Welcome back</html>"

CREATE = """mutation ($input: MailboxCreateInput!) { mailboxCreate(input: $input) {
  mailbox { id } operation { id message } userErrors { field message code } warnings { field message value } } }"""
FOLLOW = """query ($id: ID!) { operation(id: $id) {
  state message results { mailboxId userErrors { field message code } warnings { field message value } } } }"""

Fate = Callable[[], tuple[Outage, ...]]
BEFORE: Mapping[str, Fate] = {
    "refused for a while": lambda: (Outage(method="POST", status=429, times=1),),
    "failed before": lambda: (Outage(method="POST", status=503, times=1),),
    "lost before": lambda: (Outage(method="POST", times=1, status=200, hang_up=True),),
    "reads fail": lambda: (Outage(method="GET", status=502, times=3), Outage(method="GET", times=2, status=200, hang_up=True)),
    "reads are garbled": lambda: (Outage(method="GET", times=2, status=200, body=WEB_PAGE),),
}
AFTER: Mapping[str, Fate] = {
    "failed after": lambda: (Outage(method="POST", status=500, is_after=True, times=1),),
    "lost after": lambda: (Outage(method="POST", is_after=True, times=1, status=200, hang_up=True),),
    "garbled after": lambda: (Outage(method="POST", is_after=True, times=1, status=200, body=WEB_PAGE),),
    "lost after, and lists lag": lambda: (
        Outage(method="POST", is_after=True, times=1, status=200, hang_up=True),
        Outage(method="GET", is_stale=True, times=3),
    ),
    "slow": lambda: (Outage(method="POST", delay_seconds=0.05, times=1),),
}
TWICE: Mapping[str, Fate] = {
    "arrived twice": lambda: (Outage(method="POST", is_doubled=True, times=1),),
    "arrived twice, and lists lag": lambda: (
        Outage(method="POST", is_doubled=True, times=1),
        Outage(method="GET", is_stale=True, times=3),
    ),
}
FATES = {**BEFORE, **AFTER, **TWICE}
MAKES_TWINS = "smartlead"
"""It takes an address twice, as far as its page says: a gateway that sends twice is found out, and what the network doubles is two."""


class Told(msgspec.Struct):
    """What the caller of one creation was told: the last word, and how often that it did not happen."""

    mailbox_id: str | None = None
    code: str | None = None
    denials: int = 0


class Caller:
    """Creates mailboxes one after the other. `secrets` are the passwords by address, `heard` is all that was answered."""

    def __init__(self, fleet: Fleet, chance: random.Random) -> None:
        self._fleet = fleet
        self._chance = chance
        self.told: dict[tuple[str, str], Told] = {}
        self.secrets: dict[str, str] = {}
        self.heard: list[str] = []
        self.fates: Counter[str] = Counter()

    def input(self, account: str, number: int) -> dict[str, Any]:
        """Some passwords are wrong; the vendor finds out at once, or later."""
        is_wrong = account not in ("shipmail", "outreach") and self._chance.random() < WRONG_LOGIN
        password = f"CANARY-{'wrong' if is_wrong else 'once'}-{account}-{number}-aA1"
        given = wanted(account, f"once-{number}-{account}", password=password)
        self.secrets[given["address"]] = password
        return given

    def tempt(self, account: str) -> None:
        """Now and then something is about to go wrong."""
        if self._chance.random() < 0.5:
            return
        fate = self._chance.choice([name for name in FATES if name not in TWICE or account != MAKES_TWINS])
        self.fates[fate] += 1
        self._fleet.sandboxes[account].outages += FATES[fate]()

    async def create(self, account: str, number: int) -> None:
        given = self.input(account, number)
        told = self.told[account, given["address"]] = Told()
        self.tempt(account)
        for _ in range(MOST_TRIES):
            payload = await self._ask({**given, "idempotencyKey": f"key {account} {number}"})
            errors, mailbox = payload["userErrors"], payload["mailbox"]
            if payload["operation"]:
                [result] = (await self._followed(payload["operation"]["id"]))["results"]
                errors, mailbox = result["userErrors"], {"id": result["mailboxId"]}
            told.code = errors[0]["code"] if errors else None
            told.mailbox_id = mailbox["id"] if told.code is None else None
            if told.code not in TRANSIENT:
                return
            told.denials += 1
            await asyncio.sleep(0.01)

    async def _ask(self, given: Mapping[str, Any]) -> dict[str, Any]:
        payload: dict[str, Any] = (await self._heard(CREATE, {"input": given}))["mailboxCreate"]
        return payload

    async def _followed(self, operation_id: str) -> dict[str, Any]:
        while True:
            operation: dict[str, Any] = (await self._heard(FOLLOW, {"id": operation_id}))["operation"]
            if operation["state"] not in ("PENDING", "RUNNING"):
                return operation
            await asyncio.sleep(0.03)

    async def _heard(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._fleet.ask(query, variables)
        self.heard.append(json.dumps(answer))
        data: dict[str, Any] = answer["data"]
        return data


async def at_the_vendors(fleet: Fleet) -> dict[tuple[str, str], list[str]]:
    """The ids of all mailboxes by account and address, read when all is well again."""
    await asyncio.sleep(BRIEFLY.longest_seconds)
    found: dict[tuple[str, str], list[str]] = {}
    for name, account in fleet.gateway.inventory.accounts.items():
        fleet.sandboxes[name].outages.clear()
        async for page in account.adapter.list_mailboxes():
            for mailbox in page:
                found.setdefault((name, mailbox.address or ""), []).append(mailbox.id)
    return found


def sent(sandbox: Sandbox, address: str) -> int:
    """How often a creation was sent. ShipMail is told the local part alone."""
    local = f'"{address.partition("@")[0]}'.encode()
    return sum(request.method == "POST" and local in request.body for request in sandbox.requests)


def spellings(secret: str) -> set[bytes]:
    """How a secret may look in a text."""
    return {secret.encode(), quote(secret).encode(), base64.b64encode(secret.encode()).rstrip(b"=")[:-1]}


async def test_each_is_made_once_and_every_answer_is_true(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    state = await SqliteState.open(tmp_path / "state", state_key=None)
    async with open_fleet(state=state, timing=PATIENT) as fleet:
        for sandbox in fleet.sandboxes.values():
            sandbox.remembers = True
        caller = Caller(fleet, random.Random(SEED))  # noqa: S311 - faults, no secrets
        await fleet.data("{ mailboxes { totalCount } }")
        waiting = iter([(account, number) for number in range(CREATES_EACH) for account in STEADY])

        async def work() -> None:
            for account, number in waiting:
                await caller.create(account, number)

        await asyncio.gather(*(work() for _ in range(CALLERS)))
        there = await at_the_vendors(fleet)
        over = await fleet.data("{ operations(first: 500) { nodes { state } } }")

        assert len(caller.told) == CREATES_EACH * len(STEADY)
        for (account, address), told in caller.told.items():
            case = (account, address, told)
            if "wrong" in caller.secrets[address]:
                assert told.code in REFUSALS, case
                assert (account, address) not in there, case
            else:
                assert (told.code, there.get((account, address))) == (None, [told.mailbox_id]), case
            assert 1 <= sent(fleet.sandboxes[account], address) <= 1 + told.denials, case
        assert {node["state"] for node in over["operations"]["nodes"]} <= {"SUCCEEDED", "FAILED"}
        assert set(caller.fates) >= set(BEFORE) | set(AFTER)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    seen = kept + "\n".join((*caller.heard, caplog.text)).encode()
    assert [address for address, secret in caller.secrets.items() if any(text in seen for text in spellings(secret))] == []
