"""Python's `gql`: both of its HTTP transports, its queries written in Python over the introspected schema, and its WebSocket."""

import asyncio

import pytest
from gql import Client, GraphQLRequest, gql
from gql.dsl import DSLInlineFragment, DSLMutation, DSLQuery, DSLSchema, DSLVariableDefinitions, dsl_gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.async_transport import AsyncTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.e2e.conftest import PATIENCE_SECONDS, Running

pytestmark = pytest.mark.clients

TEST = "mutation ($id: ID!) { mailboxBulkTest(input: {ids: [$id]}) { operation { id } } }"
WATCH = "subscription ($id: ID!) { operation(id: $id) { state results { mailbox { id } } } }"


@pytest.fixture
def url(demo: Running) -> str:
    return f"{demo.url}/graphql"


@pytest.fixture(params=[HTTPXAsyncTransport, AIOHTTPTransport])
def transport(request: pytest.FixtureRequest, url: str) -> AsyncTransport:
    made: AsyncTransport = request.param(url=url, timeout=PATIENCE_SECONDS)
    return made


async def test_a_query_that_is_written_in_python(transport: AsyncTransport) -> None:
    async with Client(transport=transport, fetch_schema_from_transport=True, parse_results=True) as session:
        assert session.client.schema is not None
        schema = DSLSchema(session.client.schema)
        variables = DSLVariableDefinitions()  # type: ignore[no-untyped-call] # theirs
        details = DSLInlineFragment().on(schema.SendkitDetails).select(schema.SendkitDetails.provider)
        mailboxes = schema.Query.mailboxes.args(first=variables.first, filter={"vendor": ["SENDKIT"]}).select(
            schema.MailboxConnection.nodes.select(
                schema.Mailbox.id, schema.Mailbox.address, schema.Mailbox.createdAt, schema.Mailbox.details.select(details)
            )
        )
        operation = DSLQuery(mailboxes)
        operation.variable_definitions = variables
        request = dsl_gql(operation)
        request.variable_values = {"first": 2}
        answer = await session.execute(request)
    assert [set(node) for node in answer["mailboxes"]["nodes"]] == [{"id", "address", "createdAt", "details"}] * 2


async def test_a_mutation_that_is_written_in_python_says_what_was_not_done(transport: AsyncTransport) -> None:
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        assert session.client.schema is not None
        schema = DSLSchema(session.client.schema)
        given = {"account": "nobody", "address": "gql@meridian.example", "dailyLimit": 40}
        payload = schema.MailboxCreatePayload
        create = schema.Mutation.mailboxCreate.args(input=given).select(payload.userErrors.select(schema.UserError.code))
        answer = await session.execute(dsl_gql(DSLMutation(create)))
    assert answer == {"mailboxCreate": {"userErrors": [{"code": "NOT_FOUND"}]}}


async def test_an_error_has_its_code(transport: AsyncTransport) -> None:
    async with Client(transport=transport) as session:
        with pytest.raises(TransportQueryError) as caught:
            await session.execute(gql("{ mailboxes(first: -1) { totalCount } }"))
    [error] = caught.value.errors or []
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_operation_is_watched_to_its_end(transport: AsyncTransport, url: str) -> None:
    async with Client(transport=transport) as session:
        page = await session.execute(gql('{ mailboxes(first: 1, filter: {account: ["sendkit"]}) { nodes { id } } }'))
        [mailbox] = page["mailboxes"]["nodes"]
        begun = await session.execute(_with(TEST, id=mailbox["id"]))

    watch = _with(WATCH, id=begun["mailboxBulkTest"]["operation"]["id"])
    async with asyncio.timeout(PATIENCE_SECONDS), Client(transport=WebsocketsTransport(url.replace("http", "ws", 1))) as session:
        events = [event["operation"] async for event in session.subscribe(watch)]
    assert events[-1] == {"state": "SUCCEEDED", "results": [{"mailbox": mailbox}]}


def _with(document: str, **variables: str) -> GraphQLRequest:
    request = gql(document)
    request.variable_values = variables
    return request
