"""From one state of a mailbox to a later one, and how two such steps become one."""

import msgspec

from gateway.domain.mailbox import Mailbox
from gateway.inventory.difference import changed_fields


class Step(msgspec.Struct, frozen=True, gc=False):
    """None: the mailbox was not there before, or is not there after. `fields` are empty unless it is there both times."""

    before: Mailbox | None
    after: Mailbox | None
    fields: tuple[str, ...] = ()


def step(before: Mailbox | None, after: Mailbox | None) -> Step | None:
    """None where nothing differs that a client could see."""
    if before is None or after is None:
        return None if before is after else Step(before, after)
    fields = changed_fields(before, after)
    return Step(before, after, fields) if fields else None


def joined(earlier: Step, later: Step) -> Step | None:
    """Both steps as one, for somebody who saw neither; None where the mailbox came and went, or went and came back as it was.

    A field that changed and changed back still counts as changed.
    """
    before, after = earlier.before, later.after
    if before is None or after is None or earlier.after is None:
        return step(before, after)
    return Step(before, after, tuple(sorted({*earlier.fields, *later.fields})))
