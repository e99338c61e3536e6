"""An adapter over whatever wire a test brings."""

from collections.abc import Mapping

import httpx

from gateway.domain.account import Account
from gateway.domain.vault import MemoryVault
from gateway.domain.vendor import Vendor
from gateway.transport.client import VendorHttp
from gateway.vendors.sendkit import SPEC
from gateway.vendors.sendkit.adapter import SendkitAdapter
from tests.limits import one_attempt


def connect(wire: httpx.AsyncBaseTransport, settings: Mapping[str, str], *, base_url: str = SPEC.base_url) -> SendkitAdapter:
    account = Account("kit", Vendor.SENDKIT)
    limits = one_attempt(quotas=SPEC.quotas, concurrency=SPEC.concurrency, read_seconds=2)
    http = VendorHttp(account, SPEC.root_url(base_url), SPEC.authorize(settings), limits, wire=wire)
    adapter = SPEC.build(account, http, settings, MemoryVault())
    assert isinstance(adapter, SendkitAdapter)
    return adapter
