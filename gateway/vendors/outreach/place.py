"""Where in the caller's input each of Outreach's attributes belongs."""

from collections.abc import Mapping

from gateway.domain.camel import camel
from gateway.domain.writable import Occasion, writable_fields_of
from gateway.vendors.outreach.details import OutreachFields
from gateway.vendors.outreach.written import Path

OWNER: Path = ("ownerId",)


def attribute_name(field: str) -> str:
    """Outreach's spelling, which is GraphQL's, too: `ews_endpoint` is `ewsEndpoint`."""
    return camel(field)


def vendor_path(field: str) -> Path:
    """The place of one of `OutreachFields`."""
    return ("vendor", "outreach", attribute_name(field))


def usual_places(occasion: Occasion) -> dict[str, Path]:
    """By Outreach's names; needed for an attribute that Outreach refuses although nobody wrote it, e.g. one that is missing."""
    return {**_OF_VENDOR[occasion], **_ALWAYS, **_ONLY[occasion]}


_OF_VENDOR: Mapping[Occasion, Mapping[str, Path]] = {
    occasion: {
        attribute_name(each.name): vendor_path(each.name) for each in writable_fields_of(OutreachFields) if each.only in (None, occasion)
    }
    for occasion in Occasion
}
_ALWAYS: Mapping[str, Path] = {
    "emailSignature": ("signature",),
    "imapHost": ("imap", "host"),
    "imapPort": ("imap", "port"),
    "imapSsl": ("imap", "security"),
    "maxMailingsPerDay": ("dailyLimit",),
    "password": ("imap", "password"),
    "smtpHost": ("smtp", "host"),
    "smtpPassword": ("smtp", "password"),
    "smtpPort": ("smtp", "port"),
    "smtpSsl": ("smtp", "security"),
    "smtpUsername": ("smtp", "username"),
    "user": OWNER,
    "userId": OWNER,
    "username": ("imap", "username"),
}
_ONLY: Mapping[Occasion, Mapping[str, Path]] = {
    Occasion.CREATE: {"email": ("address",)},
    Occasion.UPDATE: {
        "maxMailingsPerWeek": ("weeklyLimit",),
        "sendDisabled": ("sendingEnabled",),
        "sendPeriod": ("burst", "windowSeconds"),
        "sendThreshold": ("burst", "messages"),
        "syncDisabled": ("receivingEnabled",),
    },
}
