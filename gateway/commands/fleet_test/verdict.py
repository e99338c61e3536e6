"""What the test of one mailbox comes to."""

from enum import StrEnum

import msgspec

from gateway.domain.errors import ErrorCode
from gateway.domain.mailbox import Mailbox
from gateway.domain.operation import OperationResult
from gateway.operations.part import was_left_out


class Verdict(StrEnum):
    """UNKNOWN: the vendor cannot tell, or a check could not be made. LEFT_OUT: the test was stopped before this one."""

    PASSING = "PASSING"
    FAILING = "FAILING"
    UNKNOWN = "UNKNOWN"
    NOT_TESTABLE = "NOT_TESTABLE"
    LEFT_OUT = "LEFT_OUT"

    @property
    def words(self) -> str:
        """As it follows a number."""
        return _WORDS[self]


_WORDS = {
    Verdict.PASSING: "passing",
    Verdict.FAILING: "failing",
    Verdict.UNKNOWN: "could not tell",
    Verdict.NOT_TESTABLE: "not testable",
    Verdict.LEFT_OUT: "left out",
}


class Outcome(msgspec.Struct, frozen=True):
    """A mailbox and what its test showed."""

    mailbox: Mailbox
    result: OperationResult
    verdict: Verdict

    @property
    def is_bad(self) -> bool:
        """Whether somebody has to look: it fails, or a check ended in an error. That a vendor cannot tell is not bad."""
        return self.verdict is Verdict.FAILING or (self.verdict is Verdict.UNKNOWN and bool(self.result.user_errors))


def verdict_of(result: OperationResult) -> Verdict:
    """One failed check is enough to fail; all must have passed to pass."""
    checks = result.checks or ()
    if was_left_out(result):
        return Verdict.LEFT_OUT
    if any(check.passed is False for check in checks):
        return Verdict.FAILING
    if not checks and result.user_errors and all(error.code is ErrorCode.UNSUPPORTED_BY_VENDOR for error in result.user_errors):
        return Verdict.NOT_TESTABLE
    if result.user_errors or not checks or any(check.passed is None for check in checks):
        return Verdict.UNKNOWN
    return Verdict.PASSING
