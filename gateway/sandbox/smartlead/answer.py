"""An answer in JSON, and the refusal that ends a request with one."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    """`body` as the vendor sends it."""
    return Response(msgspec.json.encode(body), status, headers=dict(headers), media_type="application/json; charset=utf-8")


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """The request ends here, with this answer."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] = {}) -> None:
        super().__init__(status)
        self.response = json_answer(body, status, headers)
