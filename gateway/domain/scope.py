"""What a caller may do."""

from collections.abc import Collection
from enum import StrEnum

from gateway.domain.errors import ForbiddenError


class Scope(StrEnum):
    """The scopes that a caller can be given."""

    READ = "read"
    WRITE = "write"
    SECRETS_WRITE = "secrets:write"
    OPERATE = "operate"


def require(held: Collection[str], *needed: str) -> None:
    """Raises `ForbiddenError` that names every scope which is needed and not held."""
    missing = [f"`{scope}`" for scope in needed if scope not in held]
    if missing:
        raise ForbiddenError(f"This key lacks the scope{'s' if len(missing) > 1 else ''} {' and '.join(missing)}.")
