"""Float .tflite to int8, what is passed through, and what is refused."""

import sys
from pathlib import Path

import numpy as np
import pytest
from support.oracle import run_tflm
from support.tflite_writer import ModelBuilder

from edgeopt.convert import Dataset, Kind, LiteRt, Worker, convert, load_dataset, make_dataset, read_summary
from edgeopt.errors import EdgeoptError, MalformedModel, ToolchainError, UnsupportedModel, UsageError

pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
FLOAT = MNIST / "mnist_float.tflite"
CALIBRATION = MNIST / "calibration.npz"


def random_data(*shape: int, samples: int = 40) -> Dataset:
    return make_dataset({"x": np.random.default_rng(3).random((samples, *shape), np.float32)})


def refused(model: Path, output: Path, calibration: Dataset | Path | None = None) -> EdgeoptError:
    """The error of a conversion, which must be of one line and leave nothing behind."""
    before = set(output.parent.iterdir())
    with pytest.raises(EdgeoptError) as caught:
        convert(model, output, calibration)
    assert set(output.parent.iterdir()) == before
    assert "\n" not in caught.value.message and caught.value.hint
    return caught.value


def test_the_mnist_network_loses_at_most_one_percent(tmp_path: Path) -> None:
    done = convert(FLOAT, tmp_path / "m.tflite", CALIBRATION, evaluation=MNIST / "test.npz")
    assert done.action == "quantized" and done.source_format == "tflite" and done.warnings == ()
    assert done.inputs == ("serving_default_image:0 int8[1, 28, 28, 1]",)
    assert {score.metric for score in done.accuracy.values()} == {"top-1"}
    assert done.accuracy["float"].value >= 0.97
    assert done.accuracy["quantized"].value >= done.accuracy["float"].value - 0.01


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / "a.tflite", tmp_path / "other" / "b.tflite"]
    paths[1].parent.mkdir()
    hashes = [convert(FLOAT, path, CALIBRATION).sha256 for path in paths]
    assert paths[0].read_bytes() == paths[1].read_bytes() and len(set(hashes)) == 1
    assert [path.name for path in tmp_path.glob("*.tflite")] == ["a.tflite"]


def test_the_result_is_full_int8_and_runs_on_the_oracle(tmp_path: Path) -> None:
    convert(FLOAT, tmp_path / "m.tflite", CALIBRATION)
    model = (tmp_path / "m.tflite").read_bytes()
    summary = read_summary(model, "m")
    assert summary.kind is Kind.INT8 and not summary.float_layers
    assert {tensor.dtype for tensor in summary.tensors} == {"int8", "int32"}
    assert {layer.operator for layer in summary.layers}.isdisjoint({"QUANTIZE", "DEQUANTIZE", "SHAPE", "PACK"})
    data = load_dataset(MNIST / "test.npz").first(50)
    litert = LiteRt(model)
    ((_, outputs),) = litert.run(data).items()
    x = np.round(data.inputs["image"] / litert.inputs[0].q.scale) + litert.inputs[0].q.zero_point
    for sample, output in zip(x.clip(-128, 127).astype(np.int8), outputs, strict=True):
        (oracle,) = run_tflm(model, [sample[None]])
        assert np.abs(oracle.astype(int) - output).max() <= 2


def test_convolution_weights_are_per_channel(tmp_path: Path) -> None:
    convert(FLOAT, tmp_path / "m.tflite", CALIBRATION)
    summary = read_summary((tmp_path / "m.tflite").read_bytes(), "m")
    for layer in summary.layers:
        if layer.operator in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            weights = summary.tensors[layer.inputs[1]]
            assert weights.q.per_channel and set(weights.q.zero_points) == {0}


def test_kws_converts(tmp_path: Path, shared_models: Path) -> None:
    done = convert(shared_models / "kws_dscnn_float.tflite", tmp_path / "k.tflite", random_data(49, 10, 1))
    assert done.inputs == ("serving_default_input_1:0 int8[1, 49, 10, 1]",)
    assert done.float_model == (shared_models / "kws_dscnn_float.tflite").read_bytes()


@pytest.mark.parametrize("name", ["kws_dscnn", "ic_resnet8", "vww_mobilenet", "ad_autoencoder"])
def test_full_int8_is_passed_through_byte_for_byte(name: str, tmp_path: Path, shared_models: Path) -> None:
    model = shared_models / f"{name}_int8.tflite"
    done = convert(model, tmp_path / "m.tflite")
    assert done.action == "unchanged" and (tmp_path / "m.tflite").read_bytes() == model.read_bytes()


def test_a_hybrid_model_is_refused(tmp_path: Path, shared_models: Path) -> None:
    error = refused(shared_models / "kws_dscnn_hybrid.tflite", tmp_path / "m.tflite", random_data(49, 10, 1))
    assert isinstance(error, UnsupportedModel) and error.exit_code == 3
    assert "is a hybrid model: 5 layers compute in float with int8 weights, the first is" in error.message


def edged_model() -> bytes:
    """float -> QUANTIZE -> RELU -> DEQUANTIZE -> float, as TensorFlow's converter makes by default."""
    m = ModelBuilder()
    x, y = m.tensor([1, 8], "float32", name="x"), m.tensor([1, 8], "float32", name="y")
    a = m.tensor([1, 8], scale=0.1, zero_point=-3)
    b = m.tensor([1, 8], scale=0.1, zero_point=-3)
    m.op("QUANTIZE", [x], [a])
    m.op("RELU", [a], [b])
    m.op("DEQUANTIZE", [b], [y])
    return m.finish([x], [y])


def test_float_edges_are_taken_off(tmp_path: Path) -> None:
    (tmp_path / "edges.tflite").write_bytes(edged_model())
    done = convert(tmp_path / "edges.tflite", tmp_path / "m.tflite")
    assert done.action == "edges removed" and done.inputs == ("t2 int8[1, 8]",) and done.outputs == ("t3 int8[1, 8]",)
    model = (tmp_path / "m.tflite").read_bytes()
    assert [layer.operator for layer in read_summary(model, "m").layers] == ["RELU"]
    assert len(read_summary(model, "m").tensors) == 2
    q = np.array([[-128, -50, -4, -3, -2, 0, 50, 127]], np.int8)
    np.testing.assert_array_equal(run_tflm(model, [q])[0], np.maximum(q, -3))


def test_layers_that_stay_in_float_are_all_named(tmp_path: Path) -> None:
    m = ModelBuilder()
    tensors = [m.tensor([1, 8], "float32", name=name) for name in ("x", "sine", "relu", "floor")]
    for name, source, target in (("SIN", 0, 1), ("RELU", 1, 2), ("FLOOR", 2, 3)):
        m.op(name, [tensors[source]], [tensors[target]])
    (tmp_path / "f.tflite").write_bytes(m.finish([tensors[0]], [tensors[3]]))
    error = refused(tmp_path / "f.tflite", tmp_path / "m.tflite", random_data(8))
    assert isinstance(error, UnsupportedModel)
    assert "`sine` (SIN)" in error.message and "`floor` (FLOOR)" in error.message


@pytest.mark.parametrize("keep", [0, 3, 8, 100, 20_000, -1])
def test_a_truncated_model_is_refused(keep: int, tmp_path: Path) -> None:
    whole = FLOAT.read_bytes()
    (tmp_path / "f.tflite").write_bytes(whole[:keep])
    error = refused(tmp_path / "f.tflite", tmp_path / "m.tflite", random_data(28, 28, 1))
    assert isinstance(error, MalformedModel) and str(tmp_path / "f.tflite") in error.message


def test_flipped_bits_never_raise_anything_but_an_edgeopt_error() -> None:
    seed = 11
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    whole = FLOAT.read_bytes()
    failures = 0
    for _ in range(500):
        raw = bytearray(whole)
        for place in rng.integers(4, len(raw), rng.integers(1, 60)):
            raw[place] ^= 1 << rng.integers(8)
        try:
            read_summary(bytes(raw), "m").kind  # noqa: B018
        except EdgeoptError as error:
            failures += 1
            assert "\n" not in error.message
    assert failures > 50


def test_an_open_dimension_is_refused_and_an_open_batch_is_one(tmp_path: Path) -> None:
    for signature, opened in (([-1, 8], False), ([1, -1], True)):
        m = ModelBuilder()
        x, y = m.tensor([1, 8], "float32", name="x"), m.tensor([1, 8], "float32", name="y")
        m.op("RELU", [x], [y])

        def edit(model: object, signature: list[int] = signature) -> None:
            for tensor in model.subgraphs[0].tensors:  # type: ignore[attr-defined]
                tensor.shapeSignature = signature

        (tmp_path / "f.tflite").write_bytes(m.finish([x], [y], edit))
        if opened:
            error = refused(tmp_path / "f.tflite", tmp_path / "m.tflite", random_data(8))
            assert "input `x` has open dimensions: [1, -1]" in error.message
        else:
            assert convert(tmp_path / "f.tflite", tmp_path / "m.tflite", random_data(8)).outputs == ("y int8[1, 8]",)
            (tmp_path / "m.tflite").unlink()


def test_bad_calibration_ends_before_any_work(tmp_path: Path) -> None:
    output = tmp_path / "m.tflite"
    assert "calibration data is missing" in refused(FLOAT, output).message
    assert "needs [samples, 28, 28, 1]" in refused(FLOAT, output, random_data(28, 28)).message
    with_nan = random_data(28, 28, 1)
    with_nan.inputs["x"][5, 3, 3, 0] = np.nan
    error = refused(FLOAT, output, with_nan)
    assert isinstance(error, UsageError) and "sample 5 has NaN" in error.message and error.exit_code == 2


def test_paths_that_cannot_be(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.tflite", tmp_path / "m.tflite").message
    with pytest.raises(UsageError, match="no such folder"):
        convert(FLOAT, tmp_path / "none" / "m.tflite", CALIBRATION)
    copy = tmp_path / "copy.tflite"
    copy.write_bytes(FLOAT.read_bytes())
    assert "is the model itself" in refused(copy, copy, CALIBRATION).message
    assert copy.read_bytes() == FLOAT.read_bytes()


def test_a_dead_worker_leaves_no_output(tmp_path: Path) -> None:
    worker = Worker((sys.executable, "-c", "import os; os.abort()"), log=tmp_path / "log")
    with pytest.raises(ToolchainError, match="SIGABRT"):
        convert(FLOAT, tmp_path / "m.tflite", CALIBRATION, worker=worker)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
