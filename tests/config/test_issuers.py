"""`[[issuers]]`, and callers that come with a token: what is read, and every single thing that can be wrong."""

from pathlib import Path

import pytest

from gateway.config import CallerSettings, IssuerSettings
from tests.config.made_up import ACCOUNT, CANARY, HASH, load, only_problem, refusal

ISSUER = (
    '[[issuers]]\nname = "login"\nissuer = "https://login.example/"\naudience = "gateway"\n'
    'jwks_url = "https://login.example/jwks"\nscopes = ["read"]\n'
)
JOB = '[[callers]]\nname = "job"\nissuer = "login"\nsubject = "job-1"\nscopes = ["read"]\n'
OTHER_HASH = HASH.replace("0", "f")


def test_a_full_table(tmp_path: Path) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_text('{"keys": [{}]}')
    toml = f"""{ACCOUNT}{ISSUER.replace('jwks_url = "https://login.example/jwks"', f'jwks_file = "{keys}"')}
algorithms = ["RS256", "ES384", "RS256"]
leeway = "10s"
accounts = ["kit"]
scopes_claim = "scp"
accounts_claim = "https://example.com/accounts"
"""
    settings = load(tmp_path, toml)
    assert settings.issuers == (
        IssuerSettings(
            name="login",
            issuer="https://login.example/",
            audience="gateway",
            jwks_file=keys,
            algorithms=("RS256", "ES384"),
            leeway_seconds=10.0,
            scopes=frozenset({"read"}),
            accounts=("kit",),
            scopes_claim="scp",
            accounts_claim="https://example.com/accounts",
        ),
    )
    assert not settings.is_open
    assert "gateway" not in repr(settings.issuers)


def test_the_shortest_table(tmp_path: Path) -> None:
    issuer = ISSUER.replace('scopes = ["read"]\n', "")
    settings = load(tmp_path, ACCOUNT + issuer + JOB)
    assert settings.issuers[0].algorithms == ("RS256", "PS256", "ES256", "EdDSA")
    assert (settings.issuers[0].leeway_seconds, settings.issuers[0].scopes) == (30.0, frozenset())
    assert settings.callers == (CallerSettings(name="job", issuer="login", subject="job-1", scopes=frozenset({"read"})),)


def test_several_keys_of_one_caller(tmp_path: Path) -> None:
    toml = f'{ACCOUNT}[[callers]]\nname = "web"\nkey_hashes = ["{HASH}", "{OTHER_HASH.upper().replace("SHA", "sha")}"]\nscopes = ["read"]\n'
    assert load(tmp_path, toml).callers[0].key_hashes == (HASH, OTHER_HASH)


def test_nobody_is_named(tmp_path: Path) -> None:
    assert load(tmp_path, ACCOUNT).is_open


# ---------------------------------------------------------------------- issuers
@pytest.mark.parametrize("key", ["name", "issuer", "audience"])
def test_what_an_issuer_cannot_be_without(tmp_path: Path, key: str) -> None:
    toml = "\n".join(line for line in ISSUER.splitlines() if not line.startswith(f"{key} ="))
    path, message, cure = only_problem(tmp_path, f"{ACCOUNT}{toml}\n")
    assert (path, message) == (f"issuers[0].{key}", "Is missing.")
    assert cure


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ('jwks_url = "https://login.example/jwks"', "", "jwks_url", "Is missing."),
        ("https://login.example/jwks", "ftp://login.example/jwks", "jwks_url", "This address does not begin with http:// or https://."),
        ("https://login.example/jwks", f"https://u:{CANARY}@login.example", "jwks_url", "This address holds a user or a password."),
        ("https://login.example/jwks", "http://login.example/jwks", "jwks_url", "Begins with http://: whoever is on the way could put"),
        ("https://login.example/jwks", "http://127.0.0.1.evil.example/jwks", "jwks_url", "Begins with http://"),
        ('scopes = ["read"]', 'scopes = ["raed"]', "scopes[0]", '"raed" is no scope here.'),
        ('scopes = ["read"]', "", "scopes", "Is missing, and no [[callers]] name this issuer"),
        ('scopes = ["read"]', 'scopes = ["read"]\naccounts = ["tik"]', "accounts[0]", '"tik" is no account here.'),
        ('scopes = ["read"]', 'scopes = ["read"]\nleeway = "10m"', "leeway", "Is longer than five minutes."),
        ('scopes = ["read"]', 'scopes = ["read"]\nalgorithms = []', "algorithms", "Names no algorithm."),
        ('scopes = ["read"]', 'scopes = ["read"]\nscope_claim = "scp"', "scope_claim", "There is no such key."),
        ('name = "login"', 'name = "log in"', "name", '"log in" cannot be a name.'),
    ],
)
def test_what_can_be_wrong_with_an_issuer(tmp_path: Path, old: str, new: str, path: str, message: str) -> None:
    found = only_problem(tmp_path, ACCOUNT + ISSUER.replace(old, new))
    assert found[0] == f"issuers[0].{path}"
    assert found[1].startswith(message)
    assert found[2]
    assert CANARY not in str(found)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "rs256", "ES256K", ""])
def test_an_algorithm_that_is_not_taken(tmp_path: Path, algorithm: str) -> None:
    path, _, cure = only_problem(tmp_path, f'{ACCOUNT}{ISSUER}algorithms = ["RS256", "{algorithm}"]\n')
    assert path == "issuers[0].algorithms[1]"
    assert cure


def test_accounts_without_scopes(tmp_path: Path) -> None:
    issuer = ISSUER.replace('scopes = ["read"]\n', 'accounts = ["kit"]\n')
    assert only_problem(tmp_path, ACCOUNT + issuer + JOB)[:2] == ("issuers[0].accounts", "Is of no use without scopes.")


def test_keys_on_this_machine_need_no_https(tmp_path: Path) -> None:
    for host in ("127.0.0.1:81", "localhost", "[::1]:81"):
        assert load(tmp_path, ACCOUNT + ISSUER.replace("https://login.example/jwks", f"http://{host}/jwks")).issuers


def test_two_sources(tmp_path: Path) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_text('{"keys": [{}]}')
    found = only_problem(tmp_path, f'{ACCOUNT}{ISSUER}jwks_file = "{keys}"\n')
    assert found == ("issuers[0].jwks_file", "Stands beside jwks_url.", "Keep one of both.")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is no key set"),
        (b"-----BEGIN PUBLIC KEY-----", "is no key set"),
        (b"\xff", "is no key set"),
        (b"[" * 100_000, "is no key set"),
        (b'{"keys": []}', "holds no key"),
        (b" " * 300_000, "is larger than 256 KiB"),
    ],
)
def test_a_file_without_keys(tmp_path: Path, content: bytes | None, words: str) -> None:
    keys = tmp_path / "jwks.json"
    if content is not None:
        keys.write_bytes(content)
    issuer = ISSUER.replace('jwks_url = "https://login.example/jwks"', f'jwks_file = "{keys}"')
    path, message, cure = only_problem(tmp_path, ACCOUNT + issuer)
    assert path == "issuers[0].jwks_file"
    assert words in message
    assert "JSON Web Key Set" in cure


def test_repeated_issuers(tmp_path: Path) -> None:
    second = ISSUER.replace('"login"', '"other"')
    assert only_problem(tmp_path, ACCOUNT + ISSUER + second)[:2] == ("issuers[1].issuer", "Is the same issuer as issuers[0].issuer.")
    third = ISSUER.replace("https://login.example/", "https://x.example/")
    assert only_problem(tmp_path, ACCOUNT + ISSUER + third)[:2] == ("issuers[1].name", "Is the same name as issuers[0].name.")


# ---------------------------------------------------------------------- callers
@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ('subject = "job-1"\n', "", "subject", "Is missing."),
        ('issuer = "login"\n', "", "issuer", "Is missing."),
        ('issuer = "login"', 'issuer = "lgoin"', "issuer", '"lgoin" is no issuer here.'),
        ('issuer = "login"\nsubject = "job-1"', "", "key_hash", "Is missing."),
        (
            'subject = "job-1"',
            f'subject = "job-1"\nkey_hash = "{HASH}"\nkey_hashes = ["{OTHER_HASH}"]',
            "key_hash",
            "Stands beside key_hashes.",
        ),
        ('subject = "job-1"', 'subject = "job-1"\nkey_hashes = []', "key_hashes", "Names no hash."),
        ('subject = "job-1"', f'subject = "job-1"\nkey_hashes = ["{HASH}", "{HASH}"]', "key_hashes[1]", "Is the same key as"),
        ('subject = "job-1"', f'subject = "job-1"\nkey_hashes = ["{HASH}", "mgw_{CANARY}"]', "key_hashes[1]", 'Must be "sha256:" and 64'),
    ],
)
def test_what_can_be_wrong_with_a_caller(tmp_path: Path, old: str, new: str, path: str, message: str) -> None:
    found = only_problem(tmp_path, ACCOUNT + ISSUER + JOB.replace(old, new))
    assert found[0] == f"callers[0].{path}"
    assert found[1].startswith(message)
    assert CANARY not in str(found)


def test_the_hash_of_an_empty_key(tmp_path: Path) -> None:
    """As `sha256sum /dev/null` prints it, or a script whose variable was empty."""
    empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    found = only_problem(tmp_path, f'{ACCOUNT}[[callers]]\nname = "web"\nkey_hash = "{empty}"\nscopes = ["read"]\n')
    assert found[:2] == ("callers[0].key_hash", "Is the hash of an empty key, which anybody has.")


def test_one_subject_twice(tmp_path: Path) -> None:
    found = only_problem(tmp_path, ACCOUNT + ISSUER + JOB + JOB.replace('"job"', '"twin"'))
    assert found[:2] == ("callers[1].subject", "Is the same subject as callers[0].subject.")


def test_no_fault_of_a_caller_follows_from_a_fault_of_an_issuer(tmp_path: Path) -> None:
    toml = ACCOUNT + ISSUER.replace('name = "login"', "name = 17") + JOB
    assert [problem.path for problem in refusal(tmp_path, toml).problems] == ["issuers[0].name"]
