"""Smartlead's reads, one method each; `writes.py` has the others. The key travels in the query of every call, so no URL is ever shown.

Paths end with a slash exactly where the vendor's pages show one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from datetime import date
from typing import TypeVar

import msgspec

from gateway.domain.account import Account
from gateway.domain.errors import VendorNotFoundError
from gateway.transport.call import Call, get, path, write
from gateway.transport.client import VendorHttp
from gateway.transport.decode import DecodeError, count_elements, decode_object, decode_rows
from gateway.vendors.smartlead.wire import (
    EmailAccountRow,
    HealthData,
    HealthRow,
    TagListRow,
    TagOwnerRow,
    WarmupStatsBody,
    fault,
    unwrapped,
)

PAGE_ROWS = 100
"""The largest `limit`; more is a 422 (page "Get all email accounts")."""
MAX_PAGES = 1_000

T = TypeVar("T")


class Page(msgspec.Struct, frozen=True):
    """A page of the list. `is_full` counts rows as they came, so that a row that cannot be read does not end the listing."""

    rows: list[EmailAccountRow]
    is_full: bool
    is_empty: bool


class SmartleadClient:
    """Speaks for one account. Raises the errors of `domain.errors`."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    async def get_page(self, number: int, *, login: str | None = None) -> Page:
        """The page `number` (from 0) of at most 100 mailboxes, all or those whose login contains `login`."""
        return await self._ask(_list_call(number * PAGE_ROWS, PAGE_ROWS, login), _page)

    async def get_first(self) -> Page:
        """A page of one mailbox: the cheapest call that proves that the credentials are good."""
        return await self._ask(_list_call(0, 1), _page)

    async def pages(self, *, expected_count: int) -> AsyncGenerator[Page]:
        """All pages in order; a page shorter than asked for is the last (there is no total and no next link).

        With `expected_count`, the page that held the last row last time is asked for together with the first one (the empty one behind a
        single full page, which tells that it was the last). If it still holds any row, all pages before it are needed for certain and are
        asked for at once: the calls stay those of one page after the other. Only if the account has shrunk by a page or more, or below
        one full page, is that one call wasted.
        """
        scout = (expected_count - 1) // PAGE_ROWS or expected_count // PAGE_ROWS
        ahead: dict[int, Page] = {}
        async with aclosing(self._at_once((0, scout) if 1 <= scout < MAX_PAGES else (0,))) as begun:
            first = await anext(begun)
            yield first
            if first.is_full:
                ahead.update([(scout, page) async for page in begun])
        number = 1
        if scout in ahead and not ahead[scout].is_empty:
            async with aclosing(self._at_once(range(1, scout))) as pages:
                async for page in pages:
                    yield page
            number = scout
        page = first
        while page.is_full:
            if number >= MAX_PAGES:
                raise self._http.garbled("lists pages without end")
            page = ahead.pop(number) if number in ahead else await self.get_page(number)
            yield page
            number += 1

    async def pages_by_login(self, login: str) -> AsyncGenerator[Page]:
        """The mailboxes whose login contains `login`, page after page."""
        for number in range(MAX_PAGES):
            page = await self.get_page(number, login=login)
            yield page
            if not page.is_full:
                return

    async def get_account(self, mailbox_id: str) -> EmailAccountRow:
        """One mailbox with its campaigns' ids."""
        call = get(f"{account_path(self._http.account, mailbox_id)}/", {"fetch_campaigns": "true"})
        return await self._ask(call, lambda body: decode_object(unwrapped(body), EmailAccountRow))

    async def get_warmup_stats(self, mailbox_id: str) -> WarmupStatsBody | None:
        """The last seven days of warm-up; None where there are none.

        404 is taken for "warm-up was never set up", as a client in production does; the page does not say.
        """
        try:
            return await self._ask(get(f"{account_path(self._http.account, mailbox_id)}/warmup-stats"), _warmup_stats)
        except VendorNotFoundError:
            return None

    async def list_tags(self) -> list[TagListRow]:
        """The account's tags."""
        return await self._ask(get(path("email-accounts", "tags")), lambda body: decode_rows(unwrapped(body), TagListRow))

    async def list_tags_of(self, address: str) -> list[TagOwnerRow]:
        """The tags of the mailboxes with this address. A read, although the page makes it a POST."""
        call = msgspec.structs.replace(write("POST", path("email-accounts", "tag-list"), {"email_ids": [address]}), is_read=True)
        return await self._ask(call, lambda body: decode_rows(unwrapped(body), TagOwnerRow))

    async def get_health(self, *, start: date, end: date) -> list[HealthRow]:
        """Campaign results by address between two days, both included."""
        params = {"start_date": start.isoformat(), "end_date": end.isoformat(), "full_data": "true"}
        return await self._ask(get(path("analytics", "mailbox", "name-wise-health-metrics"), params), _health)

    async def _ask(self, call: Call, read: Callable[[bytes], T]) -> T:
        answer = await self._http.expect(call, fault=fault)
        try:
            return read(answer.body)
        except DecodeError as error:
            raise self._http.garbled(f"gave an answer that cannot be used: {error}") from None

    async def _at_once(self, numbers: Iterable[int]) -> AsyncGenerator[Page]:
        """These pages in order, as many under way as the account may have."""
        under_way: deque[asyncio.Task[Page]] = deque()
        try:
            for number in numbers:
                under_way.append(asyncio.create_task(self.get_page(number)))
                if len(under_way) >= self._http.limits.concurrency:
                    yield await under_way.popleft()
            while under_way:
                yield await under_way.popleft()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)


def account_path(account: Account, mailbox_id: str) -> str:
    """Ids are numbers. Another word would name another resource (`/email-accounts/tags/`), so it is not sent."""
    if not (mailbox_id.isascii() and mailbox_id.isdecimal()):
        raise VendorNotFoundError("Smartlead's mailbox ids are numbers, this is none.", vendor=account.vendor, account=account.name)
    return path("email-accounts", mailbox_id)


def _list_call(offset: int, limit: int, login: str | None = None) -> Call:
    by_login = {} if login is None else {"username": login}
    return get("/email-accounts/", {**by_login, "offset": offset, "limit": limit})


def _page(body: bytes) -> Page:
    content = unwrapped(body)
    rows = [row for row in decode_rows(content, EmailAccountRow) if row.id != ""]
    came = len(rows) if len(rows) >= PAGE_ROWS else count_elements(content)
    if came and not rows:
        raise DecodeError("none of its rows has an id")
    return Page(rows, is_full=came >= PAGE_ROWS, is_empty=came == 0)


def _warmup_stats(body: bytes) -> WarmupStatsBody:
    stats = decode_object(unwrapped(body), WarmupStatsBody)
    if stats == WarmupStatsBody():
        raise DecodeError("nothing about warm-up is in it")
    return stats


def _health(body: bytes) -> list[HealthRow]:
    data = decode_object(unwrapped(body), HealthData)
    if data.email_health_metrics is None:
        raise DecodeError("the health metrics are missing")
    return data.email_health_metrics
