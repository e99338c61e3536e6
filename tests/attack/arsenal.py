"""Everything that is tried, in an order by chance: the same seed makes the same attacks."""

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random

from graphql import GraphQLSchema

from tests.attack import bodies, hostile_documents, mangled, requests
from tests.attack.attack import Attack, get, json_of, post
from tests.attack.operations import Operations, Pool
from tests.execution.documents import Document

STRANGERS = 0.05
"""So many come without a key."""
_BY_URL = 0.15
MOST_IN_URL = 15_000
"""Characters, each of which may become three. `requests.framing` has longer heads, to which a server may have no answer."""


class Arsenal:
    """Attacks on a gateway with that schema, by somebody who holds that key, on the things in `pool`."""

    def __init__(self, schema: GraphQLSchema, pool: Pool, key: str, seed: int) -> None:
        self._schema = schema
        self._pool = pool
        self._key = key
        self._random = Random(seed)  # noqa: S311 - chance, no secret
        self._operations = Operations(schema, pool, self._random)

    def attacks(self, count: int) -> Iterator[Attack]:
        """So many of them."""
        return islice(self._endless(), count)

    def _endless(self) -> Iterator[Attack]:
        kinds: dict[Callable[[str], Attack], int] = {
            self._valid: 5,
            self._mangled: 20,
            self._hostile: 12,
            self._operation: 25,
            self._mangled_body: 8,
            self._bulky: 1,
            lambda key: self._random.choice(bodies.MAKERS)(self._random, key): 14,
            lambda key: self._random.choice(requests.MAKERS)(self._random, key, self._pool): 16,
        }
        makers, weights = list(kinds), list(kinds.values())
        while True:
            key = "" if self._random.random() < STRANGERS else self._key
            yield self._random.choices(makers, weights)[0](key)

    def _valid(self, key: str) -> Attack:
        document, variables = self._document()
        return Attack("valid", self._sent(document, key, variables))

    def _mangled(self, key: str) -> Attack:
        document, variables = self._document()
        if self._random.random() < 0.5:
            made = self._operations.make()
            document, variables = made.query, made.variables
        return Attack("mangled", self._sent(mangled.text(self._random, document), key, variables))

    def _hostile(self, key: str) -> Attack:
        name, make = self._random.choice(list(hostile_documents.MAKERS.items()))
        return Attack(name, self._sent(make(self._random), key, {}))

    def _operation(self, key: str) -> Attack:
        made = self._operations.make()
        return Attack("operation", post(json_of({"query": made.query, "variables": made.variables}), key=key))

    def _mangled_body(self, key: str) -> Attack:
        made = self._operations.make()
        body = json_of({"query": made.query, "variables": made.variables})
        return Attack("mangled body", post(mangled.octets(self._random, body), key=key))

    def _bulky(self, key: str) -> Attack:
        """Variables that are large, and used often."""
        size, times = self._random.choice((10, 99, 9_000)), self._random.choice((1, 20))
        each: object = self._random.choice(({}, {"stale": True}, {"address": {"contains": "x"}}, {"not": {"or": [{}]}}, 1, None, "x"))
        value: object = self._random.choice(({"or": [each] * size}, {"or": [{"or": [each] * 9_000}] * (size // 300 + 1)}, [each] * size))
        used = self._random.choice(("{at}: fleet(filter: $f) {{ total }}", "{at}: mailboxes(filter: $f) {{ totalCount }}"))
        fields = " ".join(used.format(at=f"a{at}") for at in range(times))
        if self._random.random() < 0.3:
            fields = "mailboxes { nodes { account { mailboxes(first: 1, filter: $f) { totalCount } } } }"
        return Attack("bulky", post(json_of({"query": f"query ($f: MailboxFilter) {{ {fields} }}", "variables": {"f": value}}), key=key))

    def _document(self) -> tuple[str, dict[str, object]]:
        identifier = self._random.choice(self._pool.ids)
        roots = {
            "mailboxes": f"mailboxes(first: {self._random.choice((1, 5, 50))})",
            "accounts": "accounts",
            "account": f'account(name: "{self._random.choice(self._pool.accounts)}")',
            "mailbox": f'mailbox(id: "{identifier}")',
            "node": f'node(id: "{identifier}")',
            "nodes": f'nodes(ids: ["{identifier}", "{self._random.choice(self._pool.ids)}"])',
            "fleet": "fleet",
            "operations": "operations",
            "vendors": "vendors",
        }
        document = Document(self._schema, self._random, roots)
        return document.text(), dict(document.flags)

    def _sent(self, document: str, key: str, variables: dict[str, object]) -> bytes:
        told = json_of(variables)
        if self._random.random() < _BY_URL and len(document) + len(told) < MOST_IN_URL:
            return get(document, key=key, members={"variables": told.decode("latin-1")})
        headers = {"cache-control": "no-cache"} if self._random.random() < 0.02 else {}
        body = json_of({"query": document, **({"variables": variables} if variables else {})})
        return post(body, key=key, headers=headers)
