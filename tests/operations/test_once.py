"""Idempotency keys: what is done again, what is answered again, what is refused."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import msgspec
import pytest

from gateway.domain.draft import MailboxDraft, ServerDraft
from gateway.domain.errors import ConflictError, ErrorCode, GatewayError, InvalidInputError
from gateway.domain.operation import Operation, OperationState
from gateway.domain.outcome import UserError
from gateway.domain.secret import Secret
from gateway.operations.creator import recall
from gateway.operations.journal import Journal
from gateway.operations.once import TRANSIENT, Answer, Once
from gateway.operations.work import Vanish
from gateway.state.error import StateError
from gateway.state.sqlite import SqliteState
from tests.operations.made_up import draft, refused, until
from tests.operations.test_journal import set_full

DONE = Answer(mailbox_id="id")


class Shop:
    """Writes once for each act, and answers what the test put there; `tried` is what each act was told of earlier ones."""

    def __init__(self, state: SqliteState) -> None:
        self.state = state
        self.journal = Journal(state)
        self.once = Once(state, self.journal)
        self.answer: Answer | Exception = DONE
        self.tried: list[bool] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def ask(self, key: str | None = "k", given: msgspec.Struct | None = None, *, scope: str = "me/mailboxCreate") -> Answer:
        return await self.once.do(scope, key, given or draft(), self._act, recall)

    async def _act(self, operation_key: str, was_tried: bool) -> Answer:  # noqa: FBT001 - the signature of `Act`
        self.tried.append(was_tried)
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer.operation_key is None:
            return self.answer
        await self.journal.begin("mailboxCreate", accounts=("a",), work=Vanish("a", "1"), key=operation_key)
        return msgspec.structs.replace(self.answer, operation_key=operation_key)

    async def end(self, answer: Answer, state: OperationState) -> Operation:
        assert answer.operation_key is not None
        return await self.journal.end(answer.operation_key, state, message="Ended.", mailbox_id="found")


def refusal(code: ErrorCode) -> Answer:
    return Answer(user_errors=(UserError("No.", code),))


def unknown() -> Answer:
    return Answer(operation_key="replaced", user_errors=(UserError("Who knows.", ErrorCode.OUTCOME_UNKNOWN),))


@pytest.fixture(params=["memory", "disk"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    state = SqliteState.in_memory() if request.param == "memory" else await SqliteState.open(tmp_path / "state", state_key=None)
    yield Shop(state)
    await state.close()


async def conflict(asking: Awaitable[Answer]) -> ConflictError:
    with pytest.raises(ConflictError) as caught:
        await asking
    return caught.value


async def test_the_same_key_and_input_are_answered_as_the_first_time(shop: Shop) -> None:
    assert await shop.ask() == DONE
    shop.answer = Answer(mailbox_id="other")
    assert await shop.ask() == DONE
    assert shop.tried == [False]


async def test_fifty_at_once_make_one_write_and_get_one_answer(shop: Shop) -> None:
    shop.gate.clear()
    asking = [asyncio.create_task(shop.ask()) for _ in range(50)]
    await until(lambda: len(shop.tried) > 0)
    shop.gate.set()
    assert set(await asyncio.gather(*asking)) == {DONE}
    assert shop.tried == [False]
    assert shop.once._under_way == {}


async def test_who_waits_for_a_turn_and_leaves_harms_nobody(shop: Shop) -> None:
    shop.gate.clear()
    first, second, third = (asyncio.create_task(shop.ask()) for _ in range(3))
    await until(lambda: len(shop.tried) > 0)
    second.cancel()
    await asyncio.wait({second})
    shop.gate.set()
    assert await first == await third == DONE
    assert shop.tried == [False]


async def test_other_input_is_a_conflict(shop: Shop) -> None:
    await shop.ask()
    assert (await conflict(shop.ask(given=draft("other")))).field == ("idempotencyKey",)
    assert shop.tried == [False]


async def test_another_password_is_other_input_and_no_password_is_stored(shop: Shop, tmp_path: Path) -> None:
    def with_password(password: str) -> MailboxDraft:
        return draft(smtp=ServerDraft(password=Secret(password)))

    await shop.ask(given=with_password("canary one"))
    assert await shop.ask(given=with_password("canary one")) == DONE
    await conflict(shop.ask(given=with_password("canary two")))
    for file in (tmp_path / "state").glob("*"):
        assert b"canary" not in file.read_bytes()


async def test_without_a_key_everything_is_done_each_time(shop: Shop) -> None:
    await shop.ask(None)
    await shop.ask(None)
    assert shop.tried == [False, False]


async def test_another_callers_key_is_another_key(shop: Shop) -> None:
    await shop.ask(scope="me/mailboxCreate")
    await shop.ask(scope="you/mailboxCreate", given=draft("other"))
    await shop.ask(scope="me/mailboxBulkCreate", given=draft("other"))
    assert len(shop.tried) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\t", "ünicode", "line\n"])
async def test_a_bad_key(shop: Shop, key: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await shop.ask(key)
    assert caught.value.field == ("idempotencyKey",)
    assert shop.tried == []


async def test_the_longest_key(shop: Shop) -> None:
    assert await shop.ask("~ " * 127 + "!") == DONE


@pytest.mark.parametrize("code", sorted(TRANSIENT))
async def test_a_transient_failure_frees_the_key(shop: Shop, code: ErrorCode) -> None:
    shop.answer = refusal(code)
    assert await shop.ask() == shop.answer
    shop.answer = DONE
    assert await shop.ask(given=draft("other")) == DONE
    assert shop.tried == [False, False]


@pytest.mark.parametrize("code", [ErrorCode.VENDOR_REJECTED, ErrorCode.CONFLICT, ErrorCode.LIMIT_REACHED, ErrorCode.BAD_USER_INPUT])
async def test_a_definite_refusal_is_answered_again(shop: Shop, code: ErrorCode) -> None:
    shop.answer = refusal(code)
    assert await shop.ask() == await shop.ask() == shop.answer
    assert shop.tried == [False]


async def test_what_is_refused_before_anything_is_sent_frees_the_key(shop: Shop) -> None:
    shop.answer = refused()
    with pytest.raises(GatewayError):
        await shop.ask()
    shop.answer = DONE
    assert await shop.ask() == DONE


async def test_an_unknown_outcome_is_answered_again_and_becomes_the_truth(shop: Shop) -> None:
    shop.answer = unknown()
    first = await shop.ask()
    again = await shop.ask()
    assert (again.operation_key, again.user_errors[0].code) == (first.operation_key, ErrorCode.OUTCOME_UNKNOWN)
    await shop.end(first, OperationState.SUCCEEDED)
    assert await shop.ask() == Answer(mailbox_id="found", operation_key=first.operation_key)
    assert shop.tried == [False]


async def test_what_stays_unknown_is_not_tried_again(shop: Shop) -> None:
    shop.answer = unknown()
    first = await shop.ask()
    await shop.end(first, OperationState.UNKNOWN)
    assert (await shop.ask()).user_errors == (UserError("Ended.", ErrorCode.OUTCOME_UNKNOWN),)
    assert shop.tried == [False]


async def test_what_is_proved_not_to_have_happened_is_tried_again_with_that_knowledge(shop: Shop) -> None:
    shop.answer = unknown()
    await shop.end(await shop.ask(), OperationState.FAILED)
    shop.answer = DONE
    assert await shop.ask() == DONE
    assert await shop.ask() == DONE
    assert shop.tried == [False, True]


async def test_that_it_was_tried_is_remembered_until_it_is_done(shop: Shop) -> None:
    shop.answer = unknown()
    await shop.end(await shop.ask(), OperationState.FAILED)
    for failure in (refusal(ErrorCode.VENDOR_UNAVAILABLE), refused()):
        shop.answer = failure
        await asyncio.wait({asyncio.create_task(shop.ask())})
    await conflict(shop.ask(given=draft("other")))
    shop.answer = DONE
    assert await shop.ask() == DONE
    assert shop.tried == [False, True, True, True]


async def test_an_act_that_never_ended_is_looked_for_first(shop: Shop) -> None:
    shop.answer = KeyError("a fault of ours")
    with pytest.raises(KeyError):
        await shop.ask()
    shop.answer = DONE
    assert await shop.ask() == DONE
    assert shop.tried == [False, True]


async def test_a_state_that_cannot_be_written_lets_nothing_be_sent(shop: Shop) -> None:
    set_full(shop.state, is_full=True)
    with pytest.raises(StateError):
        await shop.ask()
    assert shop.tried == []


async def test_a_state_that_fails_after_the_success_does_not_hide_it(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.gate.clear()
    asking = asyncio.create_task(shop.ask())
    await until(lambda: len(shop.tried) > 0)
    set_full(shop.state, is_full=True)
    shop.gate.set()
    assert await asking == DONE
    assert "could not be kept" in caplog.text
    set_full(shop.state, is_full=False)
    await shop.ask()
    assert shop.tried == [False, True]  # it looks before it writes


async def test_a_key_that_cannot_be_freed_hides_no_error(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.gate.clear()
    shop.answer = refusal(ErrorCode.VENDOR_RATE_LIMITED)
    asking = asyncio.create_task(shop.ask())
    await until(lambda: len(shop.tried) > 0)
    set_full(shop.state, is_full=True)
    shop.gate.set()
    assert await asking == shop.answer
    assert "could not be freed" in caplog.text


async def test_answers_survive_a_restart(tmp_path: Path) -> None:
    state = await SqliteState.open(tmp_path, state_key=None)
    await Shop(state).ask()
    await state.close()
    state = await SqliteState.open(tmp_path, state_key=None)
    later = Shop(state)
    assert await later.ask() == DONE
    await conflict(later.ask(given=draft("other")))
    assert later.tried == []
    await state.close()
