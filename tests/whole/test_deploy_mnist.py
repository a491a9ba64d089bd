"""`edgeopt deploy` of the MNIST example as a user calls it: one process, from the float model to the report."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("unicorn", reason="pip install unicorn")

IMAGES = 40
KEYS = {"schema", "flash_bytes", "ram_bytes", "macs", "instructions", "cycles", "latency_ms", "energy_uj", "power_mw"}


@pytest.mark.usefixtures("any_toolchain")
def test_deploy(project: Path, tmp_path: Path) -> None:
    for module in ("ai_edge_litert", "tflite_micro"):
        pytest.importorskip(module, reason="pip install 'edgeopt[quantize,oracle]'")
    mnist = project / "examples" / "mnist"
    test = np.load(mnist / "test.npz")
    np.savez(tmp_path / "few.npz", **{name: test[name][:: len(test[name]) // IMAGES] for name in test.files})
    command = [sys.executable, "-m", "edgeopt", "deploy", str(mnist / "mnist_float.tflite"), "--json"]
    command += ["--calibration", str(mnist / "calibration.npz"), "--data", str(tmp_path / "few.npz"), "-o", "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert json.loads(done.stdout) == report
    assert report.keys() >= KEYS
    proof, accuracy = report["validation"], report["accuracy"]
    assert (proof["samples"], proof["identical"], proof["oracle"]) == (IMAGES, IMAGES, "tflite-micro")
    assert accuracy["metric"] == "top-1" and accuracy["device"] > 0.85
    assert accuracy["c"] == accuracy["device"], "the same bytes, on this computer and on the board"
    assert accuracy["intervals"].keys() == {"float_model", "quantized_model", "c", "device", "loss_points"}
    low, high = accuracy["intervals"]["device"]
    assert low < accuracy["device"] <= high
    assert report["board"] == "nucleo-l4r5zi" and report["cycles"]["kind"] == "simulated"
    assert sum(layer["macs"] for layer in report["layers"]) == report["macs"]


def test_nothing_is_written_where_the_accuracy_limit_does_not_hold(project: Path, tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")
    mnist = project / "examples" / "mnist"
    images = np.load(mnist / "calibration.npz")["image"][:40]
    np.savez(tmp_path / "wrong_scale.npz", image=images * np.float32(30))
    command = [sys.executable, "-m", "edgeopt", "deploy", str(mnist / "mnist_float.tflite"), "--json", "-o", "out"]
    command += ["--calibration", "wrong_scale.npz", "--data", str(mnist / "test.npz")]
    command += ["--method", "min-max", "--max-accuracy-drop", "2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["kind"]) == (4, "OverBudget"), done.stderr
    assert "points of top-1" in error["message"] and "2 are allowed" in error["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["wrong_scale.npz"]
