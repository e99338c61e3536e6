"""The attributes that may be written, as the Mailbox reference has them, and what is wrong with a value."""

from collections.abc import Mapping

TEXT: Mapping[str, int] = {
    **dict.fromkeys(
        (
            "email",
            "emailHash",
            "emailProvider",
            "ewsEndpoint",
            "exchangeVersion",
            "imapHost",
            "sendMethod",
            "smtpHost",
            "smtpUsername",
            "syncMethod",
            "username",
        ),
        255,
    ),
    **dict.fromkeys(("optOutMessage", "optOutSignature"), 512),
    **dict.fromkeys(("emailSignature", "password", "prospectEmailExclusions", "sendgridApiKey", "smtpPassword"), 65535),
}
"""With the most characters that each may have."""
INTEGERS = frozenset(
    {
        "authId",
        "ewsSslVerifyMode",
        "imapPort",
        "maxEmailsPerDay",
        "maxMailingsPerDay",
        "maxMailingsPerWeek",
        "sendMaxRetries",
        "sendPeriod",
        "sendThreshold",
        "smtpPort",
        "syncActiveFrequency",
        "syncPassiveFrequency",
    }
)
BOOLEANS = frozenset(
    {
        "imapSsl",
        "sendDisabled",
        "sendRequiresSync",
        "smtpSsl",
        "syncDisabled",
        "syncOutreachFolder",
        "validateSend",
        "validateSync",
    }
)
READ_ONLY = frozenset(
    {
        "createdAt",
        "editable",
        "providerId",
        "providerType",
        "sendErroredAt",
        "sendSuccessAt",
        "sendgridWebhookUrl",
        "syncErroredAt",
        "syncFinishedAt",
        "syncSuccessAt",
        "updatedAt",
        "userId",
    }
)
SECRETS = frozenset({"password", "sendgridApiKey", "smtpPassword"})
VALIDATIONS = frozenset({"validateSend", "validateSync"})
_EXCHANGE = "Exchange2007 Exchange2007_SP1 Exchange2010 Exchange2010_SP1 Exchange2010_SP2 Exchange2013 Exchange2013_SP1"
_ALLOWED: Mapping[str, frozenset[object]] = {
    "ewsSslVerifyMode": frozenset({0, 1, 2, 4}),
    "exchangeVersion": frozenset(_EXCHANGE.split()),
    "sendMethod": frozenset({"ews", "sendgrid", "smtp"}),
    "syncMethod": frozenset({"ews", "gmail_api", "imap"}),
}
_HUMAN = {"email": "Email", "sendMethod": "Send method", "syncMethod": "Sync method", "exchangeVersion": "Exchange version"}


def flaw(name: str, value: object) -> str | None:
    """What is wrong with an attribute's value, None for nothing. Every attribute but the address may be null."""
    title = _HUMAN.get(name, name)
    if name in READ_ONLY:
        return f"{title} is read-only."
    if name not in TEXT and name not in INTEGERS and name not in BOOLEANS:
        return f"{title} is not an attribute of mailbox."
    if name == "email" and not value:
        return f"{title} can't be empty."
    if value is None:
        return None
    return _flaw_of_type(name, title, value) or _flaw_of_word(name, title, value)


def _flaw_of_type(name: str, title: str, value: object) -> str | None:
    if name in TEXT:
        if not isinstance(value, str):
            return f"{title} must be a string."
        return f"{title} is too long (maximum is {TEXT[name]} characters)." if len(value) > TEXT[name] else None
    if name in BOOLEANS:
        return None if isinstance(value, bool) else f"{title} must be a boolean."
    return None if isinstance(value, int) and not isinstance(value, bool) else f"{title} must be an integer."


def _flaw_of_word(name: str, title: str, value: object) -> str | None:
    return f"{title} is not in the allowed list." if name in _ALLOWED and value not in _ALLOWED[name] else None
