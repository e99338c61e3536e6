"""What is refused repeats nothing of what was sent: neither in the answer nor in the log, whichever limit it met."""

import logging
from typing import Any

import httpx
import pytest

from gateway.config import DocumentSettings, Manifest
from gateway.domain.request_limits import Rate, RequestLimits
from tests.web.conftest import House, caller, open_house

SECRET = "CANARY-secret-5e7d"
SET = 'mutation ($password: Secret!) { mailboxPasswordSet(id: "x", password: $password) { mailbox { id } } }'
TEXT = f'mutation {{ mailboxPasswordSet(id: "x", password: "{SECRET}") {{ mailbox {{ id }} }} }}'
VARIABLES = {"password": SECRET}
HASH = {"persistedQuery": {"version": 1, "sha256Hash": SECRET}}
KEY = "a"


REFUSED: list[tuple[RequestLimits, dict[str, Any], str]] = [
    (RequestLimits(max_tokens=8), {"query": TEXT}, "TOO_MANY_TOKENS"),
    (RequestLimits(max_depth=1), {"query": TEXT}, "QUERY_TOO_DEEP"),
    (RequestLimits(max_selections=1), {"query": TEXT}, "TOO_MANY_SELECTIONS"),
    (RequestLimits(max_cost=1), {"query": SET, "variables": VARIABLES}, "QUERY_TOO_EXPENSIVE"),
    (RequestLimits(max_list_items=1), {"query": SET, "variables": {"password": [SECRET, SECRET]}}, "LIST_TOO_LONG"),
    (RequestLimits(max_body_kib=1), {"query": SET, "variables": {"password": SECRET * 100}}, "REQUEST_TOO_LARGE"),
    (RequestLimits(rate=Rate(1, 60.0)), {"query": TEXT}, "RATE_LIMITED"),
    (RequestLimits(), {"query": TEXT, "extensions": HASH}, "PERSISTED_QUERY_HASH_MISMATCH"),
    (RequestLimits(), {"documentId": SECRET}, "PERSISTED_QUERY_NOT_FOUND"),
]


@pytest.mark.parametrize(("limits", "body", "code"), REFUSED, ids=[code for _, _, code in REFUSED])
async def test_nothing_of_it_is_repeated(limits: RequestLimits, body: dict[str, Any], code: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house(limits=limits, callers=(caller(KEY, "read", "write", "secrets:write"),)) as house:
        for _ in range(2):
            response = await send(house, body)
        assert response.json()["errors"][0]["extensions"]["code"] == code
        assert SECRET not in response.text
        assert SECRET not in caplog.text


async def test_nor_where_only_listed_documents_run(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    listed = DocumentSettings(manifests=(Manifest(path="", documents={"1": "{ vendors { vendor } }"}),), only_listed=True)
    async with open_house(documents=listed, callers=(caller(KEY, "read", "write", "secrets:write"),)) as house:
        response = await send(house, {"query": TEXT})
        assert response.json()["errors"][0]["extensions"]["code"] == "QUERY_NOT_IN_SAFELIST"
        assert SECRET not in response.text
        assert SECRET not in caplog.text


async def send(house: House, body: dict[str, Any]) -> httpx.Response:
    return await house.client.post("/graphql", json=body, headers={"authorization": f"Bearer {KEY}"})
