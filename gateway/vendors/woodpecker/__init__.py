"""Woodpecker.co, cold email: mailboxes as pairs of SMTP and IMAP configurations."""

from collections.abc import Mapping

from gateway.domain.account import Account
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.vault import Vault
from gateway.domain.vendor import Vendor
from gateway.transport.client import Credentials, VendorHttp
from gateway.vendors.spec import Setting, Spec
from gateway.vendors.woodpecker.adapter import WoodpeckerAdapter
from gateway.vendors.woodpecker.client import WoodpeckerClient
from gateway.vendors.woodpecker.details import WoodpeckerDetails, WoodpeckerFields


def _authorize(settings: Mapping[str, str]) -> Credentials:
    """`x-company-id` goes with every call: without it a call acts on the agency's own account, silently."""
    company = (("x-company-id", settings["company_id"]),) if settings.get("company_id") else ()
    return Credentials(headers=(("x-api-key", settings["api_key"]), *company), secrets=(settings["api_key"],))


def _build(account: Account, http: VendorHttp, settings: Mapping[str, str], vault: Vault) -> MailboxAdapter:
    del vault
    return WoodpeckerAdapter(account, WoodpeckerClient(http), company_id=settings.get("company_id") or None)


SPEC = Spec(
    vendor=Vendor.WOODPECKER,
    documentation_url="https://developers.woodpecker.co/docs/mailboxes/get-mailboxes",
    base_url="https://api.woodpecker.co/rest",
    credentials=((Setting(key="api_key", description="API key, sent as x-api-key.", is_secret=True),),),
    options=(Setting(key="company_id", description="Client company of an agency (sent as x-company-id); needs the agency's HQ key."),),
    base_url_suffixes=("/v1", "/v2"),  # both versions of the API live under one base URL
    authorize=_authorize,
    # No quota: the vendor processes one request at a time per account and lets six more wait (docs/getting-started/rate-limiting).
    concurrency=1,
    read_seconds=20.0,  # a request may wait 15 s in that queue before it is even processed
    details=WoodpeckerDetails,
    fields=WoodpeckerFields,
    adapter=WoodpeckerAdapter,
    build=_build,
)
