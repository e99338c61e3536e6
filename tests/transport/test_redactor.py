"""What a text became is remembered for as long as the same secrets are hidden, and no longer."""

from gateway.domain.secret import Secret
from gateway.transport import redactor
from gateway.transport.recent_secrets import RecentSecrets
from gateway.transport.redactor import Redactor

KEY = "CANARY-4f1d9b7e"


def test_the_same_text_becomes_the_same() -> None:
    hiding = Redactor((KEY,), RecentSecrets())
    assert [hiding.redact(f"login with {KEY} failed") for _ in range(2)] == ["login with [redacted] failed"] * 2


def test_a_secret_that_was_written_since_is_hidden_in_a_text_that_came_before() -> None:
    recent = RecentSecrets()
    hiding = Redactor((), recent)
    assert hiding.redact("no such horse-battery here") == "no such horse-battery here"
    recent.add([Secret("horse-battery")])
    assert hiding.redact("no such horse-battery here") == "no such [redacted] here"


def test_no_text_is_kept_as_it_came() -> None:
    hiding = Redactor((KEY,), RecentSecrets())
    hiding.redact(f"login with {KEY} failed")
    assert KEY not in repr(hiding._redacted)


def test_there_is_an_end_to_what_is_remembered() -> None:
    hiding = Redactor((), RecentSecrets())
    for number in range(redactor.MOST_TEXTS + 10):
        assert hiding.redact(f"failure {number}") == f"failure {number}"
    assert len(hiding._redacted) <= redactor.MOST_TEXTS
