"""A caller waits no longer than its budget lasts, whatever the call still does."""

import asyncio
from datetime import UTC, datetime

from gateway.domain.account import Account
from gateway.domain.budget import current
from gateway.domain.errors import ErrorCode, VendorTimeoutError
from gateway.transport.call import Answer, Call
from gateway.transport.onion import Send


class Deadline:
    """Reads only: a write that has begun is never broken off. How long one attempt may take is another matter, see `Limits`."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def __call__(self, call: Call, send: Send) -> Answer:
        remaining_seconds = current().remaining_seconds() if call.is_read else None
        if remaining_seconds is None:
            return await send(call)
        try:
            async with asyncio.timeout(remaining_seconds) as patience:
                return await send(call)
        except TimeoutError:
            if not patience.expired():
                raise
            vendor = self._account.vendor
            message = f"{vendor.own_name} did not answer within the time that this request had left."
            retry_at = datetime.now(UTC)  # it may be asked again at once: the vendor has not said otherwise
            reason = ErrorCode.REQUEST_TIMED_OUT
            raise VendorTimeoutError(message, vendor=vendor, account=self._account.name, retry_at=retry_at, reason=reason) from None
