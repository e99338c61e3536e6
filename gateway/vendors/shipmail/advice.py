"""What a vendor's refusal says in one message, and what the reader can do about it."""

from gateway.domain.errors import GatewayError, VendorError


def in_one_message(error: GatewayError) -> str:
    """The message with what is said of single fields behind it."""
    fields = error.fields if isinstance(error, VendorError) else ()
    return " ".join((error.message, *(each.message for each in fields if each.message not in error.message)))


def advised(error: VendorError, advice: str) -> VendorError:
    """The same error, all in one message that ends in the advice: for calls without input, where no field can be pointed at."""
    return type(error)(
        f"{in_one_message(error)} {advice}",
        vendor=error.vendor,
        account=error.account,
        status=error.status,
        retry_at=error.retry_at,
        limit=error.limit,
        reason=error.reason,
    )
