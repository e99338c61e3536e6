"""An answer in the vendor's envelope: the data asked for, or a refusal."""

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """An answer in the vendor's error envelope."""

    def __init__(self, status: int, code: str, message: str, **extra: object) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"success": False, "error": {"code": code, "message": message, **extra}}


def invalid(field: str, message: str) -> Refusal:
    """The refusal of one parameter. The vendor shows no such answer: status, code and `details` are assumed."""
    return Refusal(422, "VALIDATION_ERROR", "Request is not valid", details=[{"field": field, "message": message}])


def json_answer(body: object, status: int = 200) -> Response:
    """`body` as it stands, in no envelope."""
    return Response(msgspec.json.encode(body), status, headers={"content-type": "application/json; charset=utf-8"})


def data_answer(data: object, *, status: int = 200, **beside: object) -> Response:
    """`data` in the envelope of a success, with what stands beside it there."""
    return json_answer({"success": True, "data": data, **beside}, status)


async def refuse(_: Request, refusal: Exception) -> Response:
    """Answer with a `Refusal`."""
    return json_answer(refusal.body, refusal.status) if isinstance(refusal, Refusal) else json_answer({}, 500)


async def refuse_route(_: Request, refused: Exception) -> Response:
    """Answer where there is no such path or method."""
    status = refused.status_code if isinstance(refused, HTTPException) else 500
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "ERROR")
    return json_answer({"success": False, "error": {"code": code, "message": "No such path or method"}}, status)
