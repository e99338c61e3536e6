"""README tells what the code does."""

import re
import tomllib
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from gateway.config import read_settings
from gateway.vendors.registry import SPECS
from tests.readme import README, with_matrix

TEXT = README.read_text("utf-8")
SCHEMA = build_schema((README.parent / "schema.graphql").read_text("utf-8"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_matrix_is_what_the_adapters_say() -> None:
    assert with_matrix(TEXT) == TEXT, "run: python -m tests.readme"


def test_the_example_configuration_is_accepted() -> None:
    example = tomllib.loads(blocks("toml")[0].replace("sha256:…", f"sha256:{'0' * 64}"))
    keys = ("SMARTLEAD_KEY", "OUTREACH_TOKEN", "SENDKIT_KEY", "SHIPMAIL_KEY", "WOODPECKER_KEY")
    settings = read_settings(example, SPECS, {key: f"key-{number}" for number, key in enumerate(keys)}, source="README.md")
    assert [account.name for account in settings.accounts] == ["sales-eu", "outbound", "kit", "support", "agency"]


@pytest.mark.parametrize("query", blocks("graphql"))
def test_the_example_queries_are_valid(query: str) -> None:
    assert validate(SCHEMA, parse(query)) == []


def test_every_linked_file_is_there() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (README.parent / Path(link)).exists(), link
