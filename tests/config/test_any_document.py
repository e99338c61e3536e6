"""Whatever a file holds: settings, or a ConfigurationError that shows no secret."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.config import SCOPES, ConfigurationError, load_settings, read_settings
from tests.config.made_up import CANARY, HASH, SPECS

ENVIRONMENT = {"SECRET": CANARY, "NAME": "kit2CANARY", "EMPTY": "", "GATEWAY_STATE_KEY": "x"}
KEYS = sorted(
    {"name", "vendor", "base_url", "fresh_for", "keep_for", "timeout", "pace", "concurrency", "requests", "per", "key_hash", "scopes"}
    | {"accounts", "host", "port", "state_dir", "graphiql", "introspection", "answer_within", "request_timeout", "max_vendor_calls"}
    | {"max_requests", "max_lag", "drain_within", "compiled", "kept_answers_mib"}
    | {"retries", "attempts", "percent", "breaker", "failures", "open_for", "max_answer_mib"}
    | {key for spec in SPECS.values() for key in spec.settings}
)
CREDENTIALS = {setting.key for spec in SPECS.values() for group in spec.credentials for setting in group}
WORDS = [
    "kit",
    "off",
    "5s",
    "sendkit",
    "outreach",
    HASH,
    "https://h.example",
    "https://u:p@h",
    "${SECRET}",
    "${EMPTY}",
    "${",
    "$${",
    *SCOPES,
]

scalars = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=8),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.just(dt.time(7, 30)),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=4)
    ),
    max_leaves=8,
)
tables = st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), values, max_size=8)
documents = st.one_of(
    st.dictionaries(st.one_of(st.sampled_from(["server", "accounts", "callers"]), st.text(max_size=5)), values, max_size=4),
    st.fixed_dictionaries({"accounts": st.lists(tables, max_size=3)}, optional={"server": tables, "callers": st.lists(tables, max_size=2)}),
)
fair_accounts = st.fixed_dictionaries(
    {"name": st.sampled_from(["kit", "b", "${NAME}"]), "vendor": st.sampled_from(["sendkit", "outreach", "smartlead", "shipmail"])},
    optional={
        **{key: st.sampled_from([CANARY, f"{CANARY}\n", f"${{{CANARY.replace('-', '_')}", "${SECRET}"]) for key in sorted(CREDENTIALS)},
        "base_url": st.sampled_from(
            [f"https://u:{CANARY}@h", f"https://h/?{CANARY}", "https://${SECRET}/", f"http://h:{CANARY}@/", "https://h"]
        ),
        "fresh_for": st.sampled_from(["${SECRET}", "1s"]),
        "timeout": values,
        "pace": st.sampled_from(["${SECRET}", "off"]),
        "concurrency": st.sampled_from(["${SECRET}", 2]),
    },
)


def outcome(document: Mapping[str, object]) -> str:
    """Everything that anybody could print of it."""
    try:
        read = read_settings(document, SPECS, ENVIRONMENT, source="gateway.toml")
    except ConfigurationError as error:
        problems = error.problems
        shown = f"{error} {error!r} {problems}"
    else:
        return f"{read} {read.accounts}"
    assert problems
    assert all(problem.path and problem.message and problem.cure for problem in problems)
    return shown


@given(documents)
def test_any_document(document: Mapping[str, object]) -> None:
    assert CANARY not in outcome(document)


@given(st.lists(fair_accounts, min_size=1, max_size=2), st.lists(st.sampled_from(["kit", "${SECRET}"]), max_size=2))
def test_secrets_stay_secret(accounts: list[dict[str, object]], names: list[str]) -> None:
    caller = {"name": "web", "key_hash": f"sha256:{CANARY}", "scopes": names, "accounts": names}
    for callers in ([], [caller]):
        shown = outcome({"server": {"host": "${SECRET}", "state_dir": "${SECRET}"}, "accounts": accounts, "callers": callers})
        assert "CANARY" not in shown


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode(errors="replace"))))
def test_any_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gateway.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError):  # so short a file names no usable account
        load_settings(path, SPECS, {})
