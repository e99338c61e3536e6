"""What became of a write as far as its answer tells."""

import logging
from collections.abc import Awaitable
from typing import TypeVar

from gateway.domain.account import Account
from gateway.domain.errors import GatewayError, OutcomeUnknownError
from gateway.domain.stumble import trail
from gateway.operations.ending import STUMBLED

T = TypeVar("T")
logger = logging.getLogger("gateway.operations")


async def sent(write: Awaitable[T], account: Account) -> T:
    """The vendor's answer. A fault of ours over it leaves the outcome as open as a lost answer does: `OutcomeUnknownError`."""
    try:
        return await write
    except GatewayError:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        logger.error("a write to %s failed: %s", account.name, trail(error))  # noqa: TRY400 - its own text may quote data
        raise OutcomeUnknownError(STUMBLED, vendor=account.vendor, account=account.name) from None
