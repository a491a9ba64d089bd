"""`edgeopt compare` of a binarized network: the Larq Compute Engine beside edgeopt's C, and nobody else."""

from pathlib import Path

import numpy as np
import pytest
from support.binarized import thresholds_only

from edgeopt.pipeline import compare
from edgeopt.report.comparison import Comparison


def test_the_engine_and_the_c_side_by_side(tmp_path: Path, rng: np.random.Generator) -> None:
    pytest.importorskip("larq_compute_engine", reason="pip install 'edgeopt[larq]'")
    (tmp_path / "net.tflite").write_bytes(thresholds_only())
    np.savez(tmp_path / "data.npz", x=(rng.integers(0, 256, [20, 12, 12, 1]) / 255).astype(np.float32))
    found = compare([tmp_path / "net.tflite"], tmp_path / "data.npz")
    assert isinstance(found, Comparison)
    rows = [("Larq Compute Engine (reference)", "binarized"), ("edgeopt's C", "binarized")]
    assert [(row.runtime, row.model) for row in found.rows] == rows
    assert found.rows[1].max_diff < 2.0**-12
    assert all(row.latency_ms.value and row.latency_ms.value > 0 for row in found.rows)
    assert found.warnings == ()
