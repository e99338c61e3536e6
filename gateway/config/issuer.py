"""Reads the `[[issuers]]` tables: whose tokens (JWT) let a caller in."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from gateway.config.name import FORM as NAME_FORM
from gateway.config.name import read_name, refuse_repeated
from gateway.config.rights import read_account_names, read_scopes, read_words
from gateway.config.settings import ALGORITHMS, CallerSettings, IssuerSettings
from gateway.config.substitution import Text
from gateway.config.table import Table
from gateway.config.url import FORM as URL_FORM
from gateway.config.url import fault_of_url, is_loopback_host

KEYS = (
    "name",
    "issuer",
    "audience",
    "jwks_url",
    "jwks_file",
    "algorithms",
    "leeway",
    "scopes",
    "accounts",
    "scopes_claim",
    "accounts_claim",
)
LONGEST_LEEWAY_SECONDS = 300.0
LARGEST_KEY_SET_BYTES = 256 * 1024
_REQUIRED = {
    "name": NAME_FORM,
    "issuer": "Write what its tokens say in the claim `iss`, character by character.",
    "audience": "Write what its tokens for this gateway say in the claim `aud`: without it, tokens for anything else would be taken, too.",
}
_SOURCE_CURE = "Write jwks_url, the address of the issuer's public keys (its `jwks_uri`), or jwks_file, a file that holds them."


class _KeySet(msgspec.Struct):
    keys: list[dict[str, object]]


def read_issuers(document: Table, account_names: Sequence[Text] | None) -> tuple[tuple[IssuerSettings, ...], Sequence[Text] | None]:
    """The issuers, and their names for those who refer to them; None for the names where not all can be read."""
    tables = document.tables("issuers") or []
    names = [read_name(table) for table in tables]
    issuers = [_read_issuer(table, name, account_names) for table, name in zip(tables, names, strict=True)]
    pairs = list(zip(tables, issuers, strict=True))
    refuse_repeated(((table, each.name or None) for table, each in pairs), "name", "name")
    refuse_repeated(((table, each.issuer or None) for table, each in pairs), "issuer", "issuer")
    return tuple(issuers), None if None in names else [name for name in names if name]


def refuse_useless(document: Table, issuers: Sequence[IssuerSettings], callers: Sequence[CallerSettings]) -> None:
    """Refuse an issuer by whose tokens nobody could come in."""
    named = {caller.issuer for caller in callers}
    for table, issuer in zip(document.tables("issuers") or [], issuers, strict=True):
        if "scopes" not in table and issuer.name not in named:
            table.refuse(
                "scopes",
                "Is missing, and no [[callers]] name this issuer: nobody could come in with its tokens.",
                "Write the scopes that each of its tokens may have at most, or [[callers]] with issuer and subject.",
            )


def _read_issuer(table: Table, name: Text | None, account_names: Sequence[Text] | None) -> IssuerSettings:
    table.refuse_unknown(KEYS)
    table.require(_REQUIRED)
    issuer, audience = table.text("issuer"), table.text("audience")
    scopes_claim, accounts_claim = table.text("scopes_claim"), table.text("accounts_claim")
    url, file = _read_source(table)
    if "accounts" in table and "scopes" not in table:
        table.refuse(
            "accounts", "Is of no use without scopes.", "Write scopes, too; callers with a table of their own have accounts there."
        )
    default = IssuerSettings(name="", issuer="", audience="")
    return IssuerSettings(
        name=name.value if name else "",
        issuer=issuer.value if issuer else "",
        audience=audience.value if audience else "",
        jwks_url=url,
        jwks_file=file,
        algorithms=read_words(table, "algorithms", [Text(each) for each in ALGORITHMS], "algorithm") or default.algorithms,
        leeway_seconds=_read_leeway(table) or default.leeway_seconds,
        scopes=read_scopes(table),
        accounts=read_account_names(table, account_names),
        scopes_claim=scopes_claim.value if scopes_claim else None,
        accounts_claim=accounts_claim.value if accounts_claim else None,
    )


def _read_leeway(table: Table) -> float | None:
    seconds = table.seconds("leeway")
    if seconds is not None and seconds > LONGEST_LEEWAY_SECONDS:
        table.refuse("leeway", "Is longer than five minutes.", "Write what two clocks may differ by, e.g. 30s.")
    return seconds


def _read_source(table: Table) -> tuple[str | None, Path | None]:
    url, file = table.text("jwks_url"), table.text("jwks_file")
    if "jwks_url" in table and "jwks_file" in table:
        table.refuse("jwks_file", "Stands beside jwks_url.", "Keep one of both.")
    if "jwks_url" not in table and "jwks_file" not in table:
        table.refuse("jwks_url", "Is missing.", _SOURCE_CURE)
    if url:
        _check_url(table, url.value)
    if file:
        _check_file(table, file)
    return url.value if url else None, Path(file.value) if file and "\0" not in file.value else None


def _check_url(table: Table, url: str) -> None:
    if fault := fault_of_url(url):
        table.refuse("jwks_url", f"This address {fault}.", URL_FORM)
    elif urlsplit(url).scheme != "https" and not is_loopback_host(urlsplit(url).hostname or ""):
        table.refuse("jwks_url", "Begins with http://: whoever is on the way could put other keys in.", "Write https://, or use jwks_file.")


def _check_file(table: Table, file: Text) -> None:
    """Whether keys are in it is seen when they are first needed, and by `gateway check`."""
    where = "The file" if file.is_secret else f"The file {file.shown}"
    cure = "Write the path of a JSON Web Key Set (RFC 7517, section 5) that the gateway's user may read."
    try:
        with Path(file.value).open("rb") as opened:
            content = opened.read(LARGEST_KEY_SET_BYTES + 1)
        if len(content) > LARGEST_KEY_SET_BYTES:
            table.refuse("jwks_file", f"{where} is larger than {LARGEST_KEY_SET_BYTES // 1024} KiB.", cure)
        elif not msgspec.json.decode(content, type=_KeySet).keys:
            table.refuse("jwks_file", f"{where} holds no key.", cure)
    except OSError as error:
        table.refuse("jwks_file", f"{where} cannot be read: {error.strerror}.", cure)
    except (msgspec.DecodeError, ValueError, RecursionError):  # not JSON, not UTF-8, a NUL in the name
        table.refuse("jwks_file", f"{where} is no key set: an object with `keys`.", cure)
