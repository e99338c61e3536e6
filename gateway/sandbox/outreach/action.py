"""The four actions of a mailbox. None takes parameters or a body."""

from collections.abc import Callable, Mapping

from gateway.sandbox.outreach.change import now_text
from gateway.sandbox.outreach.login import Direction, login_fault
from gateway.sandbox.outreach.refusal import Flaw, flawed
from gateway.sandbox.outreach.resource import Resource
from gateway.sandbox.outreach.rows import Rows

Action = Callable[[Rows, Resource], dict[str, object]]
"""What the answer's body is. Raises `Refusal`."""


def _test(direction: Direction) -> Action:
    """A mailbox that failed for good is answered with 200 all the same, with a newer error: nobody says that this cannot be."""

    def act(rows: Rows, row: Resource) -> dict[str, object]:
        attributes = row.attributes if isinstance(row.attributes, dict) else {}
        fault = login_fault(direction, attributes, rows.secrets.get(row.number, {}))
        is_hopeless = attributes.get(f"{direction}PermanentErrorAt") is not None
        attributes[f"{direction}ErroredAt" if fault or is_hopeless else f"{direction}SuccessAt"] = now_text()
        if fault:
            raise flawed([Flaw(None, f"Mailbox could not {direction}: {fault}.")])
        return {"data": row}

    return act


def _link(rows: Rows, row: Resource) -> dict[str, object]:
    if not row.value("ewsEndpoint"):
        raise flawed([Flaw(None, "Mailbox has no Exchange Web Service.")])
    _show_linked(rows, row, linked=True)
    return {}


def _unlink(rows: Rows, row: Resource) -> dict[str, object]:
    if row.number not in rows.linked:
        raise flawed([Flaw(None, "Mailbox is not connected to a master account.")])
    _show_linked(rows, row, linked=False)
    return {}


def _show_linked(rows: Rows, row: Resource, *, linked: bool) -> None:
    """`ewsImpersonation` is seen in live answers, and no page says what it means; here it shows the link."""
    (rows.linked.add if linked else rows.linked.discard)(row.number)
    if isinstance(row.attributes, dict):
        row.attributes["ewsImpersonation"] = linked


ACTIONS: Mapping[str, Action] = {
    "testSend": _test(Direction.SEND),
    "testSync": _test(Direction.SYNC),
    "linkEwsMasterAccount": _link,
    "unlinkEwsMasterAccount": _unlink,
}
