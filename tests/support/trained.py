"""Trained binarized networks of examples/: their generated C on this computer, and their stored figures."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from support.host import run_on_host

from edgeopt import pipeline
from edgeopt.convert import Dataset
from edgeopt.device.samples import samples_of
from edgeopt.ir import Array, Graph

EXAMPLES = Path(__file__).parents[2] / "examples"
_FAST = ("-std=c99", "-O2")  # tests of operators run under the sanitizers
_EXACT = ("macs", "binary_macs", "flash_bytes", "ram_bytes", "instructions", "cycles")


def converted(model: Path, calibration: Path, folder: Path) -> Path:
    """The .tflite of the Larq Compute Engine, with calibration ranges in it."""
    pytest.importorskip("larq_compute_engine", reason="pip install 'edgeopt[larq]'")
    path = folder / f"{model.stem}.tflite"
    pipeline.convert(model, path, calibration)
    return path


def on_host(graph: Graph, data: Dataset, folder: Path) -> list[Array]:
    """The outputs [samples, ...] of the generated C."""
    (rows,) = run_on_host([graph], [samples_of(data, graph.input_tensors)], folder, flags=_FAST)
    return [np.stack(column) for column in zip(*rows, strict=True)]


def assert_table(example: Path) -> None:
    """The table of the example's README is what its figures.json says, of networks that were proven on all images."""
    rows, page = json.loads((example / "figures.json").read_text()), (example / "README.md").read_text()
    assert _script()["with_table"](page, rows) == page
    for row in rows:
        assert "refused" in row or (row["samples"], row["identical"]) == (1000, 1000)


def assert_figures(example: Path, board: str, model: Path, calibration: Path, data: Path) -> None:
    """Deployed now, the binary network takes what figures.json says: sizes and counts do not depend on the samples."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    rows = json.loads((example / "figures.json").read_text())
    (stored,) = (row for row in rows if (row["board"], row["network"]) == (board, "binary"))
    found = _script()["deployed"](model, board, calibration, data)
    if found["toolchain"] != stored["toolchain"]:
        pytest.skip(f"the figures are from {stored['toolchain']}; install it, this is {found['toolchain']}")
    for key in _EXACT:
        assert found[key] == stored[key], f"{key} of {board}: make the table anew, by the script beside it"


def _script() -> dict[str, object]:
    return runpy.run_path(str(EXAMPLES / "mnist_binary" / "compare.py"))
