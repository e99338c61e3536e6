"""Functions of two arguments, `source` and `context`, while they are written."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Function: TypeAlias = Callable[[Any, Any], Any]


class Code:
    """Their text, and what the names in it stand for.

    Nothing that a client or vendor says gets into the text but GraphQL names (letters, digits, underscores), and those as quoted strings.
    """

    def __init__(self, names: Mapping[str, object]) -> None:
        self._names = dict(names)
        self._known: dict[int, str] = {}
        self._lines: list[str] = []
        self._count = 0

    def variable(self) -> str:
        """A name that no other has."""
        self._count += 1
        return f"_{self._count}"

    def name(self, thing: object) -> str:
        """The name of something that the text uses; the same for the same object."""
        if id(thing) not in self._known:
            name = self.variable()
            self._names[name] = thing  # kept, so that no other object can get its id
            self._known[id(thing)] = name
        return self._known[id(thing)]

    def function(self, expression: str) -> str:
        """The name of a new function that returns what the expression says."""
        name = self.variable()
        self._lines.append(f"def {name}(source, context):\n    return {expression}\n")
        return name

    def table(self, functions: Mapping[str, str]) -> str:
        """The name of a table of functions, by key."""
        name = self.variable()
        self._lines.append(f"{name} = {{{', '.join(f'{key!r}: {function}' for key, function in functions.items())}}}\n")
        return name

    def compiled(self, name: str) -> Function:
        """The function of that name. Raises what Python raises for text that is too deep for it."""
        exec(compile("".join(self._lines), "<selection>", "exec"), self._names)  # noqa: S102 - that is the point; see above for what is in it
        function: Function = self._names[name]  # type: ignore[assignment] # made there
        return function
