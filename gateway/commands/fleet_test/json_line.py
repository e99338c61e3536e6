"""A tested mailbox as one line of JSON, in GraphQL's names."""

import json
from datetime import datetime

import msgspec

from gateway.commands.fleet_test.verdict import Outcome, Verdict
from gateway.domain.errors import ErrorCode
from gateway.domain.outcome import MailboxCheck
from gateway.domain.vendor import Vendor


class _Check(msgspec.Struct, rename="camel"):
    check: MailboxCheck
    passed: bool | None
    message: str | None
    observed_at: datetime | None


class _Error(msgspec.Struct, rename="camel"):
    message: str
    code: ErrorCode
    retry_at: datetime | None


class _Line(msgspec.Struct, rename="camel"):
    id: str
    address: str | None
    account: str
    vendor: Vendor
    verdict: Verdict
    checks: list[_Check]
    user_errors: list[_Error]


def json_line(outcome: Outcome) -> str:
    """In ASCII: whatever a vendor says, it steers no terminal."""
    mailbox, result = outcome.mailbox, outcome.result
    checks = [_Check(each.check, each.passed, each.message, each.observed_at) for each in result.checks or ()]
    errors = [_Error(each.message, each.code, each.retry_at) for each in result.user_errors]
    line = _Line(mailbox.id, mailbox.address, mailbox.account_name, mailbox.vendor, outcome.verdict, checks, errors)
    return json.dumps(msgspec.to_builtins(line))
