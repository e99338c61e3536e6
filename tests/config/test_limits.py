"""`[limits]`."""

from pathlib import Path

import msgspec
import pytest

from gateway.domain.request_limits import Rate, RequestLimits
from tests.config.made_up import ACCOUNT, load, only_problem

NUMBERS = [field.name for field in msgspec.structs.fields(RequestLimits) if field.name != "rate"]


def test_defaults_and_values(tmp_path: Path) -> None:
    assert load(tmp_path, ACCOUNT).limits == load(tmp_path, f"{ACCOUNT}[limits]").limits == RequestLimits()
    said = load(
        tmp_path, f'{ACCOUNT}[limits]\nmax_depth = 7\nmax_batch = "${{N}}"\nrate = {{ requests = 5, per = "2s" }}', {"N": "3"}
    ).limits
    assert said == RequestLimits(max_depth=7, max_batch=3, rate=Rate(5, 2.0))
    assert load(tmp_path, f'{ACCOUNT}[limits]\nrate = "off"').limits.rate is None


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", '"many"', "true", "10000000000"])
def test_numbers_that_are_none(tmp_path: Path, key: str, value: str) -> None:
    assert only_problem(tmp_path, f"{ACCOUNT}[limits]\n{key} = {value}")[0] == f"limits.{key}"


@pytest.mark.parametrize(
    ("toml", "path"),
    [
        ("max_dept = 1", "limits.max_dept"),
        ("max_page_size = 501", "limits.max_page_size"),
        ('rate = "fast"', "limits.rate"),
        ("rate = 5", "limits.rate"),
        ("rate = { requests = 5 }", "limits.rate.per"),
        ('rate = { requests = 0, per = "1s" }', "limits.rate.requests"),
        ('rate = { requests = 1, per = "1s", burst = 2 }', "limits.rate.burst"),
    ],
)
def test_problems(tmp_path: Path, toml: str, path: str) -> None:
    assert only_problem(tmp_path, f"{ACCOUNT}[limits]\n{toml}")[0] == path
