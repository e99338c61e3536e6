"""Where SendKit's names of fields belong in the caller's arguments, so that a refusal points at the right one.

Requests nest (`smtp.host`), answers are flat (`smtpHost`); which of both a refusal uses is not documented, so both are known.
"""

from collections.abc import Iterator, Mapping

Places = Mapping[str, tuple[str, ...]]

_SERVER = {"host": "host", "port": "port", "secure": "security", "username": "username", "password": "password"}
_BOTH = {"displayName": ("displayName",), "dailySendLimit": ("dailyLimit",), "signature": ("signature",), "tags": ("tags",)}


def _server_places(server: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield server, (server,)
    for theirs, ours in _SERVER.items():
        yield f"{server}.{theirs}", (server, ours)
        yield f"{server}{theirs.capitalize()}", (server, ours)


DRAFT: Places = {
    **_BOTH,
    "email": ("address",),
    "provider": ("vendor", "sendkit", "provider"),
    **dict(_server_places("smtp")),
    **dict(_server_places("imap")),
}
"""In `mailboxCreate(input)`."""

CHANGES: Places = {**_BOTH, "sendingEnabled": ("sendingEnabled",)}
"""In `mailboxUpdate(input)`."""

WARMUP_SETTINGS: Places = {
    f"{within}{theirs}": ("settings", ours)
    for theirs, ours in {"dailyIncrease": "dailyIncrease", "targetVolume": "dailyTarget"}.items()
    for within in ("", "config.")
}
"""In `warmupStart` and `warmupUpdate`."""

WARMUP_FIELDS: Places = {"startingVolume": ("vendor", "sendkit", "warmup", "config", "startingVolume")}
"""In `mailboxUpdate(input)`, what goes to the configuration of warm-up."""
