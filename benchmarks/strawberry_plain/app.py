"""The server: `python -m benchmarks.strawberry_plain.app <accounts as JSON>` answers at `/graphql` and prints its address.

The rows are mapped by the BFF's own functions, so that what differs is httpx, `json` and GraphQL.
"""

import asyncio
import sys
from enum import Enum
from typing import Any

import httpx
import msgspec
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from strawberry.asgi import GraphQL

from benchmarks.bff.app import VENDORS, Account, now, place
from benchmarks.listener import address, listen

CLIENT = httpx.AsyncClient(timeout=15)
ACCOUNTS: list[Account] = []


@strawberry.type
class Channel:
    """One direction."""

    state: str


@strawberry.type
class Health:
    """Both."""

    sending: Channel
    receiving: Channel


@strawberry.type
class Server:
    """SMTP or IMAP."""

    host: str | None
    port: int | None


@strawberry.type
class Sending:
    """Limits."""

    daily_limit: int | None
    weekly_limit: int | None
    sent_today: int | None
    remaining_today: int | None


@strawberry.type
class Warmup:
    """Warm-up."""

    state: str
    health: float | None


@strawberry.type
class Mailbox:
    """A mailbox."""

    id: strawberry.ID
    vendor: str
    vendor_id: str
    address: str | None
    display_name: str | None
    provider: str
    status: str
    health: Health
    smtp: Server | None
    imap: Server | None
    sending: Sending
    warmup: Warmup | None
    tags: list[str] | None
    campaign_count: int | None
    created_at: str | None
    updated_at: str | None


@strawberry.type
class AccountName:
    """An account."""

    name: str


@strawberry.type
class Source:
    """How one account answered."""

    account: AccountName
    status: str
    mailbox_count: int | None
    as_of: str | None
    problem: str | None


@strawberry.type
class Mailboxes:
    """The fleet."""

    nodes: list[Mailbox]
    sources: list[Source]


@strawberry.enum
class OrderField(Enum):
    """What to order by."""

    ADDRESS = "ADDRESS"


@strawberry.input
class MailboxOrder:
    """The order."""

    field: OrderField


@strawberry.input
class MailboxFilter:
    """So that the fleet query is valid; nothing can be filtered."""

    address: str | None = None


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    async def mailboxes(self, first: int, order_by: MailboxOrder, filter: MailboxFilter | None = None) -> Mailboxes:  # noqa: A002 - GraphQL's
        """The fleet, ordered by address."""
        del order_by, filter
        answers = await asyncio.gather(*map(_read, ACCOUNTS))
        rows = sorted((row for rows, _ in answers for row in rows), key=place)
        return Mailboxes(nodes=[*map(_mailbox, rows[:first])], sources=[told for _, told in answers])


async def _read(account: Account) -> tuple[list[dict[str, Any]], Source]:
    vendor = VENDORS[account.vendor]

    async def get(target: str) -> Any:  # noqa: ANN401 - JSON as it comes
        answer = await CLIENT.get(account.base_url + target, headers=vendor.headers(account.values))
        answer.raise_for_status()
        return answer.json()

    rows = [vendor.row(it, account.name) async for page in vendor.pages(get, account.values) for it in page]
    name = AccountName(name=account.name)
    return rows, Source(account=name, status="FRESH", mailbox_count=len(rows), as_of=now(), problem=None)


def _mailbox(row: dict[str, Any]) -> Mailbox:
    smtp, imap, sending, warmup = row["smtp"], row["imap"], row["sending"], row["warmup"]
    return Mailbox(
        id=strawberry.ID(row["id"]),
        vendor=row["vendor"],
        vendor_id=row["vendorId"],
        address=row["address"],
        display_name=row["displayName"],
        provider=row["provider"],
        status=row["status"],
        health=Health(sending=Channel(**row["health"]["sending"]), receiving=Channel(**row["health"]["receiving"])),
        smtp=Server(**smtp) if smtp else None,
        imap=Server(**imap) if imap else None,
        sending=Sending(
            daily_limit=sending["dailyLimit"],
            weekly_limit=sending["weeklyLimit"],
            sent_today=sending["sentToday"],
            remaining_today=sending["remainingToday"],
        ),
        warmup=Warmup(**warmup) if warmup else None,
        tags=row["tags"],
        campaign_count=row["campaignCount"],
        created_at=row["createdAt"],
        updated_at=row["updatedAt"],
    )


async def _healthz(_: Request) -> Response:
    return Response()


def main() -> None:
    """Serve until stopped; prints the address first."""
    ACCOUNTS.extend(msgspec.json.decode(sys.argv[1], type=list[Account]))
    listener = listen()
    print(address(listener), flush=True)
    app = Starlette(routes=[Route("/healthz", _healthz), Mount("/graphql", GraphQL(strawberry.Schema(Query)))])
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
