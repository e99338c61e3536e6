"""What `gateway check` says of the issuers of tokens."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from gateway.commands.check_issuers import check_issuers, print_issuers
from gateway.config import IssuerSettings
from tests.web.tokens.issuing import key_set, private_key, public

CANARY = "CANARY-in-the-address"


async def printed(*issuers: IssuerSettings) -> str:
    out = StringIO()
    print_issuers(await check_issuers(issuers), Console(file=out, width=200))
    return out.getvalue()


def from_file(name: str, path: Path) -> IssuerSettings:
    return IssuerSettings(name=name, issuer=f"https://{name}.example", audience="gateway", jwks_file=path)


async def test_all_is_well(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(public(private_key("EC"), kid="k1")))
    assert await printed(from_file("login", path)) == "The keys of all issuers of tokens can be had.\n"


async def test_without_issuers_there_is_nothing_to_say() -> None:
    assert await printed() == ""


async def test_what_is_wrong_and_what_helps(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(key_set(public(private_key("EC"), kid="k1")))
    bad.write_bytes(key_set({"kty": "oct", "k": CANARY}))
    away = IssuerSettings(name="away", issuer="https://away.example", audience="gateway", jwks_url=f"http://127.0.0.1:1/{CANARY}")
    text = await printed(from_file("login", good), from_file("weak", bad), away)
    assert "weak: Its keys cannot be had: its key set holds no key for RS256, PS256, ES256, EdDSA." in text
    assert "Cure: Look at jwks_file" in text
    assert "away: Its keys cannot be had: its address cannot be read (ConnectError)." in text
    assert "Cure: Look at jwks_url" in text
    assert "login" not in text
    assert CANARY not in text + caplog.text
