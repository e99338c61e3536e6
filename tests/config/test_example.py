"""`examples/gateway.toml` names every key, and the defaults that it states are the defaults."""

import re
from pathlib import Path

import pytest

from gateway.config import load_settings
from gateway.config.account import KEYS as ACCOUNT_KEYS
from gateway.config.caller import KEYS as CALLER_KEYS
from gateway.config.documents import KEYS as DOCUMENT_KEYS
from gateway.config.issuer import KEYS as ISSUER_KEYS
from gateway.config.limits import KEYS as LIMIT_KEYS
from gateway.config.server import KEYS as SERVER_KEYS
from gateway.transport.limits import BreakerLimits, Limits, RetryLimits
from gateway.vendors.registry import SPECS

EXAMPLE = Path(__file__).parents[2] / "examples" / "gateway.toml"
ENVIRONMENT = {"SMARTLEAD_KEY": "k-1"}


def written(path: Path, *, with_defaults: bool) -> Path:
    text = EXAMPLE.read_text("utf-8")
    path.write_text(re.sub(r"(?m)^#: ", "", text) if with_defaults else text, "utf-8")
    return path


def test_the_stated_defaults_are_the_defaults(tmp_path: Path) -> None:
    bare = load_settings(written(tmp_path / "bare.toml", with_defaults=False), SPECS, ENVIRONMENT)
    full = load_settings(written(tmp_path / "full.toml", with_defaults=True), SPECS, ENVIRONMENT)
    assert full.server == bare.server
    assert full.limits == bare.limits
    assert full.documents == bare.documents
    account, default = full.accounts[0], Limits()
    assert (account.retries, account.breaker) == (RetryLimits(), BreakerLimits()) == (default.retries, default.breaker)
    assert account.max_answer_mib is not None
    assert account.max_answer_mib * 2**20 == default.max_answer_bytes
    assert account.keep_for_seconds == bare.accounts[0].keep_for_seconds


@pytest.mark.parametrize("key", sorted({*SERVER_KEYS, *LIMIT_KEYS, *DOCUMENT_KEYS, *ACCOUNT_KEYS, *CALLER_KEYS, *ISSUER_KEYS}))
def test_every_key_is_there(key: str) -> None:
    assert re.search(rf"(?m)^(#:? )?{key} = ", EXAMPLE.read_text("utf-8"))


def test_the_stated_concurrencies_are_the_vendors() -> None:
    line = next(line for line in EXAMPLE.read_text("utf-8").splitlines() if line.startswith("# concurrency"))
    assert {(spec.title, str(spec.concurrency)) for spec in SPECS.values()} == set(
        re.findall(r"(\w+) (\d+)\b", line.partition("default")[2])
    )
