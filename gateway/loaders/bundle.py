"""The loaders of one request, typed and named."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import NamedTuple

from gateway.domain.account import Campaign, Domain, Identity, Owner
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.folder import Folder
from gateway.domain.identifier import Identifier
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.message import MessagePage, MessageQuery, Thread
from gateway.domain.rule import Rule
from gateway.domain.warmup import WarmupDay
from gateway.inventory.filter import MailboxFilter
from gateway.inventory.inventory import Inventory
from gateway.inventory.narrowed import may_pass
from gateway.inventory.view import View
from gateway.loaders.details import DetailsByMailbox, DetailsKey
from gateway.loaders.each import EachLoader
from gateway.loaders.grounds import Grounds
from gateway.loaders.mailbox import MailboxById
from gateway.loaders.owner import OwnerById, OwnerKey
from gateway.loaders.per_account import PerAccount
from gateway.loaders.view import ViewByAccount


class MailboxKey(NamedTuple):
    """A mailbox, by account name and vendor id."""

    account: str
    mailbox_id: str


class WarmupKey(NamedTuple):
    """So many days of a mailbox's warm-up."""

    account: str
    mailbox_id: str
    days: int


class MessagesKey(NamedTuple):
    """A page of a mailbox's messages; `after` is the adapter's own word for a place."""

    account: str
    mailbox_id: str
    query: MessageQuery
    first: int
    after: str | None


class ThreadKey(NamedTuple):
    """A conversation in a mailbox."""

    account: str
    mailbox_id: str
    thread_id: str


class Loaders:
    """One instance per request: what is loaded once is shared by the whole answer and forgotten with it."""

    def __init__(self, inventory: Inventory, *, no_cache: bool = False) -> None:
        self._inventory = inventory
        self._no_cache = no_cache
        self.grounds = Grounds()
        """What an answer that is made of this rests on."""

    # Each is made when the first one asks for it: most requests need one or two.
    @cached_property
    def view_by_account(self) -> ViewByAccount:
        return ViewByAccount(self._inventory, self.grounds, no_cache=self._no_cache)

    @cached_property
    def mailbox_by_id(self) -> PerAccount[Identifier, Mailbox | None]:
        return PerAccount(partial(MailboxById, self._inventory, self.view_by_account, self.grounds))

    @cached_property
    def details_by_mailbox(self) -> PerAccount[DetailsKey, Details]:
        return PerAccount(partial(DetailsByMailbox, self._inventory, self.grounds, no_cache=self._no_cache))

    @cached_property
    def owner_by_id(self) -> PerAccount[OwnerKey, Owner]:
        return PerAccount(partial(OwnerById, self._inventory, self.grounds, no_cache=self._no_cache))

    @cached_property
    def folders_by_mailbox(self) -> EachLoader[MailboxKey, Sequence[Folder]]:
        return EachLoader(partial(_folders, self._inventory), self.grounds)

    @cached_property
    def rules_by_mailbox(self) -> EachLoader[MailboxKey, Sequence[Rule]]:
        return EachLoader(partial(_rules, self._inventory), self.grounds)

    @cached_property
    def identities_by_mailbox(self) -> EachLoader[MailboxKey, Sequence[Identity]]:
        return EachLoader(partial(_identities, self._inventory), self.grounds)

    @cached_property
    def campaigns_by_mailbox(self) -> EachLoader[MailboxKey, Sequence[Campaign]]:
        return EachLoader(partial(_campaigns, self._inventory), self.grounds)

    @cached_property
    def warmup_days_by_mailbox(self) -> EachLoader[WarmupKey, Sequence[WarmupDay] | None]:
        return EachLoader(partial(_warmup_days, self._inventory), self.grounds)

    @cached_property
    def message_page_by_query(self) -> EachLoader[MessagesKey, MessagePage]:
        return EachLoader(partial(_message_page, self._inventory), self.grounds)

    @cached_property
    def thread_by_id(self) -> EachLoader[ThreadKey, Thread]:
        return EachLoader(partial(_thread, self._inventory), self.grounds)

    @cached_property
    def domains_by_account(self) -> EachLoader[str, Sequence[Domain]]:
        return EachLoader(partial(_domains, self._inventory, no_cache=self._no_cache), self.grounds)

    @cached_property
    def tags_by_account(self) -> EachLoader[str, Sequence[str]]:
        return EachLoader(partial(_tags, self._inventory), self.grounds)

    async def views(self, accounts: Sequence[str], wanted: MailboxFilter | None) -> Sequence[View]:
        """These accounts as they are known now. One none of whose mailboxes can pass the filter is neither asked nor waited for."""
        asked = [name for name in accounts if may_pass(wanted, self._inventory.accounts[name].account)]
        views = dict(zip(asked, await self.view_by_account.load_many(asked), strict=True))
        peeked = {name: self._inventory.accounts[name].peek() for name in accounts if name not in views}
        self.grounds.peeked.update(peeked)
        return [views[name] if name in views else peeked[name] for name in accounts]


# Functions, not methods: a loader that led back to the bundle would keep all that was loaded until the garbage collector comes.
def _adapter(inventory: Inventory, account: str) -> MailboxAdapter:
    return inventory.accounts[account].adapter


async def _folders(inventory: Inventory, key: MailboxKey) -> Sequence[Folder]:
    return await _adapter(inventory, key.account).list_folders(key.mailbox_id)


async def _rules(inventory: Inventory, key: MailboxKey) -> Sequence[Rule]:
    return await _adapter(inventory, key.account).list_rules(key.mailbox_id)


async def _identities(inventory: Inventory, key: MailboxKey) -> Sequence[Identity]:
    return await _adapter(inventory, key.account).list_identities(key.mailbox_id)


async def _campaigns(inventory: Inventory, key: MailboxKey) -> Sequence[Campaign]:
    return await _adapter(inventory, key.account).list_campaigns(key.mailbox_id)


async def _warmup_days(inventory: Inventory, key: WarmupKey) -> Sequence[WarmupDay] | None:
    return await _adapter(inventory, key.account).list_warmup_days(key.mailbox_id, days=key.days)


async def _message_page(inventory: Inventory, key: MessagesKey) -> MessagePage:
    return await _adapter(inventory, key.account).list_messages(key.mailbox_id, key.query, first=key.first, after=key.after)


async def _thread(inventory: Inventory, key: ThreadKey) -> Thread:
    return await _adapter(inventory, key.account).get_thread(key.mailbox_id, key.thread_id)


async def _domains(inventory: Inventory, account: str, *, no_cache: bool) -> Sequence[Domain]:
    return await inventory.accounts[account].domains(no_cache=no_cache)


async def _tags(inventory: Inventory, account: str) -> Sequence[str]:
    return await _adapter(inventory, account).list_tags()
