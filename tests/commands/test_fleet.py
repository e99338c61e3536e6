"""What `gateway test` does and prints, with accounts that answer in every way."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from gateway.commands.fleet_test import fleet as fleet_module
from gateway.commands.fleet_test.fleet import Audience, FleetTest
from gateway.commands.fleet_test.json_line import json_line
from gateway.commands.fleet_test.progress import Bars, Lines
from gateway.commands.fleet_test.report import print_fleet
from gateway.commands.fleet_test.tally import Tally
from gateway.commands.fleet_test.verdict import Outcome, Verdict, verdict_of
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import ErrorCode, VendorAuthError, VendorTimeoutError, VendorUnavailableError
from gateway.domain.operation import OperationResult
from gateway.domain.outcome import CheckResult, MailboxCheck, UserError
from gateway.operations.many import AT_ONCE
from gateway.operations.part import UNDER_WAY, not_begun
from tests.commands.made_up import FIRST, NOON, SECOND, BothWaysAdapter, ListingAdapter, SendingAdapter, mailbox

CANARY = "CANARY-77d1"
SENDING, RECEIVING = MailboxCheck.SENDING, MailboxCheck.RECEIVING
REFUSED = CheckResult(SENDING, passed=False, message="535 authentication failed.", observed_at=NOON)


class Run:
    """A finished test: its tallies, what was told while it went on, and what it prints."""

    def __init__(self, fleet: FleetTest, told: Sequence[Outcome]) -> None:
        self.tallies = fleet.tallies
        self.told = told
        self.is_stopped = fleet.is_stopped

    def printed(self, width: int = 100, *, is_terminal: bool = False) -> str:
        file = StringIO()
        print_fleet(
            self.tallies, Console(file=file, width=width, force_terminal=is_terminal, color_system=None), is_stopped=self.is_stopped
        )
        return file.getvalue()

    def cells(self, account: str) -> list[str]:
        (row,) = [line for line in self.printed().splitlines() if line.startswith(f"{account} ")]
        return row.removeprefix(account).replace("not read", "not-read").replace(" + ", "+").split()


async def run(
    *adapters: MailboxAdapter, keys: Mapping[str, Sequence[str]] | None = None, meanwhile: Callable[[FleetTest], None] | None = None
) -> Run:
    """`meanwhile` is called whenever something changes."""
    told: list[Outcome] = []
    fleets: list[FleetTest] = []

    def changed(_tally: Tally) -> None:
        if meanwhile is not None:
            meanwhile(fleets[0])

    async with FleetTest.opened(adapters, keys=keys or {}, audience=Audience(changed, told.append)) as fleet:
        fleets.append(fleet)
        async with asyncio.timeout(10):
            await fleet.run()
        return Run(fleet, told)


def account(name: str, count: int, **answers: CheckResult | Exception) -> BothWaysAdapter:
    """`sending_0=…` is how the sending test of mailbox 0 ends."""
    adapter = BothWaysAdapter(name, count)
    adapter.answers = {(key.partition("_")[2], MailboxCheck(key.partition("_")[0].upper())): answer for key, answer in answers.items()}
    return adapter


# ---------------------------------------------------------------------- verdicts
ERROR = UserError("It broke.", ErrorCode.VENDOR_UNAVAILABLE)
UNABLE = UserError("It has none.", ErrorCode.UNSUPPORTED_BY_VENDOR)
GOOD, BAD, OPEN = (CheckResult(SENDING, passed=passed) for passed in (True, False, None))


@pytest.mark.parametrize(
    ("checks", "errors", "verdict", "is_bad"),
    [
        ([GOOD, GOOD], [], Verdict.PASSING, False),
        ([GOOD, BAD], [], Verdict.FAILING, True),
        ([BAD], [ERROR], Verdict.FAILING, True),
        ([GOOD, OPEN], [], Verdict.UNKNOWN, False),
        ([GOOD], [ERROR], Verdict.UNKNOWN, True),
        ([], [ERROR], Verdict.UNKNOWN, True),
        ([], [], Verdict.UNKNOWN, False),
        ([], [UNABLE, UNABLE], Verdict.NOT_TESTABLE, False),
        ([], [UNABLE, ERROR], Verdict.UNKNOWN, True),
        ([], [UserError(UNDER_WAY, ErrorCode.OUTCOME_UNKNOWN)], Verdict.UNKNOWN, True),
        ([], not_begun(0, None, "why").user_errors, Verdict.LEFT_OUT, False),
    ],
)
def test_verdicts(checks: Sequence[CheckResult], errors: Sequence[UserError], verdict: Verdict, is_bad: bool) -> None:  # noqa: FBT001 - a row of a table
    result = OperationResult(0, "id", tuple(checks) or None, tuple(errors))
    assert verdict_of(result) is verdict
    assert Outcome(mailbox(ListingAdapter("kit", 0).account, "1"), result, verdict).is_bad is is_bad


# ---------------------------------------------------------------------- what is done
async def test_all_is_fine() -> None:
    done = await run(account("kit", 5), account("rota", 1))
    assert [tally.is_good for tally in done.tallies] == [True, True]
    assert done.cells("kit") == [FIRST.own_name, "5", "5", "0", "0", "0"]
    assert done.printed().endswith("\nAll that could be tested pass. 6 mailboxes: 6 passing.\n")


async def test_each_mailbox_is_tested_once_both_ways() -> None:
    adapter = account("kit", 21)
    done = await run(adapter)
    assert sorted(adapter.asked) == sorted((str(number), check) for number in range(21) for check in MailboxCheck)
    assert sorted(outcome.mailbox.vendor_id for outcome in done.told) == sorted(map(str, range(21)))
    assert all(outcome.result.mailbox_id == outcome.mailbox.id for outcome in done.told)


async def test_more_than_an_operation_takes_is_tested_in_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "MOST_PARTS", 3)
    adapter = account("kit", 7, sending_6=REFUSED)
    done = await run(adapter)
    assert len(adapter.asked) == 14
    assert [outcome.mailbox.vendor_id for outcome in done.told if outcome.verdict is Verdict.FAILING] == ["6"]


async def test_a_vendor_without_tests_is_asked_for_none_and_is_no_failure() -> None:
    done = await run(ListingAdapter("host", 3, vendor=SECOND), account("kit", 1))
    assert all(tally.is_good for tally in done.tallies)
    assert done.cells("host") == [SECOND.own_name, "3", "0", "0", "0", "3"]
    assert f"host: {SECOND.own_name} has no test of mailboxes." in done.printed()


async def test_a_vendor_with_one_test_is_asked_for_that() -> None:
    adapter = SendingAdapter("kit", 2)
    done = await run(adapter)
    assert set(adapter.asked) == {("0", SENDING), ("1", SENDING)}
    assert done.tallies[0].count(Verdict.PASSING) == 2


async def test_an_account_that_is_down_does_not_hide_the_others() -> None:
    refused = VendorAuthError("Kit does not accept the credentials (HTTP 401).", vendor=FIRST, account="kit", status=401)
    done = await run(ListingAdapter("kit", 0, trouble=refused), account("rota", 2), keys={"kit": ("api_key",)})
    assert [tally.is_good for tally in done.tallies] == [False, True]
    assert done.cells("kit") == [FIRST.own_name, "not-read", "-", "-", "-", "-"]
    assert done.cells("rota") == [FIRST.own_name, "2", "2", "0", "0", "0"]
    text = done.printed()
    assert "kit: Kit does not accept the credentials (HTTP 401).\n    Cure: Look at api_key of this account: " in text
    assert text.endswith("2 mailboxes: 2 passing. 1 of 2 accounts not read to the end.\n")


async def test_what_arrived_of_a_list_that_broke_off_is_tested() -> None:
    adapter = account("kit", 4)
    adapter.trouble = VendorTimeoutError("Kit did not answer in time.", vendor=FIRST, account="kit")
    done = await run(adapter)
    assert not done.tallies[0].is_good
    assert done.cells("kit") == [FIRST.own_name, "4+?", "4", "0", "0", "0"]
    assert "kit: Kit did not answer in time.\n" in done.printed()


async def test_an_empty_account_is_fine() -> None:
    done = await run(account("kit", 0))
    assert done.tallies[0].is_good
    assert done.cells("kit") == [FIRST.own_name, "0", "0", "0", "0", "0"]


async def test_a_fault_of_ours_shows_its_class_alone() -> None:
    done = await run(ListingAdapter("kit", 0, trouble=ValueError(f"https://h/?key={CANARY}")), account("rota", 1))
    assert "kit: The gateway itself failed (ValueError)." in done.printed()
    assert CANARY not in done.printed()
    assert done.tallies[1].is_good


async def test_results_are_told_while_others_are_under_way() -> None:
    slow, fast = account("slow", 1), account("fast", 3)
    slow.gate = asyncio.Event()
    told: list[int] = []

    def look(fleet: FleetTest) -> None:
        told.append(len(fleet.tallies[0].outcomes))
        if len(fleet.tallies[1].outcomes) == 3 and slow.gate is not None:
            slow.gate.set()

    done = await run(slow, fast, meanwhile=look)
    assert [outcome.mailbox.account_name for outcome in done.told] == ["fast", "fast", "fast", "slow"]


# ---------------------------------------------------------------------- stopping
async def test_once_stopped_nothing_begins_and_what_is_under_way_ends() -> None:
    adapter = account("kit", 30)
    gate = adapter.gate = asyncio.Event()
    told: list[Outcome] = []
    async with FleetTest.opened([adapter], keys={}, audience=Audience(lambda _: None, told.append)) as fleet:
        running = asyncio.ensure_future(fleet.run())
        async with asyncio.timeout(10):
            await adapter.was_asked(2 * AT_ONCE)
            fleet.stop()
            await asyncio.sleep(0.05)
            assert not running.done()
            gate.set()
            await running
        done = Run(fleet, told)
    assert len(adapter.asked) == 2 * AT_ONCE
    assert len(done.told) == 30
    assert done.tallies[0].done == AT_ONCE
    assert done.cells("kit") == [FIRST.own_name, "30", str(AT_ONCE), "0", "0", "0", str(30 - AT_ONCE)]
    assert done.printed().endswith(f"Stopped. 30 mailboxes: {AT_ONCE} passing, {30 - AT_ONCE} left out.\n")


async def test_stopped_while_a_list_is_read_no_test_begins() -> None:
    adapter = BothWaysAdapter("kit", 4, endless=True)
    done = await run(adapter, meanwhile=lambda fleet: fleet.stop() if fleet.tallies[0].found == 4 else None)
    assert adapter.asked == []
    assert done.cells("kit") == [FIRST.own_name, "4+?", "0", "0", "0", "0", "4"]
    assert {outcome.verdict for outcome in done.told} == {Verdict.LEFT_OUT}


async def test_who_cancels_the_test_ends_it_at_once() -> None:
    adapter = account("kit", 3)
    adapter.gate = asyncio.Event()
    async with FleetTest.opened([adapter], keys={}, audience=Audience(lambda _: None, lambda _: None)) as fleet:
        running = asyncio.ensure_future(fleet.run())
        async with asyncio.timeout(2):
            await adapter.was_asked(1)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running


# ---------------------------------------------------------------------- what is printed
async def test_a_failing_mailbox_is_told_with_its_address_its_check_the_vendors_words_and_when() -> None:
    down = VendorUnavailableError("Kit is down (HTTP 503).", vendor=FIRST, account="kit", status=503)
    done = await run(account("kit", 3, sending_1=REFUSED, receiving_1=down))
    assert not done.tallies[0].is_good
    assert (
        "Failing (1):\n"
        "  m1@kit.example  (kit)\n"
        "    sending: 535 authentication failed. (observed 2026-11-20 12:00:00 UTC)\n"
        "    not tested: Kit is down (HTTP 503).\n"
    ) in done.printed()
    assert done.printed().endswith("3 mailboxes: 2 passing, 1 failing.\n")


async def test_what_both_checks_say_is_said_once() -> None:
    both = {"sending_0": REFUSED, "receiving_0": CheckResult(RECEIVING, passed=False, message=REFUSED.message, observed_at=NOON)}
    assert "    sending and receiving: 535 authentication failed. (" in (await run(account("kit", 1, **both))).printed()


async def test_a_vendor_that_gives_no_reason_and_no_time_is_told_so() -> None:
    done = await run(account("kit", 1, receiving_0=CheckResult(RECEIVING, passed=False)))
    assert "    receiving: the vendor gives no reason. (the vendor does not say when)" in done.printed()


async def test_what_many_have_in_common_is_told_once() -> None:
    waiting = CheckResult(SENDING, passed=None, message="Still verifying.")
    done = await run(account("kit", 6, **{f"sending_{number}": waiting for number in range(5)}))
    assert done.tallies[0].is_good, "that a vendor cannot tell is no failure"
    text = done.printed()
    assert text.count("  kit: Still verifying.\n") == 1
    assert ", and 2 more\n" in text
    assert text.endswith("All that could be tested pass. 6 mailboxes: 1 passing, 5 could not tell.\n")


async def test_a_test_that_could_not_be_made_is_no_success() -> None:
    down = VendorUnavailableError("Kit is down (HTTP 503).", vendor=FIRST, account="kit", status=503)
    done = await run(account("kit", 2, sending_0=down))
    assert not done.tallies[0].is_good
    assert "  kit: Kit is down (HTTP 503).\n    m0@kit.example\n" in done.printed()


@pytest.mark.parametrize("is_terminal", [False, True])
async def test_the_words_of_a_vendor_are_no_markup_and_steer_no_terminal(is_terminal: bool) -> None:  # noqa: FBT001 - a parameter
    said = CheckResult(SENDING, passed=False, message="key [redacted] [bold]is[/bold]\x1b[31m wr\u202eong\r\n", observed_at=NOON)
    adapter = account("kit", 2, sending_0=said, sending_1=CheckResult(SENDING, passed=None, message="\x9b2J[red]who knows"))
    done = await run(adapter)
    text = done.printed(is_terminal=is_terminal)
    assert "key [redacted] [bold]is[/bold]�[31m wr�ong��" in text
    assert "kit: �2J[red]who knows" in text
    assert not {"\x1b", "\x9b", "\r", "\u202e"} & set(text)
    for outcome in done.told:
        assert json_line(outcome).isascii()
        assert json_line(outcome).isprintable()


async def test_it_is_readable_at_80_columns() -> None:
    adapter = account("n" * 64, 3, sending_0=CheckResult(SENDING, passed=False, message="A long sentence. " * 20, observed_at=NOON))
    done = await run(adapter, account("my-woodpecker", 1))
    shown = done.printed(width=80, is_terminal=True)
    assert max(map(cell_len, shown.splitlines())) <= 80
    assert "\n        " in shown, "what is too long goes on further in"
    assert [line for line in shown.splitlines() if line.startswith("my-woodpecker  ")]
    assert "A long sentence. " * 19 in done.printed(width=80), "in a file it can be searched"


async def test_a_mailbox_as_json() -> None:
    done = await run(account("kit", 1, sending_0=REFUSED))
    assert json.loads(json_line(done.told[0])) == {
        "id": done.told[0].mailbox.id,
        "address": "m0@kit.example",
        "account": "kit",
        "vendor": FIRST,
        "verdict": "FAILING",
        "checks": [
            {"check": "SENDING", "passed": False, "message": "535 authentication failed.", "observedAt": "2026-11-20T12:00:00Z"},
            {"check": "RECEIVING", "passed": True, "message": None, "observedAt": None},
        ],
        "userErrors": [],
    }


# ---------------------------------------------------------------------- how it goes on
def tally(found: int, **counts: int) -> Tally:
    whose = ListingAdapter("kit", 0).account
    result = Tally(whose, found=found, is_read=True)
    for verdict, count in counts.items():
        for _ in range(count):
            result.add(Outcome(mailbox(whose, "1"), OperationResult(0), Verdict[verdict]))
    return result


def test_lines_come_now_and_then_and_at_the_end() -> None:
    file = StringIO()
    now = [0.0]
    lines = Lines(Console(file=file, width=80), clock=lambda: now[0])
    for now[0], step in (
        (1.0, tally(5)),
        (6.0, tally(5, PASSING=2)),
        (7.0, tally(5, PASSING=3)),
        (8.0, tally(5, PASSING=3, FAILING=1, UNKNOWN=1)),
    ):
        lines.changed(step)
    assert file.getvalue().splitlines() == [
        "kit: 2 of 5 done, 2 passing, 0 failing",
        "kit: 5 of 5 done, 3 passing, 1 failing, 1 could not tell",
    ]


def test_bars_fit_the_terminal_and_leave_room_for_what_it_echoes() -> None:
    file = StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system=None)
    accounts = [ListingAdapter(name, 0).account for name in ("kit", "[bold]" + "n" * 60)]
    bars = Bars(accounts, console)
    with bars.live:
        bars.changed(tally(10_000, PASSING=8_000, FAILING=999))
        bars.say("Stopping.")
    last = file.getvalue().rpartition("\x1b[2K")[2].splitlines()
    shown = [line for line in last if line.startswith(("kit", "[bold]"))]
    assert len(shown) == 2
    assert shown[0].rstrip().endswith(" 8999/10000 8000 passing, 999 failing")
    assert all(cell_len(line.rstrip("\x1b[?25h")) <= 76 for line in shown)
    assert shown[1].startswith("[bold]nnn")
    assert "Stopping.\n" in file.getvalue()
