"""What a client wants its answer to be: the `Accept` of a request (RFC 9110, section 12.5.1)."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"

SUBSCRIPTION_SPEC = ("subscriptionspec", "1.0")
"""Apollo's parameter for subscriptions in parts: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol."""
INCREMENTAL_SPEC = ("incrementalspec", "v0.2")
"""Apollo's parameter for the `pending` and `completed` of deferred parts."""
_SPECS = frozenset({"subscriptionspec", "incrementalspec", "deferspec"})
"""Who names one of them reads nothing else: `deferSpec=20220824` means parts in an older shape, which we do not send."""

_ORDINARY_LENGTH = 256
# A quote that is never closed goes to the end: so each character is looked at once.
_PART = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z))++')
_PARAMETER = re.compile(r'(?:[^";]|"(?:[^"\\]|\\.)*+(?:"|\\?\Z))++')
_RANGE = re.compile(r"[\w!#$%&'*+.^`|~-]+/[\w!#$%&'*+.^`|~-]+", re.ASCII)


class Delivery(Enum):
    """How an answer goes out."""

    JSON = auto()
    EVENTS = auto()
    """Server-sent events."""
    PARTS = auto()
    """`multipart/mixed`, as deferred answers come."""
    PAYLOADS = auto()
    """`multipart/mixed`, as Apollo's subscriptions come."""


def accept_of(header: str | None) -> "Accept":
    """What a header says. Most clients say the same few things again and again."""
    return _read(header) if header is None or len(header) <= _ORDINARY_LENGTH else Accept(header)


class _Wish(NamedTuple):
    """A media range in lower case, its parameters, and its weight from 0 to 1."""

    name: str
    parameters: Mapping[str, str]
    weight: float


class Accept:
    """A request's wishes. A header without any media range counts as none, and none as `*/*`."""

    def __init__(self, header: str | None) -> None:
        wishes = list(_wishes(header or "")) or [_Wish("*/*", {}, 1.0)]
        plain, typed = _weight(wishes, JSON, "application/*", "*/*"), _weight(wishes, GRAPHQL_JSON)
        # The others only for clients that name them: "*/*" is what every client says that has never heard of them.
        if plain == 0 and not any(each.name == GRAPHQL_JSON for each in wishes):
            typed = _weight(wishes, "application/*", "*/*")
        self.json = GRAPHQL_JSON if typed > 0 and typed >= plain else JSON
        """Which JSON an answer comes in, when it comes in JSON; errors of the request itself do in any case."""
        multipart = [each for each in wishes if each.name == MULTIPART]
        named = [each for each in multipart if INCREMENTAL_SPEC in each.parameters.items()]
        self.names_incremental_spec = bool(named)
        json, events = max(plain, typed), _weight(wishes, EVENT_STREAM)
        parts = _heaviest([*named, *(each for each in multipart if not _SPECS & each.parameters.keys())])
        payloads = _heaviest(each for each in multipart if SUBSCRIPTION_SPEC in each.parameters.items())
        # Of equals the first one is taken. Clients that take everything, such as urql, want JSON for a single answer.
        self.single = _best({Delivery.JSON: json, Delivery.EVENTS: events, Delivery.PARTS: parts, Delivery.PAYLOADS: payloads})
        """How the only answer to an operation goes out; None: the client takes nothing that we can send."""
        self.deferred = _best({Delivery.PARTS: parts, Delivery.EVENTS: events, Delivery.JSON: json})
        """The same where parts of it come later; JSON, or None: the client does not take it in parts."""
        self.subscription = _best({Delivery.EVENTS: events, Delivery.PAYLOADS: payloads})
        """How the events of a subscription go out; None: the client takes no such stream."""

    @property
    def takes_parts(self) -> bool:
        """Whether what is deferred may come later."""
        return self.deferred in (Delivery.PARTS, Delivery.EVENTS)


_read = lru_cache(maxsize=128)(Accept)


def _best(weights: Mapping[Delivery, float]) -> Delivery | None:
    delivery = max(weights, key=weights.__getitem__)
    return delivery if weights[delivery] > 0 else None


def _weight(wishes: Sequence[_Wish], *names: str) -> float:
    """Of the first name that is there: an exact range counts more than a wider one."""
    for name in names:
        found = [each for each in wishes if each.name == name]
        if found:
            return _heaviest(found)
    return 0.0


def _heaviest(wishes: Iterable[_Wish]) -> float:
    return max((each.weight for each in wishes), default=0.0)


def _wishes(header: str) -> Iterator[_Wish]:
    for part in _PART.findall(header.lower()):
        name, *rest = (each.strip() for each in (_PARAMETER.findall(part) or [""]))
        if name == "*":  # some old clients mean "*/*" by it
            name = "*/*"
        if _RANGE.fullmatch(name):
            parameters = {key.strip(): _unquoted(value.strip()) for key, equals, value in (each.partition("=") for each in rest) if equals}
            yield _Wish(name, parameters, _number(parameters.get("q", "1")))


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if len(value) > 1 and value[0] == value[-1] == '"' else value


def _number(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 1.0
    return weight if math.isfinite(weight) and 0 <= weight <= 1 else 1.0
