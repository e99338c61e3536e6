"""The README's capability matrix, made from the adapters. `python -m tests.readme` writes it."""

from pathlib import Path

from gateway.app import profiles
from gateway.domain.capability import Capability

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- matrix -->", "<!-- /matrix -->"


def matrix() -> str:
    """A Markdown table: a row for every capability that some vendor has, a column for every vendor."""
    vendors = list(profiles().values())
    rows = [
        [capability.replace("_", " ").capitalize(), *("yes" if capability in vendor.capabilities else "" for vendor in vendors)]
        for capability in Capability
        if any(capability in vendor.capabilities for vendor in vendors)
    ]
    head = ["", *(vendor.title for vendor in vendors)]
    lines = [head, ["---", *[":-:"] * len(vendors)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_matrix(text: str) -> str:
    """The README's text with the matrix as it is now."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{matrix()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_matrix(README.read_text("utf-8")), "utf-8")
