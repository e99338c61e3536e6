"""What lies around every call to a vendor, as one ordered list of layers, outermost first.

    deadline   a caller waits no longer than its budget lasts
    share      one wire call for identical reads that are under way at the same time
    trace      one log line per call: account, method, path, status, milliseconds; never a query string, header or body
    retry      reads only, within a share of the traffic, after a random pause
    pace       the vendor's quotas, how many calls run at once, and whose turn it is
    breaker    a vendor that fails again and again is left alone for a while
    send       the wire: one attempt with a time limit, and the judgement of its answer

Every attempt goes through pace and breaker, so a repetition is paced and judged as any other call: that is why retry lies outside of them.
Failures travel outwards as the errors of `domain.errors`; a layer that knows nothing of a failure lets it pass.
`VendorHttp` in `client.py` puts the list together, one per account and host.
"""

from collections.abc import Awaitable, Callable, Sequence

from gateway.transport.call import Answer, Call

Send = Callable[[Call], Awaitable[Answer]]
Layer = Callable[[Call, Send], Awaitable[Answer]]


def fold(layers: Sequence[Layer], send: Send) -> Send:
    """One function that passes a call through all layers, the first one outermost."""
    for layer in reversed(layers):
        send = _around(layer, send)
    return send


def _around(layer: Layer, inner: Send) -> Send:
    return lambda call: layer(call, inner)
