"""The command line: `gateway demo | serve | check | test | schema | key new`, also as `python -m gateway`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.app import check_documents, open_accounts, writable_fields
from gateway.commands import serve
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.schema.schema import build_schema
from gateway.state.error import StateError
from gateway.vendors.registry import SPECS
from gateway.web.key import new_key


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except StateError as error:
        print(error.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "demo":
            from gateway.commands import demo  # noqa: PLC0415 - brings the sandboxes, for which `serve` shall not wait

            return demo.run(host=options.host, port=options.port, mailboxes=options.mailboxes, federation=options.federation)
        case "serve":
            settings = _settings(options)
            return serve.run(settings, host=options.host, port=options.port, allow_anonymous=options.allow_anonymous)
        case "check":
            return asyncio.run(_check(_settings(options)))
        case "test":
            from gateway.commands.fleet_test.run import only, test_fleet  # noqa: PLC0415 - as above, tables and bars

            return asyncio.run(test_fleet(only(options.account, _settings(options)), is_json=options.json))
        case "schema":
            schema = build_schema([spec.details for spec in SPECS.values()], writable_fields(), federation=options.federation)
            print(schema.subgraph_sdl if options.federation else schema.as_str())
            return 0
        case _:
            key, key_hash = new_key()
            print(f"key       {key}\nkey_hash  {key_hash}\n")
            print("Give the key to the caller; only the hash belongs into [[callers]]. The key cannot be shown again.")
            return 0


async def _check(settings: Settings) -> int:
    from rich.console import Console  # noqa: PLC0415 - as above

    from gateway.commands.check import check, print_report  # noqa: PLC0415 - as above
    from gateway.commands.check_issuers import check_issuers, print_issuers  # noqa: PLC0415 - as above

    async with open_accounts(settings) as adapters:
        report = await check(adapters, keys={account.name: tuple(account.values) for account in settings.accounts})
    issuers = await check_issuers(settings.issuers)
    console = Console()
    print_report(report, console)
    print_issuers(issuers, console)
    return max(report.exit_code, any(row.trouble is not None for row in issuers))


def _settings(options: argparse.Namespace) -> Settings:
    settings = load_settings(Path(options.config), SPECS)
    check_documents(settings, options.config)
    return settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gateway", description="One GraphQL endpoint over every mailbox vendor.")
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("demo", help="the gateway and a sandbox of every vendor in one process; needs no account, key or file")
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=_port, default=8000, help="0 takes any free one")
    command.add_argument("--mailboxes", type=_count, default=24, metavar="N", help="mailboxes at each vendor (default 24)")
    _add_federation(command)

    command = commands.add_parser("serve", help="the gateway over the accounts of a configuration file")
    _add_config(command)
    command.add_argument("--host", help="overrides the file")
    command.add_argument("--port", type=_port, help="overrides the file; 0 takes any free one")
    command.add_argument("--allow-anonymous", action="store_true", help="serve without configured callers to more than this machine")

    command = commands.add_parser(
        "check",
        help="check the file, then ask each account one cheap question",
        epilog="Exit code: 0 every account is fine, and the keys of every issuer can be had; 1 some are not; 2 wrong command line or file.",
    )
    _add_config(command)

    command = commands.add_parser(
        "test",
        help="test every mailbox: does it send, does it receive?",
        description="Tests every mailbox whose vendor can test it, and prints which ones fail and why. Ctrl-C ends it early and reports.",
        epilog="Exit code: 0 all that could be tested pass; 1 some do not, or an account could not be read; 2 wrong command line or file; "
        "130 after Ctrl-C.",
    )
    _add_config(command)
    command.add_argument("--account", action="append", metavar="NAME", help="only this one; can be given again (default: all)")
    command.add_argument(
        "--json", action="store_true", help="a JSON object for each mailbox, as results come; the summary on standard error"
    )

    command = commands.add_parser("schema", help="print the GraphQL schema (SDL)")
    _add_federation(command)

    command = commands.add_parser("key", help="keys for callers")
    command.add_subparsers(dest="action", required=True).add_parser("new", help="make a key and its hash")
    return parser


def _add_federation(command: argparse.ArgumentParser) -> None:
    command.add_argument("--federation", action="store_true", help="as a subgraph of Apollo Federation v2")


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", required=True, metavar="gateway.toml", help="the configuration file")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 - TCP's own limit
        raise ValueError
    return port


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ValueError
    return count


if __name__ == "__main__":
    sys.exit(main())
