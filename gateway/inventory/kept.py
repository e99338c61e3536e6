"""Answers that were worked out of one snapshot, and are kept as long as it is: the latest used, within bounds."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sized
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Sized)

MOST_ANSWERS = 64
MOST_ROUNDS = 8
"""So many times the snapshot's own rows may stand in all its answers together: 64 bytes a mailbox."""


class Kept(Generic[K, V]):
    """Of a snapshot with `row_count` rows. `asked` are the questions that requests asked, out of those whose answers are kept."""

    def __init__(self, row_count: int) -> None:
        self._most_rows = MOST_ROUNDS * row_count
        self._rows = 0
        self._answers: OrderedDict[K, V] = OrderedDict()
        self._asked: set[K] = set()

    def __contains__(self, question: K) -> bool:
        return question in self._answers

    @property
    def asked(self) -> Collection[K]:
        return [question for question in self._answers if question in self._asked]

    def ask(self, question: K, work_out: Callable[[K], V]) -> V:
        """As `get`, for a request."""
        self._asked.add(question)
        return self.get(question, work_out)

    def get(self, question: K, work_out: Callable[[K], V]) -> V:
        """The kept answer, or the one that is worked out now."""
        answer = self._answers.get(question)
        if answer is None:
            answer = work_out(question)
            self.keep(question, answer)
        else:
            self._answers.move_to_end(question)
        return answer

    def keep(self, question: K, answer: V) -> None:
        """An answer that nothing is kept for yet."""
        self._answers[question] = answer
        self._rows += len(answer)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """All but the latest one, until the rest is within the bounds."""
        while len(self._answers) > 1 and (len(self._answers) > MOST_ANSWERS or self._rows > self._most_rows):
            question, answer = self._answers.popitem(last=False)
            self._asked.discard(question)
            self._rows -= len(answer)
