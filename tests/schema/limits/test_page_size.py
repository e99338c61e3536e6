"""How large a page may be is the configuration's to say, for every list that has pages."""

import pytest

from gateway.domain.request_limits import RequestLimits
from tests.schema.conftest import Fleet, open_fleet


@pytest.mark.parametrize(
    ("query", "argument"),
    [
        ("{ mailboxes(first: 4) { totalCount } }", "first"),
        ("{ mailboxes(last: 4) { totalCount } }", "last"),
        ("{ accounts { mailboxes(first: 4) { totalCount } } }", "first"),
        ("{ operations(first: 4) { nodes { id } } }", "first"),
        ("{ mailboxes(first: 1) { nodes { messages(first: 4) { nodes { id } } } } }", "first"),
    ],
)
async def test_a_page_that_is_too_large(query: str, argument: str) -> None:
    async with open_fleet(limits=RequestLimits(max_page_size=3)) as fleet:
        errors = (await fleet.ask(query))["errors"]
        assert errors
        for error in errors:
            assert error["extensions"] == {
                "code": "PAGE_TOO_LARGE",
                "max": 3,
                "actual": 4,
                "field": [argument],
                "classification": "ValidationError",
            }
            assert "between 0 and 3" in error["message"]
            assert error["path"]


async def test_without_a_size_a_page_is_no_larger() -> None:
    async with open_fleet(limits=RequestLimits(max_page_size=3)) as fleet:
        data = await fleet.data("{ mailboxes { nodes { id } } }")
        assert len(data["mailboxes"]["nodes"]) == 3


async def test_the_default(fleet: Fleet) -> None:
    error = await fleet.error("{ mailboxes(first: 501) { totalCount } }")
    assert error["extensions"] == {
        "code": "PAGE_TOO_LARGE",
        "max": 500,
        "actual": 501,
        "field": ["first"],
        "classification": "ValidationError",
    }
    assert not any(fleet.calls().values())
