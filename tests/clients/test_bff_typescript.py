"""`examples/bff-typescript`, made as its README says."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clients.backend import BackendChecks, copied, done

pytestmark = pytest.mark.clients


class TestTypescript(BackendChecks):
    @pytest.fixture(scope="class")
    @classmethod
    def installed(cls, tmp_path_factory: pytest.TempPathFactory) -> tuple[Sequence[str], Path]:
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))  # the pinned Node.js first
        [npm, node] = [shutil.which(name, path=path) for name in ("npm", "node")]
        assert npm, "no Node.js here: `pip install --group dev` brings one"
        assert node, npm
        folder = copied("bff-typescript", tmp_path_factory.mktemp("checkout"))
        for words in (["ci", "--silent"], ["run", "codegen"], ["run", "typecheck"]):
            done(npm, *words, cwd=folder, env={"PATH": path})
        return [node, "src/server.ts"], folder
