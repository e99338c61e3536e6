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


async def once(result: ExecutionResult) -> Results:
    """The only result of a query or mutation, as a stream."""
    yield result


class Runner:
    """Gives every operation a context of its own."""

    def __init__(
        self,
        schema: GatewaySchema,
        inventory: Inventory,
        desk: Desk,
        profiles: Mapping[Vendor, VendorProfile],
        fields: Mapping[Vendor, type[VendorFields]],
    ) -> None:
        self._schema = schema
        self._inventory = inventory
        self._desk = desk
        self._profiles = profiles
        self._fields = fields

    async def run(
        self,
        operation: Operation,
        caller: Caller,
        *,
        may_write: bool = True,
        no_cache: bool = False,
        timeout_seconds: float | None = None,  # noqa: ARG002 - passed on to the schema with its deadlines
    ) -> ExecutionResult | Results:
        """The result of a query or mutation, or the results of a subscription, which has not begun yet.

        Raises `RefusedError` when the document has no such operation, and for a mutation unless `may_write`.
        """
        try:
            return await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=self._context(caller, no_cache=no_cache),
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

    def _context(self, caller: Caller, *, no_cache: bool) -> Context:
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
        )


def _no_operation(operation: Operation) -> str:
    if operation.operation_name:
        return f"The document has no operation named {operation.operation_name!r}."
    return "The document has no operation."
