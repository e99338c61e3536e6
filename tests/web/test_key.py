"""Keys for callers."""

import hashlib

import pytest

from gateway.web.key import new_key, verify_key


def test_a_new_key_and_its_hash() -> None:
    key, key_hash = new_key()
    assert key.startswith("mgw_")
    assert len(key) == len("mgw_") + 43
    assert key.removeprefix("mgw_").replace("-", "").replace("_", "").isalnum()
    assert key_hash == f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    assert verify_key(key, key_hash)


def test_no_two_keys_are_alike() -> None:
    assert len({new_key() for _ in range(50)}) == 50


@pytest.mark.parametrize("presented", ["", "mgw_", "é", "\ud800", "\0", "x" * 100_000])
def test_another_key_is_refused(presented: str) -> None:
    assert not verify_key(presented, new_key()[1])


def test_a_key_is_refused_but_for_its_last_letter_and_with_odd_hashes() -> None:
    key, key_hash = new_key()
    assert not verify_key(key[:-1], key_hash)
    assert not verify_key(key, key_hash[:-1])
    assert not verify_key(key, "é")
    assert not verify_key(key_hash, key_hash)
