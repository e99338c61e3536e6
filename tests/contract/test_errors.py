"""One table of what goes wrong at a vendor, and the same error for it everywhere."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import msgspec
import pytest

from gateway.domain.errors import (
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.sandbox.server import Outage
from tests.contract.conftest import Contract

HTML = b"<html><body><h1>502 Bad Gateway</h1><p>api_key=SECRET-IN-HTML</p></body></html>"
JSON: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})


class Trouble(msgspec.Struct, frozen=True):
    """An answer of the vendor, and the error that it must become."""

    status: int
    error: type[VendorError]
    body: bytes = b"{}"
    headers: Mapping[str, str] = JSON


TABLE: dict[str, Trouble] = {
    "401": Trouble(401, VendorAuthError),
    "401 as HTML": Trouble(401, VendorAuthError, HTML, {"content-type": "text/html"}),
    "403": Trouble(403, VendorForbiddenError),
    "404": Trouble(404, VendorNotFoundError),
    "429 with delta": Trouble(429, RateLimitedError, headers={**JSON, "retry-after": "7"}),
    "429 as text": Trouble(429, RateLimitedError, b"Too Many Requests", {"content-type": "text/plain"}),
    "500": Trouble(500, VendorUnavailableError),
    "500 empty": Trouble(500, VendorUnavailableError, b"", {}),
    "502 as HTML": Trouble(502, VendorUnavailableError, HTML, {"content-type": "text/html"}),
    "503": Trouble(503, VendorUnavailableError, headers={**JSON, "retry-after": "2030-01-01T00:00:00Z"}),
    "504": Trouble(504, VendorTimeoutError),
    "302": Trouble(302, VendorProtocolError, b"", {"location": "http://elsewhere.example/"}),
    "200 as HTML": Trouble(200, VendorProtocolError, HTML, {"content-type": "text/html"}),
    "200 empty": Trouble(200, VendorProtocolError, b""),
    "200 truncated": Trouble(200, VendorProtocolError, b'{"data": [{"id": 1, "type": "SM'),
    "200 number": Trouble(200, VendorProtocolError, b"42"),
    "200 text": Trouble(200, VendorProtocolError, b'"ok"'),
    "200 null": Trouble(200, VendorProtocolError, b"null"),
    "200 not UTF-8": Trouble(200, VendorProtocolError, b'{"data": "\xff\xfe"}'),
    "200 bottomless": Trouble(200, VendorProtocolError, b"[" * 100_000),
    "200 with an error inside": Trouble(
        200, VendorProtocolError, b'{"success": false, "error": {"message": "no"}, "errors": [{"detail": "no"}]}'
    ),
}


async def raised_by_list(contract: Contract) -> VendorError:
    with pytest.raises(VendorError) as caught:
        async for _ in contract.adapter.list_mailboxes():
            pass
    return caught.value


@pytest.mark.parametrize("name", list(TABLE))
async def test_a_troubled_list_is_the_same_error_everywhere(contract: Contract, name: str) -> None:
    trouble = TABLE[name]
    contract.sandbox.outages.append(Outage(status=trouble.status, body=trouble.body, headers=trouble.headers))
    error = await raised_by_list(contract)
    assert type(error) is trouble.error
    assert (error.vendor, error.account) == (contract.spec.vendor, "under-test")
    assert "<" not in error.message
    assert "SECRET-IN-HTML" not in error.message


@pytest.mark.parametrize("name", list(TABLE))
async def test_a_troubled_get_is_the_same_error_everywhere(contract: Contract, name: str) -> None:
    trouble = TABLE[name]
    row = [mailbox async for page in contract.adapter.list_mailboxes() for mailbox in page].pop()
    contract.sandbox.outages.append(Outage(status=trouble.status, body=trouble.body, headers=trouble.headers))
    with pytest.raises(VendorError) as caught:
        await contract.adapter.get_mailbox(row.vendor_id)
    assert type(caught.value) is trouble.error
    assert "SECRET-IN-HTML" not in caught.value.message


async def test_a_wrong_key_is_an_auth_error_that_does_not_show_the_key(contract: Contract) -> None:
    contract.sandbox.outages.append(Outage(status=401, body=msgspec.json.encode({"message": f"bad key {_secret(contract)}"}), headers=JSON))
    error = await raised_by_list(contract)
    assert isinstance(error, VendorAuthError)
    assert _secret(contract) not in str(error) + repr(error)


async def test_retry_after_is_understood(contract: Contract) -> None:
    contract.sandbox.outages.append(Outage(status=429, headers={**JSON, "retry-after": "60"}))
    error = await raised_by_list(contract)
    assert error.retry_at is not None
    assert timedelta(seconds=50) < error.retry_at - datetime.now(UTC) <= timedelta(seconds=60)


def _secret(contract: Contract) -> str:
    secrets = [
        contract.sandbox.account[key]
        for key, setting in contract.spec.settings.items()
        if setting.is_secret and key in contract.sandbox.account
    ]
    return secrets[0]
