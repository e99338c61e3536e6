"""Every spelling of "come back later"."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.transport.retry_after import RateHeaders, rate_headers, retry_at

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPOCH = int(NOON.timestamp())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        (" 30 ", 30),
        ("1.5", 1.5),
        ("0", 0),
        (str(EPOCH + 45), 45),
        (f"{EPOCH + 45}.5", 45.5),
        (str(EPOCH - 45), 0),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90),
        ("Fri, 20 Nov 2026 13:01:30 +0100", 90),
        ("Friday, 20-Nov-26 12:01:30 GMT", 90),
        ("Fri Nov 20 12:01:30 2026", 90),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("2026-11-20T12:02:00Z", 120),
        ("2026-11-20T13:02:00.500+01:00", 120.5),
        ("2026-11-20T12:02:00", 120),
        (str(2 * 86400), 2 * 86400),
    ],
)
def test_spellings_of_the_header(text: str, seconds: float) -> None:
    at = retry_at(httpx.Headers({"retry-after": text}), now=NOON)
    assert at == NOON + timedelta(seconds=seconds)
    assert at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "soon", "-1", "nan", "inf", "1e300", "9" * 400, str(2 * 86400 + 1), "Fri, 99 Nov 2026 12:00:00 GMT", "2026-13-01T00:00:00Z",
     "Fri, 20 Nov 99999999999999999999 12:00:00 GMT", "9999-12-31T23:59:59-23:59", "0x10"],
)  # fmt: skip
def test_nonsense_and_what_is_too_far_away_is_none(text: str) -> None:
    assert retry_at(httpx.Headers({"retry-after": text}), now=NOON) is None


def test_the_header_comes_before_the_body_and_the_body_before_the_reset() -> None:
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "300"}
    assert retry_at(httpx.Headers({"Retry-After": "10", **reset}), now=NOON, body_seconds=20) == NOON + timedelta(seconds=10)
    assert retry_at(httpx.Headers({"Retry-After": "soon", **reset}), now=NOON, body_seconds=20) == NOON + timedelta(seconds=20)
    assert retry_at(httpx.Headers(reset), now=NOON) == NOON + timedelta(seconds=300)
    assert retry_at(httpx.Headers(), now=NOON) is None


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), 1e12, 1e308])
def test_a_body_s_nonsense_is_none(seconds: float) -> None:
    assert retry_at(httpx.Headers(), now=NOON, body_seconds=seconds) is None


@pytest.mark.parametrize(("remaining", "expected"), [("0", 60), ("0, 5", 60), (" 0 ", 60), ("1", None), ("", None)])
def test_a_reset_counts_only_when_nothing_is_left(remaining: str, expected: int | None) -> None:
    headers = httpx.Headers({"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": str(EPOCH + 60)})
    assert retry_at(headers, now=NOON) == (None if expected is None else NOON + timedelta(seconds=expected))


@given(
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
    | st.from_regex(r"(Fri, )?[0-9]{1,4} Nov [0-9]{1,25} [0-9]{1,3}:[0-9]{1,3}(:[0-9]{1,3})? ([+-][0-9]{1,12}|GMT|EST|X)", fullmatch=True)
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?", fullmatch=True)
    | st.integers().map(str)
    | st.floats().map(str),
    st.none() | st.floats(),
)
@example("Fri, 20 Nov 2026 12:00:00 +99999999999", None)
@example("0001-01-01T00:00:00+23:59", None)
@example("Fri, 01 Jan 0000 00:00:00 GMT", None)
def test_no_header_raises_and_no_wait_is_absurd(text: str, body_seconds: float | None) -> None:
    value = text.encode("latin-1")
    headers = httpx.Headers([(b"retry-after", value), (b"x-ratelimit-remaining", b"0"), (b"x-ratelimit-reset", value)])
    at = retry_at(headers, now=NOON, body_seconds=body_seconds)
    assert at is None or NOON <= at <= NOON + timedelta(days=2)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "30"}, RateHeaders(5, 30.0)),
        ({"RateLimit-Remaining": "5", "RateLimit-Reset": "30"}, RateHeaders(5, 30.0)),
        ({"X-RateLimit-Remaining": "9999, 19988", "X-RateLimit-Reset": "60, 3600"}, RateHeaders(9999, 60.0)),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOON.timestamp()) + 7)}, RateHeaders(0, 7.0)),
        ({"X-RateLimit-Remaining": "0"}, None),
        ({"X-RateLimit-Reset": "30"}, None),
        ({"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "30"}, None),
        ({"X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "30"}, None),
        ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": str(int(NOON.timestamp()) - 7)}, None),
    ],
)
def test_what_a_vendor_says_of_its_own_count(headers: dict[str, str], expected: RateHeaders | None) -> None:
    assert rate_headers(httpx.Headers(headers), now=NOON) == expected


def test_a_reset_is_by_the_vendors_clock() -> None:
    there = NOON + timedelta(hours=3)
    headers = {
        "Date": format_datetime(there, usegmt=True),
        "X-RateLimit-Remaining": "1",
        "X-RateLimit-Reset": f"{there.timestamp() + 9:.0f}",
    }
    assert rate_headers(httpx.Headers(headers), now=NOON) == RateHeaders(1, 9.0)
