"""SMTP and IMAP servers as attributes. Outreach has one switch, `smtpSsl` and `imapSsl`, where we have five kinds of security."""

from collections.abc import Iterator, Mapping

from msgspec import UnsetType

from gateway.domain.draft import ServerDraft
from gateway.domain.errors import UnsupportedFieldsError
from gateway.domain.mailbox import TransportSecurity
from gateway.domain.outcome import WriteWarning
from gateway.domain.vendor import Vendor
from gateway.vendors.outreach.written import Written, written

_USES_SSL: Mapping[TransportSecurity, bool] = {
    TransportSecurity.TLS: True,
    TransportSecurity.SSL: True,
    TransportSecurity.STARTTLS: True,
    TransportSecurity.ENCRYPTED: True,
    TransportSecurity.NONE: False,
}


def server_to_wire(name: str, server: ServerDraft) -> Iterator[Written]:
    """Host, port and encryption; `name` is "smtp" or "imap". Raises `UnsupportedFieldsError` for security without a meaning."""
    yield from written(f"{name}Host", server.host, name, "host")
    yield from written(f"{name}Port", server.port, name, "port")
    yield from written(f"{name}Ssl", _uses_ssl(name, server.security), name, "security")


def security_warnings(**servers: ServerDraft) -> tuple[WriteWarning, ...]:
    """How the switch is understood on a port of STARTTLS (587) the page does not say (UNSURE)."""
    message = "Outreach keeps only that the connection is encrypted, and chooses itself between STARTTLS and SSL."
    return tuple(
        WriteWarning(message, (name, "security"), TransportSecurity.ENCRYPTED)
        for name, server in servers.items()
        if server.security is TransportSecurity.STARTTLS
    )


def _uses_ssl(name: str, security: TransportSecurity | UnsetType | None) -> bool | UnsetType | None:
    if not isinstance(security, TransportSecurity):
        return security
    if security not in _USES_SSL:
        hint = "Outreach knows only whether SSL is used: say TLS, SSL, STARTTLS, ENCRYPTED or NONE."
        raise UnsupportedFieldsError({(name, "security"): hint}, vendor=Vendor.OUTREACH)
    return _USES_SSL[security]
