"""What the gateway knows after it has read its configuration: frozen and checked. Nothing here prints a secret."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from gateway.domain.request_limits import RequestLimits
from gateway.domain.scope import Scope
from gateway.domain.vendor import Vendor
from gateway.transport.limits import BreakerLimits, RetryLimits
from gateway.transport.quota import Quota

SCOPES = tuple(scope.value for scope in Scope)
KEEP_FOR_SECONDS = 86400.0
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""How a token may be signed: with a private key that only its issuer has. Never `none`, never one secret that both would have (HS256)."""


class SecretValues(Mapping[str, str]):
    """Credentials and options of an account by key. Prints its keys only."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: str) -> str:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"SecretValues({', '.join(self._values)}: hidden)"


class _Discreet(msgspec.Struct, frozen=True, kw_only=True):
    """Prints only the fields in `_shown`: any other may have come out of `${…}`, names too, and then counts as secret."""

    _shown: ClassVar[tuple[str, ...]] = ()

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [(name, getattr(self, name)) for name in self._shown]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())}, …)"


class ServerSettings(_Discreet, frozen=True, kw_only=True):
    """`[server]`. `graphiql` and `introspection`: None means on for a loopback `host`, off elsewhere.

    `state_dir` counts from the working directory. `answer_within_seconds` is how long a request waits for an account's first load,
    `request_timeout_seconds` how long a query may take in all; a client may ask for less. An operation that may need more than
    `max_vendor_calls` is refused. Beyond `max_requests` at once, or when the event loop is more than `max_lag_seconds` late, new requests
    are turned away. `drain_within_seconds` is how long requests under way may take to end once the server was told to stop.
    `compiled` is whether plain selections run as compiled functions; the answers are the same without.
    `kept_answers_mib` is how much memory answers may take that are served again while nothing has changed; 0: none is kept.
    `federation` is whether a router of Apollo Federation may compose the schema with others.
    `hosts` are names that requests may be sent to, besides those of loopback where it listens there; None: only those, or any elsewhere.
    `origins` are those whose pages may ask. `operate_port` None: there is no listener for operators' machines.
    `log_requests` is whether each request has a line in the log.
    """

    _shown = (
        "port",
        "graphiql",
        "introspection",
        "answer_within_seconds",
        "request_timeout_seconds",
        "max_vendor_calls",
        "max_requests",
        "max_lag_seconds",
        "drain_within_seconds",
        "compiled",
        "kept_answers_mib",
        "federation",
        "operate_port",
        "log_format",
        "log_requests",
    )

    host: str = "127.0.0.1"
    port: int = 8000
    state_dir: Path = Path("state")
    graphiql: bool | None = None
    introspection: bool | None = None
    answer_within_seconds: float = 5.0
    request_timeout_seconds: float = 30.0
    max_vendor_calls: int = 1000
    max_requests: int = 1000
    max_lag_seconds: float = 0.5
    drain_within_seconds: float = 10.0
    compiled: bool = True
    kept_answers_mib: int = 32
    federation: bool = False
    hosts: tuple[str, ...] | None = None
    origins: tuple[str, ...] = ()
    operate_host: str = "127.0.0.1"
    operate_port: int | None = None
    log_format: Literal["json", "text"] = "json"
    log_requests: bool = True


class AccountSettings(_Discreet, frozen=True, kw_only=True):
    """One `[[accounts]]` table.

    `values` are the vendor's credentials and options, by the keys of its `Spec.settings`. None means the vendor's or the gateway's own
    default; `quotas` is `()` when the pace is off, `retries` and `breaker` are False when they are.
    """

    _shown = (
        "vendor",
        "fresh_for_seconds",
        "keep_for_seconds",
        "timeout_seconds",
        "quotas",
        "concurrency",
        "retries",
        "breaker",
        "max_answer_mib",
    )

    name: str
    vendor: Vendor
    base_url: str
    values: Mapping[str, str]
    fresh_for_seconds: float | None = None
    keep_for_seconds: float = KEEP_FOR_SECONDS
    timeout_seconds: float | None = None
    quotas: tuple[Quota, ...] | None = None
    concurrency: int | None = None
    retries: RetryLimits | Literal[False] | None = None
    breaker: BreakerLimits | Literal[False] | None = None
    max_answer_mib: int | None = None


class CallerSettings(_Discreet, frozen=True, kw_only=True):
    """One `[[callers]]` table: a caller that comes with a key, with a token, or with either.

    Each of `key_hashes` is `sha256:` and 64 lower-case hex digits. `issuer` is the name of one of the `[[issuers]]`, `subject` the claim
    `sub` of the caller's tokens; both or none are given. `accounts` is None when the caller may see all.
    """

    _shown = ("scopes",)

    name: str
    key_hashes: tuple[str, ...] = ()
    issuer: str | None = None
    subject: str | None = None
    scopes: frozenset[str]
    accounts: tuple[str, ...] | None = None


class Manifest(_Discreet, frozen=True, kw_only=True):
    """A file of trusted documents, by their ids. `path` is the key of the configuration that names it, e.g. `documents.manifests[0]`."""

    _shown = ("path",)

    path: str
    documents: Mapping[str, str]


class DocumentSettings(_Discreet, frozen=True, kw_only=True):
    """`[documents]`: which documents may be asked by an id instead of their text.

    With `only_listed` no other document than those of the `manifests` runs. `automatic` is whether callers may register others (APQ).
    """

    _shown = ("manifests", "only_listed", "automatic")

    manifests: tuple[Manifest, ...] = ()
    only_listed: bool = False
    automatic: bool = True


class IssuerSettings(_Discreet, frozen=True, kw_only=True):
    """One `[[issuers]]` table: whose tokens let a caller in, and with which rights.

    `issuer` and `audience` are what its tokens say as `iss` and `aud`. The keys come from `jwks_url` or `jwks_file`, one of both.

    A subject with a `[[callers]]` table has the rights that are written there; any other has `scopes` and `accounts` (None: all), and is
    refused where `scopes` is empty. `scopes_claim` and `accounts_claim` name claims that narrow these rights down, if they are not None:
    a token has those scopes, and sees those accounts, that the claim names as well.
    """

    _shown = ("algorithms", "leeway_seconds", "scopes")

    name: str
    issuer: str
    audience: str
    jwks_url: str | None = None
    jwks_file: Path | None = None
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA")
    leeway_seconds: float = 30.0
    scopes: frozenset[str] = frozenset()
    accounts: tuple[str, ...] | None = None
    scopes_claim: str | None = None
    accounts_claim: str | None = None


class Settings(_Discreet, frozen=True, kw_only=True):
    """The whole file, and the key of what the gateway keeps, which is None when the environment gives none.

    `callers` and `issuers` are empty when none is configured: then only loopback may call, and may do everything.
    """

    _shown = ("server", "limits", "documents", "accounts", "callers", "issuers")

    server: ServerSettings = ServerSettings()
    limits: RequestLimits = RequestLimits()
    documents: DocumentSettings = DocumentSettings()
    accounts: tuple[AccountSettings, ...]
    callers: tuple[CallerSettings, ...] = ()
    issuers: tuple[IssuerSettings, ...] = ()
    state_key: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether whoever can reach the gateway may do everything: nobody who may is named."""
        return not self.callers and not self.issuers
