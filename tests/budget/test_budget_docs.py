"""docs/budget.md: its budget is sound, its table has every limit, its Python runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from edgeopt.budget import RULES, Rule, load_budget

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "budget.md").read_text()


def block(language: str) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def test_the_budget_of_the_page_has_every_limit(tmp_path: Path) -> None:
    file = tmp_path / "budget.toml"
    file.write_text(block("toml"))
    budget = load_budget(file)
    assert list(budget.limits) == [rule.name for rule in RULES]
    assert budget.use is not None and budget.use.supply is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_table_has_every_limit(rule: Rule) -> None:
    side = "at least" if rule.at_least else "at most"
    assert re.search(rf"^\| `{rule.name}` \| .* \| {side} \|", PAGE, re.MULTILINE)


def test_the_python_of_the_page_runs(tmp_path: Path, small_model: bytes) -> None:
    (tmp_path / "small.tflite").write_bytes(small_model)
    (tmp_path / "examples").symlink_to(PROJECT / "examples")
    subprocess.run([sys.executable, "-c", block("python")], cwd=tmp_path, check=True, capture_output=True)
