"""What a program does with the client that ariadne-codegen makes. It runs in a virtual environment that has no gateway in it."""

import asyncio
import sys
from datetime import datetime

from typed import (
    AgainNodeMailbox,
    Client,
    ErrorCode,
    GraphQLClientGraphQLMultiError,
    MailboxCreateInput,
    MailboxFilter,
    ServerInput,
    StringFilter,
    Vendor,
)

PASSWORD = "CANARY-ariadne"


async def journey(url: str) -> None:
    async with Client(url) as client:
        [first, *_] = (await client.page(3, MailboxFilter(vendor=[Vendor.SENDKIT]))).mailboxes.nodes
        assert isinstance(first.created_at, datetime)
        assert first.details.typename__ == "SendkitDetails"

        node = (await client.again(first.id)).node
        assert isinstance(node, AgainNodeMailbox)
        assert node.address == first.address

        new = MailboxCreateInput(
            account="sendkit",
            address="ariadne@meridian.example",
            smtp=ServerInput(host="smtp.meridian.example", port=465, password=PASSWORD),
        )
        created = (await client.create(new)).mailbox_create
        assert created.user_errors == []
        assert created.mailbox is not None
        assert PASSWORD not in repr(created)
        named = StringFilter(eq="ariadne@meridian.example")
        assert [each.id for each in (await client.page(3, MailboxFilter(address=named))).mailboxes.nodes] == [created.mailbox.id]

        refused = (await client.create(new.model_copy(update={"account": "nobody"}))).mailbox_create
        assert [(error.field, error.code) for error in refused.user_errors] == [(["account"], ErrorCode.NOT_FOUND)]

        assert (await client.delete(created.mailbox.id)).mailbox_delete.deleted_id == created.mailbox.id
        [refusal] = await asyncio.gather(client.page(-1), return_exceptions=True)
        assert isinstance(refusal, GraphQLClientGraphQLMultiError)
        assert (refusal.errors[0].extensions or {})["code"] == "BAD_USER_INPUT"


if __name__ == "__main__":
    asyncio.run(journey(sys.argv[1]))
