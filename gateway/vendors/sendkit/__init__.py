"""SendKit (sendkit.ai): cold-mail mailboxes with warm-up. Not sendkit.dev, which is another company."""

from collections.abc import Mapping

from gateway.domain.account import Account
from gateway.domain.vault import Vault
from gateway.domain.vendor import Vendor
from gateway.transport.client import Credentials, VendorHttp
from gateway.vendors.sendkit.adapter import SendkitAdapter
from gateway.vendors.sendkit.details import SendkitDetails, SendkitFields
from gateway.vendors.spec import Setting, Spec

PLATFORM_KEY_PREFIX = "sk_user_"


def _authorize(settings: Mapping[str, str]) -> Credentials:
    """A platform key acts for a user and must name the workspace; a workspace key is bound to one and must not (getting started)."""
    key, workspace_id = settings["api_key"], settings.get("workspace_id")
    headers = [("x-api-key", key)]
    if workspace_id and key.startswith(PLATFORM_KEY_PREFIX):
        headers.append(("x-workspace-id", workspace_id))
    return Credentials(headers=tuple(headers), secrets=(key,))


def _build(account: Account, http: VendorHttp, settings: Mapping[str, str], vault: Vault) -> SendkitAdapter:
    del settings, vault  # all of them are in the headers of every call
    return SendkitAdapter(account, http)


SPEC = Spec(
    vendor=Vendor.SENDKIT,
    documentation_url="https://docs.sendkit.ai/api-reference",
    base_url="https://api.sendkit.ai",
    credentials=((Setting(key="api_key", description="A workspace key (sk_…) or a platform key (sk_user_…).", is_secret=True),),),
    options=(Setting(key="workspace_id", description="The workspace to act in; platform keys only."),),
    base_url_suffixes=("/v1",),  # the version is part of the paths; people also configure a base URL that ends in it
    authorize=_authorize,
    quotas=(),  # SendKit publishes no number; a 429 with Retry-After is honoured
    concurrency=4,
    details=SendkitDetails,
    fields=SendkitFields,
    adapter=SendkitAdapter,
    build=_build,
)
