"""Tags on mailboxes: Smartlead assigns and takes away by id, callers say names."""

from collections.abc import Iterable, Sequence

from gateway.transport.client import VendorHttp
from gateway.vendors.reading import whole
from gateway.vendors.smartlead.client import SmartleadClient
from gateway.vendors.smartlead.wire import TagListRow, TagRow
from gateway.vendors.smartlead.writes import SmartleadWrites


class Tagging:
    """Of one account."""

    def __init__(self, http: VendorHttp, client: SmartleadClient, writes: SmartleadWrites) -> None:
        self._http = http
        self._client = client
        self._writes = writes

    async def read(self, mailbox_id: str, address: str | None) -> list[TagRow] | None:
        """The tags of a mailbox as they are now; None where the vendor does not tell. Several mailboxes may have one address."""
        owners = [] if address is None else await self._client.list_tags_of(address)
        found = next((owner.tags for owner in owners if str(whole(owner.email_account_id)) == mailbox_id), None)
        return None if found is None else [TagRow(tag_id=tag.id, tag_name=tag.name, tag_color=tag.color) for tag in found]

    async def assign(self, mailbox_id: str, names: Iterable[str]) -> None:
        """Put tags with these names on a mailbox; those that the account does not have yet are made."""
        wanted = tuple(dict.fromkeys(names))
        known = _ids_by_name(await self._client.list_tags())
        for name in wanted:
            if name not in known:
                known[name] = await self._create(name)
        await self._writes.assign_tags(mailbox_id, [known[name] for name in wanted])

    async def unassign(self, mailbox_id: str, tags: Sequence[TagRow]) -> None:
        """Take tags off a mailbox."""
        ids = [whole(tag.tag_id) for tag in tags]
        if None in ids:  # assigned by name a moment ago
            known = _ids_by_name(await self._client.list_tags())
            ids = [known.get(tag.tag_name or "") if each is None else each for tag, each in zip(tags, ids, strict=True)]
        if None in ids:
            raise self._http.garbled("shows a tag on the mailbox that it does not list")
        await self._writes.unassign_tags(mailbox_id, [each for each in ids if each is not None])

    async def _create(self, name: str) -> int:
        made = whole((await self._writes.create_tag(name)).id)
        if made is None:  # it answered without the tag
            made = _ids_by_name(await self._client.list_tags()).get(name)
        if made is None:
            raise self._http.unclear("said that the tag was created, but does not list it")
        return made


def _ids_by_name(tags: Iterable[TagListRow]) -> dict[str, int]:
    """The first of several tags with one name."""
    ids: dict[str, int] = {}
    for tag in tags:
        number = whole(tag.id)
        if tag.name and number is not None:
            ids.setdefault(tag.name, number)
    return ids
