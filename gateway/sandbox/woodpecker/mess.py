"""The mess of real life: what goes wrong with one pair of records, and the password planted in it."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.sandbox.woodpecker.pair import FIRST_ID, Pair, iso

PASSWORD = "CANARY-WP-PASSWORD-7731"  # noqa: S105 - made up, planted to be looked for


def _paused(pair: Pair, now: datetime) -> None:
    pair.sender["freeze_account"] = [{"date_from": iso(now + timedelta(days=7)), "date_to": iso(now + timedelta(days=17))}]
    pair.sender["warmup_data"] = {"status": "RUNNING"}


def _google_without_port(pair: Pair, _now: datetime) -> None:
    pair.sender.update(provider="GOOGLE", server="smtp.gmail.com", port=None, warmup_data={"status": "PAUSED"})
    pair.receiver.update(provider="GOOGLE", server="imap.gmail.com", port=None)


def _signature(pair: Pair, _now: datetime) -> None:
    pair.sender["signature"] = "<p>Grüße aus Zürich 👋</p><script>alert(document.cookie)</script><img src=x onerror=alert(1)>"
    pair.sender["warmup_data"] = {"status": "DISABLED"}


def _blocked(pair: Pair, _now: datetime) -> None:
    pair.sender["warmup_data"] = {"status": "BLOCKED"}


def _sending_fails(pair: Pair, _now: datetime) -> None:
    pair.sender["error"] = f"535 5.7.8 Authentication failed for user {pair.sender['login']} (password: {PASSWORD})"


def _sending_fails_in_base64(pair: Pair, _now: datetime) -> None:
    login = b64encode(f"\0{pair.sender['login']}\0{PASSWORD}".encode()).decode()
    pair.sender["error"] = f"<b>Could not connect</b>: AUTH PLAIN {login} was refused, see https://postbox.example/help?password={PASSWORD}"


def _receiving_fails(pair: Pair, _now: datetime) -> None:
    pair.receiver["error"] = f"IMAP: LOGIN failed, password={PASSWORD} not accepted"


def _conditional(pair: Pair, _now: datetime) -> None:
    pair.sender["error"] = "Connected conditionally."


def _conditional_receiving(pair: Pair, _now: datetime) -> None:
    pair.receiver["error"] = "Connected conditionally."


def _legacy(pair: Pair, now: datetime) -> None:
    """The older help sample: other names in the pauses, no warm-up, an IMAP half with `private` and without `error`."""
    sender, receiver = pair.sender, pair.receiver
    sender.update(error="", login=str(sender["login"]).partition("@")[0])
    sender["freeze_account"] = [{"from": iso(now - timedelta(days=9), colon=False), "to": iso(now - timedelta(days=2), colon=False)}]
    del sender["warmup_data"], receiver["error"]
    receiver["private"] = False


def _legacy_unfrozen(pair: Pair, _now: datetime) -> None:
    pair.sender.update(error="", freeze_account="", provider="Google", from_name="", open_url="", click_url="", unsubscribe_url="")


def _dangling(pair: Pair, _now: datetime) -> None:
    pair.sender["imap_id"] = 999
    pair.imap = None


def _nulls(pair: Pair, _now: datetime) -> None:
    """Connected by OAuth in the app: no host, no login, and most of the rest null."""
    kept = {"email", "daily_limit", "sent_today", "in_slot"}
    pair.sender.update({key: None for key in pair.sender if key not in kept}, provider="OFFICE365")
    pair.imap = None


def _orphan(pair: Pair, _now: datetime) -> None:
    pair.smtp = None
    pair.receiver.update(provider="Other", port=143, private=True)
    del pair.receiver["error"]


def _healthy_orphan(pair: Pair, _now: datetime) -> None:
    pair.smtp = None
    pair.receiver["from_name"] = "Inbox only"


def _strings(pair: Pair, _now: datetime) -> None:
    for key in ("port", "daily_limit", "sent_today", "frequency_from", "frequency_to", "imap_id"):
        pair.sender[key] = str(pair.sender[key])


def _unknown_words(pair: Pair, _now: datetime) -> None:
    """New words and keys; a password where none is documented, as the purchased mailboxes of the domains API show one."""
    pair.sender.update(
        provider="PIGEON", warmup_data={"status": "COOLING_DOWN", "score": 71}, smtp_password=PASSWORD, brand_new_key={"a": [1]}
    )
    pair.receiver.update(imap_password=PASSWORD, authenticator=PASSWORD)


def _silent(pair: Pair, _now: datetime) -> None:
    del pair.sender["error"], pair.sender["in_slot"], pair.sender["sent_today"]
    pair.sender["warmup_data"] = {}


def _new_type(pair: Pair, _now: datetime) -> None:
    if pair.smtp is not None:
        pair.smtp["type"] = "EXCHANGE"
    pair.sender["provider"] = "Exchange"


def _nonsense(pair: Pair, _now: datetime) -> None:
    """Values of the wrong type or size cost themselves only."""
    pair.sender.update(daily_limit=2**40, in_slot="often", freeze_account=[None, {"date_from": "soon"}], bcc_crm=["a"], warmup_data=None)
    pair.imap = None
    pair.sender["imap_id"] = ""


def _shared(pair: Pair, _now: datetime) -> None:
    """Several senders read their answers from one inbox: one IMAP can serve many SMTPs (get-mailbox page)."""
    pair.sender["imap_id"] = FIRST_ID + 10 * _INBOX_OWNER + 2
    pair.imap = None


def _unchanged(_pair: Pair, _now: datetime) -> None:
    """A clean row among the messy."""


_INBOX_OWNER = 5
MESSES: tuple[Callable[[Pair, datetime], None], ...] = (
    _paused, _google_without_port, _signature, _blocked, _sending_fails, _unchanged, _shared, _shared,
    _receiving_fails, _conditional, _legacy, _legacy_unfrozen, _dangling, _nulls, _orphan, _healthy_orphan,
    _strings, _unknown_words, _silent, _new_type, _conditional_receiving, _nonsense, _sending_fails_in_base64, _unchanged,
)  # fmt: skip
"""In the order of the first people, each of whom has one."""
