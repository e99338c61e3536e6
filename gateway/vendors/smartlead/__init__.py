"""Smartlead (https://www.smartlead.ai), its email-accounts API."""

from collections.abc import Mapping

from gateway.domain.account import Account
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.vault import Vault
from gateway.domain.vendor import Vendor
from gateway.transport.client import Credentials, VendorHttp
from gateway.transport.quota import Quota
from gateway.vendors.smartlead.adapter import SmartleadAdapter
from gateway.vendors.smartlead.details import SmartleadDetails, SmartleadFields
from gateway.vendors.spec import Setting, Spec


def _authorize(settings: Mapping[str, str]) -> Credentials:
    """The key goes into the query of every call (page "Authentication"); no header is documented."""
    key = settings["api_key"]
    return Credentials(params=(("api_key", key),), secrets=(key,))


def _build(account: Account, http: VendorHttp, settings: Mapping[str, str], vault: Vault) -> MailboxAdapter:
    del settings, vault
    return SmartleadAdapter(account, http)


SPEC = Spec(
    vendor=Vendor.SMARTLEAD,
    documentation_url="https://api.smartlead.ai/api-reference/email-accounts/get-all",
    base_url="https://server.smartlead.ai/api/v1",
    credentials=((Setting(key="api_key", description="An API key of the account or of one of its clients.", is_secret=True),),),
    authorize=_authorize,
    # Four pages, four answers: 10 per 2 s and 60 per 60 s are the tightest ones, and keep an account of any plan out of trouble.
    quotas=(Quota(10, 2), Quota(60, 60)),
    concurrency=4,
    details=SmartleadDetails,
    fields=SmartleadFields,
    adapter=SmartleadAdapter,
    build=_build,
)
