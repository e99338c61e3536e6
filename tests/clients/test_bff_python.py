"""`examples/bff-python`, made as its README says; and ariadne-codegen, which it uses, with more of the schema.

The virtual environment is one of their own: ariadne-codegen takes no graphql-core as new as the gateway's.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.clients.backend import EXAMPLES, BackendChecks, copied, done
from tests.e2e.conftest import ROOT, Running

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the virtual environment's programs."""
    folder = tmp_path_factory.mktemp("environment")
    done(sys.executable, "-m", "venv", folder, cwd=folder)
    lock = EXAMPLES / "bff-python" / "requirements.lock"
    done(folder / "bin/pip", "install", "--quiet", "--require-hashes", "-r", lock, cwd=folder)
    return folder / "bin"


def check_types(file: Path, programs: Path) -> None:
    """Strictly, with the types of what was generated; that itself is not checked."""
    options = ("--strict", "--follow-imports=silent", "--python-executable")
    done(sys.executable, "-m", "mypy", *options, programs / "python", file, cwd=file.parent)


class TestPython(BackendChecks):
    @pytest.fixture(scope="class")
    @classmethod
    def installed(cls, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Sequence[str | Path], Path]:
        folder = copied("bff-python", tmp_path_factory.mktemp("checkout"))
        done(programs / "ariadne-codegen", cwd=folder)
        check_types(folder / "bff.py", programs)
        return [programs / "uvicorn", "bff:app", "--port", "0"], folder


def test_the_client_that_ariadne_codegen_makes_reads_writes_and_tells_errors(programs: Path, demo: Running, tmp_path: Path) -> None:
    shutil.copy(ROOT / "schema.graphql", tmp_path)
    folder = shutil.copytree(Path(__file__).parent / "ariadne_codegen", tmp_path / "client")
    done(programs / "ariadne-codegen", cwd=folder)
    check_types(folder / "journey.py", programs)
    done(programs / "python", "journey.py", f"{demo.url}/graphql", cwd=folder)
