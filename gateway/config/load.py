"""From a file to settings, or to everything that is wrong with the file."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from gateway.config.account import Specs, read_accounts
from gateway.config.caller import read_callers
from gateway.config.credential import STATE_KEY
from gateway.config.documents import read_documents
from gateway.config.issuer import read_issuers, refuse_useless
from gateway.config.limits import read_limits
from gateway.config.problem import ConfigurationError, Problem, printable
from gateway.config.server import read_server
from gateway.config.settings import DocumentSettings, ServerSettings, Settings
from gateway.config.table import Reading, Table

KEYS = ("server", "limits", "documents", "accounts", "callers", "issuers")
_SYNTAX_PLACE = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)


def load_settings(path: Path, specs: Specs, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read and check a configuration file; relative paths in it count from the working directory.

    `specs` are the vendors that an account may name, `environment` is where `${NAME}` is looked up.
    Raises `ConfigurationError` with all problems at once.
    """
    return read_settings(_parse(path, _read_text(path)), specs, environment, source=str(path))


def read_settings(document: Mapping[str, object], specs: Specs, environment: Mapping[str, str], *, source: str) -> Settings:
    """The same for a file that has been parsed already; `source` names it in the error's text."""
    reading = Reading(environment, [])
    table = Table(document, "", reading)
    table.refuse_unknown(KEYS)
    server = read_server(table)
    limits = read_limits(table)
    documents = read_documents(table)
    _refuse_idle_graphiql(table, server, documents)
    accounts, names = read_accounts(table, specs)
    issuers, issuer_names = read_issuers(table, names)
    callers = read_callers(table, names, issuer_names)
    if not reading.problems:
        refuse_useless(table, issuers, callers)
    if reading.problems:
        raise ConfigurationError(source, reading.problems)
    return Settings(
        server=server,
        limits=limits,
        documents=documents,
        accounts=accounts,
        callers=callers,
        issuers=issuers,
        state_key=environment.get(STATE_KEY) or None,
    )


def _refuse_idle_graphiql(table: Table, server: ServerSettings, documents: DocumentSettings) -> None:
    if server.graphiql and documents.only_listed:
        message = "With documents.only_listed GraphiQL could run nothing: what people write there is not listed."
        table.reading.refuse("server.graphiql", message, "Remove it, or run a gateway without only_listed for development.")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors put a byte order mark in front
    except FileNotFoundError:
        raise _file_error(path, "There is no such file.", "Check the path after --config.") from None
    except OSError as error:
        raise _file_error(
            path, f"The file cannot be read: {error.strerror}.", "Check the path after --config and its permissions."
        ) from None
    except UnicodeDecodeError as error:
        raise _file_error(path, f"Is not UTF-8 text (byte {error.start}).", "Save the file as UTF-8.") from None
    except ValueError:  # a NUL in the path
        raise _file_error(path, "There is no such file.", "Check the path after --config.") from None


def _parse(path: Path, text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, str(error)) from None
    except ValueError:  # Python refuses numbers of thousands of digits
        raise _file_error(path, "Is not TOML that can be read: a number in it is too long.", "Write a shorter number.") from None
    except RecursionError:
        raise _file_error(path, "Is not TOML that can be read: it is nested too deeply.", "Nest fewer arrays and tables.") from None


def _syntax_error(path: Path, words: str) -> ConfigurationError:
    place = _SYNTAX_PLACE.fullmatch(words)
    message = f"Is not TOML: {place['what']}, in line {place['line']}, column {place['column']}." if place else f"Is not TOML: {words}."
    return _file_error(path, printable(message), "Correct this place; strings are in double quotes, one key = value a line.")


def _file_error(path: Path, message: str, cure: str) -> ConfigurationError:
    return ConfigurationError(str(path), [Problem(printable(str(path)), message, cure)])
