"""What a client wants its answer to be: the `Accept` of a request (RFC 9110, section 12.5.1)."""

from collections.abc import Mapping
from functools import lru_cache

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"


_ORDINARY_LENGTH = 256


def accept_of(header: str | None) -> "Accept":
    """What a header says. Most clients say the same few things again and again."""
    return _read(header) if header is None or len(header) <= _ORDINARY_LENGTH else Accept(header)


class Accept:
    """A request's wishes. Whoever names nothing that we can send gets plain JSON."""

    def __init__(self, header: str | None) -> None:
        wishes = _qualities(header or "*/*")
        plain = next((wishes[name] for name in (JSON, "application/*", "*/*") if name in wishes), 0.0)
        # These two only for clients that name them: "*/*" is what every client says that has never heard of them.
        typed, stream = wishes.get(GRAPHQL_JSON, 0.0), wishes.get(EVENT_STREAM, 0.0)
        self.json = GRAPHQL_JSON if typed > 0 and typed >= plain else JSON
        """Which JSON an answer comes in, when it comes in JSON."""
        self.takes_stream = stream > 0
        self.prefers_stream = stream > max(typed, plain)
        """Whether even a single answer is to come as events. Clients that take both, such as urql, want JSON for that."""


_read = lru_cache(maxsize=128)(Accept)


def _qualities(header: str) -> Mapping[str, float]:
    """The weight of each media range, by its name in lower case without parameters."""
    found: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        found[name] = max(found.get(name, 0.0), _weight(weight))
    return found


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
