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
    assert report["board"] == "nucleo-l4r5zi" and report["cycles"]["kind"] == "simulated"
    assert sum(layer["macs"] for layer in report["layers"]) == report["macs"]
