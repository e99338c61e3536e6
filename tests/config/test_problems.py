"""Every single thing that can be wrong with a file."""

from pathlib import Path

import pytest

from gateway.config import ConfigurationError, load_settings
from tests.config.made_up import ACCOUNT, CANARY, HASH, SPECS, only_problem, refusal

ROTATING = '[[accounts]]\nname = "rota"\nvendor = "outreach"\n'
CALLER = f'[[callers]]\nname = "web"\nkey_hash = "{HASH}"\nscopes = ["read"]\n'
STATE_KEY = {"GATEWAY_STATE_KEY": "x" * 40}


# ---------------------------------------------------------------------- the file
@pytest.mark.parametrize("name", ["absent.toml", "no\0such"])
def test_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="There is no such file") as caught:
        load_settings(tmp_path / name, SPECS, {})
    assert "--config" in caught.value.problems[0].cure
    assert caught.value.__cause__ is None


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        load_settings(tmp_path, SPECS, {})


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "g.toml"
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(ConfigurationError, match=r"Is not UTF-8 text \(byte 8\)"):
        load_settings(path, SPECS, {})


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[server]\nport 8000", "in line 2, column 6"),
        ('host = "open', "Is not TOML: "),
        ("[server]\n[server]", "in line 2"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ("a = " + "9" * 5000, "number in it is too long"),
    ],
)
def test_not_toml(tmp_path: Path, toml: str, words: str) -> None:
    path, message, cure = only_problem(tmp_path, toml)
    assert path == str(tmp_path / "gateway.toml")
    assert words in message
    assert cure


# ---------------------------------------------------------------------- keys
@pytest.mark.parametrize(
    ("toml", "path", "cure"),
    [
        (f"[sever]\n{ACCOUNT}", "sever", "Did you mean server?"),
        (f"[server]\nprot = 1\n{ACCOUNT}", "server.prot", "Did you mean port?"),
        (f"[server]\nzzz = 1\n{ACCOUNT}", "server.zzz", "Remove it. Known here: answer_within, compiled, drain_within, "),
        (f"{ACCOUNT}fresh-for = 1", "accounts[0].fresh-for", "Did you mean fresh_for?"),
        (f"{ACCOUNT}workspace = 'w'", "accounts[0].workspace", "Did you mean workspace_id?"),
        (f"{ACCOUNT}API_KEY = '{CANARY}'", "accounts[0].API_KEY", "Did you mean api_key?"),
        (f"{ACCOUNT}pace = {{ requests = 1, per = 1, pre = 2 }}", "accounts[0].pace.pre", "Did you mean per?"),
        (f"{ACCOUNT}{CALLER}scope = 'read'", "callers[0].scope", "Did you mean scopes?"),
        (f'{ACCOUNT}"o d\\u001b d" = 1', 'accounts[0]."o d\N{REPLACEMENT CHARACTER} d"', "Remove it."),
    ],
)
def test_unknown_key(tmp_path: Path, toml: str, path: str, cure: str) -> None:
    found = only_problem(tmp_path, toml)
    assert found[:2] == (path, "There is no such key.")
    assert found[2].startswith(cure)


def test_a_key_of_other_vendors(tmp_path: Path) -> None:
    assert only_problem(tmp_path, f"{ACCOUNT}company_id = 'c'") == (
        "accounts[0].company_id",
        "Is a key of Smartlead, not of SendKit.",
        "Remove it, or correct the vendor. SendKit has api_key and workspace_id.",
    )
    found = only_problem(tmp_path, f"{ROTATING}access_token = 't'\napi_key = '{CANARY}'")
    assert found[1] == "Is a key of SendKit and Smartlead, not of Outreach."
    found = only_problem(tmp_path, f"[[accounts]]\nname = 'o'\nvendor = 'shipmail'\napi_key = '{CANARY}'")
    assert found[2] == "Remove it, or correct the vendor."


@pytest.mark.parametrize(
    ("toml", "path", "cure"),
    [
        (ACCOUNT.replace('name = "kit"', ""), "accounts[0].name", "Use 1 to 64 letters"),
        (ACCOUNT.replace('vendor = "sendkit"', ""), "accounts[0].vendor", "Write one of outreach, sendkit, shipmail or smartlead."),
        (ACCOUNT + CALLER.replace('name = "web"', ""), "callers[0].name", "Use 1 to 64 letters"),
        (ACCOUNT + CALLER.replace(f'key_hash = "{HASH}"', ""), "callers[0].key_hash", "Run `gateway key new`"),
        (ACCOUNT + CALLER.replace('scopes = ["read"]', ""), "callers[0].scopes", 'Write scopes = ["read"]'),
        (f"{ACCOUNT}pace = {{ per = 1 }}", "accounts[0].pace.requests", 'Write pace = "off" or'),
        (f"{ACCOUNT}pace = {{ requests = 1 }}", "accounts[0].pace.per", 'Write pace = "off" or'),
        (
            ACCOUNT.replace('api_key = "k-1"', ""),
            "accounts[0].api_key",
            'Write api_key = "${NAME}" and set NAME in the environment. It is: the api_key from its settings page',
        ),
    ],
)
def test_missing_key(tmp_path: Path, toml: str, path: str, cure: str) -> None:
    found = only_problem(tmp_path, toml)
    assert found[:2] == (path, "Is missing.")
    assert found[2].startswith(cure)


# ---------------------------------------------------------------------- types
@pytest.mark.parametrize(
    ("toml", "path", "message"),
    [
        (f"server = 1\n{ACCOUNT}", "server", "Must be a table, but is a whole number."),
        (f"[[server]]\n{ACCOUNT}", "server", "Must be a table, but is an array."),
        ("[accounts]\nname = 'kit'", "accounts", "Must be an array of tables, but is a table."),
        ("accounts = ['kit']", "accounts[0]", "Must be a table, but is a string."),
        (f"callers = true\n{ACCOUNT}", "callers", "Must be an array of tables, but is true or false."),
        (f"[server]\nhost = 1\n{ACCOUNT}", "server.host", "Must be a string, but is a whole number."),
        (f"[server]\nport = '80'\n{ACCOUNT}", "server.port", "Must be a whole number, but is a string."),
        (f"[server]\nport = true\n{ACCOUNT}", "server.port", "Must be a whole number, but is true or false."),
        (f"[server]\nport = 80.5\n{ACCOUNT}", "server.port", "Must be a whole number, but is a decimal number."),
        (f"[server]\nport = '${{ON}}'\n{ACCOUNT}", "server.port", "Must be a whole number, but is a string."),
        (f"[server]\ngraphiql = 1\n{ACCOUNT}", "server.graphiql", "Must be true or false, but is a whole number."),
        (f"[server]\nintrospection = 'true'\n{ACCOUNT}", "server.introspection", "Must be true or false, but is a string."),
        (f"[server]\nanswer_within = 2026-11-20\n{ACCOUNT}", "server.answer_within", "Must be a duration, but is a date or a time."),
        (f"{ACCOUNT}timeout = false", "accounts[0].timeout", "Must be a duration, but is true or false."),
        (f"{ACCOUNT}workspace_id = 17", "accounts[0].workspace_id", "Must be a string, but is a whole number."),
        (ACCOUNT.replace('"kit"', "07:30:00"), "accounts[0].name", "Must be a string, but is a date or a time."),
        (ACCOUNT.replace('"sendkit"', "[]"), "accounts[0].vendor", "Must be a string, but is an array."),
        (f"{ACCOUNT}concurrency = '3'", "accounts[0].concurrency", "Must be a whole number, but is a string."),
        (f"{ACCOUNT}retries = 3", "accounts[0].retries", 'Must be "off" or a table, but is a whole number.'),
        (f"{ACCOUNT}breaker = true", "accounts[0].breaker", 'Must be "off" or a table, but is true or false.'),
        (f"{ACCOUNT}pace = 60", "accounts[0].pace", 'Must be "off" or a table, but is a whole number.'),
        (ACCOUNT + CALLER.replace('["read"]', '"read"'), "callers[0].scopes", "Must be an array of strings, but is a string."),
        (ACCOUNT + CALLER.replace('["read"]', '["read", 1]'), "callers[0].scopes[1]", "Must be a string, but is a whole number."),
    ],
)
def test_wrong_type(tmp_path: Path, toml: str, path: str, message: str) -> None:
    found = only_problem(tmp_path, toml, {"ON": "on"})
    assert found[:2] == (path, message)
    assert found[2]


# ---------------------------------------------------------------------- values
def test_no_accounts(tmp_path: Path) -> None:
    cure = 'Write an [[accounts]] table with name = "…" and vendor = one of outreach, sendkit, shipmail or smartlead.'
    for toml in ("", "accounts = []"):
        assert only_problem(tmp_path, toml) == ("accounts", "No account is configured.", cure)


@pytest.mark.parametrize("key", ["answer_within = {}", "[[accounts]] {}"])
@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("0", "Must be longer than zero."),
        ('"0s"', "Must be longer than zero."),
        ("-5", "Must be longer than zero."),
        ('"-5m"', "Must be longer than zero."),
        ("0.0001", "Is shorter than a millisecond."),
        ('"400d"', "Is longer than a year."),
        ("inf", "Is longer than a year."),
        ("nan", "Is longer than a year."),
        ("9" * 400, "Is longer than a year."),
        ('"5 minutes"', "Is not a duration."),
        ('"5M"', "Is not a duration."),
        ('"${WORD}"', "Is not a duration."),
    ],
)
def test_bad_duration(tmp_path: Path, key: str, written: str, message: str) -> None:
    toml = f"[server]\nanswer_within = {written}\n{ACCOUNT}" if key.startswith("answer") else f"{ACCOUNT}keep_for = {written}"
    _, found, cure = only_problem(tmp_path, toml, {"WORD": CANARY})
    assert found == message
    assert cure == 'Write "500ms", "30s", "5m", "24h", "7d" or a plain number of seconds.'


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "é", "x" * 65, "a\\n", "a:b"])
def test_bad_names(tmp_path: Path, name: str) -> None:
    path, _, cure = only_problem(tmp_path, ACCOUNT.replace('"kit"', f'"{name}"'))
    assert path == "accounts[0].name"
    assert cure
    path, _, cure = only_problem(tmp_path, ACCOUNT + CALLER.replace('"web"', f'"{name}"'))
    assert path == "callers[0].name"


def test_repeated_names(tmp_path: Path) -> None:
    message = ("accounts[1].name", "Is the same name as accounts[0].name.", "Give each its own name.")
    assert only_problem(tmp_path, ACCOUNT + ACCOUNT) == message
    second = CALLER.replace("0123", "aaaa")
    assert only_problem(tmp_path, ACCOUNT + CALLER + second)[:2] == ("callers[1].name", "Is the same name as callers[0].name.")


def test_repeated_key_of_callers(tmp_path: Path) -> None:
    found = only_problem(tmp_path, ACCOUNT + CALLER + CALLER.replace("web", "ops").replace("abcdef", "ABCDEF"))
    assert found[:2] == ("callers[1].key_hash", "Is the same key as callers[0].key_hash.")


def test_unknown_vendor(tmp_path: Path) -> None:
    assert only_problem(tmp_path, ACCOUNT.replace("sendkit", "sendkid")) == (
        "accounts[0].vendor",
        '"sendkid" is no vendor.',
        "Did you mean sendkit? The vendors are outreach, sendkit, shipmail or smartlead.",
    )
    assert only_problem(tmp_path, ACCOUNT.replace("sendkit", "woodpecker"))[1] == '"woodpecker" is no vendor.'  # not among the specs
    assert only_problem(tmp_path, ACCOUNT.replace("sendkit", "${V}"), {"V": f"sendki{CANARY}"})[1:] == (
        "What ${…} stands for here is no vendor.",
        "The vendors are outreach, sendkit, shipmail or smartlead.",
    )


@pytest.mark.parametrize("port", [0, -1, 65536, 10**30])
def test_port_range(tmp_path: Path, port: int) -> None:
    found = only_problem(tmp_path, f"[server]\nport = {port}\n{ACCOUNT}")
    assert found == ("server.port", "This number is out of range.", "Write a whole number from 1 to 65535.")


@pytest.mark.parametrize("host", ["http://localhost", "[::1]", "a b"])
def test_bad_host(tmp_path: Path, host: str) -> None:
    assert only_problem(tmp_path, f'[server]\nhost = "{host}"\n{ACCOUNT}')[1] == f'"{host}" is no host to listen on.'


def test_bad_state_directory(tmp_path: Path) -> None:
    assert only_problem(tmp_path, f'[server]\nstate_dir = "a\\u0000"\n{ACCOUNT}')[0] == "server.state_dir"


@pytest.mark.parametrize("concurrency", [0, -3])
def test_concurrency_range(tmp_path: Path, concurrency: int) -> None:
    found = only_problem(tmp_path, f"{ACCOUNT}concurrency = {concurrency}")
    assert found[:2] == ("accounts[0].concurrency", "This number is out of range.")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ('retries = "on"', "accounts[0].retries"),
        ("retries = { attempts = 0 }", "accounts[0].retries.attempts"),
        ("retries = { percent = 101 }", "accounts[0].retries.percent"),
        ("retries = { tries = 2 }", "accounts[0].retries.tries"),
        ('breaker = "no"', "accounts[0].breaker"),
        ("breaker = { failures = 0 }", "accounts[0].breaker.failures"),
        ("breaker = { open_for = 0 }", "accounts[0].breaker.open_for"),
        ("max_answer_mib = 0", "accounts[0].max_answer_mib"),
    ],
)
def test_bad_limits(tmp_path: Path, line: str, path: str) -> None:
    assert only_problem(tmp_path, f"{ACCOUNT}{line}")[0] == path


@pytest.mark.parametrize(
    ("pace", "path"),
    [
        ('"on"', "accounts[0].pace"),
        ('"${WORD}"', "accounts[0].pace"),
        ("{ requests = 0, per = 1 }", "accounts[0].pace.requests"),
        ("{ requests = 1, per = 0 }", "accounts[0].pace.per"),
    ],
)
def test_bad_pace(tmp_path: Path, pace: str, path: str) -> None:
    found = only_problem(tmp_path, f"{ACCOUNT}pace = {pace}", {"WORD": CANARY})
    assert found[0] == path
    assert CANARY not in " ".join(found)


# ---------------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://h.example/x", "This address does not begin with http:// or https://: ftp://h.example/x."),
        ("h.example/api", "This address does not begin with http:// or https://."),
        ("https://", "This address names no host."),
        ("https:///api", "This address names no host."),
        ("https://h.example/api?key=SECRET", "This address has a query or a fragment: https://h.example/api."),
        ("https://h.example/api?", "This address has a query or a fragment: https://h.example/api."),
        ("https://h.example/#SECRET", "This address has a query or a fragment: https://h.example/."),
        ("https://u:SECRET@h.example:81/api", "This address holds a user or a password: https://h.example:81/api."),
        ("https://SECRET@h.example", "This address holds a user or a password: https://h.example."),
        ("https://u:SE/CRET@h.example", "This address is not a URL."),
        ("https://u:SE?CRET@h.example", "This address is not a URL."),
        ("https://u:S@CRET@h.example", "This address holds a user or a password."),
        ("https://u:SECRET", "This address is not a URL."),
        ("https://h.example:0/", "This address names port 0: https://h.example:0/."),
        ("https://h.example:99999/", "This address is not a URL: https://h.example:99999/."),
        ("https://[::1/", "This address is not a URL."),
        ("https://h.example/a b", "This address holds a space or a control character."),
        ("https://h.example/\\t", "This address holds a space or a control character."),
        ("https://${HOST}:x/", "This address is not a URL."),
        ("${HOST}://h.example/", "This address does not begin with http:// or https://."),
    ],
)
def test_bad_address(tmp_path: Path, url: str, message: str) -> None:
    error = refusal(tmp_path, f'{ACCOUNT}base_url = "{url}"', {"HOST": CANARY})
    assert [(problem.path, problem.message) for problem in error.problems] == [("accounts[0].base_url", message)]
    for secret in ("SECRET", "CRET", CANARY):
        assert secret not in str(error)


def test_bad_address_of_a_vendor_setting(tmp_path: Path) -> None:
    path, message, _ = only_problem(tmp_path, f'{ROTATING}access_token = "t"\ntoken_url = "token.example"')
    assert (path, message) == ("accounts[0].token_url", "This address does not begin with http:// or https://.")


# ---------------------------------------------------------------------- substitution
@pytest.mark.parametrize("environment", [{}, {"KEY": ""}])
def test_environment_variable_not_there(tmp_path: Path, environment: dict[str, str]) -> None:
    state = "empty" if environment else "not set"
    assert only_problem(tmp_path, ACCOUNT.replace("k-1", "x${KEY}"), environment) == (
        "accounts[0].api_key",
        f"The environment variable KEY is {state}.",
        "Set KEY where the gateway starts, or keep the value in a file and write ${file:/path/to/it}.",
    )


def test_each_unset_variable_is_a_problem(tmp_path: Path) -> None:
    error = refusal(tmp_path, ACCOUNT.replace("k-1", "${A}${B}${C}"), {"B": CANARY})
    assert [problem.message for problem in error.problems] == [f"The environment variable {name} is not set." for name in "AC"]


@pytest.mark.parametrize("key", ["port", "graphiql", "answer_within"])
def test_an_unset_variable_is_one_problem_wherever_it_stands(tmp_path: Path, key: str) -> None:
    assert only_problem(tmp_path, f'[server]\n{key} = "${{X}}"\n{ACCOUNT}')[1] == "The environment variable X is not set."


@pytest.mark.parametrize("written", ["${", "a${B", "${}", "${1A}", "${A-B}", "${A:-SECRET}", "${ A }", "${A{B}}"])
def test_malformed_substitution(tmp_path: Path, written: str) -> None:
    path, message, cure = only_problem(tmp_path, ACCOUNT.replace("k-1", f"SECRET{written}"), {"A": "1", "B": "2"})
    assert path == "accounts[0].api_key"
    assert message == 'Holds a "${" that opens neither ${NAME} nor ${file:/path}.'
    assert '"$${"' in cure
    assert "SECRET" not in message + cure


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "large").write_bytes(b"x" * 65537)
    for name, state in {
        "absent": "cannot be read: No such file or directory",
        ".": "cannot be read: Is a directory",
        "binary": "is not UTF-8 text",
        "empty": "is empty",
        "large": "is larger than 64 KiB",
    }.items():
        _, message, cure = only_problem(tmp_path, ACCOUNT.replace("k-1", f"${{file:{tmp_path}/{name}}}"))
        assert message == f'The file "{(str(tmp_path) + "/" + name)}" {state}.'
        assert "${file:…}" in cure
    assert "(seen from the working directory) cannot be read" in only_problem(tmp_path, ACCOUNT.replace("k-1", "${file:absent}"))[1]
    assert "has a name that no file can have" in only_problem(tmp_path, ACCOUNT.replace("k-1", "${file:a\\u0000}"))[1]


# ---------------------------------------------------------------------- credentials
def test_no_credentials(tmp_path: Path) -> None:
    assert only_problem(tmp_path, ROTATING) == (
        "accounts[0]",
        "Gives no credentials.",
        "Outreach needs access_token or else client_id, client_secret and refresh_token.",
    )


def test_both_kinds_of_credentials(tmp_path: Path) -> None:
    toml = f'{ROTATING}access_token = "{CANARY}"\nclient_id = "{CANARY}"\nclient_secret = "{CANARY}"\nrefresh_token = "{CANARY}"'
    found = only_problem(tmp_path, toml, STATE_KEY)
    assert found == (
        "accounts[0]",
        "Gives more than one kind of credentials: access_token, client_id, client_secret and refresh_token.",
        "Keep access_token or else client_id, client_secret and refresh_token.",
    )
    assert only_problem(tmp_path, f'{ROTATING}access_token = "a"\nclient_id = "b"')[1].endswith(": access_token and client_id.")


def test_half_of_the_credentials(tmp_path: Path) -> None:
    error = refusal(tmp_path, f'{ROTATING}client_id = "{CANARY}"')
    assert [(problem.path, problem.message) for problem in error.problems] == [
        ("accounts[0].client_secret", "Is missing: client_id cannot do without it."),
        ("accounts[0].refresh_token", "Is missing: client_id cannot do without it."),
    ]
    assert error.problems[0].cure == "Outreach needs access_token or else client_id, client_secret and refresh_token."


@pytest.mark.parametrize("environment", [{}, {"GATEWAY_STATE_KEY": ""}])
def test_a_rotating_token_needs_the_state_key(tmp_path: Path, environment: dict[str, str]) -> None:
    toml = f'{ROTATING}client_id = "c"\nclient_secret = "{CANARY}"\nrefresh_token = "{CANARY}"'
    path, _, cure = only_problem(tmp_path, toml, environment)
    assert path == "accounts[0].refresh_token"
    assert "Set GATEWAY_STATE_KEY in the environment" in cure


@pytest.mark.parametrize("value", [f"{CANARY}…", f"{CANARY}\\n", f" {CANARY}", f"{CANARY}\\u0007x"])
def test_values_that_cannot_travel_in_a_header(tmp_path: Path, value: str) -> None:
    error = refusal(tmp_path, ACCOUNT.replace("k-1", value))
    assert [problem.path for problem in error.problems] == ["accounts[0].api_key"]
    assert CANARY not in str(error)


def test_an_empty_credential(tmp_path: Path) -> None:
    assert only_problem(tmp_path, ACCOUNT.replace("k-1", ""))[:2] == ("accounts[0].api_key", "Is empty.")


# ---------------------------------------------------------------------- callers
def test_unknown_scope(tmp_path: Path) -> None:
    assert only_problem(tmp_path, ACCOUNT + CALLER.replace('"read"', '"read", "secret:write"')) == (
        "callers[0].scopes[1]",
        '"secret:write" is no scope here.',
        'Did you mean "secrets:write"?',
    )
    _, message, cure = only_problem(tmp_path, ACCOUNT + CALLER.replace("read", "${S}"), {"S": f"read{CANARY}"})
    assert message == "What ${…} stands for here is no scope here."
    assert cure == 'Write one of the scopes: "operate", "read", "secrets:write" or "write".'


def test_unknown_account_of_a_caller(tmp_path: Path) -> None:
    assert only_problem(tmp_path, f'{ACCOUNT}{CALLER}accounts = ["kit", "KTI"]') == (
        "callers[0].accounts[1]",
        '"KTI" is no account here.',
        'Did you mean "kit"?',
    )


def test_a_secret_name_is_not_suggested(tmp_path: Path) -> None:
    toml = f'{ACCOUNT.replace("kit", "${NAME}", 1)}{CALLER}accounts = ["${{NAME}}", "CANARY"]'
    assert only_problem(tmp_path, toml, {"NAME": CANARY}) == (
        "callers[0].accounts[1]",
        '"CANARY" is no account here.',
        "Write the name of an account in this file.",
    )


def test_no_fault_of_a_caller_follows_from_a_fault_of_an_account(tmp_path: Path) -> None:
    toml = f'{ACCOUNT.replace("kit", "k t", 1)}{CALLER}accounts = ["k t"]'
    assert only_problem(tmp_path, toml)[0] == "accounts[0].name"
    toml = f'{ACCOUNT.replace("kit", "${NAME}", 1)}{CALLER}accounts = ["kit"]'
    assert only_problem(tmp_path, toml)[0] == "accounts[0].name"


def test_empty_lists_of_a_caller(tmp_path: Path) -> None:
    assert only_problem(tmp_path, ACCOUNT + CALLER.replace('"read"', ""))[:2] == ("callers[0].scopes", "Names no scope.")
    assert only_problem(tmp_path, f"{ACCOUNT}{CALLER}accounts = []")[:2] == ("callers[0].accounts", "Names no account.")


@pytest.mark.parametrize("value", ["mgw_" + CANARY, f"md5:{CANARY}", "sha256:" + "g" * 64, HASH + "0", HASH[:-1]])
def test_bad_key_hash(tmp_path: Path, value: str) -> None:
    error = refusal(tmp_path, ACCOUNT + CALLER.replace(HASH, value))
    assert [problem.path for problem in error.problems] == ["callers[0].key_hash"]
    assert "gateway key new" in error.problems[0].cure
    assert value not in str(error)
