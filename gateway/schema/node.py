"""Relay's object identification."""

import strawberry


@strawberry.interface(description="Anything with a globally unique id. Ids are opaque: pass them on exactly as you got them.")
class Node:
    """See https://graphql.org/learn/global-object-identification/."""

    id: strawberry.ID = strawberry.field(description="Globally unique and stable.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """See https://relay.dev/graphql/connections.htm."""

    has_next_page: bool = strawberry.field(description="Whether more follows behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether more stands before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")
