"""Many steps of one mailbox as one, against the plainest model: look at all its states."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.mailbox import Mailbox
from gateway.inventory.difference import changed_fields
from gateway.inventory.step import Step, joined, step
from tests.inventory.made_up import mailbox

states = st.none() | st.builds(
    lambda name, count: mailbox("1", display_name=name, campaign_count=count), st.sampled_from(["A", "B"]), st.sampled_from([0, 1])
)


def expected(history: list[Mailbox | None]) -> tuple[Mailbox | None, Mailbox | None, set[str]] | None:
    """What is to be told of a history since the last moment at which a mailbox had gone again, or had come back as it was."""
    start = 0
    for now in range(1, len(history)):
        if history[start] == history[now] and None in (history[now - 1], history[now]):
            start = now
    told = history[start:]
    before, after = told[0], told[-1]
    if before is None or after is None:
        return None if before is after else (before, after, set())
    away = max((index for index, state in enumerate(told) if state is None), default=0)
    seen = [before, *told[away + 1 :]]
    fields = {field for was, now in pairwise(seen) if was and now for field in changed_fields(was, now)}
    return (before, after, fields) if fields else None


@given(st.lists(states, min_size=1, max_size=12))
def test_many_steps_are_one(history: list[Mailbox | None]) -> None:
    whole: Step | None = None
    for before, after in pairwise(history):
        made = step(before, after)
        whole = made if whole is None else joined(whole, made) if made else whole
    assert (whole and (whole.before, whole.after, set(whole.fields))) == expected(history)
    assert whole is None or list(whole.fields) == sorted(whole.fields)
