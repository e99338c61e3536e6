"""A test whose answer was lost, in an operation over many: its result says what was found out."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from gateway.domain.account import Account, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.errors import ErrorCode, OutcomeUnknownError
from gateway.domain.identifier import Kind, encode
from gateway.domain.mailbox import ChannelHealth, ChannelState, Details, Mailbox, MailboxHealth
from gateway.domain.operation import OperationResult, OperationState
from gateway.domain.outcome import CheckResult, MailboxCheck
from gateway.domain.vendor import Vendor
from gateway.inventory.account import AccountInventory
from gateway.inventory.inventory import Inventory
from gateway.inventory.store import MemoryStore
from gateway.operations.bulk import Terms
from gateway.operations.desk import Desk
from gateway.operations.selection import Selection
from gateway.operations.timing import Timing
from gateway.state.sqlite import SqliteState

ACCOUNT = Account("kit", next(iter(Vendor)))
MAILBOX = encode(Kind.MAILBOX, "kit", "1")


class ForgetfulAdapter(MailboxAdapter):
    """Loses the answers of sending tests, and shows `sending` when it is asked afterwards."""

    def __init__(self, sending: ChannelHealth) -> None:
        super().__init__(ACCOUNT)
        self.sending = sending

    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count
        yield ()

    async def probe(self) -> Reachability:
        return Reachability(1)

    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        now = datetime.now(UTC)
        return Mailbox(
            id=MAILBOX,
            vendor=ACCOUNT.vendor,
            vendor_id=mailbox_id,
            account_name="kit",
            observed_at=now,
            details=Details(),
            health=MailboxHealth(sending=self.sending),
        )

    async def test_sending(self, mailbox_id: str) -> CheckResult:
        del mailbox_id
        raise OutcomeUnknownError("The answer was lost.", vendor=ACCOUNT.vendor, account="kit")

    async def test_receiving(self, mailbox_id: str) -> CheckResult:
        del mailbox_id
        return CheckResult(MailboxCheck.RECEIVING, passed=True)


async def result_of(sending: ChannelHealth) -> tuple[OperationState, OperationResult]:
    state = SqliteState.in_memory()
    inventory = Inventory([AccountInventory(ForgetfulAdapter(sending), MemoryStore())])
    desk = Desk(inventory, state, timing=Timing(looks=(0.01, 0.01)))
    payload = await desk.bulk.test(Selection(ids=(MAILBOX,), wanted=None), tuple(MailboxCheck), Terms(caller="test", accounts=("kit",)))
    assert payload.operation is not None
    *_, last = [each async for each in desk.journal.watch(payload.operation.key)]
    (result,) = await desk.journal.results(payload.operation.key)
    await desk.close()
    await state.close()
    return last.state, result


async def test_what_the_vendor_shows_since_is_the_result() -> None:
    now = datetime.now(UTC)
    state, result = await result_of(ChannelHealth(ChannelState.FAILING, "No route to host.", last_error_at=now))
    assert state is OperationState.SUCCEEDED
    assert result.user_errors == ()
    assert result.checks is not None
    assert {check.check: (check.passed, check.message) for check in result.checks} == {
        MailboxCheck.SENDING: (False, "No route to host."),
        MailboxCheck.RECEIVING: (True, None),
    }


async def test_where_it_shows_nothing_the_result_says_that() -> None:
    state, result = await result_of(ChannelHealth())
    assert state is OperationState.UNKNOWN
    assert [error.code for error in result.user_errors] == [ErrorCode.OUTCOME_UNKNOWN]
    assert "could not be found out" in result.user_errors[0].message
