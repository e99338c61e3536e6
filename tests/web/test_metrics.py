"""`/metrics` is read as Prometheus reads it."""

import hashlib
from collections.abc import AsyncIterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.config import CallerSettings
from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet, open_fleet

QUERY = "{ mailboxes(first: 1) { nodes { id } } }"


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    async with open_fleet() as opened:
        yield opened


async def scrape(fleet: Fleet) -> dict[tuple[str, ...], float]:
    """Values by name and labels' values."""
    answer = await fleet.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


async def test_a_failing_vendor_shows(fleet: Fleet) -> None:
    fleet.sandboxes["sendkit"].outages.append(Outage(status=503))
    for _ in range(3):
        await fleet.data(QUERY, cache_control="no-cache")
    figures = await scrape(fleet)
    assert figures["gateway_vendor_attempts_total", "sendkit", "503"] == fleet.calls()["sendkit"] >= 5
    assert figures["gateway_vendor_attempts_total", "shipmail", "200"] == fleet.calls()["shipmail"] == 3
    assert figures["gateway_snapshot_mailboxes", "shipmail"] == 30
    assert figures["gateway_snapshot_mailboxes", "sendkit"] == 0
    assert figures["gateway_source_status", "sendkit", "UNAVAILABLE"] == 1
    assert 0 <= figures["gateway_snapshot_age_seconds", "shipmail"] < 60
    assert ("gateway_snapshot_age_seconds", "sendkit") not in figures


async def test_a_breaker_and_a_pause_show(fleet: Fleet) -> None:
    fleet.sandboxes["sendkit"].outages.append(Outage(status=429, headers={"retry-after": "30"}))
    await fleet.data(QUERY)
    figures = await scrape(fleet)
    assert 25 < figures["gateway_vendor_rest_seconds", "sendkit"] <= 30
    assert figures["gateway_vendor_breaker", "sendkit", "CLOSED"] == 1
    assert figures["gateway_vendor_breaker", "sendkit", "OPEN"] == 0


async def test_what_was_spared_shows(fleet: Fleet) -> None:
    for _ in range(3):
        await fleet.data(QUERY)
    await fleet.ask("{ nonsense }")
    figures = await scrape(fleet)
    assert (figures["gateway_documents_hits_total",], figures["gateway_documents_misses_total",]) == (2, 2)
    assert (figures["gateway_answers_hits_total",], figures["gateway_answers_misses_total",]) == (2, 2)
    assert (figures["gateway_documents_kept",], figures["gateway_answers_kept",]) == (2, 1)
    assert 0 < figures["gateway_documents_kept_bytes",] < 1000
    assert len(QUERY) < figures["gateway_answers_kept_bytes",] < 2000
    assert figures["gateway_queries_joined_total",] == 0


async def test_no_secret_and_no_address_is_in_it(fleet: Fleet) -> None:
    await fleet.data("{ mailboxes(first: 500) { nodes { address } } }")
    text = (await fleet.client.get("/metrics")).text
    assert "@" not in text
    for sandbox in fleet.sandboxes.values():
        assert not [secret for secret in sandbox.secrets if secret in text]


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("reader", 403), ("operator", 200), ("nobody", 401)])
async def test_it_is_for_operators(key: str | None, status: int) -> None:
    callers = [
        CallerSettings(name=name, key_hashes=(f"sha256:{hashlib.sha256(name.encode()).hexdigest()}",), scopes=frozenset({scope}))
        for name, scope in (("reader", "read"), ("operator", "operate"))
    ]
    async with open_fleet(callers=callers) as fleet:
        answer = await fleet.client.get("/metrics", headers={"authorization": f"Bearer {key}"} if key else {})
    assert answer.status_code == status
