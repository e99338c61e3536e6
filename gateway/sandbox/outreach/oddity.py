"""The oddities of single mailboxes: what the pages and the wild show, one at a time."""

from collections.abc import Callable

import msgspec

from gateway.sandbox.outreach.resource import HOST, Resource, timestamp
from gateway.sandbox.outreach.user import ADMIN_ID
from gateway.sandbox.world import World

LEAKED_SMTP_PASSWORD = "CANARY-outreach-smtp-password"  # noqa: S105 - planted
LEAKED_API_KEY = "CANARY-outreach-sendgrid-key"

Oddity = Callable[[Resource, dict[str, object], World], None]


def _set(**changes: object) -> Oddity:
    """An oddity that is nothing but other attributes."""
    return lambda row, attributes, world: attributes.update(changes)  # noqa: ARG005 - the other oddities use them


_NO_SERVERS: dict[str, object] = {"imapHost": None, "imapPort": None, "smtpHost": None, "smtpPort": None}
_EWS: dict[str, object] = {**_NO_SERVERS, "sendMethod": "ews", "syncMethod": "ews", "ewsSslVerifyMode": 1}


def _exchange(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row, world
    attributes.update(_EWS, emailProvider="exchange_server", providerType="ExchangeAccount", exchangeVersion="Exchange2013_SP1")
    attributes["ewsEndpoint"] = "https://mail.meridian.example/EWS/Exchange.asmx"


def _gmail(row: Resource, attributes: dict[str, object], world: World) -> None:
    """OAuth: no hosts, no login, and attributes that no page names."""
    del row, world
    attributes.update(_NO_SERVERS, emailProvider="gmail_api", providerType="GoogleAccount", sendMethod="gmail_api", syncMethod="gmail_api")
    attributes.update(
        authId=9001, username=None, emailSignature=None, maxEmailsPerDay=None, maxMailingsPerDay=None, maxMailingsPerWeek=5000
    )
    attributes.update(deleteQueuedAt=None, sendPermanentErrorAt=None, syncPermanentErrorAt=None)
    attributes.update(ewsCustomSearchFolder=False, ewsDelegateSync=False, ewsImpersonation=False)


def _suspended(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    attributes.update(sendDisabled=True, syncDisabled=True, sendSuccessAt=None, sendErroredAt=timestamp(world.ago(days=3)))


def _send_failing(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    attributes.update(sendErroredAt=timestamp(world.ago(hours=1)), sendSuccessAt=timestamp(world.ago(hours=30)))


def _send_failed_for_good(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    at = timestamp(world.ago(days=2))
    attributes.update(sendErroredAt=at, sendPermanentErrorAt=at, sendSuccessAt=None, emailProvider="google_oauth2")


def _sync_failing(row: Resource, attributes: dict[str, object], world: World) -> None:
    """Sending stands; an older send error does not count against it."""
    del row
    attributes.update(syncErroredAt=timestamp(world.ago(minutes=20)), syncSuccessAt=timestamp(world.ago(days=1)))
    attributes.update(sendErroredAt=timestamp(world.ago(days=9)))


def _loosely_related(row: Resource, attributes: dict[str, object], world: World) -> None:
    """Relationships with neither `data` nor `links`, with null, with links only."""
    del world
    attributes.update(_NO_SERVERS, sendDisabled=None, sendMethod="graph_api", syncMethod="graph_api", emailProvider="zoho")
    attributes["brandNewFlag"] = True
    row.relationships = {"user": {}, "creator": {"data": None}, "updater": {"links": {"related": f"{HOST}/users/{ADMIN_ID}"}}}


def _bare(row: Resource, attributes: dict[str, object], world: World) -> None:
    """An id of text, no relationships, hardly an attribute."""
    del world
    for name in set(attributes) - {"email", "userId"}:
        del attributes[name]
    row.id = str(row.id)
    row.relationships = msgspec.UNSET
    row.links = msgspec.UNSET


def _dying(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    attributes["deleteQueuedAt"] = timestamp(world.ago(minutes=5))


def _leaking(row: Resource, attributes: dict[str, object], world: World) -> None:
    """The pages promise that these never come back; if they ever did, nobody may see them."""
    del world
    attributes.update(
        password=f"CANARY-outreach-mailbox-password-{row.id}", smtpPassword=LEAKED_SMTP_PASSWORD, sendgridApiKey=LEAKED_API_KEY
    )
    attributes["futureSettings"] = {"ramp": [1, 2, 3], "note": None}


def _unfinished(row: Resource, attributes: dict[str, object], world: World) -> None:
    """Neither sent nor synced yet, and resource members that are null."""
    del world
    attributes.update(sendSuccessAt=None, syncSuccessAt=None, syncFinishedAt=None, updatedAt=None)
    row.meta = None


def _oddly_dated(row: Resource, attributes: dict[str, object], world: World) -> None:
    del row
    attributes.update(syncErroredAt="not a date", updatedAt=f"{world.ago(hours=3):%Y-%m-%dT%H:%M:%S}+02:00", syncFinishedAt="")


_SIGNATURE = "<p>Grüße, <b>Søren</b> 🚀<script>alert('signature')</script><br>“Café”</p>"
ODDITIES: tuple[Oddity, ...] = (
    _exchange,
    _gmail,
    _set(emailProvider=None, providerId=None, providerType=None, smtpUsername="relay-user"),
    _suspended,
    _send_failing,
    _send_failed_for_good,
    _set(sendDisabled=True),
    _loosely_related,
    _bare,
    _dying,
    _set(imapPort="993", smtpPort="587", maxMailingsPerDay="250", smtpSsl="true", emailProvider="office365_oauth2"),
    _set(imapHost="", smtpHost="", smtpUsername="", emailSignature="", prospectEmailExclusions="", optOutMessage=""),
    _set(emailSignature=_SIGNATURE, username="søren@büro.example"),
    _sync_failing,
    _unfinished,
    _set(**{**_NO_SERVERS, "sendMethod": "sendgrid", "emailProvider": "sendgrid"}),
    _set(imapSsl=False, smtpSsl=False, smtpPort=25, imapPort=143, emailProvider="rackspace"),
    _set(maxMailingsPerDay=9_999_999_999, authId=2**63, maxMailingsPerWeek=-1, sendThreshold=None),
    _oddly_dated,
    _leaking,
    _set(emailProvider="proton_bridge", sendMethod="carrier_pigeon", smtpSsl=None),
    _set(sendDisabled="maybe", imapPort=[993], sendThreshold="two", emailSignature={"html": "<p>?</p>"}, maxMailingsPerDay=0),
    _set(**{**_EWS, "emailProvider": "exchange_online"}),
    _set(prospectEmailExclusions="*@larkfield.example\r\n\n  jonas@quill.example  \n", sendRequiresSync=None, editable=False),
)
