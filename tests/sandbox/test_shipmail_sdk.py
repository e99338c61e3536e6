"""The vendor's own Python SDK (0.1.7, of the time of the page "Mailboxes") against the sandbox, over a real socket."""

import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
import shipmail
import uvicorn
from shipmail import MailboxRule

from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.shipmail import API_KEY, CURSOR_INBOX, LONG_INBOX, NARROW_API_KEY, shipmail_sandbox
from gateway.sandbox.world import World

PASSWORD = "CANARY-Passw0rd"


@pytest.fixture
def sandbox() -> Sandbox:
    return shipmail_sandbox(World(mailboxes=60), max_mailboxes=62)


@pytest.fixture
def address(sandbox: Sandbox) -> Iterator[str]:
    """Where the sandbox listens."""
    server = uvicorn.Server(uvicorn.Config(sandbox, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def client(address: str) -> Iterator[shipmail.ShipMail]:
    with shipmail.ShipMail(API_KEY, base_url=address, max_retries=0) as client:
        yield client


def mailbox_at(client: shipmail.ShipMail, index: int) -> shipmail.Mailbox:
    row: shipmail.Mailbox = client.mailboxes.list({"limit": 100})["data"][index]
    return row


def new_mailbox(client: shipmail.ShipMail, local: str = "hello", *, key: str = "") -> shipmail.Mailbox:
    domain = next(row for row in client.domains.list_auto_paginating() if row.get("status") == "verified")
    params: shipmail.CreateMailboxParams = {"domain_id": domain["id"], "address": local, "display_name": "Hello"}
    return client.mailboxes.create(params, {"idempotency_key": key} if key else None)


def test_mailboxes_are_listed_and_read(client: shipmail.ShipMail) -> None:
    first = client.mailboxes.list()
    assert len(first["data"]) == 25
    assert first["pagination"]["has_more"]
    every = list(client.mailboxes.list_auto_paginating(limit=7))
    assert len({row["id"] for row in every}) == 60
    domain_id = every[0]["domain_id"]
    assert list(client.mailboxes.list_auto_paginating(domain_id=domain_id)) == [row for row in every if row["domain_id"] == domain_id]
    for row in every[:12]:
        assert client.mailboxes.get(row["id"]) == row
    assert client.status.get()["status"] == "ok"


def test_a_mailbox_from_its_making_to_its_end(client: shipmail.ShipMail) -> None:
    made = new_mailbox(client)
    assert made["address"].startswith("hello@")
    renamed = client.mailboxes.update(made["id"], {"display_name": None})
    assert renamed["display_name"] is None
    assert client.mailboxes.reset_password(made["id"], {"password": PASSWORD})["id"] == made["id"]
    filtered = client.mailboxes.update_spam_filter(made["id"], {"threshold": 8})
    assert filtered["spam_filter_threshold"] == 8
    answering = client.mailboxes.update_auto_reply(
        made["id"], {"enabled": True, "body": "Away.", "from_date": "2026-12-23T00:00:00Z", "to_date": None}
    )
    assert answering["auto_reply"]["from_date"] == "2026-12-23T00:00:00.000Z"
    assert client.mailboxes.get(made["id"]) == answering
    client.mailboxes.delete(made["id"])
    with pytest.raises(shipmail.NotFoundError):
        client.mailboxes.get(made["id"])


def test_an_idempotency_key_makes_one_mailbox(client: shipmail.ShipMail) -> None:
    assert new_mailbox(client, key="once") == new_mailbox(client, key="once")
    with pytest.raises(shipmail.ConflictError):
        new_mailbox(client, "other", key="once")
    assert len(list(client.mailboxes.list_auto_paginating())) == 61


def test_folders(client: shipmail.ShipMail) -> None:
    mailbox_id = mailbox_at(client, 0)["id"]
    made = client.mailboxes.create_folder(mailbox_id, {"name": "Clients"})
    assert (made["kind"], made["role"]) == ("custom", None)
    renamed = client.mailboxes.update_folder(mailbox_id, made["id"], {"name": "Kunden"})
    assert renamed in client.mailboxes.list_folders(mailbox_id)["data"]
    client.mailboxes.delete_folder(mailbox_id, made["id"])
    assert made["id"] not in {row["id"] for row in client.mailboxes.list_folders(mailbox_id)["data"]}
    vip = next(row["id"] for row in client.mailboxes.list_folders(mailbox_id)["data"] if row["name"] == "VIP")
    with pytest.raises(shipmail.ConflictError):
        client.mailboxes.delete_folder(mailbox_id, vip)
    assert client.mailboxes.list_identities(mailbox_id)["data"]


def test_rules(client: shipmail.ShipMail) -> None:
    mailbox_id = mailbox_at(client, 0)["id"]
    answer = client.mailboxes.get_rules(mailbox_id)
    custom = next(folder["id"] for folder in answer["folders"] if folder["kind"] == "custom")
    new: MailboxRule = {
        "id": str(uuid4()),
        "name": "Newsletters",
        "enabled": True,
        "position": len(answer["rules"]),
        "match_mode": "any",
        "stop": True,
        "conditions": [
            {"type": "list_unsubscribe_exists"},
            {"type": "group", "match_mode": "all", "conditions": [{"type": "from_is", "value": "a@b.example"}]},
        ],
        "actions": [{"type": "move", "target": {"kind": "custom", "folder_id": custom}}, {"type": "mark_read"}],
    }
    wanted = [*answer["rules"], new]
    assert client.mailboxes.update_rules(mailbox_id, {"rules": wanted})["rules"] == wanted
    assert client.mailboxes.get_rules(mailbox_id)["rules"] == wanted
    assert client.mailboxes.update_rules(mailbox_id, {"rules": []})["rules"] == []


def test_rules_of_every_mailbox_can_be_written_back(client: shipmail.ShipMail) -> None:
    for row in client.mailboxes.list_auto_paginating(limit=100):
        rules = client.mailboxes.get_rules(row["id"])["rules"]
        assert client.mailboxes.update_rules(row["id"], {"rules": rules})["rules"] == rules


def test_the_inbox(client: shipmail.ShipMail) -> None:
    mailbox_id = mailbox_at(client, 0)["id"]
    page = client.mailboxes.list_inbox_messages(mailbox_id, {"folder_role": "inbox", "limit": 100, "not_keyword": "$seen"})
    assert 0 < page["pagination"]["total"] < LONG_INBOX
    message = page["data"][0]
    thread = client.mailboxes.get_inbox_thread(mailbox_id, message["thread_id"])
    assert message["id"] in {each["id"] for each in thread["data"]}
    done = client.mailboxes.update_inbox_message(mailbox_id, message["id"], {"read": True, "starred": True})
    assert done["ok"]
    starred = client.mailboxes.list_inbox_messages(mailbox_id, {"folder_role": "starred", "limit": 100})
    assert message["id"] in {each["id"] for each in starred["data"]}
    with pytest.raises(shipmail.ValidationError, match="Trash or Junk"):
        client.mailboxes.delete_inbox_message(mailbox_id, message["id"])
    client.mailboxes.move_inbox_message(mailbox_id, message["id"], {"target_role": "trash"})
    client.mailboxes.delete_inbox_message(mailbox_id, message["id"])
    with pytest.raises(shipmail.NotFoundError):
        client.mailboxes.delete_inbox_message(mailbox_id, message["id"])


def test_attachments(client: shipmail.ShipMail) -> None:
    mailbox_id = mailbox_at(client, 0)["id"]
    rows = client.mailboxes.list_inbox_messages(mailbox_id, {"limit": 100})["data"]
    message = next(row for row in rows if row["has_attachment"])
    thread = client.mailboxes.get_inbox_thread(mailbox_id, message["thread_id"])
    file = next(file for each in thread["data"] for file in each["attachments"] if 0 < file["size"] < 100_000)
    assert len(client.mailboxes.download_inbox_attachment(mailbox_id, {"blob_id": file["blob_id"]})) == file["size"]


def test_ids_that_a_path_must_encode(client: shipmail.ShipMail) -> None:
    odd = next(row["id"] for row in client.mailboxes.list_auto_paginating() if "%" in row["id"])
    assert client.mailboxes.update(odd, {"display_name": "Odd"})["id"] == odd
    modern = mailbox_at(client, CURSOR_INBOX)["id"]
    assert client.mailboxes.create_folder(modern, {"name": "Clients"})["name"] == "Clients"


def test_errors_are_those_that_the_sdk_knows(client: shipmail.ShipMail, address: str, sandbox: Sandbox) -> None:
    mailbox_id = mailbox_at(client, 0)["id"]
    with pytest.raises(shipmail.ValidationError) as refused:
        client.mailboxes.reset_password(mailbox_id, {"password": "short"})
    assert [each["field"] for each in refused.value.details or ()] == ["password"]
    assert refused.value.request_id
    for local in ("one", "two"):
        new_mailbox(client, local)
    with pytest.raises(shipmail.QuotaExceededError):
        new_mailbox(client, "three")
    with shipmail.ShipMail(NARROW_API_KEY, base_url=address) as narrow, pytest.raises(shipmail.AuthorizationError):
        narrow.mailboxes.delete(mailbox_id)
    with shipmail.ShipMail("sm_live_wrong", base_url=address) as wrong, pytest.raises(shipmail.AuthenticationError):
        wrong.mailboxes.list()
    sandbox.outages.append(Outage(path="/mailboxes", status=500, is_after=True, times=1))
    with pytest.raises(shipmail.ShipMailError):
        client.mailboxes.delete(mailbox_id)
    assert httpx.get(f"{address}/mailboxes/{mailbox_id}", headers={"authorization": f"Bearer {API_KEY}"}).status_code == 404


async def test_the_asynchronous_client(address: str) -> None:
    client = shipmail.AsyncShipMail(API_KEY, base_url=address, max_retries=0)
    mailboxes = [row async for row in client.mailboxes.list_auto_paginating(limit=50)]
    assert len(mailboxes) == 60
    answering = await client.mailboxes.update_auto_reply(mailboxes[0]["id"], {"enabled": False, "body": None})
    assert answering["auto_reply"]["enabled"] is False
    await client.mailboxes.delete(mailboxes[0]["id"])
    await client.aclose()
