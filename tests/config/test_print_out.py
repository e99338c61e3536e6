"""What a person sees in the terminal when much is wrong at once."""

from pathlib import Path

from gateway.config import ConfigurationError
from tests.config.made_up import CANARY, refusal

MANY = f"""
[server]
prot = 8080
port = 80800
state_dir = ""
answer_within = "soon"

[[accounts]]
name = "sales eu"
vendor = "sendkit"
api_key = "${{SALES_KEY}}"
company_id = "17"
base_url = "https://admin:{CANARY}@kit.example/v2"

[[accounts]]
name = "rota"
vendor = "outreach"
client_id = "{CANARY}"
refresh_token = "${{TOKEN}}"
fresh_for = "-30s"
pace = {{ requests = 60 }}

[[accounts]]
name = "rota"
vendor = "sendkid"
concurrency = 0

[[callers]]
name = "web"
key_hash = "mgw_{CANARY}"
scopes = ["raed"]
accounts = ["rota", "sales"]
"""


def test_many_problems_at_once(tmp_path: Path) -> None:
    error = refusal(tmp_path, MANY, {"TOKEN": CANARY})
    printed = str(ConfigurationError("gateway.toml", error.problems))
    assert f"{printed}\n" == (Path(__file__).parent / "many_problems.txt").read_text(encoding="utf-8")
    assert str(error).startswith(str(tmp_path / "gateway.toml"))


def test_nothing_printed_holds_a_secret(tmp_path: Path) -> None:
    error = refusal(tmp_path, MANY, {"TOKEN": CANARY})
    assert CANARY not in f"{error} {error!r} {error.problems} {error.args}"
    assert error.__cause__ is None


def test_one_problem_reads_as_one(tmp_path: Path) -> None:
    error = refusal(tmp_path, "", {})
    assert "has 1 problem.\n\naccounts\n    No account is configured.\n    Cure: " in str(error)
