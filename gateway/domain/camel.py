"""GraphQL's spelling of our names, for paths into a caller's arguments."""


def camel(name: str) -> str:
    """`daily_limit` as `dailyLimit`."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)
