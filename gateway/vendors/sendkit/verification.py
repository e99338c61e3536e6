"""What becomes of a mailbox after its creation: SendKit tries the credentials, and deletes a mailbox with which it cannot log in.

The pages contradict each other in words: the poll speaks of pending, passed and failed, its own description of `inactive`, which is the
mailbox's word for pending (post-v1-mailboxes, get-v1-mailboxes-mailboxid-connection-test). How long a failure stays readable is not said.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from gateway.domain.draft import MailboxDraft, secrets_in
from gateway.domain.errors import FieldFault, GatewayError, VendorNotFoundError, VendorRejectedError
from gateway.domain.mailbox import Mailbox, MailboxStatus
from gateway.domain.outcome import Created
from gateway.domain.redaction import Hiding
from gateway.domain.secret import Secret
from gateway.transport.client import VendorHttp
from gateway.vendors.sendkit import mapping
from gateway.vendors.sendkit.client import SendkitClient

PENDING_WORDS = frozenset({"pending", "inactive"})
MOST_KEPT = 1000
_WITHHELD = "SendKit's own words are not shown: they may quote the password, and it is not kept for so long."


class Pending(msgspec.Struct, frozen=True):
    """A creation under way; as JSON text it is what `Created.pending` holds."""

    id: str
    address: str

    @property
    def token(self) -> str:
        return msgspec.json.encode(self).decode()


class Verification:
    """Follows creations until SendKit has made up its mind."""

    def __init__(self, http: VendorHttp, client: SendkitClient, get_mailbox: Callable[[str], Awaitable[Mailbox]]) -> None:
        self._http = http
        self._client = client
        self._get_mailbox = get_mailbox
        self._secrets: dict[str, tuple[Secret, ...]] = {}
        """By mailbox: what must be hidden in the words about its failure. Not there for creations from before a restart.

        The oldest go when there are more than `MOST_KEPT`: nobody may be asking any more.
        """

    def begin(self, draft: MailboxDraft, mailbox: Mailbox) -> str | None:
        """The token of a creation that SendKit has accepted; None when it is over already (the older pages create `active` mailboxes)."""
        if mailbox.status is MailboxStatus.ACTIVE:
            return None
        self._secrets[mailbox.vendor_id] = tuple(secrets_in(draft))
        if len(self._secrets) > MOST_KEPT:
            del self._secrets[next(iter(self._secrets))]
        return Pending(mailbox.vendor_id, draft.address).token

    @staticmethod
    def pending_of(mailbox: Mailbox) -> str | None:
        """The token of a creation whose answer was lost, once its mailbox was found."""
        is_pending = mailbox.status is MailboxStatus.PENDING and mailbox.address
        return Pending(mailbox.vendor_id, mailbox.address or "").token if is_pending else None

    async def poll(self, tokens: Sequence[str]) -> Sequence[Created | GatewayError]:
        """How they stand: one call each, one more for a mailbox that is ready. Raises when nothing was learned of any of them."""
        troubles: list[GatewayError] = []
        answers = await asyncio.gather(*(self._look_or_wait(token, troubles) for token in tokens))
        if troubles and len(troubles) == len(tokens):
            raise troubles[0]
        return answers

    async def _look_or_wait(self, token: str, troubles: list[GatewayError]) -> Created | GatewayError:
        """A look that failed says nothing of the creation."""
        try:
            return await self._look(token)
        except GatewayError as trouble:
            troubles.append(trouble)
            return Created(pending=token)

    async def _look(self, token: str) -> Created | VendorRejectedError:
        pending = msgspec.json.decode(token, type=Pending)
        status, reason = await self._test(pending.id)
        if status in PENDING_WORDS:
            return Created(pending=token)
        if status == "failed":
            return self._failure(pending, f"could not log in to the mail servers of {pending.address} and has deleted the mailbox", reason)
        try:
            mailbox = await self._get_mailbox(pending.id)
        except VendorNotFoundError:
            return self._failure(pending, f"no longer has {pending.address}, as when it could not log in to the mail servers", None)
        if mailbox.status is MailboxStatus.PENDING:  # the reading is older than the verdict, or the verdict is a word that we do not know
            return Created(mailbox=mailbox, pending=token)
        self._secrets.pop(pending.id, None)
        return Created(mailbox=mailbox)

    async def _test(self, mailbox_id: str) -> tuple[str | None, str | None]:
        """The verdict's word and reason; neither where SendKit does not know of a test (any more)."""
        try:
            test = await self._client.connection_test(mailbox_id)
        except VendorNotFoundError:
            return None, None
        return (test.status or "").strip().casefold(), mapping.connection_test_reason(test)

    def _failure(self, pending: Pending, what: str, reason: str | None) -> VendorRejectedError:
        message, account = f"SendKit {what}: {self._words(pending.id, reason)}", self._http.account
        fields = (FieldFault(None, message, ("smtp",)),)
        return VendorRejectedError(message, vendor=account.vendor, account=account.name, fields=fields)

    def _words(self, mailbox_id: str, reason: str | None) -> str:
        secrets = self._secrets.pop(mailbox_id, None)
        if reason is None:
            return "It does not say why."
        return _WITHHELD if secrets is None else redacted(self._http, reason, secrets)


def redacted(http: VendorHttp, reason: str, secrets: Iterable[Secret]) -> str:
    """SendKit's words without what a draft kept secret: the transport forgets secrets after a while, verification may take longer."""
    return http.redact(Hiding(secret.reveal() for secret in secrets).hide(reason))
