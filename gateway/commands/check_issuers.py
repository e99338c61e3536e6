"""`gateway check`: whether the keys of every issuer of tokens can be had, told to the person in the terminal."""

import asyncio
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.text import Text

from gateway.app import key_source
from gateway.commands.trouble import Trouble
from gateway.commands.words import print_trouble
from gateway.config import IssuerSettings
from gateway.web.tokens.key_set import UnusableKeysError, read_key_set


class IssuerRow(msgspec.Struct, frozen=True):
    """`trouble` is None where the keys are there."""

    issuer: str
    trouble: Trouble | None


async def check_issuers(issuers: Sequence[IssuerSettings]) -> Sequence[IssuerRow]:
    """Asks all at once."""
    return await asyncio.gather(*map(_ask, issuers))


async def _ask(issuer: IssuerSettings) -> IssuerRow:
    source = key_source(issuer)
    try:
        read_key_set(await source.read(), issuer.algorithms)
    except UnusableKeysError as error:
        where = "jwks_file" if issuer.jwks_url is None else "jwks_url"
        cure = f"Look at {where} and algorithms of this issuer, and whether the gateway can reach it. Its tokens let nobody in until then."
        return IssuerRow(issuer.name, Trouble(f"Its keys cannot be had: {error}.", cure))
    finally:
        await source.close()
    return IssuerRow(issuer.name, None)


def print_issuers(rows: Sequence[IssuerRow], console: Console) -> None:
    """One line where all is well, what is wrong and what helps where not; nothing without issuers."""
    for row in rows:
        if row.trouble is not None:
            print_trouble(row.issuer, row.trouble, console)
    if rows and all(row.trouble is None for row in rows):
        console.print(Text("The keys of all issuers of tokens can be had."))
