"""What an answer must not be, whatever was asked."""

import json
from collections.abc import Iterable
from typing import Any

from tests.attack.attack import Attack
from tests.attack.wire import Answer
from tests.leaks import leaks

INSIDES = (b"Traceback", b"site-packages", b".py\\", b'.py"', b'"code":"INTERNAL"', b"stacktrace", b'"exception"', b"0x7f")
"""Words of a stack trace, of an exception that nobody expected, of a debugger."""
_BUSY = 503


def is_busy(answer: Answer) -> bool:
    """Whether it was turned away for now, as the last one was too much; nothing was tried then."""
    return answer.status == _BUSY and "retry-after" in answer.headers


def complaint(attack: Attack, answer: Answer, secrets: Iterable[str]) -> str | None:
    """What is wrong with the answer, if anything is."""
    if answer.status == 0:
        return "it hung up without a word" if attack.is_framed else None
    if answer.status >= 500:
        return f"it answered {answer.status}"
    for each in INSIDES:
        if each in answer.body and each not in attack.request:
            return f"it told {each.decode()!r}"
    if found := leaks(answer.head + answer.body, secrets):
        return f"it told a secret: {found}"
    if answer.body and "json" in answer.headers.get("content-type", "") and b"/graphql" in attack.request.partition(b"\r\n")[0]:
        return _complaint_about(answer.body)
    return None


def _complaint_about(body: bytes) -> str | None:
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "its JSON is none"
    for error in told.get("errors", ()):
        if "code" not in error.get("extensions", {}):
            return f"an error has no code: {error}"
    return None if told.get("errors") or "data" in told else "it has neither data nor errors"
