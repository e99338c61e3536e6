"""The sandbox's writes against bodies taken from Outreach's pages, and against what those pages say."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, cast

import httpx
import pytest

from gateway.sandbox.outreach import ACCESS_TOKEN, GONE_USER_ID, MAILBOXES_ONLY_TOKEN, MEDIA_TYPE, Outreach, outreach_sandbox
from gateway.sandbox.outreach.attribute import READ_ONLY, SECRETS, TEXT
from gateway.sandbox.server import Sandbox
from gateway.sandbox.world import World
from tests.sandbox.test_outreach import kinds, recorded, same_kinds

HEADERS = {"authorization": f"Bearer {ACCESS_TOKEN}", "content-type": MEDIA_TYPE}
Ask = Callable[..., Coroutine[Any, Any, httpx.Response]]
REQUEST = recorded("mailbox_create_201")["request_body"]


@pytest.fixture
def sandbox() -> Sandbox:
    return outreach_sandbox(World())


@pytest.fixture
def vendor(sandbox: Sandbox) -> Outreach:
    return cast("Outreach", sandbox._app.state.vendor)  # type: ignore[attr-defined]


@pytest.fixture
async def ask(sandbox: Sandbox) -> AsyncIterator[Ask]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="https://outreach.test/api/v2") as client:

        async def send(method: str, path: str, body: object = None, *, token: str = ACCESS_TOKEN, **params: str) -> httpx.Response:
            content = None if body is None else json.dumps(body)
            headers = {**HEADERS, "authorization": f"Bearer {token}"}
            return await client.request(method, path, content=content, params=params or None, headers=headers)

        yield send


def document(mailbox_id: int | None = None, /, **attributes: object) -> dict[str, dict[str, object]]:
    identity: dict[str, object] = {"type": "mailbox"} if mailbox_id is None else {"type": "mailbox", "id": mailbox_id}
    return {"data": {**identity, "attributes": attributes}}


def pointers(answer: httpx.Response) -> list[str | None]:
    assert answer.status_code == 422
    return [error.get("source", {}).get("pointer") for error in answer.json()["errors"]]


async def create(ask: Ask, **attributes: object) -> int:
    answer = await ask("POST", "/mailboxes", document(**{"email": "new.rep@quill.example", **attributes}))
    assert answer.status_code == 201
    return int(answer.json()["data"]["id"])


# ---------------------------------------------------------------- creating
async def test_the_recorded_create_has_the_recorded_answer(ask: Ask) -> None:
    ours, theirs = await ask("POST", "/mailboxes", REQUEST), recorded("mailbox_create_201")
    assert ours.status_code == theirs["status"] == 201
    assert same_kinds(ours.json(), theirs["body"])
    assert set(theirs["headers"]) <= set(ours.headers)
    assert ours.headers["content-type"] == theirs["headers"]["content-type"]
    for name, value in REQUEST["data"]["attributes"].items():
        assert ours.json()["data"]["attributes"].get(name) == (None if name in SECRETS | {"validateSend", "validateSync"} else value)


async def test_a_new_mailbox_is_in_later_reads_and_its_secrets_in_none(ask: Ask, vendor: Outreach) -> None:
    mailbox_id = await create(ask, password="CANARY-written", smtpPassword="CANARY-two", sendgridApiKey="CANARY-three")
    assert mailbox_id == 65
    assert vendor.rows.secrets[65] == {"password": "CANARY-written", "smtpPassword": "CANARY-two", "sendgridApiKey": "CANARY-three"}
    texts = [(await ask("GET", path)).text for path in ("/mailboxes/65", "/mailboxes")]
    assert all("new.rep@quill.example" in text for text in texts)
    assert not any(secret in text for text in texts for secret in vendor.rows.secrets[65].values())
    assert (await ask("GET", "/mailboxes")).json()["data"][-1]["id"] == 65


async def test_without_an_owner_a_mailbox_is_the_acting_user_s(ask: Ask) -> None:
    mailbox = (await ask("GET", f"/mailboxes/{await create(ask)}")).json()["data"]
    assert mailbox["attributes"]["userId"] == mailbox["relationships"]["user"]["data"]["id"] == 3


async def test_ids_are_never_given_twice(ask: Ask) -> None:
    first = await create(ask)
    assert (await ask("DELETE", f"/mailboxes/{first}")).status_code == 204
    assert await create(ask) == first + 1


async def test_an_address_is_taken_once(ask: Ask) -> None:
    mailbox_id = await create(ask)
    assert pointers(await ask("POST", "/mailboxes", document(email="New.Rep@quill.example"))) == ["/data/attributes/email"]
    other = await create(ask, email="other@quill.example")
    taken = await ask("PATCH", f"/mailboxes/{other}", document(other, email="new.rep@quill.example"))
    assert pointers(taken) == ["/data/attributes/email"]
    assert (await ask("PATCH", f"/mailboxes/{mailbox_id}", document(mailbox_id, email="new.rep@quill.example"))).status_code == 200


# ---------------------------------------------------------------- what is refused
async def test_refusals_have_the_recorded_shape_all_at_once(ask: Ask) -> None:
    ours, theirs = await ask("POST", "/mailboxes", document(email="", sendMethod="pigeon")), recorded("error_422_multi")
    assert ours.status_code == theirs["status"]
    assert ours.json() == theirs["body"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "x" * (longest + 1)) for name, longest in TEXT.items()),
        *((name, "2026-01-01T00:00:00Z") for name in sorted(READ_ONLY)),
        ("email", 5),
        ("imapPort", "993"),
        ("imapPort", 993.5),
        ("imapPort", True),
        ("sendDisabled", "true"),
        ("sendDisabled", 1),
        ("exchangeVersion", "Exchange2019"),
        ("sendMethod", "gmail_api"),
        ("syncMethod", "pop"),
        ("ewsSslVerifyMode", 3),
        ("syncOutreachFolder", True),
        ("brandNewFlag", True),
        ("smtp_host", "smtp.quill.example"),
    ],
)
async def test_each_bad_attribute_is_pointed_at_and_nothing_is_saved(name: str, value: object, ask: Ask) -> None:
    before = (await ask("GET", "/mailboxes/43")).json()
    for answer in (
        await ask("POST", "/mailboxes", document(**{"email": "new.rep@quill.example", name: value})),
        await ask("PATCH", "/mailboxes/43", document(43, **{"optOutMessage": None, name: value})),
    ):
        assert f"/data/attributes/{name}" in pointers(answer)
    assert (await ask("GET", "/mailboxes/43")).json() == before
    assert len((await ask("GET", "/mailboxes")).json()["data"]) == 24


@pytest.mark.parametrize("name", [name for name in TEXT if name not in {"sendMethod", "syncMethod", "exchangeVersion"}])
async def test_the_longest_texts_and_nulls_are_taken(name: str, ask: Ask) -> None:
    mailbox_id = await create(ask)
    values = ["x" * TEXT[name]] if name == "email" else ["x" * TEXT[name], None]
    for value in values:
        answer = await ask("PATCH", f"/mailboxes/{mailbox_id}", document(mailbox_id, **{name: value}))
        assert answer.status_code == 200
        if name not in SECRETS:
            assert answer.json()["data"]["attributes"][name] == value


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/data"),
        ([], "/data"),
        ({"data": []}, "/data"),
        ({**document(43), "meta": {}}, "/data"),
        ({"data": {"id": 43, "attributes": {}}}, "/data/type"),
        ({"data": {"type": "mailboxes", "id": 43}}, "/data/type"),
        ({"data": {"type": "mailbox"}}, "/data/id"),
        (document(44), "/data/id"),
        ({"data": {"type": "mailbox", "id": "43"}}, "/data/id"),
        ({"data": {"type": "mailbox", "id": 43, "links": {}}}, "/data/links"),
        ({"data": {"type": "mailbox", "id": 43, "attributes": []}}, "/data"),
        ({"data": {"type": "mailbox", "id": 43, "relationships": {"creator": {"data": None}}}}, "/data/relationships/creator"),
        ({"data": {"type": "mailbox", "id": 43, "relationships": {"user": 7}}}, "/data/relationships/user"),
        *(
            ({"data": {"type": "mailbox", "id": 43, "relationships": {"user": {"data": user}}}}, "/data/relationships/user")
            for user in ({"type": "user", "id": "7"}, {"type": "user", "id": GONE_USER_ID}, {"type": "users", "id": 7}, {"id": 7}, 7)
        ),
    ],
)
async def test_a_patch_that_is_no_document_of_its_mailbox(body: object, pointer: str, ask: Ask) -> None:
    assert pointers(await ask("PATCH", "/mailboxes/43", body)) == [pointer]


async def test_a_new_resource_has_no_id_and_needs_an_address(ask: Ask) -> None:
    assert pointers(await ask("POST", "/mailboxes", document(43))) == ["/data/id", "/data/attributes/email"]


async def test_a_body_that_is_not_json(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="https://outreach.test/api/v2") as client:
        refused = await client.post("/mailboxes", content=b"{", headers=HEADERS)
        assert refused.status_code == 400
        plain = await client.post("/mailboxes", json=REQUEST, headers={"authorization": HEADERS["authorization"]})
        assert (plain.status_code, plain.json()) == (415, recorded("error_415_details_plural")["body"])


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/mailboxes", "mailboxes.write"),
        ("PATCH", "/mailboxes/43", "mailboxes.write"),
        ("DELETE", "/mailboxes/43", "mailboxes.delete"),
        ("POST", "/mailboxes/43/actions/testSend", "mailboxes.write"),
    ],
)
async def test_levels_of_scopes_are_not_additive(method: str, path: str, scope: str, ask: Ask) -> None:
    refused, theirs = await ask(method, path, token=MAILBOXES_ONLY_TOKEN), recorded("error_403_scope")
    assert refused.status_code == theirs["status"]
    assert kinds(refused.json()) == kinds(theirs["body"])
    assert f"'{scope}'" in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/mailboxes/999999"), ("DELETE", "/mailboxes/999999"), ("POST", "/mailboxes/999999/actions/testSync")]
)
async def test_an_unknown_mailbox(method: str, path: str, ask: Ask) -> None:
    refused = await ask(method, path, document(999999) if method == "PATCH" else None)
    assert (refused.status_code, refused.json()) == (404, recorded("error_404")["body"])


# ---------------------------------------------------------------- changing and deleting
async def test_the_recorded_change(ask: Ask) -> None:
    before = (await ask("GET", "/mailboxes/41")).json()["data"]
    theirs = recorded("mailbox_patch_200_send_disabled")
    ours = await ask("PATCH", "/mailboxes/41", theirs["request_body"])
    assert ours.status_code == theirs["status"]
    assert same_kinds(ours.json(), theirs["body"])
    after = ours.json()["data"]
    changed = {name for name, value in after["attributes"].items() if value != before["attributes"][name]}
    assert changed == {"sendDisabled", "updatedAt"}
    assert after["relationships"]["updater"] == {"data": {"type": "user", "id": 3}}
    assert (await ask("GET", "/mailboxes/41")).json()["data"] == after


async def test_an_owner_changes_and_goes(ask: Ask) -> None:
    for user_id in (8, None):
        data = None if user_id is None else {"type": "user", "id": user_id}
        body = {"data": {"type": "mailbox", "id": 43, "relationships": {"user": {"data": data}}}}
        mailbox = (await ask("PATCH", "/mailboxes/43", body)).json()["data"]
        assert mailbox["attributes"]["userId"] == user_id
        assert mailbox["relationships"]["user"] == {"data": data}


async def test_includes_are_not_honoured_on_writes(ask: Ask) -> None:
    answer = await ask("PATCH", "/mailboxes/43", document(43, sendDisabled=True), include="user")
    assert answer.status_code == 200
    assert set(answer.json()) == {"data"}


async def test_deleting_at_once_and_later(ask: Ask, vendor: Outreach) -> None:
    assert (await ask("DELETE", "/mailboxes/43")).content == b""
    assert (await ask("GET", "/mailboxes/43")).status_code == 404
    assert (await ask("DELETE", "/mailboxes/43")).status_code == 404
    vendor.rows.deletion_seconds = 0.3
    for _ in range(2):
        assert (await ask("DELETE", "/mailboxes/41")).status_code == 204
    assert (await ask("GET", "/mailboxes/41")).json()["data"]["attributes"]["deleteQueuedAt"]
    await asyncio.sleep(0.31)
    assert 41 not in [row["id"] for row in (await ask("GET", "/mailboxes")).json()["data"]]


# ---------------------------------------------------------------- logins
RIGHT = {"username": "t.renn", "password": "right", "smtpHost": "smtp.quill.example", "imapHost": "imap.quill.example"}


@pytest.mark.parametrize(
    ("attributes", "failing"),
    [
        (RIGHT, set()),
        ({**RIGHT, "smtpHost": "smtp.quill.invalid"}, {"validateSend"}),
        ({**RIGHT, "imapHost": "imap.quill.invalid"}, {"validateSync"}),
        ({**RIGHT, "imapHost": None}, {"validateSync"}),
        ({**RIGHT, "password": "a-wrong-one"}, {"validateSend", "validateSync"}),
        ({**RIGHT, "password": None}, {"validateSend", "validateSync"}),
        ({**RIGHT, "smtpPassword": "a-wrong-one"}, {"validateSend"}),
        ({**RIGHT, "password": "a-wrong-one", "smtpUsername": "relay", "smtpPassword": "right"}, {"validateSync"}),
        ({**RIGHT, "sendMethod": "sendgrid", "sendgridApiKey": "a-wrong-one"}, {"validateSend"}),
        ({**RIGHT, "sendMethod": "sendgrid", "sendgridApiKey": "right"}, set()),
        ({**RIGHT, "syncMethod": "gmail_api"}, {"validateSync"}),
        ({**RIGHT, "syncMethod": "gmail_api", "authId": 9}, set()),
        ({"username": "t.renn", "password": "right", "ewsEndpoint": "https://mail.quill.example/EWS"}, set()),
        ({"username": "t.renn", "password": "right", "ewsEndpoint": "https://mail.invalid/EWS"}, {"validateSend", "validateSync"}),
    ],
)
async def test_validation_logs_in(attributes: dict[str, object], failing: set[str], ask: Ask) -> None:
    wanted = document(email="t.renn@quill.example", **attributes, validateSend=True, validateSync=True)
    answer = await ask("POST", "/mailboxes", wanted)
    if not failing:
        assert answer.status_code == 201
        return
    assert {str(pointer).removeprefix("/data/attributes/") for pointer in pointers(answer)} == failing
    assert same_kinds(answer.json(), recorded("error_422_validate_send")["body"])
    assert len((await ask("GET", "/mailboxes")).json()["data"]) == 24


async def test_what_is_not_validated_is_saved_untested_and_found_out_by_a_test(ask: Ask) -> None:
    mailbox_id = await create(ask, **{**RIGHT, "password": "a-wrong-one"})
    for action, direction in (("testSend", "send"), ("testSync", "sync")):
        refused = await ask("POST", f"/mailboxes/{mailbox_id}/actions/{action}")
        assert kinds(refused.json()) == kinds(recorded("action_test_send_422")["body"])
        assert pointers(refused) == [None]
        assert 'LOGIN "t.renn" "a-wrong-one"' in refused.json()["errors"][0]["detail"]
        attributes = (await ask("GET", f"/mailboxes/{mailbox_id}")).json()["data"]["attributes"]
        assert attributes[f"{direction}ErroredAt"]
        assert attributes[f"{direction}SuccessAt"] is None
    await ask("PATCH", f"/mailboxes/{mailbox_id}", document(mailbox_id, password="right"))
    passed, theirs = await ask("POST", f"/mailboxes/{mailbox_id}/actions/testSend"), recorded("action_test_send_200")
    assert passed.status_code == theirs["status"]
    assert same_kinds(passed.json(), theirs["body"])
    assert passed.json()["data"]["attributes"]["sendSuccessAt"]


async def test_a_mailbox_that_failed_for_good_is_answered_well_with_a_newer_error(ask: Ask) -> None:
    before = (await ask("GET", "/mailboxes/46")).json()["data"]["attributes"]["sendErroredAt"]
    answer = await ask("POST", "/mailboxes/46/actions/testSend")
    assert answer.status_code == 200
    assert answer.json()["data"]["attributes"]["sendErroredAt"] > before


# ---------------------------------------------------------------- the Exchange master account
async def test_the_master_account(ask: Ask) -> None:
    theirs = recorded("action_unlink_ews_master_account_422")
    assert (await ask("POST", "/mailboxes/41/actions/unlinkEwsMasterAccount")).json() == theirs["body"]
    linked = await ask("POST", "/mailboxes/41/actions/linkEwsMasterAccount")
    assert (linked.status_code, linked.json()) == (200, recorded("action_link_ews_master_account_200")["body"])
    assert (await ask("GET", "/mailboxes/41")).json()["data"]["attributes"]["ewsImpersonation"] is True
    assert (await ask("POST", "/mailboxes/41/actions/unlinkEwsMasterAccount")).json() == {}
    assert (await ask("GET", "/mailboxes/41")).json()["data"]["attributes"]["ewsImpersonation"] is False


async def test_actions_take_nothing_and_are_four(ask: Ask) -> None:
    assert (await ask("POST", "/mailboxes/41/actions/testSend", {})).status_code == 400
    assert (await ask("POST", "/mailboxes/41/actions/testSend", **{"actionParams[x]": "1"})).status_code == 400
    assert (await ask("POST", "/mailboxes/41/actions/reconnect")).status_code == 404


# ---------------------------------------------------------------- by address
async def test_the_new_filter_syntax_takes_values_literally(ask: Ask) -> None:
    mailbox_id = await create(ask, email="a,b..c@quill.example")
    other = await create(ask, email="d@quill.example")
    found = await ask("GET", "/mailboxes", **{"filter[email][]": "a,b..c@quill.example", "newFilterSyntax": "true"})
    assert [row["id"] for row in found.json()["data"]] == [mailbox_id]
    both = await ask("GET", "/mailboxes?filter[email][]=a,b..c@quill.example&filter[email][]=d@quill.example&newFilterSyntax=true")
    assert [row["id"] for row in both.json()["data"]] == [mailbox_id, other]
    as_a_range = await ask("GET", "/mailboxes", **{"filter[email]": "a,b..c@quill.example"})
    assert [row["id"] for row in as_a_range.json()["data"]] != [mailbox_id]
