"""The answers that are not a success, in each of the shapes the vendor gives them."""

from collections.abc import Iterable

import msgspec
from starlette.responses import Response

MEDIA_TYPE = "application/vnd.api+json"


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of this program
    """An answer that is not a success."""

    def __init__(self, status: int, body: bytes, *, media_type: str = MEDIA_TYPE) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.media_type = media_type
        self.headers: dict[str, str] = {}

    @property
    def answer(self) -> Response:
        return Response(self.body, self.status, headers=self.headers, media_type=self.media_type)


def refusal(status: int, error_id: str, title: str, detail: str, *, detail_key: str = "detail") -> Refusal:
    """A refusal in the documented shape: `id` is a code, and there is neither `status` nor `code`."""
    return Refusal(status, msgspec.json.encode({"errors": [{"id": error_id, "title": title, detail_key: detail}]}))


def flat_refusal(status: int, **body: str) -> Refusal:
    """What the front gateway and the token endpoint say: plain JSON."""
    return Refusal(status, msgspec.json.encode(body), media_type="application/json; charset=utf-8")


def invalid(detail: str) -> Refusal:
    """A list parameter that is not accepted. That this is a 422 is the reference's only word on it."""
    return refusal(422, "validationError", "Validation Error", detail)


class Flaw(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request, and where in its body; None where it is nowhere in particular."""

    pointer: str | None
    detail: str


def flawed(flaws: Iterable[Flaw]) -> Refusal:
    """Everything that is wrong with a write, at once."""
    errors = [
        {
            "id": "validationError",
            "title": "Validation Error",
            "detail": each.detail,
            **({"source": {"pointer": each.pointer}} if each.pointer else {}),
        }
        for each in flaws
    ]
    return Refusal(422, msgspec.json.encode({"errors": errors}))
