"""Runs one operation for one caller, whichever way it came and its answer goes."""

import secrets
from collections.abc import AsyncGenerator, Mapping
from typing import TypeAlias

from strawberry.exceptions import MissingQueryError, StrawberryException
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from gateway.domain.errors import ErrorCode
from gateway.domain.vendor import Vendor, VendorProfile
from gateway.domain.writable import VendorFields
from gateway.inventory.inventory import Inventory
from gateway.loaders.bundle import Loaders
from gateway.operations.desk import Desk
from gateway.schema.context import Context
from gateway.schema.schema import GatewaySchema
from gateway.web.caller import Caller
from gateway.web.request import Operation, RefusedError

Results: TypeAlias = AsyncGenerator[ExecutionResult, None]
"""What a subscription sends, event by event; close it when nobody listens any more."""
ANSWER_SECONDS = 0.2
"""For putting an answer together and sending it; less where a request has little time in all."""


async def once(result: ExecutionResult) -> Results:
    """The only result of a query or mutation, as a stream."""
    yield result


class Runner:
    """Gives every operation a context of its own."""

    def __init__(  # noqa: PLR0913 - what contexts are made of
        self,
        schema: GatewaySchema,
        inventory: Inventory,
        desk: Desk,
        profiles: Mapping[Vendor, VendorProfile],
        fields: Mapping[Vendor, type[VendorFields]],
        *,
        request_timeout_seconds: float | None = None,
        max_vendor_calls: int | None = None,
    ) -> None:
        self._schema = schema
        self._inventory = inventory
        self._desk = desk
        self._profiles = profiles
        self._fields = fields
        self._request_timeout_seconds = request_timeout_seconds
        self._max_vendor_calls = max_vendor_calls

    async def run(
        self,
        operation: Operation,
        caller: Caller,
        *,
        may_write: bool = True,
        no_cache: bool = False,
        timeout_seconds: float | None = None,
    ) -> ExecutionResult | Results:
        """The result of a query or mutation, or the results of a subscription, which has not begun yet.

        A query may take `timeout_seconds` if that is less than what it may take anyhow; a mutation takes what it takes.
        Raises `RefusedError` when the document has no such operation, and for a mutation unless `may_write`.
        """
        try:
            return await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=self._context(caller, no_cache=no_cache, timeout_seconds=timeout_seconds),
                operation_name=operation.operation_name or None,
                allowed_operation_types=(OperationType.QUERY, OperationType.MUTATION) if may_write else (OperationType.QUERY,),
            )
        except InvalidOperationTypeError as error:
            if error.operation_type is not OperationType.SUBSCRIPTION:
                raise RefusedError(405, "A mutation must be sent by POST.", headers={"Allow": "POST"}) from None
        except MissingQueryError:
            raise RefusedError(400, "Give the operation in `query`: it is empty.") from None
        except CannotGetOperationTypeError:
            raise RefusedError(400, _no_operation(operation), ErrorCode.BAD_USER_INPUT) from None
        except StrawberryException as error:
            raise RefusedError(400, str(error)) from None
        return await self._schema.subscribe(
            operation.query,
            variable_values=operation.variables,
            # Never `no_cache`: browsers say that of every stream, and each event would ask every vendor anew.
            context_value=self._context(caller, no_cache=False),
            operation_name=operation.operation_name or None,
        )

    def _context(self, caller: Caller, *, no_cache: bool, timeout_seconds: float | None = None) -> Context:
        limits = [each for each in (timeout_seconds, self._request_timeout_seconds) if each is not None]
        return Context(
            inventory=self._inventory,
            loaders=Loaders(self._inventory, no_cache=no_cache),
            accounts=caller.accounts,
            profiles=self._profiles,
            desk=self._desk,
            fields=self._fields,
            request_id=secrets.token_hex(8),
            caller=caller.name,
            scopes=caller.scopes,
            timeout_seconds=_with_margin(min(limits)) if limits else None,
            max_vendor_calls=self._max_vendor_calls,
        )


def _with_margin(seconds: float) -> float:
    """So long may be waited for vendors, so that the answer goes out in time."""
    return seconds - min(ANSWER_SECONDS, seconds / 10)


def _no_operation(operation: Operation) -> str:
    if operation.operation_name:
        return f"The document has no operation named {operation.operation_name!r}."
    return "The document has no operation."
