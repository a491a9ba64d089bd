"""Damaged files through `edgeopt.convert`; `python -m benchmarks MODELS --only fuzz` has many more of them.

In a process of its own, which is forked for every file: this one has threads of the libraries that other tests use.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.converting import Outcomes, flipped_inside, import_ahead, try_to_convert, with_flips
from support.float_networks import OPERATORS
from support.fuzzing import flipped, truncated
from support.networks import NETWORKS

import edgeopt
from edgeopt.convert import api

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
MOST_BYTES = 10**9


def damaged(kind: str, rng: np.random.Generator) -> list[bytes]:
    if kind == "operators":
        models = [operator.build(rng) for operator in OPERATORS]
        return [data for model in models for data in flipped(model, rng, 2)]
    if kind == "integers":
        return [data for network in NETWORKS.values() for data in flipped(network(), rng, 6)]
    if kind == "binarized":
        from support.binarized import BINARIZED  # which needs more than the others

        models = [network() for network in BINARIZED.values()]
        models += [model.replace(b"edgeopt.ranges", b"edgeopt.ponies") for model in models]  # to be calibrated
        return [data for model in models for data in flipped(model, rng, 50)]
    if kind == "data":
        samples = (MNIST / "calibration.npz").read_bytes()
        return [*with_flips(samples, rng, 2), *flipped_inside(samples, rng, 6), *truncated(samples, rng, 2)]
    network = (MNIST / "mnist_float.tflite").read_bytes()
    return [*flipped(network, rng, 12), *truncated(network, rng, 3)]


def convert_all(kind: str, folder: Path) -> Outcomes:
    import_ahead(keras=False)
    outcomes, rng = Outcomes(), np.random.default_rng(20261122)
    verb = api.convert if kind == "binarized" else edgeopt.convert  # which compiles C besides, for each file
    file = folder / f"damaged.{'npz' if kind == 'data' else 'tflite'}"
    for content in damaged(kind, rng):
        file.write_bytes(content)
        model, data = (MNIST / "mnist_float.tflite", file) if kind == "data" else (file, None)
        try_to_convert(model, data, folder / "made", outcomes, verb)
    return outcomes


@pytest.mark.parametrize("kind", ["network", "operators", "integers", "data", "binarized"])
def test_a_damaged_file_is_refused_in_one_line_or_gives_a_model_that_loads(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")
    if kind == "binarized" and importlib.util.find_spec("larq_compute_engine") is None:
        pytest.skip("pip install 'edgeopt[larq]'")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, __file__, kind, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = Outcomes(**json.loads(done.stdout))
    print(found)
    assert not found.wrong and not found.unexplained and not found.slow
    assert found.converted > 2 and found.refused > 2 and found.peak_bytes < MOST_BYTES


if __name__ == "__main__":
    json.dump(vars(convert_all(sys.argv[1], Path(sys.argv[2]))), sys.stdout)
