"""Takes secrets out of text that somebody else wrote, before it is shown or logged."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
MAX_LENGTH = 500

_TAGS = re.compile(r"<[^>]{0,200}>")
_SPACE = re.compile(r"\s+")
_NAMED_SECRET = re.compile(
    r"""(?ix)
    \b( api[-_ ]?key | (?:access|refresh|id)[-_ ]?token | token | (?:client[-_ ]?)?secret | passw(?:or)?d | passwd | pwd
       | authorization | x-api-key | auth[ ]+(?:plain|login|xoauth2) )
    ["']? \s* (?: [:=] | \bis\b | \bwas\b | (?<=plain) | (?<=login) | (?<=xoauth2) ) \s* ["']?
    (?: bearer\s+ | basic\s+ )? [^\s"',;&)}\]]+
    """,
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
# Mail servers echo the login in their refusal: "535 5.7.8 Error: authentication failed for t.renn (…)".
_ECHOED_LOGIN = re.compile(
    r"(?i)\b((?:authenticat\w*|log[ -]?[io]n|credentials?|password)\b[^.;\n]{0,40}?\b(?:for|of|user|username)\b:?\s+)\S.*"
)
# A long run of letters and digits mixed is a key or a token, not a word: base64, hex, JWT.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_/+.@-])(?=[A-Za-z0-9_/+=.-]*[0-9])(?=[A-Za-z0-9_/+=.-]*[A-Za-z])[A-Za-z0-9_/+=-]{24,}(?:\.[A-Za-z0-9_-]+){0,2}"
)
_URL_QUERY = re.compile(r"(https?://[^\s?#]+)\?\S*")


def redact(text: str, *, secrets: Iterable[str] = ()) -> str:
    """One line of at most 500 characters without HTML tags, secrets, tokens or echoed logins.

    `secrets` are the values known to be secret (an account's keys); they go in every spelling that an echo would use:
    as they are, percent-encoded, and in base64.
    """
    for secret in sorted((s for s in secrets if len(s) >= 4), key=len, reverse=True):  # noqa: PLR2004 - shorter would mask words
        for spelling in {secret, quote(secret, safe=""), quote_plus(secret), b64encode(secret.encode()).decode(), *_decoded(secret)}:
            text = text.replace(spelling, MASK)
    text = _URL_QUERY.sub(r"\1", text)
    text = _SPACE.sub(" ", _TAGS.sub(" ", text)).strip()
    text = _NAMED_SECRET.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _BEARER.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _ECHOED_LOGIN.sub(lambda found: f"{found[1]}{MASK}", text)
    text = _TOKEN.sub(MASK, text)
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"


def _decoded(secret: str) -> set[str]:
    """What a secret says when it is itself base64 text."""
    try:
        plain = b64decode(secret, validate=True).decode()
    except ValueError:
        return set()
    return {plain} if len(plain) >= 4 else set()  # noqa: PLR2004 - as above
