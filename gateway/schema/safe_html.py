"""HTML from a vendor, made safe to be shown in a page."""

import re
from functools import lru_cache
from html import escape

import nh3

MOST_TAGS = 500
MOST_LENGTH = 32 * 1024
"""In characters. The sanitiser's time grows with the square of how many tags lie in one another, and of how many attributes one has:
a megabyte of `<div>` takes it minutes. Within both bounds nothing that was found takes it longer than 0.1 s.
"""
_EMBEDDED = re.compile(r"data:[^\s\"'<>]{64,}")
"""What makes honest signatures long. The sanitiser drops addresses of that kind anyhow."""


@lru_cache(maxsize=256)
def safe_html(html: str) -> str:
    """Without scripts, styles and forms. What is beyond those bounds is shown as the text that it is written in, tags and all."""
    short = _EMBEDDED.sub("data:", html)
    return nh3.clean(short) if short.count("<") <= MOST_TAGS and len(short) <= MOST_LENGTH else escape(html)
