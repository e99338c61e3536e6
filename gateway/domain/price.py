"""What asking a vendor for something costs, in calls, so that it can be told before anything is asked."""

import msgspec


class Price(msgspec.Struct, frozen=True):
    """So many `calls` for every `batch` of mailboxes that is asked about (None: for however many).

    `page` is how many entries one call brings of a list that can be longer: then `calls` are needed for every page of it.
    """

    calls: int = 1
    batch: int | None = 1
    page: int | None = None

    def of(self, mailboxes: int, *, entries: int = 0) -> int:
        """The calls for so many mailboxes, and so many entries of each one's list."""
        batches = mailboxes if self.batch == 1 else min(mailboxes, 1) if self.batch is None else -(-mailboxes // self.batch)
        return batches * self.calls * self.pages(entries)

    def pages(self, entries: int) -> int:
        """How many pages hold so many entries; one is asked for in any case."""
        return 1 if self.page is None else max(1, -(-entries // self.page))
