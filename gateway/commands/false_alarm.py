"""What uvicorn logs as an error and is none."""

import logging

_ALARMS = frozenset({"ASGI callable returned without completing handshake.", "Invalid UTF-8 sequence received from client."})


def is_real(record: logging.LogRecord) -> bool:
    """A filter for the logger `uvicorn.error`. It (0.54) takes a WebSocket that was refused for one that was forgotten, and text that is no
    UTF-8 for worth a traceback: anybody could fill the log with errors.
    """
    return record.msg not in _ALARMS
