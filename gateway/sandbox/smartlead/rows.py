"""The seeded rows: a mailbox for each of the world's people, by id, and the secrets planted in them."""

from collections.abc import Iterable
from datetime import timedelta
from random import Random

from gateway.sandbox.smartlead.account import EmailAccount, iso
from gateway.sandbox.smartlead.kinds import echo_in, kind_of
from gateway.sandbox.world import Person, World

FIRST_ID = 40118
CAMPAIGNS = tuple(range(9001, 9015))


def email_accounts(world: World) -> dict[int, EmailAccount]:
    """The world's mailboxes by id, in the order in which the list shows them."""
    return {account.id: account for account in (_account(world, person) for person in world.people("smartlead"))}


def planted(accounts: Iterable[EmailAccount]) -> set[str]:
    """Every secret in these mailboxes' rows."""
    secrets = (secret for account in accounts for secret in (account.password, account.imap_password, echo_in(account)))
    return {secret for secret in secrets if secret}


def _account(world: World, person: Person) -> EmailAccount:
    """A healthy Gmail mailbox with an app password, then what makes its kind."""
    chance = world.chance("smartlead-account", person.index)
    account = _healthy(world, person, chance)
    kind_of(person.index)(account, world)
    return account


def _healthy(world: World, person: Person, chance: Random) -> EmailAccount:
    number = FIRST_ID + person.index
    created = world.ago(days=chance.randint(30, 600), seconds=chance.randint(0, 86_399))
    campaigns = sorted(chance.sample(CAMPAIGNS, chance.randint(0, 3)))
    return EmailAccount(
        id=number,
        index=person.index,
        both={
            "id": number,
            "created_at": iso(created),
            "updated_at": iso(world.ago(hours=chance.randint(1, 400))),
            "user_id": 7301,
            "from_name": person.name,
            "from_email": person.address,
            "username": person.address,
            "smtp_host": "smtp.gmail.com",
            "smtp_port": 587,
            "smtp_port_type": "TLS",
            "message_per_day": chance.choice((25, 40, 50)),
            "different_reply_to_address": None,
            "is_different_imap_account": False,
            "imap_username": person.address,
            "imap_host": "imap.gmail.com",
            "imap_port": 993,
            "imap_port_type": "SSL",
            "signature": f"<p>Kind regards,<br>{person.name}</p>",
            "custom_tracking_domain": None,
            "bcc_email": None,
            "is_smtp_success": True,
            "is_imap_success": True,
            "smtp_failure_error": None,
            "imap_failure_error": None,
            "type": "GMAIL",
            "daily_sent_count": chance.randint(0, 25),
            "client_id": None,
        },
        only_list={"minTimeToWaitInMins": 10, "campaign_count": len(campaigns), "tags": []},
        only_detail={"is_suspended": False, "use_whitelabel_credentials": False},
        campaign_ids=campaigns,
        warmup={
            "status": "ACTIVE",
            "total_sent_count": chance.randint(100, 900),
            "total_spam_count": chance.randint(0, 12),
            "warmup_reputation": f"{chance.randint(85, 100)}%",
            "warmup_key_id": 5120,
            "warmup_created_at": iso(created + timedelta(minutes=1)),
            "reply_rate": 30,
            "blocked_reason": None,
        },
        password=f"CANARY-SMTP-PW-{number}",
        imap_password=f"CANARY-IMAP-PW-{number}",
    )
