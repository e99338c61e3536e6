"""`gateway demo`: the gateway and a sandbox of every vendor in one process, over real HTTP on one port."""

import asyncio
import logging
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.routing import Mount

from gateway.app import build_gateway
from gateway.commands.serve import listen, serve, url
from gateway.config import AccountSettings, ServerSettings, Settings
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.world import World
from gateway.state.sqlite import SqliteState

MOUNT = "/sandbox"
TEST = "/actions/test"
TEST_SECONDS = 0.7
"""How long a vendor takes that tests a mailbox when it is asked to: long enough to watch."""
QUERY = "{ mailboxes(first: 5) { totalCount nodes { address vendor status } sources { account { name } status } } }"


def run(*, host: str, port: int, mailboxes: int) -> int:
    """Serve until stopped, `mailboxes` at each vendor. Returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    listener = listen(host, port)
    if listener is None:
        return 1
    address = url(listener)
    sandboxes = {vendor.lower(): build(World(mailboxes=mailboxes)) for vendor, build in SANDBOXES.items()}
    for sandbox in sandboxes.values():
        sandbox.outages.append(Outage(path=TEST, delay_seconds=TEST_SECONDS))
    settings = Settings(server=ServerSettings(host=host), accounts=demo_accounts(sandboxes, address))
    routes = [Mount(f"{MOUNT}/{name}", sandbox) for name, sandbox in sandboxes.items()]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # by default the process would end without removing the directory
    with TemporaryDirectory(prefix="gateway-demo-") as directory:
        state = asyncio.run(SqliteState.open(Path(directory), state_key=None))
        print(
            f"Five vendors with {mailboxes} mailboxes each, played by sandboxes at {address}{MOUNT}/<vendor>/.\n\n"
            f"Open     {address}/graphql   (GraphiQL, with example queries in its tabs)\n"
            f"or paste curl -s {address}/graphql -H 'content-type: application/json' -d '{{\"query\": \"{QUERY}\"}}'\n\n"
            "Stop with Ctrl-C.",
            flush=True,
        )
        serve(build_gateway(settings, state=state, more_routes=routes), listener)
    return 0


def demo_accounts(sandboxes: dict[str, Sandbox], address: str) -> tuple[AccountSettings, ...]:
    """One account for every sandbox, named after its vendor. Their quotas are off: a sandbox on this machine needs no sparing."""
    return tuple(
        AccountSettings(
            name=name,
            vendor=vendor,
            base_url=f"{address}{MOUNT}/{name}{sandbox.base_path}",
            values=sandbox.account,
            quotas=(),
        )
        for vendor, (name, sandbox) in zip(SANDBOXES, sandboxes.items(), strict=True)
    )
