"""`examples/bff-typescript`, made as its README says."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clients.backend import BackendChecks, copied, done
from tests.clients.conftest import SEARCH_PATH, program

pytestmark = pytest.mark.clients


class TestTypescript(BackendChecks):
    @pytest.fixture(scope="class")
    @classmethod
    def installed(cls, tmp_path_factory: pytest.TempPathFactory) -> tuple[Sequence[str], Path]:
        folder = copied("bff-typescript", tmp_path_factory.mktemp("checkout"))
        for words in (["ci", "--silent"], ["run", "codegen"], ["run", "typecheck"]):
            done(program("npm"), *words, cwd=folder, env={"PATH": SEARCH_PATH})
        return [program("node"), "src/server.ts"], folder
