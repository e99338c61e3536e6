"""The estimate is an upper bound: no document makes more calls than were foreseen, whatever it selects and however deep."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest
from graphql import get_named_type, is_leaf_type, is_object_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.schema import details
from gateway.schema.cost import of_operation
from gateway.schema.cost.estimate import estimate
from tests.everything import UNLIMITED
from tests.schema.conftest import Fleet, open_fleet
from tests.schema.cost.test_declared import SCHEMA

PLAIN = (
    "address",
    "folders { name }",
    "rules { name }",
    "identities { email }",
    "campaigns { name }",
    "domain { name }",
    "owner { name }",
    "owner { email }",
    "account { tags domains { name } }",
)
VENDORS = ("OUTREACH", "SENDKIT", "SHIPMAIL", "SMARTLEAD", "WOODPECKER")
sizes = st.integers(0, 6)

"""What is random is soon beyond the limits."""


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The estimates, as they are made."""
    estimates: list[int] = []

    async def note(*args: Any) -> int:  # noqa: ANN401 - handed on as they are
        estimates.append(await estimate(*args))
        return estimates[-1]

    monkeypatch.setattr(of_operation, "estimate", note)
    return estimates


def _details() -> Iterator[str]:
    for type_name, name in sorted(details.parts()):
        if type_name.endswith("Details"):
            found = SCHEMA.type_map[type_name]
            assert is_object_type(found)
            leaf = is_leaf_type(get_named_type(found.fields[name].type))
            yield f"details {{ ... on {type_name} {{ {name}{'' if leaf else ' { __typename }'} }} }}"
    yield "details { ... on SendkitDetails { setupStatus { spf { status } } } }"


async def test_no_field_makes_more_calls_than_were_foreseen(noted: list[int]) -> None:
    """Nor is anything foreseen of a vendor that is never asked; but of some it depends on what the account is."""
    async with open_fleet(mailboxes=8, fresh_for_seconds=0) as fleet:
        await fleet.data("{ mailboxes { totalCount } }")
        for field in (*PLAIN[1:], *_details(), "messages(first: 3) { totalCount }", "warmup { history(days: 2) { date } }"):
            for name in fleet.sandboxes:
                noted.clear()
                answer = await fleet.ask(f'{{ account(name: "{name}") {{ mailboxes(first: 3) {{ nodes {{ {field} }} }} }} }}')
                made = answer["extensions"]["cost"]["calls"]
                assert made <= noted[0], (name, field)
                assert (made == 0) == (noted[0] == 0) or "WoodpeckerDetails" in field, (name, field)


class Spelling:
    """Gives every field a name of its own, so that no two are merged that cannot be."""

    def __init__(self) -> None:
        self._numbers = count()

    def alias(self, field: str) -> str:
        return f"f{next(self._numbers)}: {field}"


@st.composite
def mailbox_fields(draw: st.DrawFn, spelling: Spelling, depth: int) -> str:
    found = [spelling.alias(each) for each in draw(st.lists(st.sampled_from([*PLAIN, *_details()]), min_size=1, max_size=4))]
    if draw(st.booleans()):
        found.append(spelling.alias(f"messages(first: {draw(sizes)}) {{ nodes {{ folders {{ id }} }} }}"))
    if draw(st.booleans()):
        found.append(f"warmup {{ {spelling.alias(f'history(days: {draw(st.integers(1, 3))}) {{ date }}')} }}")
    if depth and draw(st.booleans()):
        found.append(spelling.alias(f"siblings {{ {draw(mailbox_fields(spelling, depth - 1))} }}"))
    if depth and draw(st.booleans()):
        found.append(spelling.alias(f"account {{ {draw(page(spelling, depth - 1))} }}"))
    return " ".join(found)


@st.composite
def page(draw: st.DrawFn, spelling: Spelling, depth: int) -> str:
    wanted = draw(
        st.one_of(
            st.just(""),
            st.lists(st.sampled_from(VENDORS), max_size=2).map(lambda vendors: f", filter: {{vendor: [{', '.join(vendors)}]}}"),
            st.lists(st.sampled_from(VENDORS), max_size=2).map(lambda vendors: f", filter: {{not: {{vendor: [{', '.join(vendors)}]}}}}"),
        )
    )
    inside = draw(mailbox_fields(spelling, depth))
    nodes = draw(st.sampled_from(["nodes { %s }", "edges { node { %s } }", "nodes { ... on Node { ... on Mailbox { %s } } }"])) % inside
    return spelling.alias(f"mailboxes({draw(st.sampled_from(['first', 'last']))}: {draw(sizes)}{wanted}) {{ {nodes} }}")


@st.composite
def root(draw: st.DrawFn, spelling: Spelling, ids: tuple[str, ...]) -> str:
    inside = mailbox_fields(spelling, 2)
    which = draw(st.integers(0, 5))
    if which == 0:
        return draw(page(spelling, 2))
    if which == 1:
        return spelling.alias(f"accounts {{ {draw(page(spelling, 1))} }}")
    if which == 2:
        return spelling.alias(f'account(name: "{draw(st.sampled_from(VENDORS)).lower()}") {{ {draw(page(spelling, 2))} }}')
    if which == 3:
        return spelling.alias(f"fleet {{ conflicts {{ mailboxes {{ {draw(inside)} }} }} }}")
    if which == 4:
        return spelling.alias(f'mailbox(id: "{draw(st.sampled_from(ids))}") {{ {draw(inside)} }}')
    return spelling.alias(f"{draw(several(ids))} {{ ... on Mailbox {{ {draw(inside)} }} }}")


@st.composite
def several(draw: st.DrawFn, ids: tuple[str, ...]) -> str:
    chosen = [f'"{each}"' for each in draw(st.lists(st.sampled_from(ids), max_size=6))]
    if draw(st.booleans()):
        return f"nodes(ids: [{', '.join(chosen)}])"
    named = ", ".join(f'{{__typename: "Mailbox", id: {each}}}' for each in chosen)
    return f"_entities(representations: [{named}])"


@st.composite
def documents(draw: st.DrawFn, ids: tuple[str, ...]) -> str:
    spelling = Spelling()
    return f"{{ {' '.join(draw(st.lists(root(spelling, ids), min_size=1, max_size=3)))} }}"


def test_no_document_makes_more_calls_than_were_foreseen(noted: list[int]) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        # Nothing counts as fresh, so that what one document has read is no help to the next.
        fleet: Fleet = runner.run(
            stack.enter_async_context(
                open_fleet(fresh_for_seconds=0, max_vendor_calls=1_000_000, mailboxes=8, limits=UNLIMITED, federation=True)
            )
        )
        ids = tuple(each for name in fleet.sandboxes for each in runner.run(fleet.ids(name, 3)))

        @settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(documents(ids))
        def is_bounded(document: str) -> None:
            noted.clear()
            answer: Mapping[str, Any] = runner.run(fleet.ask(document))
            assert not [error for error in answer.get("errors", ()) if "path" not in error], answer["errors"]
            told = answer["extensions"]["cost"]
            assert told["calls"] <= (noted[0] if noted else 0), "none is noted where no field of the document asks a vendor"

        is_bounded()
        runner.run(stack.aclose())
