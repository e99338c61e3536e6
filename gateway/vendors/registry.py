"""Every vendor that the gateway speaks to: one line each."""

from collections.abc import Mapping

from gateway.domain.vendor import Vendor
from gateway.vendors import outreach, sendkit, shipmail, smartlead, woodpecker
from gateway.vendors.spec import Spec

SPECS: Mapping[Vendor, Spec] = {
    spec.vendor: spec
    for spec in (
        outreach.SPEC,
        sendkit.SPEC,
        shipmail.SPEC,
        smartlead.SPEC,
        woodpecker.SPEC,
    )
}
