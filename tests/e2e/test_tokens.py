"""`gateway serve` with an issuer of tokens, as a user configures it: who comes in, and what is written down of it."""

from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.e2e.conftest import run, started
from tests.web.tokens.issuing import AUDIENCE, ISSUER, key_set, private_key, public, token

EC = private_key("EC")
QUERY = {"query": "{ accounts { name } }"}


def guarded(config: Path, folder: Path) -> Path:
    """The configuration with an issuer, whose keys lie in a file."""
    keys = folder / "jwks.json"
    keys.write_bytes(key_set(public(EC, kid="k1")))
    issuer = f'name = "login"\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\njwks_file = "{keys}"\nscopes = ["read"]\n'
    path = folder / "guarded.toml"
    path.write_text(f'{config.read_text()}\n[[issuers]]\n{issuer}scopes_claim = "scope"\naccounts_claim = "accounts"\n')
    return path


def test_a_token_opens_a_guarded_gateway(config: Path, keys: Mapping[str, str], tmp_path: Path) -> None:
    good = token(EC, scope="openid read write", accounts=["my-sendkit", "CANARY"], sub="CANARY-subject", jti="CANARY")
    sent = [good, token(private_key("EC", "other"), sub="CANARY"), token(EC, exp=1, sub="CANARY"), token(EC, sub="CANARY")]
    with started("serve", "--config", str(guarded(config, tmp_path)), "--port", "0", "--host", "0.0.0.0", env=keys) as running:  # noqa: S104 - what is tested
        answers = [httpx.post(f"{running.url}/graphql", json=QUERY, headers={"authorization": f"Bearer {each}"}) for each in sent]
        stranger = httpx.post(f"{running.url}/graphql", json=QUERY)
        done = running.stop()
    assert [answer.status_code for answer in (*answers, stranger)] == [200, 401, 401, 403, 401]
    assert answers[0].json()["data"] == {"accounts": [{"name": "my-sendkit"}]}
    printed = done.stdout + done.stderr
    assert "open to callers with a token" in printed
    for each in sent:
        assert not [part for part in each.split(".") if part in printed or any(part in answer.text for answer in answers)]


def test_check_tells_of_keys_that_are_not_there(config: Path, keys: Mapping[str, str], tmp_path: Path) -> None:
    path = guarded(config, tmp_path)
    fine = run("check", "--config", str(path), env=keys)
    assert (fine.exit_code, fine.stderr) == (0, "")
    assert "The keys of all issuers of tokens can be had." in fine.stdout
    (tmp_path / "jwks.json").write_text('{"keys": [{"kty": "oct"}]}')
    wrong = run("check", "--config", str(path), env=keys)
    assert (wrong.exit_code, wrong.stderr) == (1, "")
    assert "login: Its keys cannot be had: its key set holds no key for" in wrong.stdout
