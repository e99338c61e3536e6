"""Keys come and go at the issuer; a stranger's tokens cause no traffic."""

import asyncio
import json
import logging
from pathlib import Path

import httpx
import jwt
import pytest

from gateway.web.tokens.issuer_keys import KEPT_SECONDS, IssuerKeys
from gateway.web.tokens.key_set import UnusableKeysError, read_key_set
from gateway.web.tokens.key_source import LARGEST_BYTES, KeyFile, KeyUrl
from tests.web.tokens.issuing import Clock, Source, key_set, keys_of, private_key, public

EC, RSA = private_key("EC"), private_key("RSA")
ONE, TWO = key_set(public(EC, kid="k1")), key_set(public(EC, kid="k1"), public(EC, kid="k2"))
ALGORITHMS = ("RS256", "ES256", "EdDSA")


# ---------------------------------------------------------------------- rotation
async def test_a_new_key_is_found_at_once() -> None:
    source = Source(ONE)
    keys = keys_of(source, clock=(clock := Clock()))
    assert await keys.find("k1", "ES256")
    assert await keys.find("k1", "ES256")
    assert source.reads == 1
    source.content, clock.now = TWO, clock.now + 1
    assert all(await asyncio.gather(*(keys.find("k2", "ES256") for _ in range(50))))
    assert source.reads == 2


async def test_unknown_keys_cause_one_read_in_a_while() -> None:
    source = Source(ONE)
    keys = keys_of(source, clock=(clock := Clock()))
    for _ in range(3):
        for number in range(50):
            clock.now += 0.1
            assert await keys.find(f"x{number}", "ES256") is None
    assert source.reads == 2
    clock.now += 30
    await asyncio.gather(*(keys.find(f"x{number}", "ES256") for number in range(50)))
    assert source.reads == 3


async def test_many_wait_for_one_read() -> None:
    source = Source(ONE)
    keys = keys_of(source)
    assert all(await asyncio.gather(*(keys.find("k1", "ES256") for _ in range(50))))
    assert source.reads == 1


async def test_a_withdrawn_key_is_gone_once_the_keys_are_old() -> None:
    source = Source(TWO)
    keys = keys_of(source, clock=(clock := Clock()))
    assert await keys.find("k2", "ES256")
    source.content, clock.now = ONE, clock.now + 300
    assert await keys.find("k2", "ES256"), "it is looked at beside"
    await asyncio.sleep(0.01)
    assert await keys.find("k2", "ES256") is None

    source.content, clock.now = TWO, clock.now + 600
    assert await keys.find("k2", "ES256"), "it is waited for"


async def test_keys_outlive_their_source_for_a_time(caplog: pytest.LogCaptureFixture) -> None:
    source = Source(ONE)
    keys = keys_of(source, clock=(clock := Clock()))
    assert await keys.find("k1", "ES256")
    source.content = None
    for _ in range(20):
        clock.now += KEPT_SECONDS / 21
        assert await keys.find("k1", "ES256")
    assert source.reads == 21
    clock.now += KEPT_SECONDS / 21
    with pytest.raises(UnusableKeysError):
        await keys.find("k1", "ES256")
    assert "The keys of the issuer login cannot be had: nobody answers." in caplog.text


async def test_without_any_keys_it_is_tried_again_soon() -> None:
    source = Source(None)
    keys = keys_of(source, clock=(clock := Clock()))
    for _ in range(10):
        with pytest.raises(UnusableKeysError):
            await keys.find("k1", "ES256")
    assert source.reads == 1
    source.content, clock.now = ONE, clock.now + 5
    assert await keys.find("k1", "ES256")


# ---------------------------------------------------------------------- key sets
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [1]}',
        b'{"keys": []}',
        b"\xff",
        b"[" * 100_000,
        key_set({"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}),
        key_set({"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "ES256"}),
        key_set(public(EC, kid="k1", use="enc")),
        key_set(public(EC, kid="k1", key_ops=["sign"])),
        key_set(public(EC, kid="k1", alg="ES384")),
        key_set(public(EC, kid=17)),
        key_set({**public(EC, kid="k1"), "x": "AAAA"}),
        key_set({**public(EC, kid="k1"), "x": 17}),
        key_set(public(private_key("EC384"), kid="k1")),
        key_set(public(private_key("RSA1024"), kid="k1")),
        key_set({"kty": "RSA", "n": "AQAB", "kid": "k1"}),
    ],
)
def test_no_key_that_can_be_used(content: bytes) -> None:
    with pytest.raises(UnusableKeysError):
        read_key_set(content, ALGORITHMS)


def test_one_bad_key_does_not_hide_the_others() -> None:
    found = read_key_set(key_set({"kty": "EC"}, {"kty": "oct", "k": "eA"}, public(RSA, kid="k2", alg="RS256")), ALGORITHMS)
    assert found.find("k2", "RS256")
    assert found.find("k2", "ES256") is None


def test_without_an_id_only_the_only_key_will_do() -> None:
    assert read_key_set(key_set(public(EC), public(RSA)), ALGORITHMS).find(None, "ES256")
    assert read_key_set(TWO, ALGORITHMS).find(None, "ES256") is None


def test_a_private_key_that_was_published_verifies_as_its_public_half() -> None:
    row = json.loads(jwt.PyJWS().get_algorithm_by_name("ES256").to_jwk(EC))
    assert "d" in row
    row.pop("key_ops", None)
    found = read_key_set(key_set({**row, "kid": "k1"}), ALGORITHMS).find("k1", "ES256")
    assert found is not None
    assert not hasattr(found.key, "sign")


# ---------------------------------------------------------------------- addresses
CANARY = "CANARY-in-the-address"


async def read(handle: object) -> str:
    """What is wrong with an address that answers like this."""
    source = KeyUrl(f"https://login.example/{CANARY}", wire=httpx.MockTransport(handle))  # type: ignore[arg-type] # a table of handlers
    try:
        await source.read()
    except UnusableKeysError as error:
        return str(error)
    finally:
        await source.close()
    return ""


def _fails(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"cannot reach {request.url}")


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        (lambda _: httpx.Response(200, stream=httpx.ByteStream(ONE)), ""),
        (lambda _: httpx.Response(302, headers={"location": "https://login.example/other"}), "its address answers 302"),
        (lambda _: httpx.Response(503), "its address answers 503"),
        (lambda _: httpx.Response(200, stream=httpx.ByteStream(b"x" * (LARGEST_BYTES + 1))), "its key set is larger than 256 KiB"),
        (lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"x")), "compressed"),
        (_fails, "its address cannot be read (ConnectError)"),
    ],
)
async def test_an_address(handle: object, words: str) -> None:
    found = await read(handle)
    assert words in found
    assert bool(found) == bool(words)
    assert CANARY not in found


async def test_an_address_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    monkeypatch.setattr("gateway.web.tokens.key_source.FETCH_SECONDS", 0.05)
    assert "no whole answer" in await read(drip)


# ---------------------------------------------------------------------- files
async def test_a_file_that_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(ONE)
    keys = IssuerKeys("login", KeyFile(path), ALGORITHMS, clock=(clock := Clock()))
    assert await keys.find("k1", "ES256")
    assert await keys.find("k2", "ES256") is None
    path.write_bytes(TWO)
    clock.now += 2
    assert await keys.find("k2", "ES256")

    path.unlink()
    clock.now += 2
    with caplog.at_level(logging.WARNING):
        assert await keys.find("k2", "ES256")
    assert "its file cannot be read: No such file" in caplog.text
    path.write_bytes(b"x" * (LARGEST_BYTES + 1))
    clock.now += 2
    with caplog.at_level(logging.WARNING):
        assert await keys.find("k2", "ES256")
    assert "its key set is larger than 256 KiB" in caplog.text
