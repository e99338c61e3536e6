from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.sandbox.server import Sandbox
from gateway.sandbox.shipmail import API_KEY, NARROW_API_KEY, shipmail_sandbox
from gateway.sandbox.world import World
from tests.sandbox.test_shipmail import assert_refused, listed, recorded, unlike

Json = dict[str, Any]
PASSWORD = "CANARY-Passw0rd"


@pytest.fixture
def sandbox() -> Sandbox:
    return shipmail_sandbox(World(), max_mailboxes=26)


@pytest.fixture
async def vendor(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="http://shipmail.test", headers=headers) as client:
        yield client


async def first(vendor: httpx.AsyncClient) -> str:
    """The path of the first mailbox."""
    return f"/mailboxes/{(await listed(vendor))[0]['id']}"


async def domain(vendor: httpx.AsyncClient, status: str = "verified") -> Json:
    rows: list[Json] = (await vendor.get("/domains", params={"limit": 100})).json()["data"]
    return next(row for row in rows if row.get("status") == status)


async def new(vendor: httpx.AsyncClient, local: object = "hello", *, key: str | None = None, **more: object) -> httpx.Response:
    body = {"domain_id": (await domain(vendor))["id"], "address": local, **more}
    return await vendor.post("/mailboxes", json=body, headers={"idempotency-key": key} if key is not None else {})


def fields(answer: httpx.Response) -> list[str]:
    assert_refused(answer, "error_422")
    return [detail["field"] for detail in answer.json()["error"]["details"]]


# ---------------------------------------------------------------------- shapes and headers
async def test_answers_look_as_recorded(vendor: httpx.AsyncClient) -> None:
    mailbox = await first(vendor)
    answers = {
        "mailbox_created_201": await new(vendor, display_name="Hello"),
        "folder_created_201": await vendor.post(f"{mailbox}/folders", json={"name": "VIP Clients"}),
        "message_action": await vendor.patch(f"{mailbox}/inbox/messages/eml_0_1", json={"read": True}),
    }
    for name, answer in answers.items():
        recording = recorded(name)
        assert answer.status_code == recording["status"]
        assert unlike(answer.json(), recording["body"]) == []
        assert answer.headers.keys() >= recording["headers"].keys()
        assert answer.headers["x-ratelimit-limit"] == recording["headers"]["x-ratelimit-limit"] == "200"


async def test_deletions_answer_204_without_a_body(vendor: httpx.AsyncClient) -> None:
    mailbox = await first(vendor)
    folder = (await vendor.post(f"{mailbox}/folders", json={"name": "x"})).json()["id"]
    await vendor.post(f"{mailbox}/inbox/messages/eml_0_1/move", json={"target_role": "junk"})
    for path in (f"{mailbox}/folders/{folder}", f"{mailbox}/inbox/messages/eml_0_1", mailbox):
        answer = await vendor.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "content-type" not in answer.headers
        assert_refused(await vendor.delete(path), "error_404")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/mailboxes", "mailboxes"),
        ("PATCH", "/mailboxes/x", "mailboxes"),
        ("DELETE", "/mailboxes/x", "mailboxes"),
        ("PATCH", "/mailboxes/x/password", "mailboxes"),
        ("PATCH", "/mailboxes/x/auto-reply", "mailboxes"),
        ("PATCH", "/mailboxes/x/spam-filter", "mailboxes"),
        ("POST", "/mailboxes/x/folders", "mailboxes"),
        ("PATCH", "/mailboxes/x/folders/y", "mailboxes"),
        ("DELETE", "/mailboxes/x/folders/y", "mailboxes"),
        ("PUT", "/mailboxes/x/rules", "mailboxes"),
        ("PATCH", "/mailboxes/x/inbox/messages/y", "messages"),
        ("POST", "/mailboxes/x/inbox/messages/y/move", "messages"),
        ("DELETE", "/mailboxes/x/inbox/messages/y", "messages"),
    ],
)
async def test_every_write_needs_its_scope_and_its_mailbox(vendor: httpx.AsyncClient, method: str, path: str, scope: str) -> None:
    narrow = await vendor.request(method, path, headers={"authorization": f"Bearer {NARROW_API_KEY}"})
    assert_refused(narrow, "error_403_scope")
    assert narrow.json()["error"]["message"].endswith(f"the scope {scope}:write.")
    if path != "/mailboxes":
        assert_refused(await vendor.request(method, path, json={}), "error_404")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"a":' + b"[" * 5000])
async def test_what_is_no_json(vendor: httpx.AsyncClient, content: bytes) -> None:
    assert_refused(await vendor.patch(await first(vendor), content=content), "error_400_malformed_json_unsure")


# ---------------------------------------------------------------------- new mailboxes
@pytest.mark.parametrize(
    "local", ["", "-a", "a-", ".a", "a b", "a@b", "é", "x" * 65, 7, None, ["a"]],
)  # fmt: skip
async def test_bad_local_parts(vendor: httpx.AsyncClient, local: object) -> None:
    assert fields(await new(vendor, local)) == ["address"]


@pytest.mark.parametrize("local", ["a", "x" * 64, "a.b-c_d", "0"])
async def test_good_local_parts(vendor: httpx.AsyncClient, local: str) -> None:
    row = (await new(vendor, local)).json()
    assert row["address"] == f"{local}@{(await domain(vendor))['name']}"
    assert (await vendor.get(f"/mailboxes/{row['id']}")).json() == row == (await listed(vendor))[0]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"display_name": "x" * 201}, "display_name"),
        ({"display_name": 1}, "display_name"),
        ({"domain_id": "dom_gone"}, "domain_id"),
        ({"domain_id": None}, "domain_id"),
        ({"password": PASSWORD}, "password"),
        ({"displayName": "x"}, "displayName"),
    ],
)
async def test_bad_fields_of_a_new_mailbox(vendor: httpx.AsyncClient, more: Json, field: str) -> None:
    assert fields(await new(vendor, **more)) == [field]


async def test_what_a_new_mailbox_needs(vendor: httpx.AsyncClient) -> None:
    assert fields(await vendor.post("/mailboxes", json={"address": "a"})) == ["domain_id"]
    assert fields(await vendor.post("/mailboxes", json={"domain_id": "dom_000xw"})) == ["address"]
    assert (await vendor.post("/mailboxes", json=["a"])).status_code == 422


@pytest.mark.parametrize("status", ["pending", "degraded", "failed", "paused_by_owner"])
async def test_only_verified_domains_take_mailboxes(vendor: httpx.AsyncClient, status: str) -> None:
    body = {"domain_id": (await domain(vendor, status))["id"], "address": "a"}
    assert_refused(await vendor.post("/mailboxes", json=body), "error_422_no_details")


async def test_an_address_is_given_once(vendor: httpx.AsyncClient) -> None:
    assert (await new(vendor)).status_code == 201
    assert fields(await new(vendor, "HELLO")) == ["address"]


async def test_a_full_plan(vendor: httpx.AsyncClient) -> None:
    assert [(await new(vendor, local)).status_code for local in "abc"] == [201, 201, 403]
    assert_refused(await new(vendor, "c"), "error_403_quota")
    await vendor.delete(await first(vendor))
    assert (await new(vendor, "c")).status_code == 201


async def test_a_new_mailbox_is_empty(vendor: httpx.AsyncClient) -> None:
    path = f"/mailboxes/{(await new(vendor)).json()['id']}"
    assert [row["role"] for row in (await vendor.get(f"{path}/folders")).json()["data"]] == [
        "inbox", "drafts", "sent", "archive", "junk", "trash"
    ]  # fmt: skip
    assert (await vendor.get(f"{path}/rules")).json()["rules"] == []
    assert (await vendor.get(f"{path}/inbox/messages")).json()["pagination"]["total"] == 0
    assert [row["email"] for row in (await vendor.get(f"{path}/identities")).json()["data"]] == [(await listed(vendor))[0]["address"]]


# ---------------------------------------------------------------------- idempotency keys
async def test_a_key_replays(vendor: httpx.AsyncClient) -> None:
    answers = [await new(vendor, key="k") for _ in range(2)]
    assert [answer.headers.get("idempotency-replay") for answer in answers] == [None, "true"]
    assert answers[0].json() == answers[1].json()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert_refused(await new(vendor, "other", key="k"), "error_409_idempotency_key_reused")
    assert len(await listed(vendor)) == 25


async def test_keys_hold_on_every_post(vendor: httpx.AsyncClient) -> None:
    mailbox = await first(vendor)
    for path, body in ((f"{mailbox}/folders", {"name": "once"}), (f"{mailbox}/inbox/messages/eml_0_1/move", {"target_role": "trash"})):
        answers = [await vendor.post(path, json=body, headers={"idempotency-key": path}) for _ in range(2)]
        assert answers[1].headers["idempotency-replay"] == "true"
        assert answers[0].content == answers[1].content


async def test_a_refusal_frees_its_key(vendor: httpx.AsyncClient) -> None:
    assert fields(await new(vendor, "-", key="k")) == ["address"]
    assert (await new(vendor, "good", key="k")).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_bad_keys(vendor: httpx.AsyncClient, key: str) -> None:
    assert fields(await new(vendor, key=key)) == ["Idempotency-Key"]


# ---------------------------------------------------------------------- settings
@pytest.mark.parametrize("password", ["Short1", "x" * 129 + "A1", "lowercase1", "UPPERCASE1", "NoDigits", None, 12345678])
async def test_bad_passwords(vendor: httpx.AsyncClient, password: object) -> None:
    assert fields(await vendor.patch(f"{await first(vendor)}/password", json={"password": password})) == ["password"]


async def test_a_password_is_shown_in_no_read(vendor: httpx.AsyncClient) -> None:
    mailbox = await first(vendor)
    answer = await vendor.patch(f"{mailbox}/password", json={"password": PASSWORD})
    assert answer.json()["id"] == mailbox.removeprefix("/mailboxes/")
    for read in (answer, await vendor.get(mailbox), await vendor.get("/mailboxes")):
        assert PASSWORD not in read.text


@pytest.mark.parametrize("threshold", [0, 15, "6", 6.5, True, None])
async def test_bad_thresholds(vendor: httpx.AsyncClient, threshold: object) -> None:
    assert fields(await vendor.patch(f"{await first(vendor)}/spam-filter", json={"threshold": threshold})) == ["threshold"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "enabled"),
        ({"enabled": "true", "body": "x"}, "enabled"),
        ({"enabled": True}, "body"),
        ({"enabled": True, "body": None}, "body"),
        ({"enabled": True, "body": "x" * 5001}, "body"),
        ({"enabled": True, "body": "x", "from": "2026-12-23T00:00:00Z"}, "from"),
        ({"enabled": True, "body": "x", "from_date": "2026-12-23"}, "from_date"),
        ({"enabled": True, "body": "x", "from_date": "2026-12-23T00:00:00+01:00"}, "from_date"),
        ({"enabled": True, "body": "x", "from_date": 1}, "from_date"),
        ({"enabled": False, "from_date": "2026-12-23T00:00:00Z", "to_date": "2026-12-23T00:00:00Z"}, "to_date"),
    ],
)
async def test_bad_automatic_answers(vendor: httpx.AsyncClient, body: Json, field: str) -> None:
    assert fields(await vendor.patch(f"{await first(vendor)}/auto-reply", json=body)) == [field]


async def test_settings_show_in_later_reads(vendor: httpx.AsyncClient) -> None:
    mailbox = await first(vendor)
    before = (await vendor.get(mailbox)).json()
    await vendor.patch(mailbox, json={"display_name": None})
    await vendor.patch(f"{mailbox}/spam-filter", json={"threshold": 1})
    await vendor.patch(f"{mailbox}/auto-reply", json={"enabled": True, "body": "Away.", "to_date": "2027-01-06T00:00:00Z"})
    after = (await vendor.get(mailbox)).json()
    assert (after["display_name"], after["spam_filter_threshold"]) == (None, 1)
    assert after["auto_reply"] == {
        "enabled": True, "subject": None, "body": "Away.", "from_date": None, "to_date": "2027-01-06T00:00:00.000Z"
    }  # fmt: skip
    assert after["updated_at"] > before["updated_at"]
    assert (await listed(vendor))[0] == after


# ---------------------------------------------------------------------- folders, rules
async def test_refusals_of_folders_look_as_recorded(vendor: httpx.AsyncClient) -> None:
    mailbox = await first(vendor)
    rows: list[Json] = (await vendor.get(f"{mailbox}/folders")).json()["data"]
    vip = next(row["id"] for row in rows if row["name"] == "VIP")
    assert_refused(await vendor.post(f"{mailbox}/folders", json={"name": "vip"}), "error_409_folder_name_taken")
    assert_refused(await vendor.delete(f"{mailbox}/folders/{vip}"), "error_409_folder_used_by_rule")
    assert fields(await vendor.post(f"{mailbox}/folders", json={"name": "x", "parent_id": None})) == ["parent_id"]
    assert (await vendor.patch(f"{mailbox}/folders/{vip}", json={"name": "Vip"})).json()["name"] == "Vip"


def rule(**changes: object) -> Json:
    good = {"id": str(uuid4()), "name": "n", "enabled": True, "position": 0, "match_mode": "all", "stop": False}
    return {**good, "conditions": [{"type": "has_attachment"}], "actions": [{"type": "star"}], **changes}


def move(**target: object) -> Json:
    return rule(actions=[{"type": "move", "target": target}])


FLAG = {"type": "has_attachment"}


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ("x", "rules"),
        (["x"], "rules"),
        ([rule(id="1")], "rules.0.id"),
        ([rule(), rule(colour="teal")], "rules.1.colour"),
        ([{key: value for key, value in rule().items() if key != "stop"}], "rules.0.stop"),
        ([rule(name="")], "rules.0.name"),
        ([rule(position=-1)], "rules.0.position"),
        ([rule(match_mode="none")], "rules.0.match_mode"),
        ([rule(conditions=[])], "rules.0.conditions"),
        ([rule(conditions=[FLAG] * 11)], "rules.0.conditions"),
        ([rule(conditions=[{"type": "size_over"}])], "rules.0.conditions.0.type"),
        ([rule(conditions=[{**FLAG, "value": "x"}])], "rules.0.conditions.0.value"),
        ([rule(conditions=[{"type": "from_is", "value": ""}])], "rules.0.conditions.0.value"),
        ([rule(conditions=[{"type": "group", "conditions": [FLAG]}])], "rules.0.conditions.0.match_mode"),
        (
            [rule(conditions=[{"type": "group", "match_mode": "any", "conditions": [FLAG, {"type": "from_is"}]}])],
            "rules.0.conditions.0.conditions.1.value",
        ),
        ([rule(actions=[])], "rules.0.actions"),
        ([rule(actions=[{"type": "star", "x": 1}])], "rules.0.actions.0.x"),
        ([rule(actions=[{"type": "move"}])], "rules.0.actions.0.target"),
        ([move(kind="system", role="sent")], "rules.0.actions.0.target.role"),
        ([move(kind="custom", folder_id="fld_gone")], "rules.0.actions.0.target.folder_id"),
        ([move(kind="custom", folder_id="fld_0a1")], "rules.0.actions.0.target.folder_id"),
        ([move(role="inbox")], "rules.0.actions.0.target.kind"),
    ],
)
async def test_bad_rules(vendor: httpx.AsyncClient, rules: object, field: str) -> None:
    mailbox = await first(vendor)
    assert fields(await vendor.put(f"{mailbox}/rules", json={"rules": rules})) == [field]
    assert len((await vendor.get(f"{mailbox}/rules")).json()["rules"]) == 4


async def test_a_rule_of_an_unknown_type_passes_only_as_it_is(vendor: httpx.AsyncClient) -> None:
    path = f"/mailboxes/{(await listed(vendor))[3]['id']}/rules"
    rules: list[Json] = (await vendor.get(path)).json()["rules"]
    assert (await vendor.put(path, json={"rules": rules})).json()["rules"] == rules
    assert (await vendor.put(path, json={"rules": [rules[0] | {"stop": True}]})).status_code == 422
    assert (await vendor.put(path, json={"rules": [{**rules[0], "conditions": [{"type": "size_over", "value": 1}]}]})).status_code == 422
    await vendor.put(path, json={"rules": []})
    assert (await vendor.put(path, json={"rules": rules})).json()["rules"] == rules
    twice = await vendor.put(path, json={"rules": [rules[0], rules[0]]})
    assert fields(twice) == ["rules"]


# ---------------------------------------------------------------------- messages
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {}),
        ("", {"read": 1}),
        ("", {"seen": True}),
        ("/move", {}),
        ("/move", {"target_role": "inbox", "target_folder_id": "fld_0a1"}),
        ("/move", {"target_role": "sent"}),
        ("/move", {"target_folder_id": "fld_gone"}),
        ("/move", {"target_role": "trash", "from_folder_id": "fld_gone"}),
    ],
)
async def test_bad_actions(vendor: httpx.AsyncClient, path: str, body: Json) -> None:
    message = f"{await first(vendor)}/inbox/messages/eml_0_1{path}"
    answer = await (vendor.post(message, json=body) if path else vendor.patch(message, json=body))
    assert answer.status_code == 422
    assert answer.json()["error"]["type"] == "validation_error"


async def test_a_move_out_of_one_folder_leaves_the_others(vendor: httpx.AsyncClient) -> None:
    mailbox = await first(vendor)
    rows: list[Json] = (await vendor.get(f"{mailbox}/inbox/messages", params={"limit": 100})).json()["data"]
    row = next(row for row in rows if len(row["folder_ids"]) == 2)
    body = {"target_role": "archive", "from_folder_id": row["folder_ids"][0]}
    await vendor.post(f"{mailbox}/inbox/messages/{row['id']}/move", json=body)
    rows = (await vendor.get(f"{mailbox}/inbox/messages", params={"limit": 100})).json()["data"]
    assert next(each["folder_ids"] for each in rows if each["id"] == row["id"]) == [row["folder_ids"][1], "fld_0a4"]


async def test_only_trash_and_junk_are_emptied(vendor: httpx.AsyncClient) -> None:
    mailbox = await first(vendor)
    assert_refused(await vendor.delete(f"{mailbox}/inbox/messages/eml_0_1"), "error_422_no_details")
    await vendor.post(f"{mailbox}/inbox/messages/eml_0_1/move", json={"target_role": "junk"})
    assert (await vendor.delete(f"{mailbox}/inbox/messages/eml_0_1")).status_code == 204
