"""The mailboxes: one for each of the world's people."""

from gateway.sandbox.outreach.oddity import ODDITIES
from gateway.sandbox.outreach.resource import HOST, Resource, timestamp
from gateway.sandbox.outreach.user import ADMIN_ID, FIRST_USER_ID
from gateway.sandbox.world import Person, World

FIRST_MAILBOX_ID = 41


def mailbox(person: Person, world: World) -> Resource:
    """A mailbox; the first two dozen show one oddity each, later ones are mostly ordinary."""
    mailbox_id, user_id = FIRST_MAILBOX_ID + person.index, FIRST_USER_ID + person.index // 2
    chance = world.chance("outreach", person.index)
    attributes = _attributes(person, world, user_id=user_id, minutes=chance.randint(1, 600))
    row = Resource(
        type="mailbox",
        id=mailbox_id,
        attributes=attributes,
        relationships={
            "creator": _to_one("user", ADMIN_ID),
            "mailAliases": {"links": {"related": f"{HOST}/mailAliases?filter[mailbox][id]={mailbox_id}"}},
            "mailings": {"links": {"related": f"{HOST}/mailings?filter[mailbox][id]={mailbox_id}"}},
            "updater": _to_one("user", user_id),
            "user": _to_one("user", user_id),
        },
        links={"self": f"{HOST}/mailboxes/{mailbox_id}"},
    )
    oddity = person.index if person.index < len(ODDITIES) else int(chance.random() * 3 * len(ODDITIES))
    if oddity < len(ODDITIES):
        ODDITIES[oddity](row, attributes, world)
    return row


def _attributes(person: Person, world: World, *, user_id: int, minutes: int) -> dict[str, object]:
    """An ordinary SMTP and IMAP mailbox with all documented readable attributes."""
    success_at = timestamp(world.ago(minutes=minutes))
    return {
        "authId": None,
        "createdAt": timestamp(world.ago(days=400 - person.index % 300)),
        "editable": True,
        "email": person.address,
        "emailHash": f"{person.index * 7919:032x}",
        "emailProvider": "intermedia",
        "emailSignature": f"<p>{person.name}<br>{person.domain}</p>",
        "ewsEndpoint": None,
        "ewsSslVerifyMode": None,
        "exchangeVersion": None,
        "imapHost": f"imap.{person.domain}",
        "imapPort": 993,
        "imapSsl": True,
        "maxEmailsPerDay": 900,
        "maxMailingsPerDay": 400,
        "maxMailingsPerWeek": 2000,
        "optOutMessage": "Use the button below to stop these messages.",
        "optOutSignature": 'No more mail? <a href="%unsubscribe_url%">Tell us here</a>',
        "prospectEmailExclusions": f"*@{person.domain}\nboard@partner-demo.example",
        "providerId": 12,
        "providerType": "IntermediaAccount",
        "sendDisabled": False,
        "sendErroredAt": None,
        "sendMaxRetries": 6,
        "sendMethod": "smtp",
        "sendPeriod": 60,
        "sendRequiresSync": True,
        "sendSuccessAt": success_at,
        "sendThreshold": 2,
        "sendgridWebhookUrl": "https://app9x.outreach.example/hooks/sendgrid",
        "smtpHost": f"smtp.{person.domain}",
        "smtpPort": 587,
        "smtpSsl": True,
        "smtpUsername": None,
        "syncActiveFrequency": 600,
        "syncDisabled": False,
        "syncErroredAt": None,
        "syncFinishedAt": success_at,
        "syncMethod": "imap",
        "syncOutreachFolder": False,
        "syncPassiveFrequency": 1800,
        "syncSuccessAt": success_at,
        "updatedAt": success_at,
        "userId": user_id,
        "username": person.address,
    }


def _to_one(kind: str, number: int) -> dict[str, object]:
    return {"data": {"type": kind, "id": number}}
