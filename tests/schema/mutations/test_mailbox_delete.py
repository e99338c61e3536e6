"""`mailboxDelete`."""

import pytest

from gateway.domain.errors import NotFoundError
from gateway.sandbox.server import Outage
from tests.schema.conftest import Fleet
from tests.schema.mutations.document import ended, errors_of, known, listed, write
from tests.schema.mutations.things import mailbox_id, shown, written

ABLE = ["outreach", "sendkit", "shipmail", "smartlead"]


@pytest.mark.parametrize("account", ABLE)
async def test_it_is_gone(fleet: Fleet, account: str) -> None:
    mailbox = await known(fleet, mailbox_id(account))
    payload = await write(fleet, "mailboxDelete", id=mailbox_id(account))
    assert (payload["userErrors"], payload["deletedId"], payload["operation"]) == ([], mailbox_id(account), None)
    assert await known(fleet, mailbox_id(account)) is None
    assert await listed(fleet, account, mailbox["address"]) == []
    assert await listed(fleet, account, mailbox["address"], cache_control="no-cache") == []
    with pytest.raises(NotFoundError):
        await shown(fleet, account)
    assert written(fleet, account) == 1


@pytest.mark.parametrize("account", ABLE)
async def test_it_stays_gone_while_the_vendors_list_lags(fleet: Fleet, account: str) -> None:
    sandbox = fleet.sandboxes[account]
    sandbox.remembers = True
    address = (await known(fleet, mailbox_id(account)))["address"]
    assert mailbox_id(account) in [each["id"] for each in await listed(fleet, account, address)]
    await write(fleet, "mailboxDelete", id=mailbox_id(account))
    sandbox.outages.append(Outage(method="GET", is_stale=True))
    for freshness in ({}, {"cache_control": "no-cache"}):
        assert await listed(fleet, account, address, **freshness) == []
    assert await known(fleet, mailbox_id(account)) is None


@pytest.mark.parametrize("account", ABLE)
async def test_twice_is_once(fleet: Fleet, account: str) -> None:
    await write(fleet, "mailboxDelete", id=mailbox_id(account))
    payload = await write(fleet, "mailboxDelete", id=mailbox_id(account))
    assert errors_of(payload) == [(["id"], "NOT_FOUND")]
    assert payload["deletedId"] is None


@pytest.mark.parametrize("account", ABLE)
@pytest.mark.parametrize("is_after", [True, False], ids=["done", "not-done"])
async def test_a_lost_answer_is_found_out_about(fleet: Fleet, account: str, *, is_after: bool) -> None:
    fleet.sandboxes[account].outages.append(Outage(method="DELETE", status=502, is_after=is_after))
    payload = await write(fleet, "mailboxDelete", id=mailbox_id(account))
    assert (errors_of(payload), payload["deletedId"]) == ([(None, "OUTCOME_UNKNOWN")], None)
    operation = await ended(fleet, payload)
    assert (operation["kind"], operation["state"]) == ("mailboxDelete", "SUCCEEDED" if is_after else "FAILED")
    words = "The mailbox is deleted." if is_after else "The mailbox is still there: it was not deleted."
    assert operation["message"] == words
    assert operation["results"][0]["mailboxId"] == mailbox_id(account)
    assert (await known(fleet, mailbox_id(account)) is None) == is_after
    assert written(fleet, account) == 1


async def test_sendkit_does_not_let_go_of_those_in_a_campaign(fleet: Fleet) -> None:
    ids = await fleet.ids("sendkit")
    answers = {each: await write(fleet, "mailboxDelete", id=each) for each in ids}
    refused = {each: payload for each, payload in answers.items() if payload["userErrors"]}
    assert 0 < len(refused) < len(ids)
    assert sorted(await fleet.ids("sendkit")) == sorted(refused)
    for payload in refused.values():
        assert errors_of(payload) == [(None, "CONFLICT")]
        assert "Mailbox belongs to an active campaign" in payload["userErrors"][0]["message"]
