"""`/graphql`: GraphQL over HTTP (POST and GET), and GraphiQL for browsers.

A thin layer of our own over Strawberry's schema: it reads the request, names who asks, runs one operation and writes the answer.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from strawberry.exceptions import StrawberryException
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from gateway.domain.errors import ErrorCode
from gateway.domain.vendor import Vendor, VendorProfile
from gateway.inventory.inventory import Inventory
from gateway.loaders.bundle import Loaders
from gateway.schema.context import Context
from gateway.schema.schema import GatewaySchema
from gateway.web.caller import Callers, ForbiddenError, UnauthenticatedError
from gateway.web.graphiql import GraphiqlPage

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
MAX_BODY_BYTES = 1024 * 1024
BAD_REQUEST = "BAD_REQUEST"


class Operation(msgspec.Struct, rename="camel"):
    """The body of a GraphQL request."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class RefusedError(Exception):
    """A request that is no GraphQL request: HTTP status, words, code."""

    def __init__(self, status: int, message: str, code: str = BAD_REQUEST, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}


class GraphqlEndpoint:
    """Answers `/graphql`. `page` is None where GraphiQL is switched off."""

    def __init__(
        self,
        schema: GatewaySchema,
        inventory: Inventory,
        profiles: Mapping[Vendor, VendorProfile],
        callers: Callers,
        *,
        page: GraphiqlPage | None,
    ) -> None:
        self._schema = schema
        self._inventory = inventory
        self._profiles = profiles
        self._callers = callers
        self._page = page

    async def handle(self, request: Request) -> Response:
        """One request, one answer. An exception that leaves this is a fault of ours."""
        if self._page is not None and _is_browser(request):
            return self._page.response()
        media_type = _media_type(request)
        is_get = request.method != "POST"  # HEAD is GET without the body
        try:
            accounts = self._callers.accounts_for(request)  # first: a stranger's body is not even read
            operation = _from_url(request) if is_get else await _from_body(request)
            request_id = secrets.token_hex(8)
            no_cache = "no-cache" in request.headers.get("cache-control", "").lower()
            context = Context(
                inventory=self._inventory,
                loaders=Loaders(self._inventory, no_cache=no_cache),
                accounts=accounts,
                profiles=self._profiles,
                request_id=request_id,
            )
            return await self._run(operation, context, media_type, is_get=is_get)
        except RefusedError as error:
            return _refusal(error, media_type)
        except UnauthenticatedError as error:
            return _refusal(RefusedError(401, error.message, error.code, {"WWW-Authenticate": "Bearer"}), media_type)
        except ForbiddenError as error:
            return _refusal(RefusedError(403, error.message, error.code), media_type)

    async def _run(self, operation: Operation, context: Context, media_type: str, *, is_get: bool) -> Response:
        allowed = {OperationType.QUERY} if is_get else {OperationType.QUERY, OperationType.MUTATION}
        try:
            result = await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name or None,
                allowed_operation_types=allowed,  # type: ignore[arg-type] # any collection will do
            )
        except InvalidOperationTypeError as error:
            status, headers = (405, {"Allow": "POST"}) if is_get else (400, {})
            raise RefusedError(status, error.as_http_error_reason("GET" if is_get else "POST"), headers=headers) from None
        except CannotGetOperationTypeError:
            raise RefusedError(400, _no_operation(operation), ErrorCode.BAD_USER_INPUT) from None
        except StrawberryException as error:
            raise RefusedError(400, str(error)) from None
        answer: dict[str, object] = {}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        is_refused = isinstance(result, PreExecutionError) or (result.data is None and all(not e.path for e in result.errors or ()))
        if not is_refused:
            answer["data"] = result.data
        if result.extensions:
            answer["extensions"] = result.extensions
        # A request that never ran is 400 in GraphQL's own media type; plain JSON clients expect 200 (GraphQL over HTTP, section 6.4).
        status = 400 if is_refused and media_type == GRAPHQL_JSON else 200
        return _json(answer, status, media_type)


def _from_url(request: Request) -> Operation:
    params = request.query_params
    if not params.get("query"):
        raise RefusedError(400, "Give the operation in `query`, or open this address in a browser for GraphiQL.")
    variables = params.get("variables")
    try:
        decoded = msgspec.json.decode(variables, type=dict[str, Any] | None) if variables else None
    except (msgspec.DecodeError, RecursionError):
        raise RefusedError(400, "`variables` must be a JSON object.") from None
    return Operation(params["query"], params.get("operationName") or None, decoded)


async def _from_body(request: Request) -> Operation:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != JSON:
        raise RefusedError(415, f"Send the request as JSON with `Content-Type: {JSON}`.", headers={"Accept-Post": JSON})
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise RefusedError(413, f"The request is larger than {MAX_BODY_BYTES} bytes.")
    except ClientDisconnect:
        raise RefusedError(400, "The request broke off.") from None
    try:
        operation = msgspec.json.decode(bytes(body), type=Operation)
    except msgspec.ValidationError as error:
        raise RefusedError(400, f"This is no GraphQL request: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedError(400, "The body is not JSON.") from None
    if not operation.query:
        raise RefusedError(400, "Give the operation in `query`: it is empty.")
    return operation


def _no_operation(operation: Operation) -> str:
    if operation.operation_name:
        return f"The document has no operation named {operation.operation_name!r}."
    return "The document has no operation."


def _is_browser(request: Request) -> bool:
    """Whether a person opened the address: HTML is wanted more than JSON, and no operation is given."""
    if request.method == "POST" or "query" in request.query_params:
        return False
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return "text/html" in accepted


def _media_type(request: Request) -> str:
    """GraphQL's own media type for clients that name it, plain JSON for all others."""
    return GRAPHQL_JSON if GRAPHQL_JSON in request.headers.get("accept", "").lower() else JSON


def _refusal(error: RefusedError, media_type: str) -> Response:
    answer = {"errors": [{"message": error.message, "extensions": {"code": error.code}}]}
    return _json(answer, error.status, media_type, error.headers)


def _json(answer: Mapping[str, object], status: int, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    fixed = {"cache-control": "no-store", "vary": "Accept", "x-content-type-options": "nosniff"}
    return Response(msgspec.json.encode(answer), status, headers={**fixed, **(headers or {})}, media_type=f"{media_type}; charset=utf-8")
