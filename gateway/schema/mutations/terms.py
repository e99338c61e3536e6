"""What the inputs of operations over many mailboxes have in common: which mailboxes, and how it is wanted."""

import strawberry

from gateway.operations.bulk import Terms
from gateway.operations.run import ErrorPolicy
from gateway.operations.selection import Selection
from gateway.schema.context import Info
from gateway.schema.filter import MailboxFilter
from gateway.schema.model import given

POLICY = "What follows when one fails: go on with the others, or begin no more."
DRY_RUN = "Only check the input: nothing is sent to any vendor, and each result says what would be refused."
KEY = (
    "A text of your own that makes it safe to repeat the request: 1 to 255 printable ASCII characters, another one for each operation. "
    "For 24 hours the same key with the same input is answered with the first operation and begins none; with other input it is refused."
)


@strawberry.input(description="How an operation over many mailboxes is wanted.")
class BulkInput:
    """Its fields are those of every bulk input."""

    error_policy: ErrorPolicy = strawberry.field(default=ErrorPolicy.CONTINUE, description=POLICY)
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=KEY)

    def terms(self, info: Info) -> Terms:
        return Terms(
            caller=info.context.caller,
            accounts=tuple(info.context.accounts),
            policy=self.error_policy,
            is_dry=self.dry_run,
            idempotency_key=given(self.idempotency_key),
        )


@strawberry.input(description="Which mailboxes: by their ids, or by a filter; exactly one of both.")
class SelectionInput(BulkInput):
    """Its fields are those of every bulk input over mailboxes that are there."""

    ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="These, by `Mailbox.id`, at most 10,000. Give either `ids` or `filter`."
    )
    filter: MailboxFilter | None = strawberry.field(
        default=strawberry.UNSET, description="All that pass this now; `{}` is all there are. Give either `ids` or `filter`."
    )

    def selection(self) -> Selection:
        ids = given(self.ids)
        return Selection(ids=None if ids is None else tuple(ids), wanted=self.filter.build() if self.filter else None)
