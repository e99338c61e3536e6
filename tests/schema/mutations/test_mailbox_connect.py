"""`mailboxConnect`: SendKit alone hands out consent pages."""

import pytest

from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import errors_of, write


@pytest.mark.parametrize(("provider", "host"), [("GOOGLE", "https://accounts.google.example/"), ("MICROSOFT", "https://login.microsoft")])
async def test_a_page_is_handed_out(fleet: Fleet, provider: str, host: str) -> None:
    payload = await write(fleet, "mailboxConnect", account="sendkit", provider=provider)
    assert (payload["userErrors"], payload["operation"]) == ([], None)
    assert payload["authorizationUrl"].startswith(host)


@pytest.mark.parametrize("provider", ["ZOHO", "CUSTOM", "UNKNOWN"])
async def test_another_provider_has_none(fleet: Fleet, provider: str) -> None:
    payload = await write(fleet, "mailboxConnect", account="sendkit", provider=provider)
    assert errors_of(payload) == [(["provider"], "BAD_USER_INPUT")]
    assert payload["userErrors"][0]["message"] == f"SendKit has consent pages of GOOGLE and MICROSOFT, not of {provider}."
    assert fleet.calls()["sendkit"] == 0


async def test_a_lost_page_can_be_asked_for_again(fleet: Fleet) -> None:
    fleet.sandboxes["sendkit"].outages.append(Outage(method="POST", status=502, times=1))
    payload = await write(fleet, "mailboxConnect", account="sendkit", provider="GOOGLE")
    assert errors_of(payload) == [(None, "VENDOR_UNAVAILABLE")]
    assert payload["userErrors"][0]["message"] == "SendKit did not hand out a consent page. Nothing has changed: ask again."
    assert (await write(fleet, "mailboxConnect", account="sendkit", provider="GOOGLE"))["authorizationUrl"]


async def test_what_is_no_web_page_is_not_handed_on(fleet: Fleet) -> None:
    body = b'{"success": true, "data": {"authUrl": "javascript:alert(1)"}}'
    fleet.sandboxes["sendkit"].outages.append(Outage(method="POST", status=200, body=body))
    payload = await write(fleet, "mailboxConnect", account="sendkit", provider="GOOGLE")
    assert (errors_of(payload), payload["authorizationUrl"]) == ([(None, "VENDOR_PROTOCOL_ERROR")], None)
