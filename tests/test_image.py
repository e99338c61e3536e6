"""What the Docker image must not be, by its recipe: run by root, or a place where secrets lie. `.ci/run` has hadolint read it, too."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHIPPED = {"gateway", "hatch_build.py", "pyproject.toml", "requirements.lock", "README.md", "LICENSE"}


def instructions(stage: int) -> list[tuple[str, str]]:
    """Of a stage (-1: the one that is shipped): each with its arguments on one line."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", " ")
    found = [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line.strip())]
    begins = [at for at, (word, _) in enumerate(found) if word == "FROM"]
    return found[begins[stage] : begins[stage + 1] if stage + 1 else None]


def test_it_runs_as_nobody_in_particular() -> None:
    """By number, as Kubernetes' `runAsNonRoot` can check no name; and nothing is done as root afterwards."""
    shipped = instructions(-1)
    [(at, user)] = [(at, rest) for at, (word, rest) in enumerate(shipped) if word == "USER"]
    assert re.fullmatch(r"[1-9][0-9]{3,}:[1-9][0-9]{3,}", user)
    assert not {word for word, _ in shipped[at:]} & {"RUN", "COPY", "ADD"}


def test_only_what_was_built_is_shipped() -> None:
    copies = [rest for word, rest in instructions(-1) if word in ("COPY", "ADD")]
    assert copies == ["--from=build /opt/gateway /opt/gateway"]


def test_only_named_files_reach_the_build() -> None:
    """So no configuration, no key and no state can lie in a layer."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == SHIPPED


def test_no_secret_is_handed_to_the_build() -> None:
    """`ARG` and `ENV` stay in the image's history."""
    named = [rest for stage in (0, -1) for word, rest in instructions(stage) if word in ("ARG", "ENV")]
    assert named
    assert not [each for each in named if re.search(r"(?i)secret|token|passw|api_?key|credential", each)]
    assert not [rest for stage in (0, -1) for word, rest in instructions(stage) if word == "ADD" or "curl" in rest or "wget" in rest]
