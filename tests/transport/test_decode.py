"""Decoding vendors' JSON: whatever it is, it decodes or is a `DecodeError`, and nonsense costs only its own place."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.transport.decode import DecodeError, count_elements, decode_many_rows, decode_object, decode_rows


class Server(msgspec.Struct):
    host: str | None = None
    port: int | str | None = None


class Row(msgspec.Struct, rename="camel"):
    id: int | str
    display_name: str | None = None
    daily_limit: int | None = None
    rate: float | None = None
    created_at: datetime | None = None
    is_on: bool | None = None
    tags: list[str] | None = None
    pair: tuple[str, ...] = ()
    servers: list[Server] | None = None
    server: Server | None = None
    by_name: dict[str, Server] | None = None
    raw: msgspec.Raw | None = None
    error: str | msgspec.UnsetType | None = msgspec.UNSET
    parent: "Row | None" = None


WIRE_NAMES = Row.__struct_encode_fields__
HUGE = "9" * 5000
LONE = r"\ud800"
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WIRE_NAMES) | st.text(max_size=3), inner, max_size=6),
    max_leaves=25,
)
odd_rows = st.dictionaries(st.sampled_from(WIRE_NAMES), anything, max_size=8)


def encode(value: object) -> bytes:
    return json.dumps(value).encode()


@given(anything)
def test_any_json_decodes_or_is_a_decode_error(value: object) -> None:
    for decode in (decode_object, decode_rows):
        with suppress(DecodeError):
            decode(encode(value), Row)


@given(st.binary(max_size=200) | anything.map(lambda value: encode(value)[:-1]) | st.text(max_size=50).map(str.encode))
@example(b"")
@example(b'{"id": 1}{"id": 2}')
@example(b"\xff\xfe")
@example(b'[{"id": 1, "x": "\\')
@example(b"NaN")
def test_any_bytes_decode_or_are_a_decode_error(body: bytes) -> None:
    for decode in (decode_object, decode_rows):
        with suppress(DecodeError):
            decode(body, Row)


@given(odd_rows)
def test_a_row_with_an_id_is_never_lost(members: dict[str, Any]) -> None:
    body = encode([{"id": 0}, {**members, "id": 1}, {"id": 2}])
    assert [row.id for row in decode_rows(body, Row)] == [0, 1, 2]


@given(odd_rows, st.sampled_from(WIRE_NAMES[1:]), st.sampled_from([HUGE, f'"{LONE}"', f'[{{"id": "{LONE}"}}]', "1e999", f"[{HUGE}]"]))
def test_a_wrong_field_costs_only_itself(members: dict[str, Any], wrong_name: str, wrong: str) -> None:
    """The other fields read the same as without the wrong one."""
    members = {**members, "id": 7}
    members.pop(wrong_name, None)
    clean = decode_object(encode(members), Row)
    odd = decode_object(encode(members)[:-1] + f', "{wrong_name}": {wrong}}}'.encode(), Row)
    names = [name for name in Row.__struct_fields__ if name != dict(zip(WIRE_NAMES, Row.__struct_fields__, strict=True))[wrong_name]]
    for name in names:
        expected, got = getattr(clean, name), getattr(odd, name)
        if isinstance(expected, msgspec.Raw):
            expected, got = json.loads(bytes(expected)), json.loads(bytes(got))
        assert got == expected


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        (f'"dailyLimit": {HUGE}', None),
        (f'"dailyLimit": "{HUGE}"', None),
        ('"dailyLimit": "12"', 12),
        ('"dailyLimit": 12.0', 12),
        ('"dailyLimit": 12.5', None),
        ('"dailyLimit": {}', None),
        (f'"nobodyReadsThis": {HUGE}, "dailyLimit": 3', 3),
        (f'"nobodyReadsThis": "{LONE}", "dailyLimit": 3', 3),
        (f'"{LONE}": 1, "dailyLimit": 3', 3),
    ],
)
def test_numbers(odd: str, expected: int | None) -> None:
    first, second = decode_rows(f'[{{"id": 1, {odd}}}, {{"id": 2}}]'.encode(), Row)
    assert (first.id, first.daily_limit, second.id) == (1, expected, 2)


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        ('"Ann"', "Ann"),
        ("12", "12"),
        ("1.5", "1.5"),
        ("true", None),
        ("[]", None),
        (HUGE, None),
        (rf'"a{LONE}b"', "a\ufffdb"),
        (rf'"{LONE}{LONE}\udc00\udfff"', "\ufffd\U00010000\ufffd"),
        (r'"\ud83d\ude00 \\ud800 \" \u00e9"', '\U0001f600 \\ud800 " é'),
        (r'"\\\ud800"', "\\\ufffd"),
    ],
)
def test_texts(odd: str, expected: str | None) -> None:
    body = f'[{{"id": 1, "displayName": {odd}, "tags": ["{LONE}"]}}, {{"id": 2}}]'.encode()
    assert [row.display_name for row in decode_rows(body, Row)] == [expected, None]


def test_bytes_that_are_no_text_cost_their_field() -> None:
    first, second = decode_rows(b'[{"id": 1, "displayName": "\xff\xfe", "isOn": true}, {"id": 2, "displayName": "b"}]', Row)
    assert (first.display_name, first.is_on, second.display_name) == (None, True, "b")


def test_nonsense_costs_its_element() -> None:
    body = f'{{"id": 1, "tags": ["a", {{}}, {HUGE}, 5], "servers": [{{"host": "h", "port": []}}, 7, {{"port": 1}}], "pair": ["x", null]}}'
    row = decode_object(body.encode(), Row)
    assert row.tags == ["a", "5"]
    assert row.servers == [Server("h", None), Server(None, 1)]
    assert row.pair == ("x",)


def test_nonsense_costs_its_member() -> None:
    row = decode_object(f'{{"id": 1, "byName": {{"a": {{"host": "h"}}, "b": 7, "c": {{"port": {HUGE}}}}}, "error": 5.5}}'.encode(), Row)
    assert row.by_name == {"a": Server("h"), "c": Server()}
    assert row.error == "5.5"


def test_raw_members_stay_as_they_came() -> None:
    row = decode_object(f'{{"id": 1, "isOn": [], "raw": {{"n": {HUGE}, "a": 1.50}}}}'.encode(), Row)
    assert row.raw is not None
    assert bytes(row.raw) == f'{{"n": {HUGE}, "a": 1.50}}'.encode()


def test_a_row_without_what_identifies_it_costs_itself() -> None:
    assert [row.id for row in decode_rows(b'[{"displayName": "a"}, null, 5, "x", [], {"id": {}}, {"id": 3}]', Row)] == [3]
    with pytest.raises(DecodeError, match="lacks what identifies it"):
        decode_object(b'{"displayName": "a"}', Row)


@pytest.mark.parametrize("depth", [500, 990, 200_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"id": 1, "parent": ', "}")])
@pytest.mark.parametrize("name", ["nobodyReadsThis", "parent", "tags", "raw"])
def test_deep_nesting_never_overflows(name: str, opening: str, closing: str, depth: int) -> None:
    deep = f"{opening * depth}[]{closing * depth}"
    body = f'[{{"id": 1, "{name}": {deep}}}, {{"id": 2}}]'.encode()
    try:
        assert [row.id for row in decode_rows(body, Row)] in ([1, 2], [2])
    except DecodeError:
        assert depth > 900
    try:
        decode_object(body[1 : -len(', {"id": 2}]')], Row)
    except DecodeError:
        assert depth >= 500


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<html>", "not JSON"),
        (b"", "not JSON"),
        (b'{"id": 1', "not JSON|promised"),
        (b"[1", "not JSON|promised"),
        (b"null", "promised"),
        (b'"x"', "promised"),
    ],
)
def test_what_is_no_object_and_no_list(body: bytes, text: str) -> None:
    for decode in (decode_object, decode_rows):
        with pytest.raises(DecodeError, match=text):
            decode(body, Row)


def test_no_error_quotes_the_body() -> None:
    for body in (b'{"id": [], "secret": "CANARY-1"', b'["CANARY-1"]x', b'"CANARY-1"', b'{"displayName": "CANARY-1"}'):
        with pytest.raises(DecodeError) as caught:
            decode_object(body, Row)
        assert "CANARY" not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("body", [b"[1]", b'[null, "a", [{"id": 1}]]', b'[{"displayName": "no id"}]'])
def test_an_array_of_nothing_promised_is_no_empty_list(body: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_rows(body, Row)
    assert decode_rows(b"[]", Row) == []
    assert [row.id for row in decode_rows(body[:-1] + b', {"id": 2}]', Row)] == [2]


@pytest.mark.parametrize(("body", "count"), [(b"[]", 0), (b"[1, null]", 2), (rb'[{"a": "\ud83d"}, ' + HUGE.encode() + b"]", 2)])
def test_elements_are_counted_whatever_they_are(body: bytes, count: int) -> None:
    assert count_elements(body) == count


def test_what_is_no_array_has_no_elements() -> None:
    with pytest.raises(DecodeError):
        count_elements(b"{}")


async def test_many_rows_are_read_as_few() -> None:
    bodies = (
        b"[]",
        b'[{"id": 1}, 2, {"id": 3, "displayName": {}}]',
        b'{"id": 1}',
        b"[1, 2]",
        b"[",
        b'[{"id": 1, "displayName": "\\ud800"}]',
    )
    for body in bodies:
        try:
            few = decode_rows(body, Row)
        except DecodeError as error:
            with pytest.raises(DecodeError, match=str(error)):
                await decode_many_rows(body, Row)
        else:
            assert await decode_many_rows(body, Row) == few
