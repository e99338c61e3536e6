"""Parsing, up to a number of tokens."""

from graphql import DocumentNode, GraphQLSyntaxError, parse

from gateway.domain.limit_errors import TooManyTokensError


def parsed(text: str, max_tokens: int) -> DocumentNode:
    """The document. Raises `GraphQLSyntaxError`, and `TooManyTokensError` as soon as there are too many: the rest is not read.

    graphql-core bounds how deep its parser goes by itself, and says that a document is nested too deeply.
    """
    try:
        return parse(text, max_tokens=max_tokens)
    except GraphQLSyntaxError as error:
        if f"more than {max_tokens} tokens" in error.message:
            raise TooManyTokensError(max_tokens) from None
        raise
