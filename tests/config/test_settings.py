"""Files that are fine, and what they come to."""

from io import StringIO
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from gateway.config import AccountSettings, CallerSettings, ServerSettings, Settings, load_settings
from gateway.config.substitution import Text
from gateway.domain.vendor import Vendor
from gateway.transport.limits import BreakerLimits, RetryLimits
from gateway.transport.quota import Quota
from tests.config.made_up import ACCOUNT, CANARY, HASH, SPECS, load

FULL = f"""
[server]
host = "::1"
port = 9000
state_dir = "/var/lib/gateway"
graphiql = true
introspection = false
answer_within = "2s"
request_timeout = "20s"
max_vendor_calls = 50
max_requests = 10
max_lag = "200ms"
drain_within = 3
compiled = false
kept_answers_mib = 0

[[accounts]]
name = "kit"
vendor = "sendkit"
api_key = "${{KEY}}"
workspace_id = "w-1"
base_url = "https://kit.example:8443/v2/"
fresh_for = "1500ms"
keep_for = "7d"
timeout = 20
pace = {{ requests = 60, per = "1m" }}
concurrency = 3
retries = {{ attempts = 2, percent = 10 }}
breaker = {{ failures = 3, open_for = "1s", longest = "1m" }}
max_answer_mib = 8

[[accounts]]
name = "rota"
vendor = "OutReach"
client_id = "c"
client_secret = "s"
refresh_token = "r"
token_url = "http://127.0.0.1:1/token"
pace = "off"
retries = "off"
breaker = "OFF"

[[callers]]
name = "frontend"
key_hash = "{HASH.upper().replace("SHA", "sha")}"
scopes = ["read", "secrets:write", "read"]
accounts = ["kit"]
"""
ENVIRONMENT = {"KEY": "k-1", "GATEWAY_STATE_KEY": "long and random"}


def test_a_full_file(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL, ENVIRONMENT)
    kit, rota = settings.accounts
    assert settings.server == ServerSettings(
        host="::1",
        port=9000,
        state_dir=Path("/var/lib/gateway"),
        graphiql=True,
        introspection=False,
        answer_within_seconds=2.0,
        request_timeout_seconds=20.0,
        max_vendor_calls=50,
        max_requests=10,
        max_lag_seconds=0.2,
        drain_within_seconds=3.0,
        compiled=False,
        kept_answers_mib=0,
    )
    assert kit == AccountSettings(
        name="kit",
        vendor=Vendor.SENDKIT,
        base_url="https://kit.example:8443/v2/",
        values={"api_key": "k-1", "workspace_id": "w-1"},
        fresh_for_seconds=1.5,
        keep_for_seconds=604800.0,
        timeout_seconds=20.0,
        quotas=(Quota(60, 60.0),),
        concurrency=3,
        retries=RetryLimits(attempts=2, percent=10),
        breaker=BreakerLimits(failures=3, open_seconds=1.0, longest_seconds=60.0),
        max_answer_mib=8,
    )
    assert rota.vendor is Vendor.OUTREACH
    assert (rota.quotas, rota.retries, rota.breaker) == ((), False, False)
    assert dict(rota.values) == {
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
        "token_url": "http://127.0.0.1:1/token",
    }
    assert settings.callers == (
        CallerSettings(name="frontend", key_hashes=(HASH,), scopes=frozenset({"read", "secrets:write"}), accounts=("kit",)),
    )


def test_the_shortest_file_takes_every_default(tmp_path: Path) -> None:
    assert load(tmp_path, ACCOUNT) == Settings(
        server=ServerSettings(
            host="127.0.0.1", port=8000, state_dir=Path("state"), graphiql=None, introspection=None, answer_within_seconds=5.0
        ),
        accounts=(
            AccountSettings(
                name="kit",
                vendor=Vendor.SENDKIT,
                base_url="https://sendkit.example/api",
                values={"api_key": "k-1"},
                fresh_for_seconds=None,
                keep_for_seconds=86400.0,
                timeout_seconds=None,
                quotas=None,
                concurrency=None,
            ),
        ),
        callers=(),
    )


def test_the_real_environment_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TEST_KEY", "from outside")
    path = tmp_path / "g.toml"
    path.write_text(ACCOUNT.replace("k-1", "${GATEWAY_TEST_KEY}"))
    assert load_settings(path, SPECS).accounts[0].values["api_key"] == "from outside"


def test_a_caller_without_accounts_key_may_see_all(tmp_path: Path) -> None:
    settings = load(tmp_path, f'{ACCOUNT}[[callers]]\nname = "ops"\nkey_hash = "{HASH}"\nscopes = ["operate"]')
    assert settings.callers[0].accounts is None


def test_a_vendor_without_credentials_needs_none(tmp_path: Path) -> None:
    assert dict(load(tmp_path, '[[accounts]]\nname = "open"\nvendor = "shipmail"').accounts[0].values) == {}


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + ACCOUNT).accounts[0].name == "kit"


@pytest.mark.parametrize("vendor", ["sendkit", "SENDKIT", "SendKit", " sendkit "])
def test_a_vendor_in_any_case(tmp_path: Path, vendor: str) -> None:
    assert load(tmp_path, ACCOUNT.replace("sendkit", vendor)).accounts[0].vendor is Vendor.SENDKIT


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ('"500ms"', 0.5),
        ('"30s"', 30.0),
        ('"5m"', 300.0),
        ('"24h"', 86400.0),
        ('"7d"', 604800.0),
        ('"1.5 h"', 5400.0),
        ('"90"', 90.0),
        ("12", 12.0),
        ("0.25", 0.25),
        ('"${LONG}"', 3600.0),
    ],
)
def test_durations(tmp_path: Path, written: str, seconds: float) -> None:
    assert load(tmp_path, f"{ACCOUNT}timeout = {written}", {"LONG": "1h"}).accounts[0].timeout_seconds == seconds


@pytest.mark.parametrize("name", ["a", "Sales.EU_1-b", "x" * 64])
def test_names(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, ACCOUNT.replace('"kit"', f'"{name}"')).accounts[0].name == name


def test_substitution(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"from-file\r\n")
    for written, meant in {
        "${A}": "1",
        "x${A}y${B_2}z": "x1y${A}z",  # what a variable holds is not filled in again
        "$${A}": "${A}",
        "$$${A}": "$${A}",
        "$A $ {A}": "$A $ {A}",
        f"${{file:{secret}}}!": "from-file!",
    }.items():
        (account,) = load(tmp_path, ACCOUNT.replace("k-1", written), {"A": "1", "B_2": "${A}"}).accounts
        assert account.values["api_key"] == meant


def test_substitution_reaches_every_string(tmp_path: Path) -> None:
    toml = """
[server]
port = "${PORT}"
host = "${HOST}"
graphiql = "${ON}"
[[accounts]]
name = "${NAME}"
vendor = "${VENDOR}"
api_key = "k"
base_url = "https://${HOST}/x"
[[callers]]
name = "c"
key_hash = "${HASH}"
scopes = ["${SCOPE}"]
accounts = ["${NAME}"]
"""
    environment = {"PORT": "81", "HOST": "h.example", "ON": "True", "NAME": "n", "VENDOR": "sendkit", "HASH": HASH, "SCOPE": "read"}
    settings = load(tmp_path, toml, environment)
    assert (settings.server.port, settings.server.host, settings.server.graphiql) == (81, "h.example", True)
    assert (settings.accounts[0].name, settings.accounts[0].base_url) == ("n", "https://h.example/x")
    assert settings.callers[0].scopes == {"read"}


@pytest.mark.parametrize(("environment", "expected"), [({"GATEWAY_STATE_KEY": "k"}, "k"), ({"GATEWAY_STATE_KEY": ""}, None), ({}, None)])
def test_the_state_key_comes_from_the_environment(tmp_path: Path, environment: dict[str, str], expected: str | None) -> None:
    assert load(tmp_path, ACCOUNT, environment).state_key == expected


def test_settings_print_no_secret(tmp_path: Path) -> None:
    toml = (
        FULL.replace('"rota"', '"${KEY}"')
        .replace('"frontend"', '"${KEY}"')
        .replace('"c"', f'"{CANARY}"')
        .replace('"s"', f'"{CANARY}"')
        .replace('"r"', f'"{CANARY}"')
        .replace("kit.example", "${HOST}")
    )
    environment = {"KEY": CANARY, "GATEWAY_STATE_KEY": CANARY, "HOST": CANARY}
    settings = load(tmp_path, toml.replace('"w-1"', '"${KEY}"').replace("/var/lib", "/${KEY}"), environment)
    assert settings.accounts[0].values["api_key"] == CANARY
    assert CANARY in settings.accounts[0].base_url
    assert settings.state_key == CANARY
    printed = StringIO()
    console = Console(file=printed, width=400)
    for thing in (settings, settings.server, *settings.accounts, *settings.callers, *(account.values for account in settings.accounts)):
        console.print(thing)
        assert CANARY not in f"{thing} {thing!r}"
        assert HASH[7:] not in f"{thing} {thing!r}"
    assert CANARY not in printed.getvalue()
    assert "SENDKIT" in repr(settings)
    assert "SENDKIT" in repr(settings.accounts[0])
    assert repr(settings.accounts[0].values) == "SecretValues(api_key, workspace_id: hidden)"
    assert len(settings.accounts[0].values) == 2
    assert CANARY not in repr(Text(CANARY))


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL, ENVIRONMENT)
    for struct in (settings, settings.server, settings.accounts[0], settings.callers[0]):
        assert isinstance(struct, msgspec.Struct)
        with pytest.raises(AttributeError):
            setattr(struct, struct.__struct_fields__[0], None)
    with pytest.raises(TypeError):
        settings.accounts[0].values["api_key"] = "x"  # type: ignore[index]
