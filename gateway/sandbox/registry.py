"""Every vendor's sandbox: one line each."""

from collections.abc import Callable, Mapping

from gateway.domain.vendor import Vendor
from gateway.sandbox.outreach import outreach_sandbox
from gateway.sandbox.sendkit import sendkit_sandbox
from gateway.sandbox.server import Sandbox
from gateway.sandbox.shipmail import shipmail_sandbox
from gateway.sandbox.smartlead import smartlead_sandbox
from gateway.sandbox.woodpecker import woodpecker_sandbox
from gateway.sandbox.world import World

SANDBOXES: Mapping[Vendor, Callable[[World], Sandbox]] = {
    Vendor.OUTREACH: outreach_sandbox,
    Vendor.SENDKIT: sendkit_sandbox,
    Vendor.SHIPMAIL: shipmail_sandbox,
    Vendor.SMARTLEAD: smartlead_sandbox,
    Vendor.WOODPECKER: woodpecker_sandbox,
}
