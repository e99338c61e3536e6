"""ShipMail: what the vendor's pages say about access and limits."""

from collections.abc import Mapping

from gateway.domain.account import Account
from gateway.domain.vault import Vault
from gateway.domain.vendor import Vendor
from gateway.transport.client import Credentials, VendorHttp
from gateway.transport.quota import Quota
from gateway.vendors.shipmail.adapter import ShipmailAdapter
from gateway.vendors.shipmail.details import ShipmailDetails, ShipmailFields
from gateway.vendors.spec import Setting, Spec


def authorize(settings: Mapping[str, str]) -> Credentials:
    """`Authorization: Bearer <key>` on every call."""
    key = settings["api_key"]
    return Credentials(headers=(("authorization", f"Bearer {key}"),), secrets=(key,))


def build(account: Account, http: VendorHttp, settings: Mapping[str, str], vault: Vault) -> ShipmailAdapter:
    """The account's adapter; it has no options."""
    del settings, vault
    return ShipmailAdapter(account, http)


SPEC = Spec(
    vendor=Vendor.SHIPMAIL,
    documentation_url="https://shipmail.to/docs/api",
    base_url="https://shipmail.to/api/v1",
    credentials=((Setting(key="api_key", description="An API key (sm_live_… or sm_test_…).", is_secret=True),),),
    authorize=authorize,
    quotas=(Quota(requests=1000, per_seconds=60),),  # the tiers "read" and "write"
    write_quotas=(Quota(requests=200, per_seconds=60),),
    concurrency=8,
    details=ShipmailDetails,
    fields=ShipmailFields,
    adapter=ShipmailAdapter,
    build=build,
)
