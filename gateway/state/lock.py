"""At most one gateway serves from a state directory."""

import errno
import logging
import os
from pathlib import Path
from typing import BinaryIO

from gateway.state.error import StateError, fault_of_file

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows
    flock = None  # type: ignore[assignment] # looked at before it is called

logger = logging.getLogger("gateway.state")

FILE = "lock"
_HELD = (errno.EAGAIN, errno.EACCES)


class DirectoryLock:
    """Held from construction to `release`, or to the process's end, however it ends. Raises `StateError` when another one holds it."""

    def __init__(self, directory: Path) -> None:
        self._file = _open(directory / FILE)
        try:
            _lock(self._file)
        except BaseException:
            self._file.close()
            raise

    def release(self) -> None:
        self._file.close()


def _open(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "rb")
    except OSError as error:
        raise fault_of_file(error) from error


def _lock(file: BinaryIO) -> None:
    if flock is None:
        logger.warning("This system has no file locks: see to it yourself that only one gateway uses this state directory.")
        return
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise StateError(
                "Another gateway uses this state directory.",
                "Stop that one first, or give this one a [server] state_dir of its own.",
            ) from None
        logger.warning("The state directory's file system has no locks: see to it yourself that only one gateway uses it.")
