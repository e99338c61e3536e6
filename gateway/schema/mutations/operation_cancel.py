"""`operationCancel`."""

from gateway.domain.errors import NotFoundError
from gateway.operations.payload import OperationPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import answers
from gateway.schema.operation import Id, visible_operation


@answers(OperationPayload)
async def operation_cancel(info: Info, id: Id) -> OperationPayload:  # noqa: A002 - the contract's word
    """Begin no further part; what has begun is ended."""
    operation = await visible_operation(info, id)
    if operation is None:
        raise NotFoundError("There is no operation by this id.", field=("id",))
    return await info.context.desk.bulk.cancel(operation.key)
