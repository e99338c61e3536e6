"""What a vendor's folder declares about itself; `registry.py` lists the specs, everything else reads them from there."""

from collections.abc import Callable, Mapping

import msgspec

from gateway.domain.account import Account
from gateway.domain.adapter import MailboxAdapter
from gateway.domain.mailbox import Details
from gateway.domain.vault import Vault
from gateway.domain.vendor import Vendor
from gateway.domain.writable import VendorFields
from gateway.transport.client import Credentials, VendorHttp
from gateway.transport.quota import Quota


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One key of an `[[accounts]]` table that this vendor understands."""

    key: str
    description: str
    is_secret: bool = False


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor, as data.

    `credentials` are the alternatives of keys of which one must be given whole, e.g. `(("api_key",),)` or
    `(("access_token",), ("client_id", "client_secret", "refresh_token"))`; `options` may be given besides.
    `base_url_suffixes` are ends of a configured base URL that belong to the paths here, and are cut off.
    `authorize` turns the given keys into what every call carries. `quotas` and `concurrency` are the vendor's documented limits,
    `write_quotas` those of writes where they are counted apart; `read_seconds` is how long a read may take. `details` and `fields` are
    what `details.py` declares: the vendor's own fields as they are read, and those that can be written. `build` is handed a vault for
    what the adapter must keep over a restart.
    """

    vendor: Vendor
    documentation_url: str
    base_url: str
    credentials: tuple[tuple[Setting, ...], ...]
    options: tuple[Setting, ...] = ()
    authorize: Callable[[Mapping[str, str]], Credentials]
    base_url_suffixes: tuple[str, ...] = ()
    quotas: tuple[Quota, ...] = ()
    write_quotas: tuple[Quota, ...] | None = None
    concurrency: int = 8
    read_seconds: float = 15.0
    details: type[Details]
    fields: type[VendorFields]
    adapter: type[MailboxAdapter]
    build: Callable[[Account, VendorHttp, Mapping[str, str], Vault], MailboxAdapter]

    @property
    def title(self) -> str:
        """The vendor's name as it spells it itself."""
        return self.vendor.own_name

    def root_url(self, base_url: str) -> str:
        """A configured base URL without a slash, or a part of our paths, at its end."""
        base_url = base_url.rstrip("/")
        for suffix in self.base_url_suffixes:
            base_url = base_url.removesuffix(suffix)
        return base_url

    @property
    def settings(self) -> dict[str, Setting]:
        """Every key that this vendor understands."""
        return {setting.key: setting for setting in (*(each for group in self.credentials for each in group), *self.options)}
