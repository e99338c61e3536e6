"""Directives and items are counted wherever they stand."""

import pytest
from graphql import parse

from gateway.schema.limits.crowds import Crowds, crowds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ a }", Crowds()),
        ("query @x @y { a @x }", Crowds(3, 2)),
        ("query ($v: Int = 1 @x @y @z) { a }", Crowds(3, 3)),
        ("{ ... @x @y { a } ...F @x } fragment F on T @x @x @x @x { a }", Crowds(7, 4)),
        ("{ a(b: [1, 2, 3]) }", Crowds(items=3)),
        ("{ a(b: {c: [[1], [1, 2], []]}) @d(e: [1, 2, 3, 4]) }", Crowds(1, 1, 4)),
        ("query ($v: [Int] = [1, 2]) { a }", Crowds(items=2)),
        ("{ a } fragment Unused on T { a(b: [1, 2]) @x }", Crowds(1, 1, 2)),
        ("type T @x { a: [Int] }", Crowds(1, 1)),
    ],
)
def test_counts(text: str, expected: Crowds) -> None:
    assert crowds(parse(text)) == expected
