"""Which tokens are good, and which of the many ways to make a bad one are seen through."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import UnauthenticatedError
from gateway.web.rights import Rights
from gateway.web.tokens.issuer import Claims, Issuer, unverified
from tests.web.tokens.issuing import AUDIENCE, ISSUER, Source, claims, issuer, key_set, private_key, public, token

RSA, EC, OKP, EC384 = private_key("RSA"), private_key("EC"), private_key("OKP"), private_key("EC384")
KEYS = key_set(public(EC, kid="k1"), public(RSA, kid="k2"), public(OKP, kid="k3"))
UNTRUSTED = "This token cannot be trusted: its form, its issuer, its key or its signature is not right."


@pytest.fixture
def login() -> Issuer:
    return issuer(Source(KEYS))


async def verified(login: Issuer, text: str) -> Claims:
    header, _ = unverified(text)
    return await login.verify(text, header)


async def refusal(login: Issuer, text: str) -> str:
    """Its words."""
    with pytest.raises(UnauthenticatedError) as caught:
        await verified(login, text)
    assert caught.value.__cause__ is None
    return caught.value.message


# ---------------------------------------------------------------------- good ones
@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(EC, "ES256", "k1"), (RSA, "RS256", "k2"), (RSA, "PS256", "k2"), (OKP, "EdDSA", "k3"), (EC, "ES256", None)],
)
async def test_a_good_token(login: Issuer, key: Any, algorithm: str, kid: str | None) -> None:  # noqa: ANN401 - a key of any kind
    made = token(key, algorithm, kid=kid)
    found = await verified(login, made)
    assert found.subject == "ann"
    assert found.ends_at - found.expires_at == 1.0


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]])
async def test_one_of_several_audiences_is_enough(login: Issuer, audience: object) -> None:
    assert (await verified(login, token(EC, aud=audience))).subject == "ann"


async def test_clocks_may_differ_by_the_leeway(login: Issuer) -> None:
    patient = issuer(Source(KEYS), leeway_seconds=60.0)
    now = int(time.time())
    for claim, moment in (("exp", now - 20), ("nbf", now + 20), ("iat", now + 20)):
        made = token(EC, **dict[str, Any]({claim: moment}))
        assert (await verified(patient, made)).subject == "ann"
        assert "token" in await refusal(login, made)


async def test_a_token_that_is_good_for_ever_ends_at_a_moment_that_a_clock_can_show(login: Issuer) -> None:
    assert (await verified(login, token(EC, exp=10**400))).ends_at < 2**41


# ---------------------------------------------------------------------- claims
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"exp": 1}, "The token has expired"),
        ({"exp": None}, "lacks one of the claims"),
        ({"sub": None}, "lacks one of the claims"),
        ({"aud": None}, "lacks one of the claims"),
        ({"aud": "other"}, "another audience"),
        ({"aud": [AUDIENCE + "x", "x"]}, "another audience"),
        ({"aud": [AUDIENCE, 1]}, "another audience"),
        ({"nbf": 2**33}, "not valid yet"),
        ({"iat": 2**33}, "not valid yet"),
        ({"iat": "soon"}, "cannot be trusted"),
        ({"exp": "soon"}, "cannot be trusted"),
        ({"exp": [1]}, "cannot be trusted"),
        ({"nbf": {}}, "cannot be trusted"),
        ({"iss": ISSUER.rstrip("/")}, "cannot be trusted"),
        ({"sub": 17}, "cannot be trusted"),
        ({"jti": 17}, "cannot be trusted"),
        ({"sub": ""}, "printable characters"),
        ({"sub": "x" * 256}, "printable characters"),
        ({"sub": "ann\nadmin"}, "printable characters"),
        ({"sub": "ann\ud800"}, "printable characters"),
    ],
)
async def test_a_claim_that_is_not_right(login: Issuer, more: dict[str, Any], words: str) -> None:
    assert words in await refusal(login, token(EC, **more))


# ---------------------------------------------------------------------- signatures
async def test_a_key_that_nobody_published(login: Issuer) -> None:
    stranger = private_key("EC", "stranger")
    for kid in ("k1", "k9", None, "", "../../k1", "k1\0"):
        assert await refusal(login, token(stranger, kid=kid)) == UNTRUSTED


async def test_nothing_of_a_token_may_be_altered(login: Issuer) -> None:
    head, body, signature = token(EC).split(".")
    other = token(EC, sub="bob").split(".")[1]
    for made in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.{'A' * len(signature)}",
        f"{head}.{body}.{signature[:-4]}",
    ):
        assert await refusal(login, made) == UNTRUSTED


async def test_no_signature_and_one_shared_secret_are_none() -> None:
    """Not even where somebody lets such algorithms through the configuration: no key is for them."""
    careless = issuer(Source(KEYS), algorithms=("none", "HS256", "ES256"))
    pem = EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    row = json.dumps(public(EC, kid="k1")).encode()
    for secret in (pem, row, b""):
        assert await refusal(careless, _signed_with(secret, "HS256")) == UNTRUSTED
    for name in ("none", "None", "NONE", "nOnE"):
        assert await refusal(careless, _unsigned(name)) == UNTRUSTED


def _signed_with(secret: bytes, algorithm: str) -> str:
    """As an attacker would who takes the published key for a secret; the library refuses to do that."""
    head, body, _ = _unsigned(algorithm).split(".")
    return f"{head}.{body}.{_segment(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"


def _unsigned(algorithm: object, **header: object) -> str:
    head = {"alg": algorithm, "typ": "JWT", "kid": "k1", **header}
    return ".".join((_segment(json.dumps(head).encode()), _segment(json.dumps(claims()).encode()), ""))


def _segment(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


async def test_an_algorithm_that_is_not_the_keys_own(login: Issuer) -> None:
    assert await refusal(login, token(RSA, "RS256", kid="k1")) == UNTRUSTED
    assert await refusal(login, token(RSA, "RS512", kid="k2")) == UNTRUSTED
    assert await refusal(login, token(EC384, "ES384", kid="k1")) == UNTRUSTED
    only_rs = issuer(Source(KEYS), algorithms=("RS256",))
    assert await refusal(only_rs, token(RSA, "PS256", kid="k2")) == UNTRUSTED


@pytest.mark.parametrize("algorithm", [None, 1, [], ["ES256"], {"alg": "ES256"}, "", "es256", "ES256 "])
async def test_an_algorithm_that_is_none(login: Issuer, algorithm: object) -> None:
    assert await refusal(login, _unsigned(algorithm)) == UNTRUSTED


async def test_a_key_that_comes_with_the_token_is_not_looked_at(login: Issuer) -> None:
    stranger = private_key("EC", "stranger")
    row = public(stranger, kid="k1")
    for header in ({"jwk": row}, {"jku": "http://127.0.0.1:1/jwks"}, {"x5u": "http://127.0.0.1:1/x"}, {"x5c": ["MII="]}):
        assert await refusal(login, token(stranger, header=header)) == UNTRUSTED
        assert (await verified(login, token(EC, header=header))).subject == "ann"


@pytest.mark.parametrize("header", [{"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": True}, {"crit": []}])
async def test_an_extension_that_must_be_understood_is_not(login: Issuer, header: dict[str, object]) -> None:
    assert await refusal(login, token(EC, header=header)) == UNTRUSTED


# ---------------------------------------------------------------------- form
@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "...",
        "é.é.é",
        "x" * 9000,
        "eyJhbGciOiJub25lIn0..",
        "\ud800.a.b",
        _segment(b"[]") + ".e30.",
        _segment(b"[" * 3000) + ".e30.",
    ],
)
async def test_what_is_no_token(login: Issuer, text: str) -> None:
    assert await refusal(login, text) == UNTRUSTED


async def test_a_huge_token_is_not_even_read(login: Issuer) -> None:
    assert await refusal(login, token(EC, more="x" * 9000)) == UNTRUSTED


@given(
    st.one_of(
        st.text(), st.lists(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists)), min_size=3, max_size=3)
    )
)
async def test_any_text(made: object) -> None:
    text = made if isinstance(made, str) else ".".join(_segment(json.dumps(each).encode()) for each in made)  # type: ignore[attr-defined] # a list
    assert await refusal(issuer(Source(KEYS)), text) == UNTRUSTED


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("alg", "kid", "crit", "typ", "b64"), st.recursive(st.none() | st.text() | st.sampled_from(["ES256", "k1"]), st.lists)
        ),
    ),
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("iss", "aud", "sub", "exp", "nbf"), st.none() | st.integers() | st.floats() | st.text() | st.lists(st.text())
        ),
    ),
)
async def test_any_claims_with_a_good_signature(header: dict[str, Any], body: dict[str, Any]) -> None:
    head, payload = _segment(json.dumps({"alg": "ES256", "kid": "k1", **header}).encode()), _segment(json.dumps(claims(**body)).encode())
    signature = jwt.PyJWS().get_algorithm_by_name("ES256").sign(f"{head}.{payload}".encode(), EC)
    try:
        found = await verified(issuer(Source(KEYS)), f"{head}.{payload}.{_segment(signature)}")
    except UnauthenticatedError:
        return
    assert found.subject == body.get("sub", "ann")
    assert body.get("iss", ISSUER) == ISSUER
    assert AUDIENCE in body.get("aud", [AUDIENCE])
    assert not {"crit", "b64"} & set(header)


# ---------------------------------------------------------------------- rights
@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("read", {"read"}),
        ("openid write read", {"read", "write"}),
        (["write"], {"write"}),
        ("secrets:write operate", set()),
        ("READ", set()),
        ("", set()),
        (None, set()),
        (17, set()),
        ({"read": True}, set()),
        ([["read"], 1], set()),
    ],
)
async def test_a_claim_gives_no_more_than_the_table_has(scope: object, scopes: set[str]) -> None:
    login = issuer(Source(KEYS), scopes_claim="scp", accounts_claim="https://example.com/accounts")
    table = Rights(frozenset({"read", "write"}), frozenset({"a", "b"}))
    found = await verified(login, token(EC, **dict[str, Any]({"scp": scope, "https://example.com/accounts": ["b", "c"]})))
    assert login.narrowed(table, found) == Rights(frozenset(scopes), frozenset({"b"}))


async def test_accounts_of_a_claim_alone() -> None:
    login = issuer(Source(KEYS), accounts_claim="accounts")
    for claim, accounts in (("a b", {"a", "b"}), (["a"], {"a"}), (None, set()), ("*", {"*"})):
        found = await verified(login, token(EC, accounts=claim))
        assert login.narrowed(Rights(frozenset({"read"})), found).accounts == frozenset(accounts)


async def test_without_named_claims_the_token_says_nothing_of_rights() -> None:
    login = issuer(Source(KEYS))
    found = await verified(login, token(EC, scope="", accounts=[]))
    assert login.narrowed(Rights(frozenset({"read"})), found) == Rights(frozenset({"read"}))
