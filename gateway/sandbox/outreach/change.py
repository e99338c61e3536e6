"""Mailboxes made, changed and deleted."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec import UNSET

from gateway.sandbox.outreach.attribute import SECRETS, VALIDATIONS
from gateway.sandbox.outreach.document import Wanted, wanted
from gateway.sandbox.outreach.login import Direction, login_fault
from gateway.sandbox.outreach.refusal import Flaw, flawed
from gateway.sandbox.outreach.resource import HOST, Resource
from gateway.sandbox.outreach.rows import Rows
from gateway.sandbox.outreach.user import ADMIN_ID

_SLOWLY_DELETED = frozenset({"ews", "gmail_api"})
"""Mailboxes with such a `syncMethod` are not deleted at once: live answers show `deleteQueuedAt`."""
_DEFAULTS: Mapping[str, object] = {
    "authId": None,
    "createdAt": None,
    "editable": True,
    "email": None,
    "emailHash": None,
    "emailProvider": None,
    "emailSignature": None,
    "ewsEndpoint": None,
    "ewsSslVerifyMode": None,
    "exchangeVersion": None,
    "imapHost": None,
    "imapPort": None,
    "imapSsl": True,
    "maxEmailsPerDay": None,
    "maxMailingsPerDay": 500,
    "maxMailingsPerWeek": 5000,
    "optOutMessage": "Use the button below to stop these messages.",
    "optOutSignature": 'No more mail? <a href="%unsubscribe_url%">Tell us here</a>',
    "prospectEmailExclusions": None,
    "providerId": None,
    "providerType": None,
    "sendDisabled": False,
    "sendErroredAt": None,
    "sendMaxRetries": 6,
    "sendMethod": None,
    "sendPeriod": 60,
    "sendRequiresSync": True,
    "sendSuccessAt": None,
    "sendThreshold": 2,
    "sendgridWebhookUrl": "https://app9x.outreach.example/hooks/sendgrid",
    "smtpHost": None,
    "smtpPort": None,
    "smtpSsl": True,
    "smtpUsername": None,
    "syncActiveFrequency": 600,
    "syncDisabled": False,
    "syncErroredAt": None,
    "syncFinishedAt": None,
    "syncMethod": None,
    "syncOutreachFolder": False,
    "syncPassiveFrequency": 1800,
    "syncSuccessAt": None,
    "updatedAt": None,
    "userId": None,
    "username": None,
}


def created(rows: Rows, body: bytes) -> Resource:
    """A new mailbox; without an owner it belongs to the acting user. Raises `Refusal`."""
    said = wanted(body, mailbox_id=None, user_ids=rows.users)
    attributes = {**_DEFAULTS, **_shown(said)}
    _check(rows, attributes, said, secrets=_secrets(said), but=None)
    mailbox_id, now = rows.new_id(), now_text()
    user_id = ADMIN_ID if said.user_id is UNSET else said.user_id
    digest = hashlib.md5(str(attributes["email"]).encode(), usedforsecurity=False).hexdigest()
    attributes |= {"createdAt": now, "updatedAt": now, "userId": user_id, "emailHash": attributes["emailHash"] or digest}
    rows.mailboxes[mailbox_id] = Resource(
        type="mailbox",
        id=mailbox_id,
        attributes=attributes,
        relationships={
            "creator": _to_user(ADMIN_ID),
            "mailAliases": {"links": {"related": f"{HOST}/mailAliases?filter[mailbox][id]={mailbox_id}"}},
            "mailings": {"links": {"related": f"{HOST}/mailings?filter[mailbox][id]={mailbox_id}"}},
            "updater": _to_user(ADMIN_ID),
            "user": _to_user(user_id),
        },
        links={"self": f"{HOST}/mailboxes/{mailbox_id}"},
    )
    rows.secrets[mailbox_id] = _secrets(said)
    return rows.mailboxes[mailbox_id]


def updated(rows: Rows, row: Resource, body: bytes) -> Resource:
    """The mailbox with what the body says, all of it or nothing. Raises `Refusal`."""
    said = wanted(body, mailbox_id=row.number, user_ids=rows.users)
    secrets = {**rows.secrets.get(row.number, {}), **_secrets(said)}
    attributes = {**(row.attributes or {}), **_shown(said)}
    _check(rows, attributes, said, secrets=secrets, but=row)
    relationships = {**(row.relationships or {}), "updater": _to_user(ADMIN_ID)}
    if said.user_id is not UNSET:
        attributes["userId"] = said.user_id
        relationships["user"] = _to_user(said.user_id)
    row.attributes = {**attributes, "updatedAt": now_text()}
    row.relationships = relationships
    rows.secrets[row.number] = {name: secret for name, secret in secrets.items() if secret}
    return row


def deleted(rows: Rows, row: Resource) -> None:
    """Gone at once, or queued and gone later."""
    if row.value("syncMethod") in _SLOWLY_DELETED and isinstance(row.attributes, dict):
        row.attributes["deleteQueuedAt"] = now_text()
        rows.queue_deletion(row.number)
    else:
        rows.delete(row.number)


def now_text() -> str:
    """The present as the vendor writes it; two writes in one second can be told apart."""
    now = datetime.now(UTC)
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"


def _shown(said: Wanted) -> dict[str, object]:
    return {name: value for name, value in said.attributes.items() if name not in SECRETS | VALIDATIONS}


def _secrets(said: Wanted) -> dict[str, str]:
    """A null clears a secret."""
    return {name: str(said.attributes[name] or "") for name in SECRETS & set(said.attributes)}


def _check(rows: Rows, attributes: Mapping[str, object], said: Wanted, *, secrets: Mapping[str, str], but: Resource | None) -> None:
    """What can only be told of the whole mailbox. Raises `Refusal`."""
    flaws = [*_flaws_of_whole(rows, attributes, said, but=but), *_flaws_of_logins(attributes, said, secrets)]
    if flaws:
        raise flawed(flaws)


def _flaws_of_whole(rows: Rows, attributes: Mapping[str, object], said: Wanted, *, but: Resource | None) -> Iterable[Flaw]:
    if "email" in said.attributes and rows.has_address(str(attributes["email"]), but=but):
        yield Flaw("/data/attributes/email", "Email has already been taken.")
    if said.attributes.get("syncOutreachFolder") and attributes.get("exchangeVersion") != "Exchange2007_SP1":
        yield Flaw("/data/attributes/syncOutreachFolder", "syncOutreachFolder is only available for Exchange2007_SP1.")


def _flaws_of_logins(attributes: Mapping[str, object], said: Wanted, secrets: Mapping[str, str]) -> Iterable[Flaw]:
    """`validateSend` and `validateSync`: "the record will only save successfully if …"."""
    for name, direction in (("validateSend", Direction.SEND), ("validateSync", Direction.SYNC)):
        if said.attributes.get(name) and (fault := login_fault(direction, attributes, secrets)):
            yield Flaw(f"/data/attributes/{name}", f"Mailbox could not {direction} with these settings: {fault}.")


def _to_user(number: object) -> dict[str, object]:
    return {"data": None if number is None else {"type": "user", "id": number}}
