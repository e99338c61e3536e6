"""SECURITY.md names places in the code and tests that hold what it claims: all of them are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_what_it_names_is_there() -> None:
    rows = [line.split("|") for line in (ROOT / "SECURITY.md").read_text().splitlines() if line.startswith("| ")]
    named = {
        (folder, name) for row in rows for folder, cell in (("gateway", row[3]), ("tests", row[4])) for name in re.findall("`(.*?)`", cell)
    }
    assert len(named) > 30
    assert not [name for folder, name in named if not any((ROOT / above).glob(name) for above in (folder, "."))]
