"""Passwords and tokens on their way in: from a client's input to the one vendor that needs them, and nowhere else."""

from hmac import compare_digest
from typing import NoReturn


class Secret:
    """A text that must not be seen. It prints as `Secret(hidden)`, and no encoder, log or copy machine takes it.

    `reveal` is called where the text goes to its vendor, and where a caller's input is fingerprinted.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        message = "A secret is not to be copied."
        raise TypeError(message)
