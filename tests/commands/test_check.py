"""What `gateway check` asks and prints, with accounts that answer in every way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from gateway.commands.check import CheckReport, check, print_report
from gateway.domain.account import Account, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import (
    GatewayError,
    RateLimitedError,
    VendorAuthError,
    VendorError,
    VendorForbiddenError,
    VendorNotFoundError,
    VendorProtocolError,
    VendorTimeoutError,
    VendorUnavailableError,
)
from gateway.domain.mailbox import Mailbox
from gateway.domain.vendor import Vendor

CANARY = "CANARY-51c0"
FIRST, SECOND = list(Vendor)[:2]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class StagedAdapter(MailboxAdapter):
    """Answers `probe` with what the test says, after everybody in `together` was asked."""

    def __init__(
        self, name: str, answer: int | Exception | None, *, vendor: Vendor = FIRST, together: asyncio.Barrier | None = None
    ) -> None:
        super().__init__(Account(name, vendor))
        self.answer = answer
        self.together = together

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count
        yield ()

    async def probe(self) -> Reachability:
        if self.together is not None:
            await self.together.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return Reachability(self.answer)


def fault(
    kind: type[VendorError], message: str = "It says no.", *, status: int | None = None, retry_at: datetime | None = None
) -> VendorError:
    return kind(message, vendor=FIRST, account="a", status=status, retry_at=retry_at)


def printed(report: CheckReport, width: int = 100) -> str:
    file = StringIO()
    print_report(report, Console(file=file, width=width))
    return file.getvalue()


def cells(text: str, account: str) -> list[str]:
    (row,) = [line for line in text.splitlines() if line.startswith(f"{account} ")]
    return row.split()


async def test_all_is_fine() -> None:
    report = await check([StagedAdapter("kit", 12_345), StagedAdapter("rota", None, vendor=SECOND)])
    text = printed(report)
    assert report.exit_code == 0
    assert cells(text, "kit")[:-1] == ["kit", FIRST.own_name, "yes", "yes", "12345"]
    assert cells(text, "rota")[:-1] == ["rota", SECOND.own_name, "yes", "yes", "?"]
    assert cells(text, "kit")[-1].isdigit()
    assert text.endswith("\nAll accounts are fine.\n")
    assert "Cure" not in text


async def test_an_empty_account_is_not_an_unknown_one() -> None:
    assert cells(printed(await check([StagedAdapter("kit", 0)])), "kit")[4] == "0"


async def test_refused_credentials() -> None:
    adapter = StagedAdapter("kit", fault(VendorAuthError, "Kit does not accept the credentials (HTTP 401).", status=401))
    report = await check([adapter, StagedAdapter("rota", 3)], keys={"kit": ("api_key", "workspace_id"), "rota": ("access_token",)})
    text = printed(report)
    assert report.exit_code == 1
    assert cells(text, "kit")[2:5] == ["yes", "no", "?"]
    assert "kit: Kit does not accept the credentials (HTTP 401).\n    Cure: Look at api_key and workspace_id of this account: " in text
    assert text.endswith("\n1 of 2 accounts are fine.\n")
    assert "Cure: Look at the credentials of this account" in printed(await check([adapter]))


async def test_no_answer_in_time() -> None:
    text = printed(await check([StagedAdapter("kit", fault(VendorTimeoutError, "Kit did not answer in time."))]))
    assert cells(text, "kit")[2:5] == ["no", "?", "?"]
    assert "kit: Kit did not answer in time.\n    Cure: Check again; look at base_url" in text


@pytest.mark.parametrize(
    ("error", "reachable", "authorised", "cure"),
    [
        (fault(VendorForbiddenError, status=403), "yes", "no", "look there for the scopes"),
        (fault(RateLimitedError, status=429, retry_at=NOON), "yes", "?", "Check again after 2026-11-20 12:00:00 UTC;"),
        (fault(RateLimitedError, status=429), "yes", "?", "Check again in some minutes;"),
        (fault(VendorUnavailableError), "no", "?", "status page"),
        (fault(VendorUnavailableError, status=503), "yes", "?", "status page"),
        (fault(VendorTimeoutError, status=504), "yes", "?", "Check again"),
        (fault(VendorNotFoundError, status=404), "yes", "?", "Look at base_url"),
        (fault(VendorProtocolError), "yes", "?", "Look at base_url"),
    ],
)
async def test_each_fault_has_its_cure(error: VendorError, reachable: str, authorised: str, cure: str) -> None:
    report = await check([StagedAdapter("kit", error)])
    text = printed(report)
    assert report.exit_code == 1
    assert cells(text, "kit")[2:4] == [reachable, authorised]
    assert cure in text


async def test_an_error_without_a_known_cure_is_told_without_one() -> None:
    text = printed(await check([StagedAdapter("kit", GatewayError("It is odd."))]))
    assert "kit: It is odd.\n" in text
    assert "Cure" not in text


async def test_a_fault_of_ours_hides_neither_the_others_nor_shows_its_text() -> None:
    report = await check([StagedAdapter("kit", ValueError(f"https://h/?key={CANARY}")), StagedAdapter("rota", 1)])
    text = printed(report)
    assert report.exit_code == 1
    assert "kit: The gateway itself failed (ValueError)." in text
    assert cells(text, "rota")[2:5] == ["yes", "yes", "1"]
    assert CANARY not in f"{text} {report}"


async def test_all_are_asked_at_once_and_told_in_order() -> None:
    together = asyncio.Barrier(5)
    adapters = [StagedAdapter(f"a{index}", index, together=together) for index in range(5)]
    async with asyncio.timeout(5):
        report = await check(adapters)
    assert [(row.account, row.mailbox_count) for row in report.rows] == [(f"a{index}", index) for index in range(5)]


async def test_who_cancels_the_check_ends_it() -> None:
    task = asyncio.ensure_future(check([StagedAdapter("kit", 1, together=asyncio.Barrier(2))]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_words_of_a_vendor_are_no_markup_and_steer_no_terminal() -> None:
    text = printed(await check([StagedAdapter("kit", fault(VendorAuthError, "key [redacted] [bold]is[/bold]\x1b[31m wrong\r"))]))
    assert "kit: key [redacted] [bold]is[/bold]�[31m wrong�" in text
    assert "\x1b" not in text


async def test_a_long_name_stays_readable_on_a_narrow_terminal() -> None:
    text = printed(await check([StagedAdapter("n" * 64, fault(VendorTimeoutError, "A long sentence. " * 20))]), width=80)
    assert text.count("n") >= 64
    table, _, _ = text.partition("\n\n")
    assert max(len(line) for line in table.splitlines()) <= 80
    assert "A long sentence. " * 19 in text
