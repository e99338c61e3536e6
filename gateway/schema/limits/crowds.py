"""What stands in great number in a document's text: directives, and items of lists."""

from collections.abc import Iterator
from typing import NamedTuple

from graphql import DocumentNode, ListValueNode, Node
from graphql.language.ast import QUERY_DOCUMENT_KEYS


class Crowds(NamedTuple):
    """`directives` in all, `directives_on_one` at most on one field, fragment, variable or operation, `items` at most in one list."""

    directives: int = 0
    directives_on_one: int = 0
    items: int = 0


def crowds(document: DocumentNode) -> Crowds:
    """Of the whole document, used or not."""
    directives = most = items = 0
    for node in _nodes(document):
        here = len(getattr(node, "directives", None) or ())
        directives += here
        most = max(most, here)
        if isinstance(node, ListValueNode):
            items = max(items, len(node.values))
    return Crowds(directives, most, items)


def _nodes(document: DocumentNode) -> Iterator[Node]:
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        yield node
        for key in QUERY_DOCUMENT_KEYS.get(node.kind, ()):
            if key == "name":
                continue
            value = getattr(node, key, None)
            if isinstance(value, Node):
                waiting.append(value)
            elif value:
                waiting.extend(value)
