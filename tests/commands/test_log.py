"""What is written to standard error: one line for each event, and nothing in it but what was meant."""

import asyncio
import json
import logging
import warnings
from collections.abc import Callable, Iterator

import pytest

from gateway.commands.log import Format, start_log, tell_of_stumble
from gateway.domain.request import Request, answering

CANARY = "CANARY-log-7e"
FORMS: list[Format] = ["json", "text"]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """All that was written since the log was started."""
    so_far: list[str] = []

    def read() -> str:
        so_far.append(capsys.readouterr().err)
        return "".join(so_far)

    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in ("uvicorn.error", "asyncio")}
    root.handlers[:] = []
    yield read
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = before, level
    for name, each in levels.items():
        logging.getLogger(name).setLevel(each)


def test_an_event_in_json(printed: Callable[[], str]) -> None:
    start_log("json")
    with answering(Request("4f1c")):
        logging.getLogger("gateway.x").info("%s came", "it", extra={"event": {"kind": "query", "codes": ["A", "B"]}})
    line = json.loads(printed())
    assert line.pop("time").endswith("Z")
    assert line == {"level": "INFO", "logger": "gateway.x", "message": "it came", "requestId": "4f1c", "kind": "query", "codes": ["A", "B"]}


def test_the_same_for_eyes(printed: Callable[[], str]) -> None:
    start_log("text")
    with answering(Request("4f1c")):
        logging.getLogger("gateway.x").info("%s came", "it", extra={"event": {"kind": "query", "codes": ["A", "B"]}})
    assert printed().endswith("Z INFO gateway.x it came requestId=4f1c kind=query codes=A,B\n")


ODD = [
    "a\nINFO forged",
    "a\r\nb",
    "\x1b[31mred",
    "\x00",
    "\x7f\x85\x9b",
    "\u2028\u2029",
    "\u202eexe",
    "\ud800",
    '"}\n{"level":"ERROR"',
    "%s %d",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("odd", ODD)
def test_nothing_forges_a_line_or_steers_a_terminal(printed: Callable[[], str], form: Format, odd: str) -> None:
    start_log(form)
    logging.getLogger("gateway.x").info("came %s", odd, extra={"event": {"name": odd, odd: 1}})
    lines = printed().removesuffix("\n").split("\n")
    assert all(line.startswith("    ") for line in lines[1:])
    assert form == "text" or json.loads(lines[0])["name"] == odd
    assert not {character for line in lines for character in line if not character.isprintable()} - set("\x7f" * (form == "json"))
    lines[0].encode()


@pytest.mark.parametrize("form", FORMS)
def test_an_exception_is_told_without_its_text(printed: Callable[[], str], form: Format) -> None:
    start_log(form)
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("a.library").exception("it broke")
    assert "ValueError" in printed()
    assert "test_log.py" in printed()
    assert CANARY not in printed()
    assert form == "text" or len(printed().splitlines()) == 1


@pytest.mark.parametrize("form", FORMS)
async def test_a_task_that_nobody_waited_for_is_told_without_its_text(printed: Callable[[], str], form: Format) -> None:
    """asyncio would print the task, with the exception in it."""

    async def break_down(secret: str) -> None:
        raise ValueError(secret)

    start_log(form)
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(tell_of_stumble)
    try:
        task = asyncio.create_task(break_down(CANARY))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
    finally:
        loop.set_exception_handler(before)
    assert "Task exception was never retrieved" in printed()
    assert "ValueError" in printed()
    assert CANARY not in printed()


@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_written_is_told_without_its_values(printed: Callable[[], str], form: Format) -> None:
    start_log(form)
    logging.getLogger("gateway.x").info("%d", CANARY)
    assert json.loads(printed())["level"] == "ERROR"
    assert CANARY not in printed()


@pytest.mark.parametrize("form", FORMS)
def test_warnings_are_events(printed: Callable[[], str], form: Format) -> None:
    start_log(form)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("mind the gap", ResourceWarning, stacklevel=1)
    assert "ResourceWarning: mind the gap" in printed()
    assert form == "text" or len(printed().splitlines()) == 1
