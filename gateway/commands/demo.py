"""`gateway demo`: the gateway and a sandbox of every vendor in one process, over real HTTP on one port."""

import asyncio
import logging
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.routing import Mount

from gateway.app import build_gateway
from gateway.commands.log import start_log
from gateway.commands.serve import listen, serve, url
from gateway.config import AccountSettings, ServerSettings, Settings
from gateway.sandbox.faults import PATH, FaultSwitch
from gateway.sandbox.registry import SANDBOXES
from gateway.sandbox.server import Outage, Sandbox
from gateway.sandbox.world import World
from gateway.state.sqlite import SqliteState

MOUNT = "/sandbox"
TEST = "/actions/test"
TEST_SECONDS = 0.7
"""How long a vendor takes that tests a mailbox when it is asked to: long enough to watch."""
FRESH_SECONDS = 5.0
"""How long lists count as fresh: a person who breaks a vendor watches what comes of it."""
FRESH_SECONDS_EACH = 0.01
"""For each mailbox at a vendor: reading many takes the one process that is vendors and gateway a while."""
DRAIN_SECONDS = 2.0
"""How long Ctrl-C may take while a vendor hangs, here where the vendors are in the same process."""
QUERY = "{ mailboxes(first: 5) { totalCount nodes { address vendor status } sources { account { name } status } } }"


def run(*, host: str, port: int, mailboxes: int, federation: bool = False) -> int:
    """Serve until stopped, `mailboxes` at each vendor; with `federation` as a subgraph. Returns the exit code."""
    start_log("text", level=logging.WARNING)
    listener = listen(host, port)
    if listener is None:
        return 1
    address = url(listener)
    sandboxes = {vendor.lower(): build(World(mailboxes=mailboxes)) for vendor, build in SANDBOXES.items()}
    for sandbox in sandboxes.values():
        sandbox.outages.append(Outage(path=TEST, delay_seconds=TEST_SECONDS))
    settings = Settings(
        server=ServerSettings(host=host, graphiql=True, introspection=True, drain_within_seconds=DRAIN_SECONDS, federation=federation),
        accounts=demo_accounts(sandboxes, address, fresh_for_seconds=max(FRESH_SECONDS, mailboxes * FRESH_SECONDS_EACH)),
    )
    routes = [Mount(f"{MOUNT}/{name}", FaultSwitch(sandbox)) for name, sandbox in sandboxes.items()]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # by default the process would end without removing the directory
    with TemporaryDirectory(prefix="gateway-demo-") as directory:
        state = asyncio.run(SqliteState.open(Path(directory), state_key=None))
        print(
            f"Five vendors with {mailboxes} mailboxes each, played by sandboxes at {address}{MOUNT}/<vendor>/.\n\n"
            f"Open     {address}/graphql   (GraphiQL, with example queries in its tabs)\n"
            f"or paste curl -s {address}/graphql -H 'content-type: application/json' -d '{{\"query\": \"{QUERY}\"}}'\n\n"
            f"Break a vendor: curl {address}{MOUNT}/{next(iter(sandboxes))}{PATH} -d '{{\"status\": 503}}'; mend it with -X DELETE.\n"
            "Stop with Ctrl-C.",
            flush=True,
        )
        serve(build_gateway(settings, state=state, more_routes=routes), listener)
    return 0


def demo_accounts(sandboxes: dict[str, Sandbox], address: str, *, fresh_for_seconds: float | None = None) -> tuple[AccountSettings, ...]:
    """One account for every sandbox, named after its vendor. Their quotas are off: a sandbox on this machine needs no sparing."""
    return tuple(
        AccountSettings(
            name=name,
            vendor=vendor,
            base_url=f"{address}{MOUNT}/{name}{sandbox.base_path}",
            values=sandbox.account,
            quotas=(),
            fresh_for_seconds=fresh_for_seconds,
        )
        for vendor, (name, sandbox) in zip(SANDBOXES, sandboxes.items(), strict=True)
    )
