"""The reading half of the port; see `domain.adapter`."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

from gateway.domain.account import Campaign, Domain, Identity, Owner, Reachability
from gateway.domain.capability import Capability
from gateway.domain.errors import GatewayError
from gateway.domain.folder import Folder
from gateway.domain.half import Half, provides
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.message import AttachmentStream, MessagePage, MessageQuery, Thread
from gateway.domain.price import Price
from gateway.domain.rule import Rule
from gateway.domain.warmup import WarmupDay


class Reads(Half):
    """What can be read of one account at one vendor."""

    row_capabilities: ClassVar[frozenset[Capability]] = frozenset()
    """What the list rows carry without a method of its own: WARMUP_READ, TAGS, AUTO_REPLY, …"""

    prices: ClassVar[Mapping[str, Price]] = {}
    """What reads of mailboxes cost where that is not one call for one mailbox: by the part of the details (see `domain.details`), or else
    by the name of the method. At most so much: a list that turns out longer, and what is asked again after a failure, comes on top."""

    tells_age: ClassVar[bool] = True
    """Whether the vendor says when a mailbox was created."""

    lists_by_offset: ClassVar[bool] = False
    """Whether the vendor's list is paged by row numbers: a mailbox that goes while it is read makes another one slip past the reader."""

    @classmethod
    def lists_tags(cls) -> bool:
        """Whether the vendor gives out its list of tags; a vendor may show tags on mailboxes alone."""
        return cls.list_tags is not Reads.list_tags

    # ------------------------------------------------------------------ required
    @abstractmethod
    def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        """Every mailbox of the account, a vendor's page at a time, at the vendor's largest page size.

        `expected_count` is how many there were last time (0: not known): where the vendor pages by offset, so many pages may be
        asked for at once. Never more calls are made than one page after the other would need.

        A page is yielded as soon as it has arrived; an error after some pages is raised in place of the next one. A mailbox that
        moved while the list was read comes again, as it is told then: the last one counts.
        """

    @abstractmethod
    async def probe(self) -> Reachability:
        """One cheap call that proves that the vendor is there and takes the credentials."""

    # ------------------------------------------------------------------ one mailbox
    @provides(Capability.MAILBOX_GET)
    async def get_mailbox(self, mailbox_id: str) -> Mailbox:
        """One mailbox, as complete as the vendor tells it (all `on_demand` details of part "mailbox" filled).

        Raises `VendorNotFoundError` when the vendor does not know it.
        """
        raise self._unsupported(Capability.MAILBOX_GET)

    async def get_mailboxes(self, mailbox_ids: Sequence[str]) -> Mapping[str, Mailbox | GatewayError]:
        """Several mailboxes as `get_mailbox` tells them, by id, an error where one failed. By default one call each, side by side."""
        answers = await asyncio.gather(*(self._get_or_error(mailbox_id) for mailbox_id in mailbox_ids))
        return dict(zip(mailbox_ids, answers, strict=True))

    async def _get_or_error(self, mailbox_id: str) -> Mailbox | GatewayError:
        try:
            return await self.get_mailbox(mailbox_id)
        except GatewayError as error:
            return error

    async def find_mailboxes(self, address: str) -> Sequence[Mailbox]:
        """The mailboxes with this address, compared without case, as the vendor says now. By default out of the whole list."""
        wanted = address.casefold()
        rows = {mailbox.vendor_id: mailbox async for page in self.list_mailboxes() for mailbox in page}
        return [mailbox for mailbox in rows.values() if mailbox.address and mailbox.address.casefold() == wanted]

    def is_being_deleted(self, mailbox: Mailbox) -> bool:
        """Whether the vendor has taken on to delete a mailbox that it still shows. By default none does."""
        del mailbox
        return False

    def merge(self, row: Mailbox, known: Mailbox) -> Mailbox:
        """`row`, fresh from a list, completed with what only an earlier `get_mailbox` could say. By default nothing is taken over."""
        del known
        return row

    async def get_details(self, mailbox_ids: Sequence[str], part: str) -> Mapping[str, Details | GatewayError]:
        """The details of several mailboxes with the fields of one `part` filled, by mailbox id; an error where one failed.

        Asked only for the parts that the vendor's details declare, and never for part "mailbox": that is `get_mailboxes`.
        """
        message = f"{type(self).__name__} declares details of part {part!r} but does not load them."
        raise NotImplementedError(message)

    # ------------------------------------------------------------------ what belongs to the account
    @provides(Capability.DOMAINS)
    async def list_domains(self) -> Sequence[Domain]:
        """The account's sending domains."""
        raise self._unsupported(Capability.DOMAINS)

    @provides(Capability.TAGS)
    async def list_tags(self) -> Sequence[str]:
        """The names of the account's tags."""
        raise self._unsupported(Capability.TAGS)

    async def get_owners(self, owner_ids: Sequence[str]) -> Mapping[str, Owner]:
        """Names and addresses of mailbox owners, by their vendor id; absent where the vendor tells none. By default nothing is known."""
        del owner_ids
        return {}

    # ------------------------------------------------------------------ what belongs to a mailbox
    @provides(Capability.CAMPAIGNS)
    async def list_campaigns(self, mailbox_id: str) -> Sequence[Campaign]:
        """The campaigns that send from this mailbox."""
        raise self._unsupported(Capability.CAMPAIGNS)

    @provides(Capability.WARMUP_HISTORY)
    async def list_warmup_days(self, mailbox_id: str, *, days: int) -> Sequence[WarmupDay] | None:
        """The last `days` (1 to 90) days of warm-up as far as the vendor keeps them, oldest first; None when it says nothing of any."""
        raise self._unsupported(Capability.WARMUP_HISTORY)

    @provides(Capability.FOLDERS)
    async def list_folders(self, mailbox_id: str) -> Sequence[Folder]:
        """All folders, in the vendor's display order."""
        raise self._unsupported(Capability.FOLDERS)

    @provides(Capability.RULES)
    async def list_rules(self, mailbox_id: str) -> Sequence[Rule]:
        """All inbox rules, in the order in which they run."""
        raise self._unsupported(Capability.RULES)

    @provides(Capability.IDENTITIES)
    async def list_identities(self, mailbox_id: str) -> Sequence[Identity]:
        """The senders that this mailbox may use."""
        raise self._unsupported(Capability.IDENTITIES)

    @provides(Capability.MESSAGES)
    async def list_messages(self, mailbox_id: str, query: MessageQuery, *, first: int, after: str | None) -> MessagePage:
        """Up to `first` messages behind the cursor `after`, in the vendor's order.

        Raises `InvalidInputError` for what the vendor cannot combine and for a cursor that this adapter did not make.
        """
        raise self._unsupported(Capability.MESSAGES)

    @provides(Capability.MESSAGES)
    async def get_thread(self, mailbox_id: str, thread_id: str) -> Thread:
        """A conversation with bodies and attachments, oldest message first. Raises `VendorNotFoundError`."""
        raise self._unsupported(Capability.MESSAGES)

    @provides(Capability.MESSAGES)
    async def open_attachment(self, mailbox_id: str, blob_id: str, *, name: str | None) -> AttachmentStream:
        """The bytes of an attachment, streamed. Raises `VendorNotFoundError`."""
        raise self._unsupported(Capability.MESSAGES)
