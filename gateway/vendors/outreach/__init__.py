"""Outreach: https://developers.outreach.io/api/reference (Mailbox)."""

from collections.abc import Mapping

from gateway.domain.account import Account
from gateway.domain.vault import Vault
from gateway.domain.vendor import Vendor
from gateway.transport.client import Credentials, VendorHttp
from gateway.transport.quota import Quota
from gateway.vendors.outreach.adapter import OutreachAdapter
from gateway.vendors.outreach.client import OutreachClient
from gateway.vendors.outreach.details import OutreachDetails, OutreachFields
from gateway.vendors.outreach.oauth import TokenRefresher, application, bearer
from gateway.vendors.spec import Setting, Spec

OUTREACH_BASE_URL = "https://api.outreach.io/api/v2"


def authorize(settings: Mapping[str, str]) -> Credentials:
    """A given access token as it is; with a refresh token the first call fetches one, and until then there are only secrets to hide."""
    if "refresh_token" in settings:
        return Credentials(secrets=(settings["client_secret"], settings["refresh_token"]))
    return bearer(settings["access_token"])


def build(account: Account, http: VendorHttp, settings: Mapping[str, str], vault: Vault) -> OutreachAdapter:
    """The adapter; its tokens renew themselves where the settings hold a refresh token."""
    tokens = None
    if "refresh_token" in settings:
        tokens = TokenRefresher(http, application(settings, base_url=http.base_url), settings["refresh_token"], vault)
    return OutreachAdapter(account, OutreachClient(http, tokens))


SPEC = Spec(
    vendor=Vendor.OUTREACH,
    documentation_url="https://developers.outreach.io/api/reference",
    base_url=OUTREACH_BASE_URL,
    credentials=(
        (Setting(key="access_token", description="An OAuth access token; it lasts two hours and is not renewed.", is_secret=True),),
        (
            Setting(key="client_id", description="The OAuth application's id."),
            Setting(key="client_secret", description="The OAuth application's secret.", is_secret=True),
            Setting(key="refresh_token", description="A refresh token of the Outreach user who is acted for.", is_secret=True),
        ),
    ),
    options=(
        Setting(key="token_url", description="Where tokens are granted; by default /oauth/token beside the API."),
        Setting(key="redirect_uri", description="The redirect URI that the refresh token was made with."),
    ),
    authorize=authorize,
    quotas=(Quota(requests=10_000, per_seconds=3600),),  # per Outreach user: accounts of the same user share it
    concurrency=8,
    details=OutreachDetails,
    fields=OutreachFields,
    adapter=OutreachAdapter,
    build=build,
)
