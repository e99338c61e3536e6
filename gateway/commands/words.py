"""What commands say of an account in the same words: as plain text, never markup, and with nothing in it that steers the terminal."""

import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.commands.trouble import Trouble
from gateway.config.problem import printable

INDENT = "    "


def account_table(columns: Sequence[str], numbers: Sequence[str]) -> Table:
    """An empty table of accounts and their vendors; `numbers` stand last and to the right. It leaves long names room at 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("Account", overflow="fold")
    for title in ("Vendor", *columns):
        table.add_column(title, no_wrap=True)
    for title in numbers:
        table.add_column(title, no_wrap=True, justify="right")
    return table


def print_line(line: str, console: Console) -> None:
    """In a terminal, what is too long goes on further in; in a file it stays one line, so that it can be searched."""
    body = line.lstrip()
    if console.is_terminal and body:
        indent = line[: len(line) - len(body)]
        line = textwrap.fill(body, console.width, initial_indent=indent, subsequent_indent=indent + INDENT, break_on_hyphens=False)
    console.print(Text(line), soft_wrap=True)


def print_trouble(account: str, trouble: Trouble, console: Console) -> None:
    """What is wrong with an account, and below it what helps."""
    console.print()
    print_line(f"{account}: {printable(trouble.problem)}", console)
    if trouble.cure:
        print_line(f"{INDENT}Cure: {trouble.cure}", console)
