"""Keys for callers."""

import hashlib

import pytest

from gateway.web.key import hash_of, is_same_hash, new_key


def test_a_new_key_and_its_hash() -> None:
    key, key_hash = new_key()
    assert key.startswith("mgw_")
    assert len(key) == len("mgw_") + 43
    assert key.removeprefix("mgw_").replace("-", "").replace("_", "").isalnum()
    assert key_hash == f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    assert is_same_hash(hash_of(key), key_hash)


def test_no_two_keys_are_alike() -> None:
    assert len({new_key() for _ in range(50)}) == 50


@pytest.mark.parametrize("presented", ["", "mgw_", "é", "\ud800", "\0", "x" * 100_000])
def test_another_key_is_refused(presented: str) -> None:
    assert not is_same_hash(hash_of(presented), new_key()[1])


def test_a_key_is_refused_but_for_its_last_letter_and_with_odd_hashes() -> None:
    key, key_hash = new_key()
    assert not is_same_hash(hash_of(key[:-1]), key_hash)
    assert not is_same_hash(hash_of(key), key_hash[:-1])
    assert not is_same_hash(hash_of(key), "é")
    assert not is_same_hash(hash_of(key_hash), key_hash)
