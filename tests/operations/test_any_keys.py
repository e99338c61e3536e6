"""Idempotency keys against a plain model: whatever is asked in whatever order, each key means one write at most until it is settled."""

import asyncio
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.domain.errors import ConflictError, ErrorCode
from gateway.domain.operation import OperationState
from gateway.operations.once import Answer, Once
from gateway.state.sqlite import SqliteState
from tests.operations.made_up import draft
from tests.operations.test_once import DONE, Shop, refusal, unknown

OUTCOMES = {
    "done": DONE,
    "refused": refusal(ErrorCode.VENDOR_REJECTED),
    "busy": refusal(ErrorCode.VENDOR_RATE_LIMITED),
    "lost": unknown(),
}


@dataclass
class Known:
    """What a key stands for. `answer` is None while it is open; `ended` is how the operation of a lost answer ended."""

    given: str
    answer: Answer | None = None
    operation_key: str | None = None
    ended: OperationState | None = None


class AnyKeys(RuleBasedStateMachine):
    """`known` is the model: the keys that are taken."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.shop = self.runner.run(self._open())
        self.known: dict[str, Known] = {}
        self.acts = 0

    async def _open(self) -> Shop:
        return Shop(SqliteState.in_memory())

    @rule(key=st.sampled_from("kl"), given=st.sampled_from("xy"), outcome=st.sampled_from(sorted(OUTCOMES)))
    def ask(self, key: str, given: str, outcome: str) -> None:
        known = self.known.get(key)
        self.shop.answer = OUTCOMES[outcome]
        try:
            answer = self.runner.run(self.shop.ask(key, draft(given)))
        except ConflictError:
            assert known is not None
            assert known.given != given
            return
        assert known is None or known.given == given
        if known is not None and not may_be_tried(known):
            assert is_same(answer, known)
            return
        self.acts += 1
        assert self.shop.tried[-1] == (known is not None)
        if outcome == "busy" and known is None:
            return  # free again
        self.known[key] = after(outcome, answer, given, known)

    @precondition(lambda self: any(each.operation_key and each.ended is None for each in self.known.values()))
    @rule(data=st.data(), state=st.sampled_from([OperationState.SUCCEEDED, OperationState.FAILED, OperationState.UNKNOWN]))
    def end(self, data: st.DataObject, state: OperationState) -> None:
        known = data.draw(st.sampled_from([each for each in self.known.values() if each.operation_key and each.ended is None]))
        self.runner.run(self.shop.end(Answer(operation_key=known.operation_key), state))
        known.ended = state

    @rule()
    def forget_what_is_in_memory(self) -> None:
        self.shop.once = Once(self.shop.state, self.shop.journal)

    @invariant()
    def there_were_no_other_writes(self) -> None:
        assert len(self.shop.tried) == self.acts

    def teardown(self) -> None:
        self.runner.run(self.shop.state.close())
        self.runner.close()


def may_be_tried(known: Known) -> bool:
    return known.ended is OperationState.FAILED


def after(outcome: str, answer: Answer, given: str, before: Known | None) -> Known:
    if outcome == "lost":
        return Known(given, operation_key=answer.operation_key)
    if outcome == "busy":
        assert before is not None
        return before
    return Known(given, answer)


def is_same(answer: Answer, known: Known) -> bool:
    if known.answer is not None:
        return answer == known.answer
    if known.ended is OperationState.SUCCEEDED:
        return answer == Answer(mailbox_id="found", operation_key=known.operation_key)
    return answer.operation_key == known.operation_key and answer.user_errors[0].code is ErrorCode.OUTCOME_UNKNOWN


TestAnyKeys = AnyKeys.TestCase
