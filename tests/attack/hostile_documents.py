"""Documents that are small and cost much, or that are made to trip whoever reads them: each of a size by chance."""

from collections.abc import Callable, Mapping
from random import Random

Maker = Callable[[Random], str]

_TOKENS = (
    *(
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "=",
        "!",
        "|",
        "&",
        "$",
        "@",
        "...",
        ",",
        "#",
        '"',
        '"""',
        "\\",
        "\n",
        "\r",
        "\ufeff",
        "\0",
        "\x7f",
        "😀",
    ),
    *(
        "query",
        "mutation",
        "subscription",
        "fragment",
        "on",
        "type",
        "schema",
        "extend",
        "input",
        "directive",
        "true",
        "null",
        "_",
        "__typename",
    ),
    *(
        "mailboxes",
        "nodes",
        "account",
        "id",
        "$a",
        "@skip(if: true)",
        "@include(if: $a)",
        "@defer",
        "@stream",
        "...on Mailbox",
        "first: 1",
        "1",
        "-1",
    ),
    *(
        "1.5e3",
        "0x1F",
        "01",
        "1.",
        ".5",
        "9" * 5000,
        '"\\ud800"',
        '"\\u{110000}"',
        '"\\u{1F600}"',
        '"\\x"',
        '"a\nb"',
        '"""a\\"""b"""',
        "é",
        "\u2028",
    ),
)

_NAMES = (
    *(
        "__class__",
        "__init__",
        "__dict__",
        "__slots__",
        "__struct_fields__",
        "__post_init__",
        "__typename",
        "__schema",
        "__proto__",
        "constructor",
    ),
    *(
        "class",
        "def",
        "None",
        "self",
        "cls",
        "lambda",
        "source",
        "context",
        "_",
        "_1",
        "prototype",
        "toString",
        "on",
        "true",
        "null",
        "fragment",
        "query",
    ),
)


def junk(random: Random) -> str:
    """Words of the language in no order."""
    return random.choice(("", " ", ",")).join(random.choices(_TOKENS, k=random.choice((1, 3, 10, 40, 200))))


def deep(random: Random) -> str:
    """Opened again and again, and perhaps closed."""
    times = random.choice((40, 120, 400, 3_000, 50_000))
    opening, middle, closing = random.choice(
        (
            ("{", "", "}"),
            ("{a", "", "}"),
            ("{mailboxes(first:[", "", "])}"),
            ("{...", "{__typename}", "}"),
            ("{...on Query", "{__typename}", "}"),
            ("query($a:[", "Int", "])"),
            ("{node(id:{a:", "1", "})}"),
        )
    )
    start, repeated = (opening[:-1], opening[-1]) if opening.endswith("[") else ("", opening)
    ends = closing[0] * times + closing[1:] if start else closing * times
    return start + repeated * times + middle + random.choice(("", ends))


def through_lists(random: Random) -> str:
    """Every mailbox of every mailbox's account, and so on: each step multiplies what is to be answered."""
    times = random.choice((1, 2, 4, 8, 16, 30))
    arguments = random.choice(("", "(first: 500)", "(first: 1)", "(first: 50)"))
    return (
        f"{{ mailboxes{arguments} {{ nodes "
        + f"{{ account {{ mailboxes{arguments} {{ nodes " * times
        + "{ id }"
        + " } } }" * times
        + " } }"
    )


def doubled(random: Random) -> str:
    """Two aliases below each of two aliases, and so on."""
    body = "id"
    for _ in range(random.choice((2, 4, 6, 9))):
        size = random.choice(("", "(first: 1)", "(first: 500)"))
        body = " ".join(f"{alias}: account {{ mailboxes{size} {{ nodes {{ {body} }} }} }}" for alias in "ab")
    return f"{{ mailboxes {{ nodes {{ {body} }} }} }}"


def fanned(random: Random) -> str:
    """Fragments that spread the next one twice: 2 to the power of their number, once they are followed."""
    times = random.choice((5, 10, 20, 40))
    step = random.choice(
        (
            ("Query", "...{next} ...{next}", "{{ {first} }}"),
            ("Account", "a: mailboxes {{ nodes {{ account {{ {next} }} }} }} b: mailboxes {{ nodes {{ account {{ {next} }} }} }}", ""),
            ("Account", "a: mailboxes(first: 1) {{ nodes {{ account {{ {next} }} }} }} b: source {{ account {{ {next} }} }}", ""),
            ("Account", "a: source {{ account {{ {next} }} }} b: source {{ account {{ {next} }} }}", ""),
        )
    )
    type_, body, _ = step
    spreads = [body.format(next=f"F{index + 1}" if type_ == "Query" else f"...F{index + 1}") for index in range(times)]
    last = "__typename" if type_ == "Query" else "name"
    fragments = [f"fragment F{index} on {type_} {{ {each} }}" for index, each in enumerate([*spreads, last])]
    return "\n".join(["{ ...F0 }" if type_ == "Query" else "{ accounts { ...F0 } }", *fragments])


def circular(random: Random) -> str:
    """Fragments that lead back to themselves."""
    size = random.choice((1, 2, 3, 50))
    ring = [f"fragment F{index} on Query {{ __typename ...F{(index + 1) % size} }}" for index in range(size)]
    beside = random.choices(("", "vendors { vendor } " * 1_000, "...F0 " * 1_000), (10, 1, 1))[0]
    return "\n".join([random.choice(("{ ...F0 %s}", "{ __typename %s}")) % beside, *ring])


def many(random: Random) -> str:
    """The same again and again."""
    times = random.choice((10, 101, 500, 2_000, 10_000))
    return random.choice(
        (
            lambda: "{ " + " ".join(f"a{index}: __typename" for index in range(times)) + " }",
            lambda: "{ " + " ".join(f"a{index}: vendors {{ vendor }}" for index in range(times)) + " }",
            lambda: "{ " + " ".join(f"a{index}: mailboxes {{ nodes {{ id }} }}" for index in range(times)) + " }",
            lambda: "{ mailboxes { nodes { " + " ".join(f"a{index}: address" for index in range(times)) + " } } }",
            lambda: "{ " + "__typename " * times + "}",
            lambda: "{ " + "vendors { vendor } " * times + "}",
            lambda: "{ __typename " + "@skip(if: false) " * times + "}",
            lambda: "{ __typename " + "@aa" * times + " }",
            lambda: "{ mailboxes(" + "first: 1 " * times + ") { totalCount } }",
            lambda: "{ nodes(ids: [" + '"x" ' * times + "]) { id } }",
            lambda: "{ mailboxes(filter: {or: [" + "{not: {stale: true}} " * times + "]}) { totalCount } }",
            lambda: "query(" + " ".join(f"$v{index}: Int" for index in range(times)) + ") { __typename }",
            lambda: "query { " + " ".join(f"a{index}: mailboxes(first: $v{index}) {{ totalCount }}" for index in range(times)) + " }",
            lambda: " ".join(f"query Q{index} {{ __typename }}" for index in range(times)),
            lambda: "query Q { __typename } " * times,
            lambda: "{ __typename } " + " ".join(f"fragment F{index} on Query {{ __typename }}" for index in range(times)),
            lambda: (
                "{ "
                + " ".join(f"...F{index}" for index in range(times))
                + " } "
                + " ".join(f"fragment F{index} on Query {{ a{index}: mailboxes {{ totalCount }} }}" for index in range(times))
            ),
            lambda: "{ " + "...F " * times + "} fragment F on Query { mailboxes { nodes { id } } }",
            lambda: "{ " + "... { mailboxes { nodes { id } } } " * times + "}",
            lambda: "{ mailboxes { nodes { details { " + "... on OutreachDetails { __typename } " * times + "} } } }",
            lambda: "mutation { " + " ".join(f'a{index}: operationCancel(id: "x") {{ __typename }}' for index in range(times)) + " }",
        )
    )()


def long(random: Random) -> str:
    """One very long token."""
    size = random.choice((1_000, 60_000, 400_000))
    return random.choice(
        (
            lambda: '{ node(id: "' + "x" * size + '") { id } }',
            lambda: '{ node(id: """' + "\nx " * (size // 3) + '""") { id } }',
            lambda: '{ mailboxes(first: "' + "x" * size + '") { totalCount } }',
            lambda: "{ mailboxes(first: " + "1" * size + ") { totalCount } }",
            lambda: "{ mailboxes(orderBy: {field: " + "X" * size + "}) { totalCount } }",
            lambda: "{ " + "x" * size + " }",
            lambda: "{ a" + "x" * size + ": __typename }",
            lambda: "{ mailboxes(" + "x" * size + ": 1) { totalCount } }",
            lambda: "{ __typename @" + "x" * size + " }",
            lambda: "{ ..." + "x" * size + " }",
            lambda: "{ ... on " + "x" * size + " { id } }",
            lambda: "query " + "x" * size + " { " + " ".join(f"a{index}: node(id: $v{index}) {{ id }}" for index in range(100)) + " }",
            lambda: "query($" + "x" * size + ": Int) { __typename }",
            lambda: "query($a: " + "x" * size + ") { node(id: $a) { id } }",
            lambda: "#" + "x" * size + "\n{ __typename }",
            lambda: "," * size + "{ __typename }",
            lambda: "\n" * (size // 2) + "{ " + " ".join(f"x{index}" for index in range(150)) + " }",
            lambda: "\ufeff" * size + "{ __typename }",
            lambda: "{ __typename }" + " \t" * (size // 2),
        )
    )()


def introspecting(random: Random) -> str:
    """The schema about itself, in circles."""
    times = random.choice((1, 2, 3, 5, 12, 60))
    return random.choice(
        (
            lambda: "{ __schema { types { " + "fields { type { " * times + "name" + " } }" * times + " } } }",
            lambda: "{ __schema { types { " + "inputFields { type { " * times + "name" + " } }" * times + " } } }",
            lambda: "{ __schema { types { " + "possibleTypes { interfaces { " * times + "name" + " } }" * times + " } } }",
            lambda: '{ __type(name: "Query") { fields { type ' + "{ ofType " * times + "{ name }" + " }" * times + " } } }",
            lambda: "{ " + " ".join(f"a{index}: __schema {{ types {{ name fields {{ name }} }} }}" for index in range(times)) + " }",
            lambda: "{ " + " ".join(f'a{index}: __type(name: "Mailbox") {{ fields {{ name }} }}' for index in range(times)) + " }",
            lambda: "{ __schema { directive } }",
            lambda: '{ __type(name: "' + "x" * 1000 * times + '") { name } }',
            lambda: "query IntrospectionQuery { ...A } fragment A on Query { __schema { ...B } } fragment B on __Schema { types { name } }",
        )
    )()


def conditional(random: Random) -> str:
    """Many a variable decides what is in the answer."""
    times = random.choice((1, 5, 30, 300))
    names = ", ".join(f"$v{index}: Boolean! = {random.choice(('true', 'false'))}" for index in range(times))
    fields = " ".join(f"a{index}: address @{random.choice(('skip', 'include'))}(if: $v{index})" for index in range(times))
    return f"query ({names}) {{ mailboxes {{ nodes {{ {fields} }} }} }}"


def deferred(random: Random) -> str:
    """Many parts of an answer to come later, or none."""
    times = random.choice((1, 3, 20, 200))
    return random.choice(
        (
            lambda: "{ " + "... @defer { mailboxes { nodes { id } } } " * times + "}",
            lambda: "{ " + " ".join(f'... @defer(label: "l{index}") {{ a{index}: vendors {{ vendor }} }}' for index in range(times)) + " }",
            lambda: "{ " + "... @defer { " * min(times, 30) + "__typename" + " }" * min(times, 30) + " }",
            lambda: '{ ... @defer(label: "x") { __typename } ... @defer(label: "x") { __typename } }',
            lambda: "{ ... @defer(if: null) { __typename } }",
            lambda: "{ mailboxes { nodes @stream(initialCount: -1) { id } } }",
            lambda: "{ mailboxes { nodes @stream(initialCount: 0) { id } } }",
            lambda: "mutation { ... @defer { __typename } }",
            lambda: "subscription { ... @defer { mailboxChanged { __typename } } }",
        )
    )()


def named(random: Random) -> str:
    """What is called like things of Python, of JavaScript or of GraphQL itself."""
    names = random.sample(_NAMES, random.choice((1, 3, 10)))
    leaves = " ".join(f"{name}: {random.choice(('address', '__typename', 'dailyLimit: updatedAt', 'status'))}" for name in names)
    variables = ", ".join(f"${name}: Boolean = true" for name in names)
    used = " ".join(f"{name}: vendor @include(if: ${name})" for name in reversed(names))
    return random.choice(
        (
            f"query {names[0]} {{ mailboxes {{ nodes {{ {leaves} }} }} }}",
            f"query {names[0]}({variables}) {{ mailboxes {{ nodes {{ {used} }} }} }}",
            f"{{ {names[0]}: mailboxes {{ ...{names[-1]} }} }} fragment {names[-1]} on MailboxConnection {{ totalCount }}",
            "{ " + " ".join(names) + " }",
        )
    )


MAKERS: Mapping[str, Maker] = {
    each.__name__: each
    for each in (junk, deep, through_lists, doubled, fanned, circular, many, long, introspecting, conditional, deferred, named)
}
