"""No secret survives redaction, and what is harmless stays readable."""

import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gateway.domain.redaction import MASK, MAX_LENGTH, redact

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda secret: quote(secret, safe=""),
    "percent, slashes kept": quote,
    "percent, lower case": lambda secret: "".join(c if len(q := quote(c, safe="")) == 1 else q.lower() for c in secret),
    "form": quote_plus,
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "HTML": escape,
    "base64": lambda secret: b64encode(secret.encode()).decode(),
    "base64, unpadded": lambda secret: b64encode(secret.encode()).decode().rstrip("="),
    "base64, URL-safe": lambda secret: urlsafe_b64encode(secret.encode()).decode(),
}
secret_texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=4, max_size=30).filter(
    lambda text: not set(text) & set("[]<>…")
)
surroundings = st.sampled_from(["", " ", "key ", "535 ", '{"a": "', "<b>", "a=1&b=", "https://x.example/p?k=", "für ", "\n\t"])


@given(secret_texts, surroundings, surroundings, st.sampled_from(list(SPELLINGS)))
@example("a+b/c=d&e%f", "", "", "percent, lower case")
@example("abcd", "", "", "base64, unpadded")
@example('with "quotes" & more', '{"a": "', "", "JSON")
def test_no_given_secret_survives(secret: str, before: str, after: str, spelling: str) -> None:
    assume(secret not in MASK)
    spelled = SPELLINGS[spelling](secret)
    assume(spelled not in before + after + MASK)
    shown = redact(before + spelled + after, secrets=[secret])
    assert spelled not in shown
    assert secret not in shown


@given(secret_texts, secret_texts, st.sampled_from(list(SPELLINGS)))
def test_of_several_secrets_none_survives(first: str, second: str, spelling: str) -> None:
    assume(first not in MASK and second not in MASK)
    text = f"{SPELLINGS[spelling](first)} {SPELLINGS[spelling](second)} {first}{second}"
    shown = redact(text, secrets=[first, second])
    assert first not in shown.replace(MASK, " ")
    assert second not in shown.replace(MASK, " ")


@given(st.text(max_size=9), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=20), st.text(max_size=9))
@example("t.renn:", "hunter2-horse", "")
def test_no_secret_survives_inside_of_base64(before: str, secret: str, after: str) -> None:
    """As in `Authorization: Basic` and `AUTH PLAIN`: what stays decodes to no part of the secret that is worth anything."""
    raw = (before + secret + after).encode("utf-8", "replace")
    shown = redact(f"AUTH? {b64encode(raw).decode()} no", secrets=[secret])
    assert b64encode(raw).decode().rstrip("=") not in shown


@given(st.text(max_size=700), st.lists(st.text(max_size=8), max_size=3))
def test_any_text_becomes_one_short_line(text: str, secrets: list[str]) -> None:
    secrets = [each for each in secrets if not any("\ud800" <= character <= "\udfff" for character in each)]
    shown = redact(text, secrets=secrets)
    assert len(shown) <= MAX_LENGTH
    assert len(shown.splitlines()) <= 1


def test_a_secret_with_spaces_is_found_however_the_spaces_came() -> None:
    assert redact("no: two  words<br>here", secrets=["two words here"]) == f"no: {MASK}"
    assert redact("no: <i>x</i>", secrets=["<i>x</i>"]) == f"no: {MASK}"


def test_a_short_secret_masks_no_words() -> None:
    assert redact("the cat sat", secrets=["cat", "", "a"]) == "the cat sat"


def test_a_secret_cut_by_the_end_of_the_line_does_not_show_its_head() -> None:
    shown = redact("word " * 99 + "CANARY-secret", secrets=["CANARY-secret"])
    assert "CAN" not in shown


def test_a_secret_that_is_base64_itself_is_found_decoded() -> None:
    assert "sesame99" not in redact("bad key sesame99!", secrets=[b64encode(b"sesame99").decode()])


HARMLESS = """
Connection timeout
Connection refused
connect ECONNREFUSED 203.0.113.7:587
getaddrinfo ENOTFOUND smtp.example.com
Timeout awaiting 'greeting' after 30000ms
self signed certificate in certificate chain
SSL routines:ssl3_get_record:wrong version number
421 4.3.2 Service not available, closing transmission channel
421 4.7.0 Too many login attempts for this account, closing connection
421 4.7.0 [TSS04] Messages from 203.0.113.7 temporarily deferred due to unexpected volume
450 4.2.1 The user you are trying to contact is receiving mail too quickly
452 4.2.2 The email account that you tried to reach is over quota
454 4.7.0 Temporary authentication failure
501 5.5.4 Syntax error in parameters or arguments
530 5.7.0 Authentication Required
530 5.7.57 Client not authenticated to send mail
534-5.7.9 Application-specific password required
534-5.7.9 Please log in with your web browser and then try again.
535 Authentication credentials invalid
535 5.7.3 Authentication unsuccessful
535-5.7.8 Username and Password not accepted
535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [AM0PR02CA0109.eurprd02.prod.outlook.com]
535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled
550 5.1.1 The email account that you tried to reach does not exist
550 5.7.1 relaying denied
550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP
554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org
NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)
NO LOGIN failed.
[ALERT] Application-specific password required
Invalid login or password
SPF pass, DKIM pass
mail.example.com:587 refused the connection of t.renn@example.com:587
Login is disabled for this account
The credentials of this user are wrong.
Your password is incorrect
The API key is invalid.
API key is missing
The token was revoked, please connect again
invalid_grant: Token has been expired or revoked.
AADSTS700082: The refresh token has expired due to inactivity.
Password must have at least 8 characters
Mailbox unavailable
Daily sending quota exceeded
Ungültige Anmeldedaten
""".strip().splitlines()


@pytest.mark.parametrize("sentence", HARMLESS)
def test_a_harmless_sentence_stays_as_it_is(sentence: str) -> None:
    assert redact(sentence, secrets=["CANARY-secret", "t.renn:hunter2"]) == sentence


REVEALING = {
    "JWT": "token rejected eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk (expired)",
    "JWT with a long head": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJDQU5BUlkifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "JWE": "eyJhbGciOiJkaXIifQ..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ",
    "Google": "bad token ya29.a0AfH6SMBx9kd7gJ2kk3hH8dk20dlf93jGG",
    "SendGrid": "SG.x.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr is no key",
    "hex": "key 9f86d081884c7d659a2feaa0c55ad015 unknown",
    "named": 'api_key="CANARY1", "password": "CANARY2" secret=CANARY3; the password is CANARY4 Token: CANARY5',
    "headers": "Authorization: Bearer CANARY123 / Authorization: Basic CANARY123 / bearer CANARY123",
    "SASL": "AUTH PLAIN AENBTkFSWQBwYXNz auth login Q0FOQVJZ",
    "query": "GET https://api.example.com/v1/x?api_key=CANARY&b=1 failed",
    "echoed login": "535 5.7.8 Error: authentication failed for CANARY.renn (wrong)",
    "echoed login, dotted": "Login failed for a.CANARY@example.com",
    "echoed login, named": "Login failed: user=CANARY",
    "echoed login, said in full": "invalid credentials for the account CANARY@example.com",
    "passphrase": "535 rejected, pass: CANARY1 passphrase=CANARY2 'pass'='CANARY3'",
    "password without a sign": "535 login rejected, password CANARY-17 is wrong",
    "IMAP command": "a1 LOGIN t.renn@example.com CANARY failed",
    "IMAP command, quoted": 'BAD a1 LOGIN "t.renn" "CANARY horse" failed',
    "pair": "535 refused t.renn@example.com:CANARY!",
    "URL with a login": "cannot reach https://t.renn:CANARY@mail.example.com/EWS",
    "verdict and more": "The password is wrong-CANARY",
}


@pytest.mark.parametrize("text", REVEALING.values(), ids=REVEALING)
def test_tokens_and_logins_of_others_are_masked(text: str) -> None:
    shown = redact(text)
    assert shown != text
    for part in ("CANARY", "eyJ", "dBjft", "48V1", "XFBo", "a0Af", "TwL2", "9f86", "AENB", "Q0FO"):
        assert part not in shown


def test_a_page_of_html_becomes_its_words() -> None:
    assert redact("<html><body>\n <h1>502 Bad Gateway</h1>\r\n</body></html>") == "502 Bad Gateway"


@pytest.mark.parametrize(
    "piece", ["=a1", "http://", "<", "< ", "a1-", "password ", "token is ", "auth plain ", "login for ", "eyJ.", "eyJaaaaaa.", " ", "a."]
)
def test_no_text_takes_long(piece: str) -> None:
    """A million characters that nearly match: with square growth this would take minutes, not a second's processor time."""
    started = time.process_time()
    redact(piece * (1_000_000 // len(piece)), secrets=["CANARY-secret"])
    assert time.process_time() - started < 2
