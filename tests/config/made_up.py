"""Vendors that do not exist, and files for them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from gateway.config import ConfigurationError, Settings, load_settings
from gateway.domain.account import Account, Reachability
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.mailbox import Details, Mailbox
from gateway.domain.vault import Vault
from gateway.domain.vendor import Vendor
from gateway.domain.writable import VendorFields
from gateway.transport.client import Credentials, VendorHttp
from gateway.transport.quota import Quota
from gateway.vendors.spec import Setting, Spec

CANARY = "CANARY-7d1f"


class SilentAdapter(MailboxAdapter):
    async def list_mailboxes(self, *, expected_count: int = 0) -> AsyncIterator[Sequence[Mailbox]]:
        del expected_count
        yield ()

    async def probe(self) -> Reachability:
        raise NotImplementedError


def _build(account: Account, http: VendorHttp, values: Mapping[str, str], vault: Vault) -> MailboxAdapter:
    del http, values, vault
    return SilentAdapter(account)


def _spec(vendor: Vendor, credentials: tuple[tuple[Setting, ...], ...], options: tuple[Setting, ...] = ()) -> Spec:
    return Spec(
        vendor=vendor,
        documentation_url="https://example.org",
        base_url=f"https://{vendor.lower()}.example/api",
        credentials=credentials,
        options=options,
        authorize=lambda _: Credentials(),
        quotas=(Quota(10, 2.0),),
        details=Details,
        fields=VendorFields,
        adapter=SilentAdapter,
        build=_build,
    )


def _secret(key: str) -> Setting:
    return Setting(key=key, description=f"the {key} from its settings page", is_secret=True)


def _option(key: str) -> Setting:
    return Setting(key=key, description=f"the {key}")


SPECS: Mapping[Vendor, Spec] = {
    Vendor.SMARTLEAD: _spec(Vendor.SMARTLEAD, ((_secret("api_key"),),), (_option("company_id"),)),
    Vendor.OUTREACH: _spec(
        Vendor.OUTREACH,
        ((_secret("access_token"),), (_option("client_id"), _secret("client_secret"), _secret("refresh_token"))),
        (_option("token_url"), _option("redirect_uri")),
    ),
    Vendor.SENDKIT: _spec(Vendor.SENDKIT, ((_secret("api_key"),),), (_option("workspace_id"),)),
    Vendor.SHIPMAIL: _spec(Vendor.SHIPMAIL, ()),
}

ACCOUNT = '[[accounts]]\nname = "kit"\nvendor = "sendkit"\napi_key = "k-1"\n'
HASH = "sha256:" + "0123456789abcdef" * 4


def load(folder: Path, toml: str, environment: Mapping[str, str] | None = None) -> Settings:
    path = folder / "gateway.toml"
    path.write_text(toml, encoding="utf-8")
    return load_settings(path, SPECS, environment or {})


def refusal(folder: Path, toml: str, environment: Mapping[str, str] | None = None) -> ConfigurationError:
    """The error that the file makes; fails when it makes none."""
    try:
        load(folder, toml, environment)
    except ConfigurationError as error:
        return error
    message = "This file should have been refused."
    raise AssertionError(message)


def only_problem(folder: Path, toml: str, environment: Mapping[str, str] | None = None) -> tuple[str, str, str]:
    """Path, message and cure of a file with exactly one problem."""
    (problem,) = refusal(folder, toml, environment).problems
    return problem.path, problem.message, problem.cure
