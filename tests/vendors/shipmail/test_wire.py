import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import (
    ErrorCode,
    FieldFault,
    LimitUsage,
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.transport.call import Answer
from gateway.transport.failure import Fault
from gateway.vendors.shipmail.wire import fault
from tests.vendors.shipmail.conftest import recorded


def read(name: str) -> Fault:
    recording = recorded(name)
    return fault(Answer(recording.status, httpx.Headers(recording.headers), recording.content))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error_401", VendorAuthError),
        ("error_403_scope", VendorForbiddenError),
        ("error_403_quota", VendorForbiddenError),
        ("error_404", VendorNotFoundError),
        ("error_422", VendorRejectedError),
        ("error_429", RateLimitedError),
        ("error_500", VendorUnavailableError),
        ("error_unknown_type", None),
    ],
)
def test_the_type_says_what_kind_of_error_it_is(name: str, kind: type[VendorError] | None) -> None:
    assert read(name).kind is kind
    assert read(name).message == recorded(name).body["error"]["message"]


def test_a_full_plan_is_told_apart_from_a_missing_scope() -> None:
    assert read("error_403_scope").reason is None
    assert read("error_403_quota").reason is ErrorCode.LIMIT_REACHED
    assert read("error_unknown_type").reason is ErrorCode.LIMIT_REACHED
    assert read("error_403_quota_newer_api").limit == LimitUsage(used=10, max=10)


def test_refused_fields() -> None:
    assert read("error_422").fields == (
        FieldFault("address", "Only letters, digits, dots, hyphens and underscores."),
        FieldFault("display_name", "At most 200 characters."),
    )
    assert read("error_422_detail_code_newer_api").fields == (FieldFault("rules.0.actions.0.target.folder_id", "Unknown folder."),)
    assert read("error_422_no_details").fields == ()


def test_when_to_come_back() -> None:
    assert read("error_429").retry_after_seconds == 17
    assert read("error_429_no_retry_after").retry_after_seconds is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b"[]", b"{}", b'{"error":null}', b'{"error":[1]}', b"\xff", b'{"error":{"type":[]']
)
def test_other_bodies_say_nothing(body: bytes) -> None:
    assert fault(Answer(502, httpx.Headers(), body)) == Fault()


def test_a_bare_text_is_read() -> None:
    assert fault(Answer(400, httpx.Headers(), b'{"error":"no"}')) == Fault(message="no")


def test_an_attachment_that_is_too_large_is_named() -> None:
    assert "too large" in (fault(Answer(413, httpx.Headers(), b"")).message or "")


@given(st.binary() | st.text().map(lambda text: ('{"error":{"details":[' + text + "]}}").encode("utf-8", "replace")), st.integers(400, 599))
def test_nothing_breaks_the_reader(body: bytes, status: int) -> None:
    assert isinstance(fault(Answer(status, httpx.Headers(), body)), Fault)
