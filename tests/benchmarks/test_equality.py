import copy
from typing import Any

from benchmarks.equality import compared

FLEET: dict[str, Any] = {
    "nodes": [{"id": "1", "address": "a@x.example"}, {"id": "2", "address": "b@x.example"}],
    "sources": [{"account": {"name": "one"}, "status": "FRESH", "asOf": "2026-11-20T09:30:00.000Z"}],
}


def test_the_same_fleet_at_another_time_is_the_same() -> None:
    later = copy.deepcopy(FLEET)
    later["sources"][0]["asOf"] = "2026-11-20T09:31:00.000Z"
    assert compared(copy.deepcopy(FLEET), later) == []


def test_finds_another_value_another_order_of_fields_a_missing_row_and_another_source() -> None:
    value, order, fewer, source = (copy.deepcopy(FLEET) for _ in range(4))
    value["nodes"][1]["address"] = "c@x.example"
    order["nodes"][0] = {"address": "a@x.example", "id": "1"}
    fewer["nodes"].pop()
    source["sources"][0]["status"] = "STALE"
    assert [len(compared(copy.deepcopy(FLEET), other)) for other in (value, order, fewer, source)] == [1, 1, 1, 1]
