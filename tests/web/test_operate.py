"""What operators' machines ask: on a port of its own without a key, on the main one with the scope `operate`."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.app import build_gateway
from gateway.commands.demo import demo_accounts
from gateway.commands.serve import Server, listen, url
from gateway.config import ServerSettings, Settings
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.world import World
from gateway.state.error import BUSY, StateError
from gateway.state.sqlite import SqliteState
from gateway.web import health
from gateway.web.health import Readiness
from gateway.web.load import Load
from tests.web.conftest import House, caller, eventually, open_house

LOAD = Load(max_requests=10, max_lag_seconds=60)


async def get(app: object, path: str, host: str = "localhost", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://{host}") as client:  # type: ignore[arg-type] # any ASGI app
        return await client.get(path, headers=headers)


def figures(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels' values."""
    families = text_string_to_metric_families(text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


# ---------------------------------------------------------------------- what is there
@pytest.fixture
async def guarded() -> AsyncIterator[House]:
    async with open_house(callers=(caller("reader", "read"), caller("operator", "operate"))) as house:
        yield house


async def test_its_own_port_asks_for_no_key_and_has_nothing_else(guarded: House) -> None:
    app = guarded.gateway.operate_site
    assert (await get(app, "/healthz")).json() == {"status": "alive"}
    assert (await get(app, "/readyz")).json() == {"status": "ready"}
    assert "gateway_snapshot_mailboxes" in (await get(app, "/metrics")).text
    for path in ("/", "/graphql", "/graphql?query={__typename}", "/attachments/x", "/graphiql/graphiql_boot.js"):
        assert (await get(app, path)).status_code == 404


async def test_the_main_port_has_figures_for_operators_only(guarded: House) -> None:
    for key, status in ((None, 401), ("reader", 403), ("operator", 200)):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        assert (await guarded.client.get("/metrics", headers=headers)).status_code == status


async def test_no_page_of_another_name_reads_the_figures(guarded: House) -> None:
    assert (await get(guarded.gateway.operate_site, "/metrics", host="evil.example")).status_code == 421
    assert (await get(guarded.gateway.operate_site, "/readyz", host="evil.example")).status_code == 200


# ---------------------------------------------------------------------- on real sockets
def test_it_is_served_beside_the_main_one() -> None:
    sandboxes = {vendor.lower(): build(World(mailboxes=1)) for vendor, build in SANDBOXES.items()}
    gateway = build_gateway(Settings(accounts=demo_accounts(sandboxes, "http://127.0.0.1:9"), server=ServerSettings(max_lag_seconds=60)))
    main, operate = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    assert main is not None
    assert operate is not None
    addresses = url(main), url(operate)
    server = Server(gateway, operate=operate)

    async def look() -> None:
        async with httpx.AsyncClient() as client:
            for address in addresses:
                assert (await client.get(f"{address}/readyz")).json() == {"status": "ready"}
            assert (await client.get(f"{addresses[0]}/metrics")).status_code == 200
            assert (await client.get(f"{addresses[1]}/metrics")).status_code == 200
            assert (await client.get(f"{addresses[1]}/graphql")).status_code == 404
        server.should_exit = True

    async def both() -> None:
        serving = asyncio.create_task(server.serve(sockets=[main]))
        async with asyncio.timeout(30):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag
                await asyncio.sleep(0.01)
            await look()
            await serving

    with main, operate, asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(both())
    for address in addresses:
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=1):  # noqa: PT011 - whichever
            pass


# ---------------------------------------------------------------------- readiness
class Probe:
    """The state, as far as readiness knows it."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.hangs = False
        self.asked = 0

    async def __call__(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(60)
        if self.error is not None:
            raise self.error


async def status(readiness: Readiness) -> int:
    return (await readiness.handle(None)).status_code  # type: ignore[arg-type] # it does not look at the request


async def test_the_state_is_tried_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Probe()
    readiness = Readiness(LOAD, probe)
    assert await asyncio.gather(*(status(readiness) for _ in range(50))) == [200] * 50
    assert await status(readiness) == 200
    assert probe.asked == 1
    monkeypatch.setattr(health, "LOOK_SECONDS", 0.0)
    assert await status(readiness) == 200
    assert probe.asked == 2


@pytest.mark.parametrize("error", [StateError(*BUSY), OSError("CANARY"), RuntimeError("CANARY")])
async def test_a_state_that_takes_no_write_makes_it_unready(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "LOOK_SECONDS", 0.0)
    caplog.set_level(logging.INFO)
    probe = Probe()
    readiness = Readiness(LOAD, probe)
    probe.error = error
    for _ in range(3):
        answer = await readiness.handle(None)  # type: ignore[arg-type] # it does not look at the request
        assert answer.status_code == 503
        assert b'"status":"unready","reason":' in bytes(answer.body)
    probe.error = None
    assert await status(readiness) == 200
    told = [each.getMessage() for each in caplog.records if "ready" in each.getMessage()]
    assert len(told) == 2, "once each"
    assert "CANARY" not in caplog.text


async def test_a_state_that_hangs_makes_it_unready_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
    probe = Probe()
    probe.hangs = True
    readiness = Readiness(LOAD, probe)
    assert [await status(readiness) for _ in range(3)] == [503] * 3
    assert probe.asked == 1, "one at a time"
    assert readiness._probing is not None
    readiness._probing.cancel()
    probe.hangs = False
    await asyncio.sleep(0)
    await eventually(lambda: readiness._probing is None)
    assert await status(readiness) == 200


async def test_the_state_itself_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOOK_SECONDS", 0.0)
    state = await SqliteState.open(tmp_path, state_key=None)
    try:
        readiness = Readiness(LOAD, state.probe)
        assert await status(readiness) == 200
        await state._database.read(lambda connection: connection.execute("PRAGMA query_only = ON"))
        assert await status(readiness) == 503
        await state._database.read(lambda connection: connection.execute("PRAGMA query_only = OFF"))
        assert await status(readiness) == 200
    finally:
        await state.close()


# ---------------------------------------------------------------------- figures
async def test_requests_are_counted_by_kind_and_outcome(house: House) -> None:
    await house.ask("{ __typename }")
    await house.ask("{ __typename }")
    await house.ask("{ nonsense CANARY }")
    await house.ask('{ __typename node(id: "CANARY") { id } }')
    await house.ask('mutation CANARY { mailboxDelete(id: "x") { deletedId } }')
    await house.client.post("/graphql", content=b"CANARY", headers={"content-type": "application/json"})
    await house.client.get("/attachments/CANARY")
    await house.client.get("/CANARY")
    await house.client.get("/healthz")
    text = (await house.client.get("/metrics")).text
    found = figures(text)
    assert found["gateway_requests_total", "query", "ok"] == 2
    assert found["gateway_requests_total", "query", "refused"] == 1
    assert found["gateway_requests_total", "query", "partial"] == 1
    assert found["gateway_requests_total", "mutation", "ok"] == 1
    assert found["gateway_requests_total", "other", "refused"] == 2
    assert found["gateway_requests_total", "attachment", "refused"] == 1
    assert found["gateway_errors_total", "GRAPHQL_VALIDATION_FAILED"] == 1
    assert found["gateway_errors_total", "BAD_USER_INPUT"] == 2
    assert found["gateway_request_seconds_count", "query"] == found["gateway_request_seconds_bucket", "query", "+Inf"] == 4
    assert found["gateway_requests_running",] == 0
    assert found["gateway_subscriptions_open",] == 0
    assert "CANARY" not in text
