"""Quantized values, and models run on this computer."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder

from edgeopt.convert import LiteRt, Score, dequantize_values, load_dataset, make_dataset, quantize_values, score
from edgeopt.convert.intervals import wilson
from edgeopt.errors import MalformedModel, UsageError
from edgeopt.ir import Quant

MNIST = Path(__file__).parents[2] / "examples" / "mnist"


def test_values_are_rounded_with_halves_away_from_zero_and_clipped() -> None:
    real = np.array([-1.25, -0.75, -0.25, -0.2499, 0.0, 0.25, 0.75, 1e9, -1e9], np.float32)
    assert quantize_values(real, Quant((0.5,), (3,))).tolist() == [0, 1, 2, 3, 3, 4, 5, 127, -128]
    # the largest float32 below a half: adding 0.5 to it would give 1
    assert quantize_values(np.array([np.nextafter(np.float32(0.5), np.float32(0))]), Quant((1.0,), (0,))).tolist() == [
        0
    ]


def test_the_quantize_operator_agrees() -> None:
    seed = 4
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    for scale, zero_point in ((0.003921, -128), (0.05, 7), (1.7, 0)):
        m = ModelBuilder()
        x, y = m.tensor([1, 1000], "float32", name="x"), m.tensor([1, 1000], scale=scale, zero_point=zero_point)
        m.op("QUANTIZE", [x], [y])
        real = (rng.integers(-300, 300, (1, 1000)) * np.float32(scale) / 2).astype(np.float32)
        litert = LiteRt(m.finish([x], [y]))
        (output,) = litert.run(make_dataset({"x": real})).values()
        quant = litert.outputs[0].q
        np.testing.assert_array_equal(quantize_values(real, quant), output[0])
        inside = (output[0] > -128) & (output[0] < 127)
        assert inside.any() and np.abs(dequantize_values(output[0], quant) - real)[inside].max() <= scale * 0.51


def test_a_float_model_runs_and_both_kernel_sets_agree() -> None:
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")
    data = load_dataset(MNIST / "test.npz").first(100)
    results = [LiteRt(MNIST / "mnist_float.tflite", kernels).run(data) for kernels in ("reference", "optimized")]
    (a,), (b,) = (tuple(result.values()) for result in results)
    assert a.shape == (100, 1, 10) and a.dtype == np.float32
    np.testing.assert_allclose(a, b, atol=1e-4)
    found = score(a, data)
    assert found is not None and found.metric == "top-1" and found.value > 0.9


def test_a_file_that_litert_refuses(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")
    (tmp_path / "m.tflite").write_bytes(b"\x18\0\0\0TFL3" + b"\0" * 64)
    with pytest.raises(MalformedModel, match=r"m\.tflite: LiteRT cannot load it"):
        LiteRt(tmp_path / "m.tflite")


def test_scores() -> None:
    data = make_dataset({"x": np.zeros((4, 1))})
    labelled = make_dataset({"x": np.zeros((4, 1)), "y": np.array([0, 1, 2, 2])})
    outputs = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    baseline = np.eye(3, dtype=np.float32)[[0, 1, 0, 0]]
    assert score(outputs, labelled) == Score("top-1", 0.75, 4, *wilson(3, 4))
    assert score(outputs, data, baseline) == Score("agreement", 0.75, 4, *wilson(3, 4))
    error = score(outputs, data, baseline, classifies=False)
    assert error is not None and error.metric == "relative error" and error.value == pytest.approx((2 / 4) ** 0.5)
    assert score(outputs, data) is None
    with pytest.raises(UsageError, match="label 2, but the model has 2 classes"):
        score(outputs[:, :2], labelled)


def test_where_the_reference_kernels_lack_or_spoil_an_operator_others_compute() -> None:
    m = ModelBuilder()
    x, y = m.tensor([1, 2], "float32", name="x"), m.tensor([1, 2], "float32")
    m.op("ELU", [x], [y])
    (output,) = LiteRt(m.finish([x], [y])).run(make_dataset({"x": np.array([[-1, 2]], np.float32)})).values()
    np.testing.assert_allclose(output.reshape(-1), [np.expm1(-1), 2], rtol=1e-6)
    m = ModelBuilder()
    x, y = m.tensor([1, 3], scale=0.5, zero_point=-128, name="x"), m.tensor([1, 1], scale=1.0, zero_point=-128)
    m.op("SUM", [x, m.tensor([1], "int32", data=[1])], [y], {"keep_dims": True})
    (output,) = LiteRt(m.finish([x], [y])).run_real(make_dataset({"x": np.array([[1, 2, 4]], np.float32)})).values()
    assert output.reshape(-1).tolist() == [7]


# tflite_runtime as its wheel lays it out, over the interpreter that is installed, which nobody finds by its own name
_RENAMED = """
import sys, types
from ai_edge_litert import interpreter as real
package, module = types.ModuleType("tflite_runtime"), types.ModuleType("tflite_runtime.interpreter")
module.Interpreter, module.OpResolverType = real.Interpreter, real.OpResolverType
sys.modules.update({"tflite_runtime": package, "tflite_runtime.interpreter": module})
sys.modules["ai_edge_litert"] = sys.modules["ai_edge_litert.interpreter"] = None
"""
_RUN = """
import sys
from pathlib import Path
from edgeopt.convert import LiteRt, load_dataset
folder = Path(sys.argv[1])
model, data = LiteRt(folder / "mnist_float.tflite"), load_dataset(folder / "test.npz").first(20)
print(next(iter(model.run(data).values())).argmax(axis=-1).ravel().tolist())
"""


@pytest.mark.parametrize("before", [_RENAMED, "import sys; sys.modules['ai_edge_litert'] = None"])
def test_tflite_runtime_is_taken_where_litert_is_not_there(before: str) -> None:
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")
    if before is not _RENAMED and importlib.util.find_spec("tflite_runtime") is None:
        pytest.skip("pip install tflite-runtime==2.14.0 (Python 3.11)")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-c", before + "\n" + _RUN, str(MNIST)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wanted,) = LiteRt(MNIST / "mnist_float.tflite").run(load_dataset(MNIST / "test.npz").first(20)).values()
    assert done.stdout.split("\n")[-2] == str(wanted.argmax(axis=-1).ravel().tolist())
