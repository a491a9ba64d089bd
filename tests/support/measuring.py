"""Firmware to measure, and the document of `edgeopt measure`."""

from pathlib import Path
from typing import Any

import pytest
from support.cli import edgeopt

from edgeopt import pipeline
from edgeopt.board import load_board

RUNS = ("--runs", "12", "--warmup", "2")


def built_project(folder: Path, model: bytes) -> Path:
    """The folder, with small.tflite and its built firmware `out`."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    (folder / "small.tflite").write_bytes(model)
    pipeline.generate(folder / "small.tflite", load_board("nucleo-l4r5zi"), folder / "out")
    pipeline.build(folder / "out")
    return folder


def measured(capsys: pytest.CaptureFixture[str], *arguments: object, exit_code: int = 0) -> dict[str, Any]:
    """The document of `edgeopt measure ... --json`."""
    outcome = edgeopt(capsys, "measure", *arguments, "--json")
    assert outcome.exit_code == exit_code, outcome.stderr
    return outcome.document
