"""`${NAME}` and `${file:/path}` inside the strings of the configuration."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from gateway.config.problem import printable, quoted

LARGEST_FILE_BYTES = 65536
_PIECE = re.compile(r"(?P<escape>\$\$\{)|\$\{(?P<source>[^{}]*)\}|(?P<open>\$\{)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FILE = "file:"

Refuse = Callable[[str, str], None]
"""Takes note of a problem: what is wrong, and the cure."""


class Text(msgspec.Struct, frozen=True):
    """A string of the file after substitution. `is_secret` when any of it came out of `${…}`: then no message may show it."""

    value: str
    is_secret: bool = False

    def __repr__(self) -> str:
        return "Text(hidden)"

    @property
    def shown(self) -> str:
        """The value as a message may show it."""
        return "What ${…} stands for here" if self.is_secret else quoted(self.value)


class _UnusableError(Exception):
    """A `${…}` that stands for nothing; the arguments are message and cure."""


def substitute(raw: str, environment: Mapping[str, str], refuse: Refuse) -> Text | None:
    """`raw` with every `${…}` filled in. None when one of them cannot be; each such is refused on its own."""
    pieces: list[str | None] = []
    position = 0
    is_secret = False
    for found in _PIECE.finditer(raw):
        pieces.append(raw[position : found.start()])
        position = found.end()
        if found["escape"]:
            pieces.append("${")
        else:
            is_secret = True
            pieces.append(_stands_for(found["source"], environment, refuse))
    if None in pieces:
        return None
    return Text("".join((*(piece or "" for piece in pieces), raw[position:])), is_secret)


def _stands_for(source: str | None, environment: Mapping[str, str], refuse: Refuse) -> str | None:
    try:
        if source is not None and source.startswith(_FILE):
            return _from_file(source.removeprefix(_FILE))
        return _from_environment(source, environment)
    except _UnusableError as error:
        refuse(*error.args)
        return None


def _from_environment(name: str | None, environment: Mapping[str, str]) -> str:
    if name is None or not _NAME.fullmatch(name):
        # What stands there is not quoted: it may be a part of a key that happens to hold "${".
        raise _UnusableError(
            'Holds a "${" that opens neither ${NAME} nor ${file:/path}.',
            'Write ${NAME} (letters, digits and _; no defaults) or ${file:/path}; a plain "${" is written "$${".',
        )
    value = environment.get(name)
    if value:
        return value
    state = "not set" if value is None else "empty"
    raise _UnusableError(
        f"The environment variable {name} is {state}.",
        f"Set {name} where the gateway starts, or keep the value in a file and write ${{file:/path/to/it}}.",
    )


def _from_file(name: str) -> str:
    try:
        with Path(name).open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        text = content.decode().rstrip("\r\n")
    except OSError as error:
        raise _file_error(name, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _file_error(name, "is not UTF-8 text") from None
    except ValueError:  # a NUL in the name
        raise _file_error(name, "has a name that no file can have") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise _file_error(name, f"is larger than {LARGEST_FILE_BYTES // 1024} KiB")
    if not text:
        raise _file_error(name, "is empty")
    return text


def _file_error(name: str, state: str) -> _UnusableError:
    where = f'"{printable(name)}"' + ("" if Path(name).is_absolute() else " (seen from the working directory)")
    return _UnusableError(f"The file {where} {state}.", "Check the path in ${file:…} and that the gateway's user may read the file.")
