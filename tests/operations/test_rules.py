"""Rules and folders: whoever edits is alone, what is not understood passes through, and what was taken apart is put together again."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

import pytest

from gateway.domain.errors import (
    ErrorCode,
    InvalidInputError,
    NotFoundError,
    UnsupportedError,
    VendorRejectedError,
    VendorUnavailableError,
)
from gateway.domain.folder import FolderRole
from gateway.domain.identifier import Identifier, Kind, encode
from gateway.domain.rule import ActionDraft, Rule, RuleActionType, RuleDraft
from gateway.operations.messages import Messages
from gateway.operations.payload import DeletePayload, FolderPayload, RulesPayload
from gateway.operations.rules import RuleEditor
from gateway.state.sqlite import SqliteState
from tests.operations.conftest import House
from tests.operations.made_up import Incapable, MadeUpVendor, identifier, lost, refused, rule, until

ONE = identifier("1")
ODD = rule("odd", raw={"type": "quantum", "deep": {"x": [1, None]}})


@pytest.fixture
def editor(house: House, vendor: MadeUpVendor) -> RuleEditor:
    vendor.rules = [rule("first"), ODD, rule("last")]
    return house.desk.rules


def wanted(name: str, vendor_id: str | None = None) -> RuleDraft:
    return RuleDraft(name=name, conditions=(), actions=(ActionDraft(type=RuleActionType.STAR),), vendor_id=vendor_id)


def names(rules: Sequence[Rule] | None) -> list[str | None]:
    return [each.name for each in rules or ()]


# ---------------------------------------------------------------------- each edit
async def test_replacing(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    payload = await editor.replace(ONE, [wanted("a"), wanted("b")])
    assert names(payload.rules) == names(vendor.rules) == ["a", "b"]
    assert vendor.writes == 1


async def test_creating_puts_it_last_and_tells_which_it_is(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    payload = await editor.create(ONE, wanted("new"))
    assert names(vendor.rules) == ["first", "odd", "last", "new"]
    assert payload.rule == vendor.rules[3]
    assert vendor.rules[1] == ODD


async def test_updating_keeps_its_place(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    payload = await editor.update(ONE, wanted("other", "first"))
    assert names(vendor.rules) == ["other", "odd", "last"]
    assert payload.rule == vendor.rules[0]
    assert vendor.rules[1] == ODD


async def test_deleting(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    payload = await editor.delete(ONE, "first")
    assert names(payload.rules) == ["odd", "last"]
    assert vendor.rules[0] == ODD


async def test_reordering(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    payload = await editor.reorder(ONE, ["last", "odd", "first"])
    assert names(payload.rules) == ["last", "odd", "first"]
    assert vendor.rules[1] == ODD


@pytest.mark.parametrize("ids", [["last", "first"], ["last", "odd", "first", "odd"], ["last", "odd", "who"]])
async def test_reordering_names_every_rule_once(editor: RuleEditor, vendor: MadeUpVendor, ids: list[str]) -> None:
    with pytest.raises(InvalidInputError, match="Name every rule of the mailbox once") as caught:
        await editor.reorder(ONE, ids)
    assert caught.value.field == ("ids",)
    assert vendor.writes == 0


@pytest.mark.parametrize("act", [lambda editor: editor.update(ONE, wanted("x", "who")), lambda editor: editor.delete(ONE, "who")])
async def test_a_rule_that_is_not_there(
    editor: RuleEditor, vendor: MadeUpVendor, act: Callable[[RuleEditor], Coroutine[None, None, RulesPayload]]
) -> None:
    with pytest.raises(NotFoundError) as caught:
        await act(editor)
    assert caught.value.field == ("id",)
    assert vendor.writes == 0


async def test_a_refusal_is_raised(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    vendor.refuses("edit_rules")
    with pytest.raises(VendorRejectedError):
        await editor.create(ONE, wanted("new"))


@pytest.mark.parametrize("is_done", [True, False])
async def test_after_a_lost_answer_the_rules_are_shown_as_they_are(editor: RuleEditor, vendor: MadeUpVendor, *, is_done: bool) -> None:
    vendor.loses("edit_rules", is_done=is_done)
    payload = await editor.create(ONE, wanted("new"))
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert names(payload.rules) == names(vendor.rules)
    assert (payload.rule is not None) == is_done


async def test_after_a_lost_answer_that_cannot_be_looked_at_nothing_is_claimed(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    vendor.loses("edit_rules", is_done=True)
    gate = vendor.holds("edit_rules")
    editing = asyncio.create_task(editor.create(ONE, wanted("new")))
    await vendor.reached("edit_rules")
    vendor.refuses("list_rules", refused(VendorUnavailableError))
    gate.set()
    payload = await editing
    assert (payload.rules, payload.rule) == (None, None)
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]


# ---------------------------------------------------------------------- side by side
async def test_edits_side_by_side_lose_nothing(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    await asyncio.gather(*(editor.create(ONE, wanted(f"new{n}")) for n in range(10)), editor.delete(ONE, "first"))
    assert sorted(names(vendor.rules), key=str) == sorted(["odd", "last", *(f"new{n}" for n in range(10))])
    assert vendor.overlaps == []


async def test_edits_of_two_mailboxes_do_not_wait_for_one_another(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    gate = vendor.holds("edit_rules")
    editing = [asyncio.create_task(editor.delete(identifier(each), "first")) for each in "12"]
    await vendor.reached("edit_rules", 2)
    gate.set()
    await asyncio.wait(editing)


async def test_who_leaves_does_not_take_the_edit_along(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    gate = vendor.holds("edit_rules")
    caller = asyncio.create_task(editor.delete(ONE, "first"))
    await vendor.reached("edit_rules")
    caller.cancel()
    await asyncio.wait({caller})
    gate.set()
    await until(lambda: names(vendor.rules) == ["odd", "last"])


# ---------------------------------------------------------------------- folders
async def test_folders_are_made_and_renamed(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    made = await editor.create_folder(ONE, "New")
    assert made.folder == vendor.folders[-1]
    renamed = await editor.rename_folder(ONE, "new", "Newer")
    assert renamed.folder is not None
    assert (renamed.folder.name, renamed.user_errors) == ("Newer", ())


Work = Callable[[RuleEditor], Coroutine[None, None, FolderPayload]]
FOLDER_WRITES: dict[str, Work] = {
    "create_folder": lambda editor: editor.create_folder(ONE, "New"),
    "rename_folder": lambda editor: editor.rename_folder(ONE, "work", "New"),
}


@pytest.mark.parametrize("method", FOLDER_WRITES)
async def test_a_lost_answer_about_a_folder_is_looked_after(editor: RuleEditor, vendor: MadeUpVendor, method: str) -> None:
    vendor.loses(method, is_done=False)
    payload = await FOLDER_WRITES[method](editor)
    assert (payload.folder, [each.code for each in payload.user_errors]) == (None, [ErrorCode.OUTCOME_UNKNOWN])
    vendor.loses(method, is_done=True)
    payload = await FOLDER_WRITES[method](editor)
    assert payload.folder is not None
    assert (payload.folder.name, payload.user_errors) == ("New", ())
    assert [each.message for each in payload.warnings] == ["The vendor's answer was lost, but the folder is as it was asked for."]


@pytest.mark.parametrize("method", FOLDER_WRITES)
async def test_a_lost_answer_about_a_folder_that_cannot_be_looked_after(editor: RuleEditor, vendor: MadeUpVendor, method: str) -> None:
    vendor.loses(method, is_done=True)
    vendor.refuses("list_folders", refused(VendorUnavailableError))
    payload = await FOLDER_WRITES[method](editor)
    assert (payload.folder, [each.code for each in payload.user_errors]) == (None, [ErrorCode.OUTCOME_UNKNOWN])


# ---------------------------------------------------------------------- deleting a folder
MOVING = rule("moving", to=["work"])
BOTH = rule("both", to=["work", "play"])


@pytest.fixture
def before(editor: RuleEditor, vendor: MadeUpVendor) -> list[Rule]:  # noqa: ARG001 - whose rules these replace
    vendor.rules = [ODD, MOVING, rule("elsewhere", to=["play"]), BOTH]
    return list(vendor.rules)


async def delete(editor: RuleEditor, *, detach_rules: bool = True) -> DeletePayload:
    return await editor.delete_folder(ONE, "work", detach_rules=detach_rules)


async def test_detaching_takes_out_the_moves_and_tells_what_is_left_of_nothing(
    editor: RuleEditor, vendor: MadeUpVendor, before: list[Rule]
) -> None:
    payload = await delete(editor)
    assert payload.deleted_id == encode(Kind.FOLDER, "a", "1", "work")
    assert names(vendor.rules) == ["odd", "elsewhere", "both"]
    assert vendor.rules[:2] == [ODD, before[2]]
    assert [action.target_folder.vendor_id for action in vendor.rules[2].actions if action.target_folder] == ["play"]
    assert [each.message for each in payload.warnings] == ["The rule 'moving' was removed: moving mail to this folder was all that it did."]
    assert vendor.calls["list_rules"] == 1


async def test_rules_that_are_not_concerned_are_not_written(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    payload = await delete(editor)
    assert payload.deleted_id is not None
    assert (vendor.calls["edit_rules"], payload.warnings) == (0, ())


@pytest.mark.usefixtures("before")
async def test_without_detaching_the_vendor_says_what_is_in_the_way(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    payload = await delete(editor, detach_rules=False)
    assert [each.code for each in payload.user_errors] == [ErrorCode.CONFLICT]
    assert vendor.calls["edit_rules"] == 0


@pytest.mark.parametrize("error", [refused(), refused(VendorUnavailableError), lost()])
async def test_rules_are_as_they_were_if_the_folder_is_not_deleted(
    editor: RuleEditor, vendor: MadeUpVendor, before: list[Rule], error: Exception
) -> None:
    vendor.refuses("delete_folder", error)
    payload = await delete(editor)
    assert payload.deleted_id is None
    assert len(payload.user_errors) == 1
    assert vendor.rules == before
    assert payload.warnings == ()


@pytest.mark.usefixtures("before")
async def test_a_folder_that_is_gone_is_deleted_whatever_became_of_the_answer(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    vendor.loses("delete_folder", is_done=True)
    payload = await delete(editor)
    assert payload.deleted_id is not None
    assert payload.user_errors == ()
    assert names(vendor.rules) == ["odd", "elsewhere", "both"]


async def test_a_folder_that_cannot_be_looked_for_counts_as_there(editor: RuleEditor, vendor: MadeUpVendor, before: list[Rule]) -> None:
    vendor.loses("delete_folder", is_done=True)
    vendor.refuses("list_folders", refused(VendorUnavailableError))
    payload = await delete(editor)
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert vendor.rules == before


@pytest.mark.usefixtures("before")
async def test_what_cannot_be_restored_is_told(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    vendor.refuses("delete_folder")
    gate = vendor.holds("delete_folder")
    deleting = asyncio.create_task(delete(editor))
    await vendor.reached("delete_folder")
    vendor.refuses("edit_rules", refused(VendorUnavailableError, "It is down."))
    gate.set()
    payload = await deleting
    assert [each.code for each in payload.user_errors] == [ErrorCode.VENDOR_REJECTED]
    [warning] = payload.warnings
    assert warning.message == (
        "The rules could not be restored as they were, and may lack what moved mail to this folder ('moving', 'both'): It is down."
    )


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_lost_detaching_deletes_nothing_and_is_undone(
    editor: RuleEditor, vendor: MadeUpVendor, before: list[Rule], *, is_done: bool
) -> None:
    vendor.loses("edit_rules", is_done=is_done)
    payload = await delete(editor)
    assert [each.code for each in payload.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert vendor.calls["delete_folder"] == 0
    assert vendor.rules == before


async def test_rules_that_cannot_be_read_let_nothing_be_deleted(editor: RuleEditor, vendor: MadeUpVendor) -> None:
    vendor.refuses("list_rules", refused(VendorUnavailableError))
    payload = await delete(editor)
    assert [each.code for each in payload.user_errors] == [ErrorCode.VENDOR_UNAVAILABLE]
    assert vendor.writes == 0


async def test_deleting_a_folder_and_editing_rules_wait_for_one_another(
    editor: RuleEditor, vendor: MadeUpVendor, before: list[Rule]
) -> None:
    vendor.refuses("delete_folder")
    await asyncio.gather(delete(editor), editor.create(ONE, wanted("new")))
    assert vendor.rules[:4] == before
    assert names(vendor.rules)[4:] == ["new"]


# ---------------------------------------------------------------------- vendors without, and messages
async def test_a_vendor_without_rules_is_sent_nothing(tmp_path: Path) -> None:
    other = House.over(SqliteState.in_memory(), tmp_path, Incapable())
    editor = other.desk.rules
    for work in (
        editor.replace(ONE, []),
        editor.create_folder(ONE, "x"),
        editor.rename_folder(ONE, "x", "y"),
        editor.delete_folder(ONE, "x", detach_rules=True),
    ):
        with pytest.raises(UnsupportedError):
            await work
    message = Identifier(Kind.MESSAGE, "a", ("1", "thread", "message"))
    for act in (
        other.desk.messages.mark(message, is_read=True, is_starred=None),
        other.desk.messages.move(message, folder_id=None, role=FolderRole.TRASH),
        other.desk.messages.delete(message),
    ):
        with pytest.raises(UnsupportedError):
            await act
    await other.close()


class Correspondent(MadeUpVendor):
    """Writes down what is done to messages."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[object] = []

    async def update_message(self, mailbox_id: str, message_id: str, *, is_read: bool | None, is_starred: bool | None) -> None:
        await self._do("message", "message", lambda: self.done.append((mailbox_id, message_id, is_read, is_starred)))

    async def move_message(self, mailbox_id: str, message_id: str, *, folder_id: str | None, role: FolderRole | None) -> None:
        await self._do("message", "message", lambda: self.done.append((mailbox_id, message_id, folder_id, role)))

    async def delete_message(self, mailbox_id: str, message_id: str) -> None:
        await self._do("message", "message", lambda: self.done.append((mailbox_id, message_id)))


async def test_messages(tmp_path: Path) -> None:
    vendor = Correspondent()
    other = House.over(SqliteState.in_memory(), tmp_path, vendor)
    messages: Messages = other.desk.messages
    message = Identifier(Kind.MESSAGE, "a", ("1", "thread", "message"))
    marked = await messages.mark(message, is_read=True, is_starred=None)
    moved = await messages.move(message, folder_id="work", role=None)
    await messages.delete(message)
    assert vendor.done == [("1", "message", True, None), ("1", "message", "work", None), ("1", "message")]
    assert marked.message_id == moved.message_id == str(message)
    vendor.loses("message", is_done=True)
    assert [each.code for each in (await messages.mark(message, is_read=True, is_starred=None)).user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    vendor.refuses("message")
    with pytest.raises(VendorRejectedError):
        await messages.move(message, folder_id="work", role=None)
    await other.close()
