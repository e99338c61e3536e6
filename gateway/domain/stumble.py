"""How a fault of our own is told: to the caller by a request id, to the log by where it happened, to nobody by the exception's own text.

That text may quote a row, a message or a key.
"""

import traceback


def apology(request_id: str) -> str:
    """What the caller reads."""
    return f"The gateway stumbled; this is not your fault. Its log says more under request id {request_id}."


def trail(error: BaseException | None) -> str:
    """What the log reads: the type and the lines of code, innermost last."""
    frames = "".join(traceback.format_tb(error.__traceback__)) if error else ""
    return f"{type(error).__name__}\n{frames}"
