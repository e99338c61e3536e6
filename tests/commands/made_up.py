"""Accounts that answer a fleet's test in every way."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from gateway.domain.account import Account, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.outcome import CheckResult, MailboxCheck
from gateway.domain.vendor import Vendor

FIRST, SECOND = list(Vendor)[:2]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Answers = Mapping[tuple[str, MailboxCheck], CheckResult | Exception]


def mailbox(account: Account, vendor_id: str, *, address: str | None = None) -> Mailbox:
    return Mailbox(
        id=encode(Kind.MAILBOX, account.name, vendor_id),
        vendor=account.vendor,
        vendor_id=vendor_id,
        account_name=account.name,
        observed_at=NOON,
        details=Details(),
        address=address or f"m{vendor_id}@{account.name}.example",
    )


class ListingAdapter(MailboxAdapter):
    """Lists `count` mailboxes, two a page, and has no tests. `trouble` comes after them; `endless`: no end does."""

    def __init__(self, name: str, count: int, *, vendor: Vendor = FIRST, trouble: Exception | None = None, endless: bool = False) -> None:
        super().__init__(Account(name, vendor))
        self.count = count
        self.trouble = trouble
        self.endless = endless
        self.answers: Answers = {}
        self.gate: asyncio.Event | None = None
        self.asked: list[tuple[str, MailboxCheck]] = []
        self._asked_again = asyncio.Condition()

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count
        for start in range(0, self.count, 2):
            yield [mailbox(self.account, str(number)) for number in range(start, min(start + 2, self.count))]
        if self.endless:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble

    async def probe(self) -> Reachability:
        return Reachability(self.count)

    async def was_asked(self, times: int) -> None:
        async with self._asked_again:
            await self._asked_again.wait_for(lambda: len(self.asked) >= times)


class SendingAdapter(ListingAdapter):
    """Tests sending: `answers` say how that ends, else it passes. A test waits for `gate` once that is closed."""

    async def test_sending(self, mailbox_id: str) -> CheckResult:
        return await self._answer(mailbox_id, MailboxCheck.SENDING)

    async def _answer(self, mailbox_id: str, check: MailboxCheck) -> CheckResult:
        self.asked.append((mailbox_id, check))
        async with self._asked_again:
            self._asked_again.notify_all()
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers.get((mailbox_id, check), CheckResult(check, passed=True))
        if isinstance(answer, Exception):
            raise answer
        return answer


class BothWaysAdapter(SendingAdapter):
    """Tests receiving, too."""

    async def test_receiving(self, mailbox_id: str) -> CheckResult:
        return await self._answer(mailbox_id, MailboxCheck.RECEIVING)
