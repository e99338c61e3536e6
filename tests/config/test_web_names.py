"""`hosts`, `origins`, and the rest of what `[server]` says about who comes in and what is told of it."""

from pathlib import Path

import pytest

from tests.config.made_up import ACCOUNT, load, only_problem


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://app.example", "https://app.example"),
        ("HTTPS://App.Example/", "https://app.example"),
        ("https://app.example:443", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://app.example:80", "https://app.example:80"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("${APP}", "https://app.example"),
    ],
)
def test_origins_are_read_as_browsers_write_them(tmp_path: Path, written: str, read: str) -> None:
    assert load(tmp_path, f'[server]\norigins = ["{written}"]\n{ACCOUNT}', {"APP": "https://app.example"}).server.origins == (read,)


@pytest.mark.parametrize(
    "wrong",
    [
        "*",
        "null",
        "app.example",
        "https://",
        "https://*.example",
        "https://a.example/path",
        "ftp://a.example",
        "https://u@a.example",
        "https://a b",
    ],
)
def test_what_is_no_origin_is_refused(tmp_path: Path, wrong: str) -> None:
    path, message, cure = only_problem(tmp_path, f'[server]\norigins = ["https://ok.example", "{wrong}"]\n{ACCOUNT}')
    assert (path, message) == ("server.origins[1]", f'"{wrong}" is no origin of a page.')
    assert "no wildcard" in cure


@pytest.mark.parametrize(("written", "read"), [("Gateway.Example", "gateway.example"), ("10.0.0.7", "10.0.0.7"), ("[::1]", "[::1]")])
def test_hosts(tmp_path: Path, written: str, read: str) -> None:
    assert load(tmp_path, f'[server]\nhosts = ["{written}"]\n{ACCOUNT}').server.hosts == (read,)


@pytest.mark.parametrize("wrong", ["https://a.example", "a.example:443", "*", "a b", "a/b", "-a"])
def test_what_is_no_host_is_refused(tmp_path: Path, wrong: str) -> None:
    path, message, _ = only_problem(tmp_path, f'[server]\nhosts = ["{wrong}"]\n{ACCOUNT}')
    assert (path, message) == ("server.hosts[0]", f'"{wrong}" is no name of a host.')


def test_the_rest(tmp_path: Path) -> None:
    lines = 'operate_host = "0.0.0.0"\noperate_port = 9000\nlog_format = "text"\nlog_requests = false'
    read = load(tmp_path, f"[server]\n{lines}\n{ACCOUNT}").server
    assert (read.operate_host, read.operate_port, read.log_format, read.log_requests) == ("0.0.0.0", 9000, "text", False)  # noqa: S104 - only read
    silent = load(tmp_path, ACCOUNT).server
    assert (silent.hosts, silent.origins, silent.operate_port, silent.log_format, silent.log_requests) == (None, (), None, "json", True)


def test_another_format_is_refused(tmp_path: Path) -> None:
    path, message, cure = only_problem(tmp_path, f'[server]\nlog_format = "xml"\n{ACCOUNT}')
    assert (path, message, cure) == ("server.log_format", '"xml" is no format of the log.', 'Write "json" or "text".')
