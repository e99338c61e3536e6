"""Which fields ask vendors, and for what: the one list from which the worst case of an operation is told before it runs.

A field that loads must be here. Fields of the vendors' details are added from the structs that declare them (`schema.details`), and
`tests/schema/cost/test_declared.py` fails for a field marked "(detail)" that is missing. What a question costs, and for how many mailboxes
at once, is the adapter's to say: `prices` of the port.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from gateway.domain.details import MAILBOX_PART
from gateway.domain.price import Price
from gateway.inventory.page import DEFAULT_SIZE, MAX_SIZE
from gateway.schema import details
from gateway.schema.places import Place

Arguments: TypeAlias = Mapping[str, Any]
"""A field's arguments by their GraphQL names, coerced."""


class Need(NamedTuple):
    """One question, asked once for each mailbox (or account) however often it is selected.

    `what` is a part of the details or a method of the port, `arguments` what makes it another question. A list of up to `entries` may take
    several pages, and one more where it goes on inside of a page. `is_listed`: only mailboxes of the account's list are asked.
    """

    what: str
    arguments: str = ""
    entries: int = 0
    goes_on: bool = False
    is_of_account: bool = False
    is_listed: bool = True

    def calls(self, price: Price, mailboxes: int) -> int:
        """How many it takes to ask it about so many mailboxes."""
        calls = price.of(mailboxes, entries=self.entries)
        return calls + price.of(mailboxes) if self.goes_on and price.page else calls


def number(arguments: Arguments, name: str) -> int | None:
    """A page size as it is asked for; 0 for one out of range, which is refused when it runs."""
    value: int | None = arguments.get(name)
    return value if value is None or 0 <= value <= MAX_SIZE else 0


def text(arguments: Arguments) -> str:
    """Arguments in a form that is equal for equal ones."""
    return repr(sorted((name, value) for name, value in arguments.items() if value is not None))


def _always(need: Need) -> Callable[[Arguments], Need]:
    return lambda _: need


def _list_messages(arguments: Arguments) -> Need:
    first = number(arguments, "first")
    entries = DEFAULT_SIZE if first is None else first
    return Need("list_messages", text({**arguments, "first": entries}), entries=entries, goes_on=arguments.get("after") is not None)


_FIELDS: Mapping[Place, Callable[[Arguments], Need]] = {
    ("Account", "domains"): _always(Need("list_domains", is_of_account=True)),
    ("Account", "tags"): _always(Need("list_tags", is_of_account=True)),
    ("Mailbox", "campaigns"): _always(Need("list_campaigns")),
    ("Mailbox", "domain"): _always(Need("list_domains", is_of_account=True)),
    ("Mailbox", "folders"): _always(Need("list_folders")),
    ("Mailbox", "identities"): _always(Need("list_identities")),
    ("Mailbox", "messages"): _list_messages,
    ("Mailbox", "rules"): _always(Need("list_rules")),
    ("MailboxOwner", "email"): _always(Need("get_owners")),
    ("MailboxOwner", "name"): _always(Need("get_owners")),
    ("MailboxTestPayload", "mailbox"): _always(Need(MAILBOX_PART)),
    ("Message", "folders"): _always(Need("list_folders")),
    ("MessagePayload", "message"): _always(Need("get_thread")),
    ("WarmupStatus", "history"): lambda arguments: Need("list_warmup_days", text(arguments)),
}


@cache
def needs() -> Mapping[Place, Callable[[Arguments], Need]]:
    """By field, those of the vendors' details included: not to be called before the schema was built, which declares them."""
    return {**_FIELDS, **{place: _always(Need(part)) for place, part in details.parts().items()}}
