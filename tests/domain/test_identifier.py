"""Global ids: what was encoded comes back, and nothing else is taken."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidInputError
from gateway.domain.identifier import MAX_LENGTH, Identifier, Kind, decode, encode

PARTS = {
    Kind.ACCOUNT: 0, Kind.MAILBOX: 1, Kind.DOMAIN: 1, Kind.FOLDER: 2, Kind.RULE: 2, Kind.IDENTITY: 2, Kind.MESSAGE: 3, Kind.THREAD: 2,
    Kind.ATTACHMENT: 4, Kind.OPERATION: 1,
}  # fmt: skip
texts = st.text(max_size=40)
identifiers = st.sampled_from(list(Kind)).flatmap(
    lambda kind: st.builds(Identifier, st.just(kind), texts, st.lists(texts, min_size=PARTS[kind], max_size=PARTS[kind]).map(tuple))
)


def pack(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


@given(identifiers)
@example(Identifier(Kind.MAILBOX, "sales-eu", ("1",)))
@example(Identifier(Kind.ATTACHMENT, "a/b", ("", '"\\', "ü😀\u2028.pdf", "\0")))
def test_what_was_encoded_comes_back(identifier: Identifier) -> None:
    text = str(identifier)
    assert decode(text) == identifier
    assert decode(text, expected=identifier.kind) == identifier
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(identifiers, identifiers)
def test_different_things_have_different_ids(one: Identifier, other: Identifier) -> None:
    assert (str(one) == str(other)) is (one == other)


def test_kinds_and_their_parts_are_all_covered() -> None:
    assert set(PARTS) == set(Kind)
    assert encode(Kind.MAILBOX, "sales", "7") == pack([1, "Mailbox", "sales", "7"])


@given(st.text(max_size=80) | st.text("ABCdef019-_=", max_size=40) | st.text(st.characters(categories=["Cs"]), max_size=3))
@example("")
@example("=")
@example("bWFpbGJveA")
@example("ü")
def test_garbage_is_invalid_input(text: str) -> None:
    with pytest.raises(InvalidInputError):
        decode(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*Kind, "1", ""]) | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    )
)
@example([])
@example([1])
@example([1, "Mailbox"])
@example([1, "Mailbox", "a"])
@example([1, "Mailbox", "a", "b", "c"])
@example([1, "Mailbox", "a", 5])
@example([1, "Mailbox", 5, "a"])
@example([2, "Mailbox", "a", "b"])
@example(["1", "Mailbox", "a", "b"])
@example([True, "Mailbox", "a", "b"])
@example([1.0, "Mailbox", "a", "b"])
@example([1, "MAILBOX", "a", "b"])
@example([1, 1, "a", "b"])
@example([1, "Nothing", "a", "b"])
@example([10**2000, "Mailbox", "a", "b"])
def test_other_json_is_invalid_input(value: object) -> None:
    is_ours = (
        isinstance(value, list)
        and len(value) > 2
        and value[0] == 1
        and type(value[0]) is int
        and all(isinstance(each, str) and each.isascii() for each in value[1:])
        and value[1] in list(Kind)
        and len(value) - 3 == PARTS[Kind(value[1])]
    )
    assume(not is_ours)
    with pytest.raises(InvalidInputError):
        decode(pack(value))


@given(identifiers, st.integers(0, 200), st.sampled_from(list("=+/ \n\0.AQgw")))
def test_another_spelling_of_the_same_id_is_refused(identifier: Identifier, at: int, extra: str) -> None:
    """One thing has one id: padding, line ends, the other alphabet and spare bits are not ours."""
    text = str(identifier)
    at %= len(text) + 1
    for other in (text[:at] + extra + text[at:], text + "=" * (-len(text) % 4 or 4), text[:-1] + extra):
        if other == text:
            continue
        try:
            assert decode(other) != identifier
        except InvalidInputError:
            continue


def test_spare_bits_and_spaces_in_the_json_are_refused() -> None:
    text = encode(Kind.MAILBOX, "sales", "12")
    assert len(text) % 4 == 3
    with pytest.raises(InvalidInputError):
        decode(text[:-1] + chr(ord(text[-1]) + 1))
    with pytest.raises(InvalidInputError):
        decode(urlsafe_b64encode(b'[1, "Mailbox", "sales", "12"]').rstrip(b"=").decode())


def test_an_id_without_end_is_refused_unread() -> None:
    with pytest.raises(InvalidInputError):
        decode(encode(Kind.MAILBOX, "sales", "x" * MAX_LENGTH))


def test_a_wrong_kind_says_so_and_names_the_argument() -> None:
    with pytest.raises(InvalidInputError, match="of kind Folder, but one of kind Mailbox") as caught:
        decode(encode(Kind.FOLDER, "sales", "1", "2"), expected=Kind.MAILBOX)
    assert caught.value.field == ("id",)
