"""Answers that are served again, as they were encoded, for as long as nothing that they rest on has changed."""

from collections.abc import Mapping
from sys import getsizeof
from typing import Any, NamedTuple

import msgspec

from gateway.domain.latest import Latest
from gateway.inventory.inventory import Inventory
from gateway.inventory.view import ViewState
from gateway.loaders.grounds import Grounds
from gateway.web.caller import Caller
from gateway.web.encoded import EncodedData
from gateway.web.request import Operation, RefusedError

MOST_ANSWERS = 4096
VIEW_BYTES = 256
"""What is kept of a view that an answer rests on."""


class Question(NamedTuple):
    """Equal for requests that are the same one: nobody's answer goes to another caller, whatever that one may see."""

    caller: Caller
    query: str
    operation_name: str | None
    variables: bytes


def question(operation: Operation, caller: Caller) -> Question:
    """What a request asks. Raises `RefusedError`."""
    return Question(caller, operation.query, operation.operation_name or None, _canonical(operation.variables))


def _canonical(variables: Mapping[str, Any] | None) -> bytes:
    try:
        return msgspec.json.encode(variables, order="deterministic") if variables else b""
    except RecursionError:
        raise RefusedError(400, "`variables` are nested too deeply.") from None


class _Answer(NamedTuple):
    """`data`, and the states of the views that it was made from."""

    data: EncodedData
    taken: Mapping[str, ViewState]
    peeked: Mapping[str, ViewState]


class Answers:
    """The latest used, within `most_bytes` together.

    An answer is found only where every view would be the same if it were taken now: fresh turns stale by time alone, loads end or fail,
    and mailboxes are written; each of them shows in a view's state.
    """

    def __init__(self, inventory: Inventory, *, most_bytes: int) -> None:
        self._inventory = inventory
        self._kept = Latest[Question, _Answer](most=MOST_ANSWERS, most_bytes=most_bytes)
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size_bytes(self) -> int:
        return self._kept.size_bytes

    def find(self, asked: Question) -> EncodedData | None:
        """The encoded `data`. Takes the views that it rests on, as the operation itself would: what is due is refreshed behind."""
        answer = self._kept.get(asked)
        if answer is not None and self._holds(answer):
            self.hits += 1
            return answer.data
        self.misses += 1
        self._kept.drop(asked)
        return None

    def _holds(self, answer: _Answer) -> bool:
        accounts = self._inventory.accounts
        for name, state in answer.taken.items():
            view = accounts[name].view_at_once()
            if view is None or view.state != state:
                return False
        return all(accounts[name].peek().state == state for name, state in answer.peeked.items())

    def keep(self, asked: Question, data: EncodedData, grounds: Grounds) -> None:
        """An answer without errors that rests on nothing but views."""
        taken = {name: view.state for name, view in grounds.taken.items()}
        peeked = {name: view.state for name, view in grounds.peeked.items() if name not in taken}
        size = len(data) + getsizeof(asked.query) + len(asked.variables) + (len(taken) + len(peeked)) * VIEW_BYTES
        self._kept.put(asked, _Answer(data, taken, peeked), size)
