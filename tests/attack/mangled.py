"""What was sound once: something was left out, doubled, swapped or put in."""

import re
from random import Random

_TOKEN = re.compile(r"\.\.\.|\w+|\s+|.", re.DOTALL)
_TEXTS = (
    "",
    "{",
    "}",
    "(",
    ")",
    "$a",
    "@skip(if: $a)",
    "...",
    "null",
    "-1",
    '"',
    "#",
    "on",
    "__typename",
    "é",
    "\0",
    "9" * 400,
    "[",
    "{}",
    "fragment",
)
_BYTES = (b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\r\n", b'"', b"\\", b"{", b"[", b",", b"\xef\xbb\xbf", b"null", b"-", b"1e999", b":")


def text(random: Random, sound: str) -> str:
    """A document with some of its tokens changed."""
    tokens: list[str] = _TOKEN.findall(sound)
    for _ in range(random.choice((1, 1, 2, 5))):
        at, other = random.randrange(len(tokens) + 1), random.randrange(len(tokens) + 1)
        at, other = min(at, other), max(at, other)
        cut = random.choice((at, at + 1, at + 1, other))
        put = random.choice(([], [random.choice(_TEXTS)], tokens[other : other + 1], tokens[at:other]))
        tokens[at:cut] = put
    return "".join(tokens)[:200_000]


def octets(random: Random, sound: bytes) -> bytes:
    """The same of bytes."""
    found = bytearray(sound)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randrange(len(found) + 1)
        found[at : at + random.choice((0, 1, 1, 4, 1000))] = random.choice((*_BYTES, random.randbytes(3)))
    return bytes(found)
