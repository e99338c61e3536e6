"""Reads the `[server]` table."""

import re
from pathlib import Path
from typing import Literal

from gateway.config.settings import ServerSettings
from gateway.config.table import Table
from gateway.config.web_names import read_hosts, read_origins

KEYS = (
    "host",
    "port",
    "state_dir",
    "graphiql",
    "introspection",
    "answer_within",
    "request_timeout",
    "max_vendor_calls",
    "max_requests",
    "max_lag",
    "drain_within",
    "compiled",
    "kept_answers_mib",
    "federation",
    "hosts",
    "origins",
    "operate_host",
    "operate_port",
    "log_format",
    "log_requests",
)
_HOST = re.compile(r"[A-Za-z0-9.:_%-]+")
_HIGHEST_PORT = 65535
_MOST = 1_000_000


def read_server(document: Table) -> ServerSettings:
    """The table's settings, with the defaults for what it does not say."""
    table = document.table("server")
    if table is None:
        return ServerSettings()
    table.refuse_unknown(KEYS)
    default = ServerSettings()
    kept_answers_mib = table.whole_number("kept_answers_mib", minimum=0, maximum=_MOST)
    return ServerSettings(
        host=_read_host(table, "host") or default.host,
        port=table.whole_number("port", minimum=1, maximum=_HIGHEST_PORT) or default.port,
        state_dir=_read_directory(table) or default.state_dir,
        graphiql=table.flag("graphiql"),
        introspection=table.flag("introspection"),
        answer_within_seconds=table.seconds("answer_within") or default.answer_within_seconds,
        request_timeout_seconds=table.seconds("request_timeout") or default.request_timeout_seconds,
        max_vendor_calls=table.whole_number("max_vendor_calls", minimum=1, maximum=_MOST) or default.max_vendor_calls,
        max_requests=table.whole_number("max_requests", minimum=1, maximum=_MOST) or default.max_requests,
        max_lag_seconds=table.seconds("max_lag") or default.max_lag_seconds,
        drain_within_seconds=table.seconds("drain_within") or default.drain_within_seconds,
        compiled=default.compiled if (compiled := table.flag("compiled")) is None else compiled,
        kept_answers_mib=default.kept_answers_mib if kept_answers_mib is None else kept_answers_mib,
        federation=table.flag("federation") or default.federation,
        hosts=read_hosts(table),
        origins=read_origins(table),
        operate_host=_read_host(table, "operate_host") or default.operate_host,
        operate_port=table.whole_number("operate_port", minimum=1, maximum=_HIGHEST_PORT),
        log_format=_read_log_format(table) or default.log_format,
        log_requests=default.log_requests if (log_requests := table.flag("log_requests")) is None else log_requests,
    )


def _read_host(table: Table, key: str) -> str | None:
    text = table.text(key)
    if text and not _HOST.fullmatch(text.value):
        table.refuse(key, f"{text.shown} is no host to listen on.", "Write a name or an address without scheme, port or brackets.")
    return text.value if text else None


def _read_log_format(table: Table) -> Literal["json", "text"] | None:
    text = table.text("log_format")
    if text is None or text.value in ("json", "text"):
        return None if text is None else "json" if text.value == "json" else "text"
    table.refuse("log_format", f"{text.shown} is no format of the log.", 'Write "json" or "text".')
    return None


def _read_directory(table: Table) -> Path | None:
    text = table.text("state_dir")
    if text and "\0" in text.value:
        table.refuse("state_dir", "Holds a NUL character, which no path can.", "Write the path of a directory.")
    return Path(text.value) if text else None
