"""`ruleDelete`."""

from gateway.domain.identifier import Kind
from gateway.operations.payload import RulesPayload
from gateway.schema.context import Info
from gateway.schema.mutations.answer import RuleId, answers, identified, mailbox_of


@answers(RulesPayload)
async def rule_delete(info: Info, id: RuleId) -> RulesPayload:  # noqa: A002 - the contract's word
    """The others stay as they are."""
    rule = identified(info, id, Kind.RULE)
    return await info.context.desk.rules.delete(mailbox_of(rule), rule.parts[1])
