import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import RateLimitedError, VendorAuthError, VendorForbiddenError, VendorUnavailableError
from gateway.transport.call import Answer
from gateway.vendors.woodpecker.wire import fault
from tests.vendors.woodpecker.conftest import recorded


def answer(body: bytes, status: int = 400, content_type: str = "application/json") -> Answer:
    return Answer(status, httpx.Headers({"content-type": content_type}), body)


@pytest.mark.parametrize(
    ("name", "message", "kind"),
    [
        ("error_401", "Invalid or missing API key", None),
        ("error_404", "Mailbox 1 was not found", None),
        ("error_429", "Too many requests", None),
        ("error_422_domains", "cannot_delete_due_to_not_connected_mailbox", None),
        ("error_401_v1", "Invalid API key", VendorAuthError),
        ("error_403_v1", "No API add-on", VendorForbiddenError),
        ("error_429_v1_as_409", "Too many requests simultaneously", RateLimitedError),
        ("error_500_bulk", "INTERNAL_ERROR", None),
        ("bulk_add_conflict_409", "Mailbox neu@ostwind-leads.example is already connected", None),
    ],
)
def test_every_dialect(name: str, message: str, kind: type[Exception] | None) -> None:
    read = fault(answer(recorded(name)))
    assert (read.message, read.kind) == (message, kind)


def test_a_bulk_refusal_names_its_fields() -> None:
    fields = fault(answer(recorded("bulk_add_invalid_400"))).fields
    assert [field.field for field in fields] == ["mailboxes[0].smtp_port", "mailboxes[0].footer"]
    assert fields[0].message == "mailboxes[0].smtp_port must be between 1 and 65535"


@pytest.mark.parametrize(
    ("body", "message", "kind"),
    [
        (b"Too Many Requests", "Too Many Requests", None),
        (b"<html><body>502</body></html>", None, None),
        (b'{"title": "cut o', None, None),
        (b"", None, None),
        (b"[]", None, None),
        (b'"text"', None, None),
        (b'{"message": "odd"}', "odd", None),
        (b'{"detail": " ", "error": "no"}', "no", None),
        (b'{"details": [{"a": 1}, "b"], "status": []}', "b", None),
        (b'{"code": "E_TOO_MANY_REQUESTS"}', "E_TOO_MANY_REQUESTS", RateLimitedError),
        (b'{"status": {"code": "E_UNKNOWN"}}', "E_UNKNOWN", VendorUnavailableError),
    ],
)
def test_bodies_that_no_page_shows(body: bytes, message: str | None, kind: type[Exception] | None) -> None:
    read = fault(answer(body))
    assert (read.message, read.kind) == (message, kind)


@given(st.binary(max_size=200))
def test_no_body_raises(body: bytes) -> None:
    fault(answer(body))
