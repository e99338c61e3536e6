"""Takes secrets out of text that somebody else wrote, before it is shown or logged."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from html import escape
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
MAX_LENGTH = 500
MAX_SCANNED = 4000
"""Whatever comes later in a text is dropped unread: some of the patterns take time that grows with the square of the length."""
_SHORTEST_SECRET = 4  # shorter would mask words
_SHORTEST_FRAGMENT = 8  # as above, in base64
_FEW_SPELLINGS = 100  # looking for each of more takes longer than going through the text once; an account's own are some ten

_TAGS = re.compile(r"<[^>]{0,200}>")
_SPACE = re.compile(r"\s+")
# "The password is wrong" tells nothing; "the password is hunter2" does.
_VERDICT = r"""
    (?! \s+ (?: not | no | in(?:valid|correct|active) | un(?:known|authori[sz]ed) | wrong | bad | malformed | missing | empty | blank
      | expired | revoked | required | needed | mandatory | disabled | locked | blocked | rejected | denied | refused | already | too
      | weak ) (?: [\s,;:!?)] | \.?(?:\s|$) ) )
    """
_NAMED_SECRET = re.compile(
    rf"""(?ix)
    \b( api[-_ ]?key | (?:access|refresh|id)[-_ ]?token | token | (?:client[-_ ]?)?secret | passw(?:or)?d | passwd | pwd
       | pass (?=["']?\s*[:=]) | passphrase | authorization | x-api-key | auth[ ]+(?:plain|login|xoauth2) )
    ["']? \s* (?: [:=] | \b(?:is|was)\b {_VERDICT} | (?<=plain) | (?<=login) | (?<=xoauth2) ) \s* ["']?
    (?: bearer\s+ | basic\s+ )? (?: {re.escape(MASK)} [^\s"',;&)}}\]]* | [^\s"',;&)}}\]]+ )
    """,
)
# "Rejected password hunter2": without a colon, only what mixes letters and digits is no word of the sentence.
_BARE_PASSWORD = re.compile(r"(?i)\b(passw(?:or)?d|passwd|pwd)\s+(?=[^\s\"',;]*[0-9])(?=[^\s\"',;]*[a-z])[^\s\"',;]{6,}")
# IMAP's command as it was sent, `a1 LOGIN "t.renn" "hunter2"`; a login that is no address needs its quotes to be told from words.
_LOGIN_COMMAND = re.compile(r"""\b(LOGIN)\s+(?:"[^"]*"|[^\s"]+@[^\s"]+)\s+(?:"[^"]*"|\S+)""")
# `t.renn@example.com:hunter2` (what follows may be a port), `https://t.renn:hunter2@example.com`.
_PAIR = re.compile(r"([\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+):(?!\d+\b)[^\s\"',;]+")
_URL_LOGIN = re.compile(r"(?i)\b([a-z]{2,10}://)[^\s/@]+@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
# Mail servers echo the login in their refusal: "535 5.7.8 Error: authentication failed for t.renn (…)".
# They also say "authentication is disabled for the tenant", which names nobody.
_ECHOED_LOGIN = re.compile(
    r"""(?ix)
    \b( (?: authenticat\w* | log[ -]?[io]n | credentials? | password )\b [^.;\n]{0,40}?
        \b(?: for | of | user | username | account | mailbox )\b (?: \s*[:=]\s* | \s+ ) )
    (?! (?: the | this | that | your | an? | any | all | more | user | username | account | mailbox | credentials? | password | name
          | is | are | was | were | and | or | has | does | not | could | cannot ) (?: [\s,;:!?)] | \.?(?:\s|$) ) )
    \S.*
    """,
)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}")
# A long run of letters and digits mixed is a key or a token, not a word: base64, hex.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_/+@-])(?=[A-Za-z0-9_/+=.-]*[0-9])(?=[A-Za-z0-9_/+=.-]*[A-Za-z])[A-Za-z0-9_/+=-]{24,}(?:\.[A-Za-z0-9_-]+){0,2}"
)
_URL_QUERY = re.compile(r"(https?://[^\s?#]+)\?\S*")


class Hiding:
    """Finds secrets in text, in every spelling that an echo would use: as they are, percent-encoded, quoted for JSON or HTML, and in
    base64, alone or inside of something longer (`user:key`).
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings = sorted({spelling for secret in secrets for spelling in _spellings(secret)}, key=len, reverse=True)
        self._longest = len(self._spellings[0]) if self._spellings else 0
        self._by_beginning: dict[str, list[str]] = {}
        for spelling in self._spellings:
            self._by_beginning.setdefault(spelling[:_SHORTEST_SECRET], []).append(spelling)

    def hide(self, text: str) -> str:
        """The beginning of the text with a mask in place of every secret. What lies behind `MAX_SCANNED` characters is dropped."""
        text = text[: MAX_SCANNED + self._longest]  # a secret that stands across the cut is seen whole
        if len(self._spellings) <= _FEW_SPELLINGS and not any(map(text.__contains__, self._spellings)):
            return text[:MAX_SCANNED]
        pieces, start, at = [], 0, 0
        while at < len(text):
            found = next((each for each in self._by_beginning.get(text[at : at + _SHORTEST_SECRET], ()) if text.startswith(each, at)), None)
            if found is None:
                at += 1
            else:
                pieces += [text[start:at], MASK]
                start = at = at + len(found)
        return "".join((*pieces, text[start:]))[:MAX_SCANNED]


def redact(text: str, *, secrets: Iterable[str] | Hiding = ()) -> str:
    """One line of at most 500 characters without HTML tags, secrets, tokens or echoed logins.

    `secrets` are the values known to be secret (an account's keys), or what hides them, made once for many texts.
    """
    hiding = secrets if isinstance(secrets, Hiding) else Hiding(secrets)
    text = hiding.hide(text)
    text = _URL_QUERY.sub(r"\1", text)
    text = _SPACE.sub(" ", _TAGS.sub(" ", text)).strip()
    text = hiding.hide(text)  # again: a secret with a space in it may have come with two, or with a tag
    text = _NAMED_SECRET.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _BARE_PASSWORD.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _LOGIN_COMMAND.sub(lambda found: f"{found[1]} {MASK}", text)
    if "@" in text:  # half of the time that all this takes goes into looking for pairs
        text = _PAIR.sub(lambda found: f"{found[1]}:{MASK}", _URL_LOGIN.sub(lambda found: f"{found[1]}{MASK}@", text))
    text = _BEARER.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _ECHOED_LOGIN.sub(lambda found: f"{found[1]}{MASK}", text)
    text = _TOKEN.sub(MASK, _JWT.sub(MASK, text))
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"


def _spellings(secret: str) -> frozenset[str]:
    """Every way in which an echo may write a secret; none for one that is too short to be told from a word."""
    if len(secret) < _SHORTEST_SECRET:
        return frozenset()
    encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    lower = {re.sub("%..", lambda found: found[0].lower(), spelling) for spelling in encoded}
    quoted = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], escape(secret), escape(secret, quote=False)}
    return frozenset({secret, *encoded, *lower, *quoted, *_in_base64(secret.encode()), *_decoded(secret)})


def _in_base64(secret: bytes) -> set[str]:
    """A secret in base64, alone and, for each of the three places where it may begin, inside of something longer."""
    spellings = {b64encode(secret).decode().rstrip("=")}
    for lead in range(3):
        text = b64encode(bytes(lead) + secret).decode().rstrip("=")
        is_last_shared = (lead + len(secret)) % 3 != 0  # the last character holds bits of what follows, as the first ones do of the lead
        fragment = text[(lead * 8 + 5) // 6 : len(text) - is_last_shared]
        spellings |= {fragment} if len(fragment) >= _SHORTEST_FRAGMENT else set()
    return spellings | {spelling.translate(str.maketrans("+/", "-_")) for spelling in spellings}


def _decoded(secret: str) -> set[str]:
    """What a secret says when it is itself base64 text."""
    try:
        plain = b64decode(secret, validate=True).decode()
    except ValueError:
        return set()
    return {plain} if len(plain) >= _SHORTEST_SECRET else set()
