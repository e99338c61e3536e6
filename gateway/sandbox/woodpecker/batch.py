"""Mailboxes that are being connected: one after the other, some in vain."""

from enum import StrEnum

import msgspec

from gateway.sandbox.woodpecker.pair import Json, Record


class Verdict(StrEnum):
    """What comes of connecting one mailbox."""

    CONNECTED = "connected"
    CONDITIONAL = "conditionally_connected"
    FAILED = "failed"


class Addition(msgspec.Struct):
    """One mailbox of a batch. `is_done_at` is on the clock of `time.monotonic`; `records` are what the list will show."""

    address: str
    verdict: Verdict
    words: str
    is_done_at: float
    records: tuple[Record, ...]

    def entry(self) -> Record:
        """The shape of such an entry is not documented: this one is a guess."""
        return {"smtp_email": self.address, "error": self.words}


class Batch(msgspec.Struct):
    """What one bulk add asked for."""

    additions: list[Addition]

    def summary(self, now: float) -> Record:
        """docs/mailboxes/get-batch-summary."""
        done = [addition for addition in self.additions if addition.is_done_at <= now]
        of = {verdict: [addition for addition in done if addition.verdict is verdict] for verdict in Verdict}
        told: dict[str, Json] = {f"{verdict}_mailboxes_count": len(additions) for verdict, additions in of.items()}
        return {
            "processing_finished": len(done) == len(self.additions),
            "batch_size": len(self.additions),
            "pending_mailboxes_count": len(self.additions) - len(done),
            **told,
            "conditionally_connected_mailboxes": [addition.entry() for addition in of[Verdict.CONDITIONAL]],
            "failed_mailboxes": [addition.entry() for addition in of[Verdict.FAILED]],
        }


def judge(item: Record) -> tuple[Verdict, str]:
    """How connecting goes, and in which words: mail servers echo who tried to log in, and worse."""
    servers = (str(item["smtp_server"]), str(item["imap_server"]))
    login, password = item.get("smtp_login") or item["smtp_email"], item["smtp_password"]
    unknown = next((server for server in servers if server.endswith(".invalid")), None)
    if unknown:
        return Verdict.FAILED, f"Could not connect to {unknown} as {login} with password {password}: unknown host"
    if "wrong" in f"{password}{item['imap_password']}":
        return Verdict.FAILED, f"535 5.7.8 Authentication failed for user {login} (password: {password})"
    if any(server.endswith(".slow.example") for server in servers):
        return Verdict.CONDITIONAL, "Connected conditionally."
    return Verdict.CONNECTED, ""
