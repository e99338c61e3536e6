"""Random queries that are valid for a schema: aliases, fragments, directives with variables, unions and interfaces.

hypothesis-graphql makes queries, too, but fills them with random arguments, which nearly every resolver of ours refuses; what is
under test here are selections.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)

ARGUMENTS: Mapping[str, Sequence[str]] = {
    "Mailbox.messages": ("", "(first: 2)"),
    "Mailbox.signature": ("", "(sanitize: true)", "(sanitize: false)"),
    "WarmupStatus.history": ("", "(days: 3)", "(days: 0)"),
}
"""What may stand behind a field; fields with arguments that are not here get none."""


DEEPEST = 4


@dataclass
class Document:
    """A query under construction; `flags` are its variables, all Boolean. `deferring` is how likely a fragment is deferred."""

    schema: GraphQLSchema
    random: Random
    roots: Mapping[str, str]
    flags: dict[str, bool] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0
    deferring: float = 0.0
    labels: int = 0

    def text(self) -> str:
        assert self.schema.query_type is not None
        names = self.random.sample(sorted(self.roots), self.random.randint(1, 2))
        fields = [
            f"{self._alias()}{self.roots[name]} {self._selection(self._type(self.schema.query_type.fields[name]), 0)}" for name in names
        ]
        variables = f"({', '.join(f'${name}: Boolean!' for name in self.flags)})" if self.flags else ""
        return "\n".join([f"query Random{variables} {{ {' '.join(fields)} }}", *self.fragments])

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        """The braces behind a field of that type; nothing behind a leaf."""
        if is_leaf_type(type_):
            return ""
        return f"{{ {self._fields(type_, depth)} }}"

    def _fields(self, type_: GraphQLNamedType, depth: int) -> str:
        if is_abstract_type(type_):
            possible = list(self.schema.get_possible_types(type_))
            types = self.random.sample(possible, min(len(possible), self.random.randint(1, 3)))
            return " ".join(["__typename", *(f"... on {each.name}{self._defer()} {{ {self._fields(each, depth)} }}" for each in types)])
        assert is_object_type(type_)
        fields = {name: each for name, each in type_.fields.items() if not any(is_required_argument(it) for it in each.args.values())}
        leaves = [name for name, each in fields.items() if is_leaf_type(self._type(each))]
        others = [name for name in fields if name not in leaves] if depth < DEEPEST else []
        chosen = [self.random.choice(names) for names in (leaves, leaves, leaves, others, others)[: self.random.randint(1, 5)] if names]
        chosen += [self.random.choice(others)] if others and depth == 0 else []
        self.random.shuffle(chosen)
        parts = [self._field(type_, name, type_.fields[name], depth) for name in chosen]
        if self.random.random() < 0.3 or not parts:
            parts.insert(0, self._alias() + "__typename")
        return " ".join(self._wrapped(type_.name, parts))

    def _field(self, parent: GraphQLObjectType, name: str, it: GraphQLField, depth: int) -> str:
        arguments = self.random.choice(ARGUMENTS.get(f"{parent.name}.{name}", ("",)))
        # Below unions and with arguments two fields of one name may not merge: every one gets a name of its own.
        return f"{self._alias()}{name}{arguments}{self._directive()} {self._selection(self._type(it), depth + 1)}"

    def _wrapped(self, type_name: str, parts: list[str]) -> list[str]:
        """Some of them in fragments."""
        if len(parts) < 2 or self.random.random() < 0.5:
            return parts
        cut = self.random.randint(1, len(parts) - 1)
        inside = " ".join(parts[cut:])
        kind = self.random.randint(0, 2)
        if kind == 0:
            return [*parts[:cut], f"... on {type_name}{self._directive()}{self._defer()} {{ {inside} }}"]
        if kind == 1:
            return [*parts[:cut], f"...{self._directive()}{self._defer()} {{ {inside} }}"]
        name = f"Part{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_name} {{ {inside} }}")
        again = [f"...{name}{self._defer()}"] if self.random.random() < 0.3 else []
        return [*parts[:cut], f"...{name}{self._directive()}{self._defer()}", *again]

    def _alias(self) -> str:
        self.aliases += 1
        return f"a{self.aliases}: " if self.random.random() < 0.9 or self.aliases > 1 else ""

    def _directive(self) -> str:
        if self.random.random() < 0.85:
            return ""
        name = self.random.choice(("skip", "include"))
        if self.random.random() < 0.5:
            return f" @{name}(if: {self.random.choice(('true', 'false'))})"
        return f" @{name}(if: ${self._flag()})"

    def _defer(self) -> str:
        if self.deferring == 0.0 or self.random.random() >= self.deferring:
            return ""
        self.labels += 1
        arguments = [f'label: "part {self.labels}"'] if self.random.random() < 0.3 else []
        arguments += [f"if: ${self._flag()}"] if self.random.random() < 0.2 else []
        return f" @defer({', '.join(arguments)})" if arguments else " @defer"

    def _flag(self) -> str:
        flag = f"flag{self.random.randint(1, 2)}"
        self.flags.setdefault(flag, self.random.random() < 0.5)
        return flag

    @staticmethod
    def _type(it: GraphQLField) -> GraphQLNamedType:
        return get_named_type(it.type)
