"""What is odd about a mailbox, variety by variety, and the secrets planted in what it shows."""

from base64 import b64encode
from random import Random

from gateway.sandbox.sendkit.mailbox import Row, object_id, servers
from gateway.sandbox.sendkit.warmup import warmup_row
from gateway.sandbox.world import Person, World

PASSWORD = "CANARY-sendkit-smtp-password"  # noqa: S105 - planted, so that a leak can be seen
ACCESS_TOKEN = "CANARY-sendkit-access-token"  # noqa: S105 - planted
REFRESH_TOKEN = "CANARY-sendkit-refresh-token"  # noqa: S105 - planted
VARIETIES = 24
ABSENT = object()
"""In place of a value: the row lacks this member."""
_NO_SERVERS: Row = dict.fromkeys(("smtpHost", "smtpPort", "smtpSecure", "imapHost", "imapPort", "imapSecure"))
_SCRIPT = '<div><b>Best,</b><br><img src="x" onerror="alert(1)"><script>alert("kit")</script></div>'


def oddities(person: Person, chance: Random, world: World) -> Row:  # noqa: C901, PLR0911, PLR0912 - a table: one case per variety
    """What is odd about the mailboxes of one variety; `ABSENT` takes a member away."""
    login = b64encode(f"\0{person.address}\0{PASSWORD}".encode()).decode()
    match person.index % VARIETIES:
        case 1:  # just added: no check has run yet
            new = {"provider": "custom", "connectionType": "smtp", "status": "inactive", "sendingEnabled": False, "signature": None}
            idle = {"warmup": warmup_row("idle", chance, world), "setupStatus": ABSENT, "tags": [], "sentToday": 0, "totalSent": 0}
            return new | idle | {"bounceRate": 0} | servers(person.domain)
        case 2:
            said = f"Token refresh was refused by the provider (refresh_token={REFRESH_TOKEN})"
            broken = {"provider": "azure", "status": "error", "lastError": said, "dailySendLimit": 100, "signature": "", "setupStatus": {}}
            return broken | {"connectionType": "oauth", "warmup": warmup_row("paused", chance, world) | {"metrics": {}}}
        case 3:
            return {"status": "throttled", "tags": None, "displayName": ABSENT, "warmup": ABSENT, "surprise": 1}
        case 4:
            return {"warmup": None, "setupStatus": None, "displayName": "", "status": None}
        case 5:  # numbers as text; and credentials that the page says are stripped, as if that had once been forgotten
            numbers = {"dailySendLimit": "40", "sentToday": "7", "bounceRate": "0.013", "totalSent": "2140", "sendingEnabled": "true"}
            leak = {"username": person.address, "password": PASSWORD, "auth": login}
            return numbers | {"smtpPort": "465", "smtpHost": f"mail.{person.domain}", "smtpSecure": False, "smtpCredentials": leak}
        case 6:  # an object where a text is expected
            said = f"Invalid login for {person.address}: 535 5.7.8 password {PASSWORD} not accepted"
            refused = {"lastError": {"code": "EAUTH", "message": said}, "provider": "custom", "connectionType": "smtp"}
            return refused | servers(person.domain)
        case 7:
            return {"status": "suspended", "sendingEnabled": False}
        case 8:
            said = f"535 5.7.8 authentication failed, client sent: AUTH PLAIN {login}"
            return {"status": "failed", "lastError": said, "provider": "custom", "connectionType": "smtp"} | servers(person.domain)
        case 9:
            return {"status": "pending", "sendingEnabled": False, "setupStatus": ABSENT, "warmup": warmup_row("not_started", chance, world)}
        case 10:
            return {"status": "warming_up", "signature": _SCRIPT}
        case 11:
            leak = {"accessToken": ACCESS_TOKEN, "refreshToken": REFRESH_TOKEN}
            return {"provider": "gmail", "connectionType": "oauth", "oauthCredentials": leak} | _NO_SERVERS
        case 12:  # the other name of the id
            return {"_id": ABSENT, "id": object_id(person.index)}
        case 13:
            return {"warmup": warmup_row("blocked", chance, world)}
        case 14:
            return {"warmup": warmup_row("stopped", chance, world)}
        case 15:
            return {"warmup": warmup_row("cooldown", chance, world), "connectionType": "app_password"}
        case 16:
            return {"warmup": warmup_row("completed", chance, world), "sendingEnabled": False}
        case 17:
            return {"provider": "zoho", "displayName": f"{person.name} 🚀 | “Sales”"}
        case 18:  # more sent than allowed
            return {"dailySendLimit": 20, "sentToday": 23, "bounceRate": 0.081}
        case 19:
            return {"warmup": {}, "lastError": "", "updatedAt": None}
        case 20:
            return {"warmup": {"enabled": True, "status": "in_progress", "config": {}, "metrics": {}}}
        case 21:
            return {"createdAt": "yesterday", "provider": ""}
        case 22:
            return {"tags": ["emea", None, 7, "çedilla"], "warmup": warmup_row("paused", chance, world)}
        case 23:  # figures that no 32 bits hold, and one that is no figure
            return {"totalSent": 2**31, "totalReceived": 2**40, "bounceRate": "n/a"}
        case _:
            return {"provider": "gmail", "connectionType": "oauth", "warmup": warmup_row("in_progress", chance, world)}
