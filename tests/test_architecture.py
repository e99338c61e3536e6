"""The house rules of the design, held by reading the imports and the text of every file."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.adapter import MailboxAdapter
from gateway.domain.vendor import Vendor
from gateway.sandbox.registry import SANDBOXES
from gateway.vendors.registry import SPECS

ROOT = Path(__file__).parents[1]
GATEWAY = ROOT / "gateway"
VENDORS = sorted(vendor.lower() for vendor in Vendor)

OURS: dict[str, set[str]] = {
    "domain": set(),
    "transport": {"domain"},
    "inventory": {"domain"},
    "loaders": {"domain", "inventory"},
    "state": {"domain"},
    "operations": {"domain", "inventory", "state"},
    "execution": set(),
    "schema": {"domain", "execution", "inventory", "loaders", "operations"},
    "web": {"domain", "inventory", "loaders", "operations", "schema"},
    "config": {"domain", "transport", "vendors.spec"},
}
"""Which of our own layers a layer may import, besides itself."""

OUTSIDE = {
    "domain": {"msgspec"},
    "transport": {"httpx", "aiohttp", "msgspec", "yarl"},
    "vendors": {"httpx", "msgspec"},
    "inventory": {"msgspec"},
    "state": {"cryptography", "msgspec"},
    "operations": {"msgspec"},
    "loaders": {"aiodataloader"},
    "execution": {"graphql", "msgspec", "strawberry"},
    "schema": {"graphql", "msgspec", "nh3", "strawberry"},
    "web": {"cryptography", "graphql", "httpx", "jwt", "msgspec", "prometheus_client", "starlette", "strawberry"},
    "config": {"httpx", "msgspec"},
    "sandbox": {"msgspec", "starlette"},
}
"""Which packages of others a layer may import; the standard library always."""


def modules() -> Iterator[tuple[Path, str]]:
    for path in sorted(GATEWAY.rglob("*.py")):
        yield path, path.relative_to(GATEWAY).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("layer", sorted(OURS))
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    allowed = {f"gateway.{name}" for name in OURS[layer] | {layer}}
    for path, own in modules():
        if own != layer:
            continue
        for module in imports(path):
            if module.startswith("gateway."):
                assert any(module == each or module.startswith(f"{each}.") for each in allowed), f"{path.name} imports {module}"


def test_a_vendor_imports_its_own_folder_and_what_all_vendors_share() -> None:
    shared = ("gateway.domain", "gateway.transport", "gateway.vendors.spec", "gateway.vendors.reading", "gateway.vendors.seen")
    for vendor in VENDORS:
        for path in (GATEWAY / "vendors" / vendor).glob("*.py"):
            for module in imports(path):
                if module.startswith("gateway."):
                    assert module.startswith((*shared, f"gateway.vendors.{vendor}")), f"{path} imports {module}"


def test_a_sandbox_knows_only_the_world_and_no_adapter() -> None:
    shared = ("gateway.sandbox.server", "gateway.sandbox.world")
    for path in (GATEWAY / "sandbox").rglob("*.py"):
        if path.name == "registry.py":
            continue
        own = path.relative_to(GATEWAY / "sandbox").parts[0]
        for module in imports(path):
            if module.startswith("gateway."):
                assert module.startswith((*shared, f"gateway.sandbox.{own}")), f"{path} imports {module}"


@pytest.mark.parametrize("layer", sorted(OUTSIDE))
def test_a_layer_uses_only_its_own_libraries(layer: str) -> None:
    known = sys.stdlib_module_names | OUTSIDE[layer] | {"gateway", "typing_extensions"}
    for path, own in modules():
        if own == layer:
            strangers = {module.split(".")[0] for module in imports(path)} - known
            assert not strangers, f"{path} imports {strangers}"


def test_a_vendors_name_occurs_only_where_it_may() -> None:
    word = re.compile("|".join(VENDORS), re.IGNORECASE)
    for path in sorted(GATEWAY.rglob("*")):
        place = path.relative_to(GATEWAY)
        if not path.is_file() or path.suffix not in {".py", ".js", ".html", ".css", ".json"} or "graphiql" in place.parts:
            continue
        if path.name in {"registry.py", "vendor.py"} and place.parts[0] in {"vendors", "sandbox", "domain"}:
            continue
        if place == Path("web/graphiql_examples.py"):  # what people read and run: it is about accounts of certain vendors
            continue
        own = place.parts[1] if place.parts[0] in {"vendors", "sandbox"} else ""
        if own in VENDORS:
            continue
        prose = _prose(path)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            code = line.partition("#")[0] if path.suffix == ".py" else line
            assert number in prose or not word.search(code), f"{place}:{number} names a vendor: {line.strip()}"


def _prose(path: Path) -> set[int]:
    """The lines of docstrings: they may give a vendor as an example, while code may not branch on one."""
    if path.suffix != ".py":
        return set()
    return {
        number
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def test_every_vendor_is_registered_with_an_adapter_and_a_sandbox() -> None:
    assert set(SPECS) == set(SANDBOXES) == set(Vendor)
    folders = {path.name for path in (GATEWAY / "vendors").iterdir() if (path / "adapter.py").exists()}
    assert folders == set(VENDORS)
    for vendor, spec in SPECS.items():
        assert spec.vendor is vendor
        assert issubclass(spec.adapter, MailboxAdapter)
        assert spec.details.__name__ == f"{vendor.title()}Details"


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty = re.compile(r"(^|_)(utils?|helpers?|manager|base|common|misc)(_|\.|$)")
    assert not [path for folder in (GATEWAY, ROOT / "tests") for path in folder.rglob("*.py") if empty.search(path.name)]
