"""A mutation as a document: its variables' types come from the schema, and of its payload everything is asked for."""

import asyncio
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from gateway.app import writable_fields
from gateway.schema import schema as gateway_schema
from gateway.vendors.registry import SPECS
from tests.schema.conftest import Fleet

SDL = gateway_schema.build_schema([spec.details for spec in SPECS.values()], writable_fields()).as_str()
SCHEMA: GraphQLSchema = build_schema(SDL)
MUTATION = SCHEMA.type_map["Mutation"]
assert isinstance(MUTATION, GraphQLObjectType)
VERBS = MUTATION.fields

PATIENCE_SECONDS = 20.0
"""For work that takes a moment."""
ERRORS = "userErrors { field message code retryAt limit { used max requested } } warnings { field message value }"
MAILBOX = """{
  id vendorId address displayName login status statusRaw tags signature replyTo bcc stale
  sending { dailyLimit weeklyLimit sentToday minIntervalSeconds maxIntervalSeconds burst { messages windowSeconds } }
  health { sending { state message } receiving { state message } }
  smtp { host port security username } imap { host port security username } tracking { domain opens clicks unsubscribes }
  owner { vendorId } autoReply { enabled subject body from to } spamFilter { threshold }
  warmup { state stateRaw dailyTarget dailyIncrease replyRateTarget }
}"""
RESULTS = f"results {{ index mailboxId checks {{ check passed message observedAt }} {ERRORS} }}"
OPERATION = f"{{ id kind state message createdAt finishedAt progress {{ done failed total }} {RESULTS} }}"
FOLDER = "{ id vendorId name role kind totalCount }"
RULE = "{ id vendorId name enabled matchMode stop position conditions { type raw } actions { type raw } }"
SELECTIONS: Mapping[str, str] = {
    "MailboxCreatePayload": f"mailbox {MAILBOX} operation {OPERATION}",
    "MailboxPayload": f"mailbox {MAILBOX} operation {OPERATION} applied",
    "MailboxConnectPayload": "authorizationUrl operation { id }",
    "MailboxTestPayload": f"results {{ check passed message observedAt }} mailbox {MAILBOX} operation {OPERATION}",
    "FolderPayload": f"folder {FOLDER}",
    "RulesPayload": f"rule {RULE} rules {RULE}",
    "MessagePayload": "message { id isRead isStarred folders { id role } }",
    "DeletePayload": f"deletedId operation {OPERATION}",
    "OperationPayload": f"operation {OPERATION}",
}
"""What is asked of each payload beside its errors and warnings."""


def document(verb: str, *arguments: str) -> str:
    """The mutation with these arguments, each in a variable of its name."""
    field = VERBS[verb]
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in arguments)
    given = ", ".join(f"{name}: ${name}" for name in arguments)
    payload = str(field.type).rstrip("!")
    return f"mutation ({declared}) {{ {verb}({given}) {{ {ERRORS} {SELECTIONS[payload]} }} }}"


async def write(fleet: Fleet, verb: str, key: str | None = None, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    """The payload of a mutation that raised no error beside it. `key` is the caller's."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    data = await fleet.data(document(verb, *arguments), arguments, **headers)
    payload: dict[str, Any] = data[verb]
    return payload


def errors_of(payload: Mapping[str, Any]) -> list[tuple[list[str] | None, str]]:
    """Where and what, of each user error."""
    return [(error["field"], error["code"]) for error in payload["userErrors"]]


async def operation(fleet: Fleet, operation_id: str, key: str | None = None) -> dict[str, Any] | None:
    """An operation as it is now, with what came of its parts."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    data = await fleet.data(f"query ($id: ID!) {{ operation(id: $id) {OPERATION} }}", {"id": operation_id}, **headers)
    found: dict[str, Any] | None = data["operation"]
    return found


async def ended(fleet: Fleet, payload: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
    """The payload's operation, once it is over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = await operation(fleet, payload["operation"]["id"], key)
            assert found is not None
            if found["state"] not in ("PENDING", "RUNNING"):
                return found
            await asyncio.sleep(0.01)


async def known(fleet: Fleet, mailbox_id: str, **headers: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """A mailbox as the next query shows it; None where there is none."""
    data = await fleet.data(f"query ($id: ID!) {{ mailbox(id: $id) {MAILBOX} }}", {"id": mailbox_id}, **headers)
    return data["mailbox"]


async def listed(fleet: Fleet, account: str, address: str, **headers: str) -> list[Any]:
    """An account's mailboxes with an address, out of the fleet's list."""
    query = f"query ($wanted: MailboxFilter) {{ mailboxes(filter: $wanted, first: 500) {{ nodes {MAILBOX} }} }}"
    data = await fleet.data(query, {"wanted": {"account": [account], "address": {"eq": address}}}, **headers)
    nodes: list[Any] = data["mailboxes"]["nodes"]
    return nodes
