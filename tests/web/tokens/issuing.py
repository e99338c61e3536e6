"""An issuer that exists for a test: its keys, its tokens, and an address where its public keys are to be had."""

import json
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key

from gateway.web.rights import Rights
from gateway.web.tokens.issuer import Issuer
from gateway.web.tokens.issuer_keys import IssuerKeys
from gateway.web.tokens.key_set import UnusableKeysError

ISSUER, AUDIENCE = "https://login.example/", "mailbox-gateway"
PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey


@cache
def private_key(kind: str, name: str = "") -> PrivateKey:
    """Made once for each name: RSA keys take their time."""
    del name
    match kind:
        case "EC":
            return generate_private_key(SECP256R1())
        case "EC384":
            return generate_private_key(SECP384R1())
        case "OKP":
            return Ed25519PrivateKey.generate()
        case _:
            return generate_rsa_key(65537, int(kind.removeprefix("RSA") or 2048))


def public(key: PrivateKey, **more: object) -> dict[str, Any]:
    """As a key set shows it."""
    algorithms = {RSAPrivateKey: "RS256", EllipticCurvePrivateKey: "ES256"}
    name = next((each for kind, each in algorithms.items() if isinstance(key, kind)), "EdDSA")
    shown: dict[str, Any] = json.loads(jwt.PyJWS().get_algorithm_by_name(name).to_jwk(key.public_key()))
    shown.pop("key_ops", None)
    return {**shown, **more}


def key_set(*rows: Mapping[str, object]) -> bytes:
    return json.dumps({"keys": rows}).encode()


def claims(**more: object) -> dict[str, Any]:
    """Those of a good token; None leaves one out."""
    now = int(time.time())
    given = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 300, **more}
    return {name: value for name, value in given.items() if value is not None}


def token(
    key: PrivateKey | str, algorithm: str = "ES256", *, kid: str | None = "k1", header: Mapping[str, Any] | None = None, **more: object
) -> str:
    """A token with these claims, whatever they are."""
    headers = {**({} if kid is None else {"kid": kid}), **(header or {})}
    return jwt.encode(claims(**more), key, algorithm=algorithm, headers=headers)


class Source:
    """A `KeySource` that counts how often it is read. `content` None: it cannot be read."""

    def __init__(self, content: bytes | None, *, refresh_seconds: float = 300.0, pause_seconds: float = 30.0) -> None:
        self.content = content
        self.refresh_seconds = refresh_seconds
        self.pause_seconds = pause_seconds
        self.reads = 0

    async def read(self) -> bytes:
        self.reads += 1
        if self.content is None:
            raise UnusableKeysError("nobody answers")
        return self.content

    async def close(self) -> None:
        pass


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def keys_of(source: Source, *, clock: Clock | None = None, algorithms: Sequence[str] = ("RS256", "PS256", "ES256", "EdDSA")) -> IssuerKeys:
    return IssuerKeys("login", source, algorithms, clock=clock or Clock())


def issuer(source: Source, **more: Any) -> Issuer:  # noqa: ANN401 - any field of an issuer
    given: dict[str, Any] = {
        "name": "login",
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "algorithms": ("RS256", "PS256", "ES256", "EdDSA"),
        "leeway_seconds": 1.0,
        "keys": keys_of(source),
        "rights": Rights(frozenset({"read"})),
        "scopes_claim": None,
        "accounts_claim": None,
    }
    return Issuer(**given | more)
