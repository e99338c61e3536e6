"""The part of an account's table that its vendor declares: credentials, of which one alternative must be whole, and options."""

from collections.abc import Iterable, Mapping

from gateway.config.problem import listed
from gateway.config.settings import SecretValues
from gateway.config.table import Table
from gateway.config.url import FORM, fault_of_url
from gateway.vendors.spec import Setting, Spec

STATE_KEY = "GATEWAY_STATE_KEY"
"""The environment variable whose value encrypts what the gateway must keep of a rotating credential."""
ROTATING = "refresh_token"
"""The key of a credential that its vendor replaces at each use."""
_URL_SUFFIX = "_url"


def read_values(table: Table, spec: Spec) -> SecretValues:
    """Every credential and option that the account gives."""
    _check_alternatives(table, spec)
    _check_state_key(table, table.reading.environment)
    texts = {key: table.text(key) for key in spec.settings if key in table}
    values = {key: text.value for key, text in texts.items() if text}
    for key, value in values.items():
        _check_value(table, key, value)
    return SecretValues(values)


def _check_value(table: Table, key: str, value: str) -> None:
    """These values travel in headers and queries: what cannot is refused here, without showing it."""
    if value != value.strip() or not (value.isascii() and value.isprintable()):
        table.refuse(
            key,
            "Holds a line break, a space at an end, or a character that is not plain ASCII.",
            "Copy the value again, exactly and alone; put it in without the line break at its end.",
        )
    elif key.endswith(_URL_SUFFIX) and (fault := fault_of_url(value)):
        table.refuse(key, f"This address {fault}.", FORM)


def _check_alternatives(table: Table, spec: Spec) -> None:
    alternatives = [tuple(setting.key for setting in group) for group in spec.credentials]
    every = {key for group in alternatives for key in group}
    given = {key for key in every if key in table}
    if not alternatives or any(given == set(group) for group in alternatives):
        return
    if any(given >= set(group) for group in alternatives):
        table.reading.refuse(
            table.path,
            f"Gives more than one kind of credentials: {listed(key for key in spec.settings if key in given)}.",
            f"Keep {_choices(alternatives)}.",
        )
    elif len(started := [group for group in alternatives if given & set(group)] or alternatives) == 1:
        _refuse_missing(table, started[0], spec, alternatives)
    else:
        message = "Gives parts of several kinds of credentials." if given else "Gives no credentials."
        table.reading.refuse(table.path, message, f"{spec.title} needs {_choices(alternatives)}.")


def _refuse_missing(table: Table, group: tuple[str, ...], spec: Spec, alternatives: list[tuple[str, ...]]) -> None:
    beside = [key for key in group if key in table]
    for key in group:
        if key not in table:
            table.refuse(
                key,
                f"Is missing: {listed(beside)} cannot do without it." if beside else "Is missing.",
                _how_to_give(spec.settings[key]) if len(alternatives) == 1 else f"{spec.title} needs {_choices(alternatives)}.",
            )


def _how_to_give(setting: Setting) -> str:
    return f'Write {setting.key} = "${{NAME}}" and set NAME in the environment. It is: {setting.description}'


def _choices(alternatives: Iterable[tuple[str, ...]]) -> str:
    return listed([listed(group) for group in alternatives], last="or else")


def _check_state_key(table: Table, environment: Mapping[str, str]) -> None:
    if ROTATING in table and not environment.get(STATE_KEY):
        table.refuse(
            ROTATING,
            f"The vendor replaces this token at each use, and without {STATE_KEY} its successor cannot be kept safe.",
            f"Set {STATE_KEY} in the environment to a long random text, the same at every start: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))" makes one.',
        )
