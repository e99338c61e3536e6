"""Documents are parsed and validated once, and however many come, they take little room."""

import gc

import pytest

from gateway.schema import document as module
from gateway.schema.document import Documents, Ruling
from tests.schema.conftest import Fleet

GOOD = "{ vendors { vendor } }"


@pytest.fixture
def documents(fleet: Fleet) -> Documents:
    return Documents(Ruling(fleet.gateway.schema._schema))


def valid(documents: Documents, text: str) -> bool:
    return not documents.validate(documents.get(text))


def test_a_text_is_parsed_once_and_stays_the_same_object(documents: Documents) -> None:
    assert documents.get(GOOD).node is documents.get(f"{GOOD}").node is not None
    assert (documents.hits, documents.misses, len(documents)) == (1, 1, 1)
    assert documents.get(GOOD + " ").node is not documents.get(GOOD).node


def test_bad_ones_push_no_good_ones_out(documents: Documents) -> None:
    assert valid(documents, GOOD)
    node = documents.get(GOOD).node
    for number in range(2 * module.MOST_DOCUMENTS):
        assert not valid(documents, f"{{ nonsense{number} }}")
        assert documents.get(f"{{ broken{number} ").node is None
    assert documents.get(GOOD).node is node
    assert len(documents) <= 1 + module.MOST_FAULTY_DOCUMENTS
    assert documents.size_bytes < 2 * module.MOST_FAULTY_BYTES


def test_they_are_bounded_by_number_and_by_size(documents: Documents) -> None:
    for number in range(2 * module.MOST_DOCUMENTS):
        assert valid(documents, f"{{ a{number}: vendors {{ vendor }} }}")
    assert len(documents) == module.MOST_DOCUMENTS
    for number in range(40):
        documents.get(f"{{ b{number}: vendors {{ {'vendor ' * 2000} }} }}")
    assert documents.size_bytes <= module.MOST_BYTES


def test_one_that_is_very_large_is_not_kept(documents: Documents) -> None:
    documents.get(GOOD)
    documents.get(f"{{ vendors {{ {'vendor ' * 20_000} }} }}")
    assert len(documents) == 1


@pytest.mark.parametrize(
    ("text", "name", "is_query"),
    [
        ("{ vendors { vendor } }", None, True),
        ("query A { vendors { vendor } } mutation B { x }", "A", True),
        ("query A { vendors { vendor } } mutation B { x }", "B", False),
        ("mutation B { x } query A { vendors { vendor } }", None, False),
        ("subscription { x }", None, False),
        ("query A { vendors { vendor } }", "C", False),
        ("fragment F on Mailbox { id }", None, False),
        ("{ broken", None, False),
        ("", None, False),
    ],
)
def test_what_kind_an_operation_is(documents: Documents, text: str, name: str | None, is_query: bool) -> None:  # noqa: FBT001 - a table
    assert documents.get(text).is_query(name) is is_query


async def test_faulty_documents_are_told_the_same_each_time(fleet: Fleet) -> None:
    for query in ("{ nonsense }", "{ vendors { vendor ", "{ vendors }"):
        first, second = [await fleet.ask(query) for _ in range(2)]
        assert first == second
        assert "data" not in first
        assert first["errors"][0]["locations"]


async def test_the_kept_document_is_what_is_executed(fleet: Fleet) -> None:
    await fleet.data(GOOD)
    before = fleet.gateway.schema.documents.misses
    for _ in range(3):
        await fleet.data(GOOD, cache_control="no-cache")
    assert fleet.gateway.schema.documents.misses == before


async def test_a_document_that_is_too_large_to_be_kept_is_parsed_once(fleet: Fleet) -> None:
    query = f"{GOOD} # {'x' * module.MOST_BYTES}"
    documents = fleet.gateway.schema.documents
    before = documents.misses
    await fleet.data(query)
    gc.collect()
    assert documents.find(query) is None
    assert documents.misses == before + 1


SECRET = "p4ssw0rd-canary"


@pytest.mark.parametrize(
    "text",
    [
        f'mutation {{ mailboxPasswordSet(id: "1", password: "{SECRET}") {{ mailbox {{ id }} }} }}',
        f'mutation {{ ...F }} fragment F on Mutation {{ mailboxPasswordSet(id: "1", password: """{SECRET}""") {{ mailbox {{ id }} }} }}',
        f'{{ vendors {{ vendor }} }} mutation M {{ mailboxPasswordSet(id: "1", password: "{SECRET}") {{ mailbox {{ id }} }} }}',
        f'{{ mailboxPasswordSet(id: "1", password: "{SECRET}") {{ mailbox {{ id }} }} }}',
        f'mutation {{ mailboxPasswordSet(id: "1", password: "{SECRET}"',
    ],
    ids=["in a mutation", "in a fragment", "beside a query", "in no mutation", "broken off"],
)
async def test_a_text_with_a_password_in_it_is_not_kept(fleet: Fleet, text: str) -> None:
    kept = fleet.gateway.schema.documents
    before = len(kept)
    await fleet.client.post("/graphql", json={"query": text, "operationName": "M" if "mutation M" in text else None})
    gc.collect()
    assert len(kept) == before
    assert kept.find(text) is None


def test_a_mutation_with_variables_is_kept(documents: Documents) -> None:
    text = "mutation ($id: ID!, $password: Secret!) { mailboxPasswordSet(id: $id, password: $password) { mailbox { id } } }"
    assert valid(documents, text)
    assert documents.find(text) is not None
