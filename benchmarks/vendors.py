"""The five vendors, played by the sandboxes in a process of their own, so that what is measured is the gateway alone."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.commands.serve import listen, url
from gateway.config import AccountSettings
from gateway.domain.vendor import Vendor
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.world import World


@contextmanager
def playing(sizes: Sequence[int]) -> Iterator[str]:
    """The address of a process that plays every vendor once for each number of mailboxes, at `/<number>/<vendor>`."""
    words = [sys.executable, "-m", "benchmarks.vendors", *map(str, sizes)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            assert process.stdout is not None  # noqa: S101 - asked for above
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def accounts(address: str, *, size: int | str, count: int = len(Vendor)) -> tuple[AccountSettings, ...]:
    """So many accounts of `size` mailboxes, the vendors in turn. No quotas: how long the vendors' own take is no figure of ours."""
    vendors = list(Vendor)
    return tuple(_account(address, size, vendors[index % len(vendors)], index) for index in range(count))


def _account(address: str, size: int | str, vendor: Vendor, index: int) -> AccountSettings:
    sandbox = SANDBOXES[vendor](World(mailboxes=0))
    base_url = f"{address}/{size}/{vendor.lower()}{sandbox.base_path}"
    return AccountSettings(name=f"{vendor.lower()}-{index:03}", vendor=vendor, base_url=base_url, values=sandbox.account, quotas=())


def _app(sizes: Sequence[int]) -> Starlette:
    return Starlette(
        routes=[
            Mount(f"/{size}/{vendor.lower()}", sandbox(World(mailboxes=size))) for size in sizes for vendor, sandbox in SANDBOXES.items()
        ]
    )


def main() -> None:
    """Serve until stopped; prints the address first."""
    listener = listen("127.0.0.1", 0)
    if listener is None:
        sys.exit(1)
    app = _app([int(word) for word in sys.argv[1:]])
    print(url(listener), flush=True)
    with listener:
        asyncio.run(uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).serve(sockets=[listener]))


if __name__ == "__main__":
    main()
