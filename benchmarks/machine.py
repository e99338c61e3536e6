"""What it was measured on, without its name."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("aiohttp", "graphql-core", "httptools", "httpx", "msgspec", "orjson", "starlette", "strawberry-graphql", "uvicorn", "uvloop")


def described() -> str:
    """Two sentences."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{os.cpu_count()} cores ({_processor()}), {_memory_gb():.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}{_node()}; {packages}."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        return ", no Node"
    said = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - a fixed command
    return f", Node {said.removeprefix('v')}"
