"""Vaults and fingerprints: kept, and readable to nobody without the key."""

import base64
import logging
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.domain.vault import MemoryVault
from gateway.state.cipher import Cipher
from gateway.state.sqlite import SqliteState

TOKEN = "rt_CANARY_7f3a9c1e5b2d4860_CANARY"


async def test_a_text_outlives_the_process(state: SqliteState, directory: Path) -> None:
    assert await state.vault("rota").load() is None
    await state.vault("rota").save("first")
    await state.vault("rota").save(TOKEN)
    await state.vault("other").save("else")
    assert await state.vault("rota").load() == TOKEN
    await state.close()
    again = await SqliteState.open(directory, state_key="long and random")
    assert await again.vault("rota").load() == TOKEN
    assert await again.vault("other").load() == "else"
    await again.close()


async def test_the_files_do_not_show_it(state: SqliteState, directory: Path) -> None:
    await state.vault("rota").save(TOKEN)
    await state.claim_key("s", "k", fingerprint=state.fingerprint(TOKEN.encode()), operation_key=None)
    seen_open = everything_in(directory)
    await state.close()
    for hay in (seen_open, everything_in(directory)):
        assert b"vaults" in hay  # the needle would be found: this is where the rows are
        for lead in range(3):
            encoded = base64.b64encode(bytes(lead) + TOKEN.encode())[4:-4]
            assert encoded not in hay
        assert TOKEN.encode() not in hay
        assert TOKEN.encode("utf-16-le") not in hay
        assert TOKEN.encode().hex().encode() not in hay
        assert sha256(TOKEN.encode()).digest() not in hay
        assert sha256(TOKEN.encode()).hexdigest().encode() not in hay


def everything_in(directory: Path) -> bytes:
    """Every file: the log of what is written ahead too."""
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


async def test_another_key_reads_nothing_and_says_so(state: SqliteState, directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    await state.vault("rota").save(TOKEN)
    await state.close()
    other = await SqliteState.open(directory, state_key="another")
    with caplog.at_level(logging.WARNING):
        assert await other.vault("rota").load() is None
    (record,) = caplog.records
    assert "account rota" in record.getMessage()
    assert "GATEWAY_STATE_KEY is not the one" in record.getMessage()
    assert "another" not in record.getMessage().replace("another refresh", "")
    await other.vault("rota").save("new")
    assert await other.vault("rota").load() == "new"
    await other.close()


async def test_rows_that_changed_places_read_as_nothing(state: SqliteState) -> None:
    await state.vault("mine").save(TOKEN)
    swap = "INSERT INTO vaults (account, hidden) SELECT 'theirs', hidden FROM vaults"
    await state._database.write(lambda connection: connection.execute(swap))
    assert await state.vault("theirs").load() is None
    assert await state.vault("mine").load() == TOKEN


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 40])
async def test_damaged_rows_read_as_nothing(state: SqliteState, damage: bytes) -> None:
    await state.vault("rota").save(TOKEN)
    await state._database.write(lambda connection: connection.execute("UPDATE vaults SET hidden = ?", (damage,)))
    assert await state.vault("rota").load() is None


async def test_without_a_key_nothing_is_kept_on_the_disk(directory: Path) -> None:
    state = await SqliteState.open(directory, state_key=None)
    vault = state.vault("rota")
    await vault.save(TOKEN)
    assert isinstance(vault, MemoryVault)
    assert await state.vault("rota").load() == TOKEN
    await state.close()
    again = await SqliteState.open(directory, state_key=None)
    assert await again.vault("rota").load() is None
    await again.close()


async def test_two_programs_renew_beside_each_other(state: SqliteState, directory: Path) -> None:
    beside = await SqliteState.open(directory, state_key="long and random")
    for number in range(5):
        await state.vault("rota").save(f"a-{number}")
        assert await beside.vault("rota").load() == f"a-{number}"
        await beside.vault("rota").save(f"b-{number}")
        assert await state.vault("rota").load() == f"b-{number}"
    await beside.close()


async def test_fingerprints_are_the_same_at_the_next_start(directory: Path) -> None:
    for state_key in ("k", None):
        prints = []
        for _ in range(2):
            state = await SqliteState.open(directory, state_key=state_key)
            prints.append((state.fingerprint(b"x"), state.fingerprint(b"y")))
            await state.close()
        assert prints[0] == prints[1]
        assert prints[0][0] != prints[0][1]


async def test_fingerprints_differ_from_place_to_place(tmp_path: Path) -> None:
    prints = []
    for name in ("a", "b"):
        state = await SqliteState.open(tmp_path / name, state_key=None)
        prints.append(state.fingerprint(b"x"))
        await state.close()
    in_memory = SqliteState.in_memory()
    assert len({*prints, in_memory.fingerprint(b"x")}) == 3
    assert {len(bytes.fromhex(each)) for each in prints} == {32}
    await in_memory.close()


def test_the_same_text_is_hidden_differently_each_time() -> None:
    cipher = Cipher(b"secret")
    first, second = cipher.encrypt("ünï", about="a"), cipher.encrypt("ünï", about="a")
    assert first != second
    assert cipher.decrypt(first, about="a") == cipher.decrypt(second, about="a") == "ünï"
    assert cipher.decrypt(first, about="b") is None
    assert Cipher(b"other").decrypt(first, about="a") is None
