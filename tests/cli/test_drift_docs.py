"""docs/drift.md shows what is printed, for the data that it was written with."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from support.cli import edgeopt

PAGE = Path(__file__).parents[2] / "docs" / "drift.md"


@pytest.mark.usefixtures("any_toolchain")
def test_the_page_shows_what_is_printed(
    small_model: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("small.tflite").write_bytes(small_model)
    rng = np.random.default_rng(1)
    for name, mean, count in (("calibration", 0.0, 60), ("same", 0.0, 30), ("bright", 0.4, 30)):
        np.savez(f"{name}.npz", x=rng.normal(mean, 0.5, (count, 8, 8, 1)).astype(np.float32))
    text = PAGE.read_text()
    (shown,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    for line in re.findall(r"^\$ edgeopt (.*)$", text, re.MULTILINE):
        assert edgeopt(capsys, *line.split()).exit_code == 0, line
    (line,) = re.findall(r"^edgeopt (drift .* bright\.npz)$", text, re.MULTILINE)
    outcome = edgeopt(capsys, *line.split())
    assert outcome.exit_code == 5
    assert [line.split() for line in outcome.stdout.strip().splitlines()] == [
        line.split() for line in shown.strip().splitlines()
    ]
