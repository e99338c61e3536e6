"""Signatures are other people's HTML: they do nothing in a page, and cost little to look at."""

import pytest

from gateway.schema.safe_html import MOST_LENGTH, MOST_TAGS, safe_html

PICTURE = f'<p>Mira<img src="data:image/png;base64,{"A" * 100_000}" alt="me"></p>'


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<b>Mira</b><script>alert(1)</script>", "<b>Mira</b>"),
        ('<a href="javascript:alert(1)" onclick="x()">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ("", ""),
        ("a < b & c", "a &lt; b &amp; c"),
        (PICTURE, '<p>Mira<img alt="me"></p>'),
    ],
)
def test_what_can_do_harm_is_taken_out(html: str, safe: str) -> None:
    assert safe_html(html) == safe


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000,  # minutes, if it were cleaned
        "".join(f"<b id={index}>" for index in range(20_000)) + "<p>" * 20_000,
        "<b " + " ".join(f"a{index}" for index in range(200_000)) + ">",
        "<b>" * (MOST_TAGS + 1),
        "<b>" + "x" * MOST_LENGTH,
    ],
    ids=["deep", "crossed", "many attributes", "many tags", "long"],
)
def test_what_would_take_long_is_shown_as_text(html: str) -> None:
    assert "<" not in safe_html(html)
    assert safe_html(html).startswith("&lt;")
