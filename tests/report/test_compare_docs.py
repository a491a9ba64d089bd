"""The example of docs/comparing.md is run; its figures are of one compiler, its words are of any."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.cli import edgeopt

PAGE = Path(__file__).parents[2] / "docs" / "comparing.md"
FIGURE = re.compile(r"[+-]?\d[\d.,]*(?:e-?\d+)?|\b[0-9a-f]{12}\b")


def words(text: str) -> list[str]:
    """Without figures, rules and line breaks: a table's columns are as wide as its figures."""
    return re.sub("─+", "", FIGURE.sub("#", re.sub(r"\b[0-9a-f]{12}\b", "#", text))).split()


@pytest.mark.usefixtures("any_toolchain")
def test_the_page_shows_what_is_printed(
    small_model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("small.tflite").write_bytes(small_model)
    text = PAGE.read_text()
    (shown,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    printed = ""
    for line in re.findall(r"^\$ edgeopt (.*)$", text, re.MULTILINE):
        outcome = edgeopt(capsys, *line.split())
        assert outcome.exit_code == 0, (line, outcome.stderr)
        printed = outcome.stdout
    assert printed.startswith("Runs")
    assert words(shown) == words(printed[printed.index("Not alike") :])
