"""Faults of ours: masked as INTERNAL with a request id; the exception's own text is nowhere, in no answer and in no log."""

import logging
from typing import Any

import httpx
import pytest
from starlette.types import Message as AsgiMessage

from gateway.web.fault import FaultNet
from tests.web.conftest import open_house
from tests.web.test_attachments import Vendor, attachment_id, drive

SECRET = "CANARY-in-an-exception"


class Stumbling(httpx.AsyncBaseTransport):
    """Raises what no layer expects, wherever the path has `part` in it; else passes the request on to a house's sandboxes."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.wire: httpx.AsyncBaseTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.part in request.url.path:
            raise RuntimeError(SECRET)
        assert self.wire is not None
        # A sandbox alone has no mount in front of its paths.
        request.url = request.url.copy_with(raw_path=request.url.raw_path.removeprefix(b"/sandbox/shipmail"))
        return await self.wire.handle_async_request(request)


FOLDERS = '{ vendors { vendor } account(name: "shipmail") { mailboxes(first: 3) { nodes { id address folders { name } } } } }'


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def test_in_a_resolver_it_costs_that_field_only(caplog: pytest.LogCaptureFixture) -> None:
    wire = Stumbling("/folders")
    async with open_house(wires={"shipmail": wire}) as house:
        wire.wire = httpx.ASGITransport(app=house.sandboxes["shipmail"])
        response = await house.ask(FOLDERS)
    answer: dict[str, Any] = response.json()
    assert response.status_code == 200
    assert len(answer["data"]["vendors"]) == 5
    assert [node["folders"] for node in answer["data"]["account"]["mailboxes"]["nodes"]] == [None] * 3
    assert all(node["id"] for node in answer["data"]["account"]["mailboxes"]["nodes"])
    assert len(answer["errors"]) == 3
    for error in answer["errors"]:
        assert error["extensions"].keys() == {"code", "requestId"}
        assert error["extensions"]["code"] == "INTERNAL"
        assert error["extensions"]["requestId"] in error["message"]
        assert error["extensions"]["requestId"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "test_faults.py" in caplog.text, "the log says where"
    assert SECRET not in response.text
    assert SECRET not in caplog.text


async def test_while_an_account_loads_the_others_answer(caplog: pytest.LogCaptureFixture) -> None:
    async with open_house(wires={"shipmail": Stumbling("/")}) as house:
        response = await house.ask("{ mailboxes { nodes { vendor } sources { account { name } status problem message } } }")
    answer = response.json()
    assert "errors" not in answer
    broken = [source for source in answer["data"]["mailboxes"]["sources"] if source["problem"]]
    assert [(each["account"]["name"], each["status"], each["problem"]) for each in broken] == [("shipmail", "UNAVAILABLE", "INTERNAL")]
    assert {node["vendor"] for node in answer["data"]["mailboxes"]["nodes"]} == {"OUTREACH", "SENDKIT", "SMARTLEAD", "WOODPECKER"}
    assert "RuntimeError" in caplog.text
    assert SECRET not in response.text
    assert SECRET not in caplog.text


async def test_outside_of_resolvers_it_is_500(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async with open_house() as house:

        async def stumble(*_: object, **__: object) -> None:
            raise RuntimeError(SECRET)

        monkeypatch.setattr(house.gateway.schema, "execute", stumble)
        response = await house.ask("{ vendors { vendor } }")
    _is_masked(response, caplog)


async def test_before_execution_it_is_masked_too(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    async with open_house() as house:
        monkeypatch.setattr("strawberry.schema.schema._run_validation", stumble)
        response = await house.ask("{ vendors { vendor } }")
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] in caplog.text
    assert SECRET not in response.text
    assert SECRET not in caplog.text


async def test_at_an_attachment_it_is_500(caplog: pytest.LogCaptureFixture) -> None:
    async with open_house(wires={"shipmail": Vendor(chunks=1, error=RuntimeError(SECRET))}) as house:
        _is_masked(await house.client.get(f"/attachments/{attachment_id()}"), caplog)


async def test_within_an_attachment_it_breaks_the_answer_off(caplog: pytest.LogCaptureFixture) -> None:
    vendor = Vendor(chunks=3, fails_after=1, error=RuntimeError(SECRET))
    sent: list[AsgiMessage] = []
    async with open_house(wires={"shipmail": vendor}) as house:
        await drive(house, f"/attachments/{attachment_id()}", sent.append)
    assert [message.get("more_body") for message in sent] == [None, True]
    assert vendor.closed == 1
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


async def test_what_is_no_http_request_is_not_caught() -> None:
    """A failed start must be seen by the server."""

    async def stumble(*_: object) -> None:
        raise RuntimeError(SECRET)

    with pytest.raises(RuntimeError):
        await FaultNet(stumble)({"type": "lifespan"}, stumble, stumble)  # type: ignore[arg-type] # never called


@pytest.mark.parametrize("is_open", [False, True])
async def test_at_a_websocket_it_is_500_or_closes_with_1011(caplog: pytest.LogCaptureFixture, *, is_open: bool) -> None:
    sent: list[AsgiMessage] = []

    async def stumble(scope: object, receive: object, send: Any) -> None:  # noqa: ANN401 - ASGI's own
        del scope, receive
        if is_open:
            await send({"type": "websocket.accept"})
        raise RuntimeError(SECRET)

    async def send(message: AsgiMessage) -> None:
        sent.append(message)

    async def receive() -> AsgiMessage:
        return {"type": "websocket.connect"}

    await FaultNet(stumble)({"type": "websocket", "extensions": {"websocket.http.response": {}}}, receive, send)
    if is_open:
        assert [(message["type"], message.get("code")) for message in sent] == [("websocket.accept", None), ("websocket.close", 1011)]
    else:
        assert (sent[0]["type"], sent[0]["status"]) == ("websocket.http.response.start", 500)
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text + str(sent)


def _is_masked(response: httpx.Response, caplog: pytest.LogCaptureFixture) -> None:
    assert response.status_code == 500
    assert response.headers["cache-control"] == "no-store"
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] in error["message"]
    assert error["extensions"]["requestId"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert SECRET not in response.text
    assert SECRET not in caplog.text
