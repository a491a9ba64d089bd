"""`edgeopt compare`: rows that agree, times taken in turn, what is left out and why, and runs side by side."""

import json
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cli import Outcome, edgeopt
from support.results import DEPLOYMENT

from edgeopt.board import load_board
from edgeopt.contest import Contender, Models, contenders_of, contest
from edgeopt.contest.rounds import ROUNDS
from edgeopt.convert import Dataset, Limits, Outputs, make_dataset
from edgeopt.convert.layout import Layout
from edgeopt.convert.process import WorkerDied
from edgeopt.energy import Quantity
from edgeopt.errors import UnsupportedModel, UsageError
from edgeopt.pipeline import compare
from edgeopt.report import dumps, plain
from edgeopt.report.comparison import Comparison, RunComparison

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
INTEGER_ROWS = ["LiteRT (XNNPACK)", "tflite-micro", "edgeopt's C"]


def need(*modules: str) -> None:
    for module in modules:
        pytest.importorskip(module, reason="pip install 'edgeopt[quantize,oracle]'")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty of the example's test images, and forty to calibrate with."""
    made = tmp_path_factory.mktemp("compare")
    for name, source, count in (("test", "test", 60), ("calibration", "calibration", 40)):
        arrays = np.load(MNIST / f"{source}.npz")
        np.savez(made / f"{name}.npz", **{key: arrays[key][:count] for key in arrays.files})
    return made


@pytest.fixture(scope="module")
def compared(folder: Path) -> Comparison:
    need("ai_edge_litert", "tflite_micro")
    board = load_board("nucleo-l4r5zi")
    found = compare(
        [MNIST / "mnist_float.tflite"], folder / "test.npz", board=board, calibration=folder / "calibration.npz"
    )
    assert isinstance(found, Comparison)
    return found


def test_one_model_under_every_runtime(compared: Comparison) -> None:
    names = ["LiteRT (XNNPACK)", "LiteRT (reference)"]
    assert [(row.runtime, row.model) for row in compared.rows] == [
        *((name, "float") for name in names),
        *((name, "int8") for name in INTEGER_ROWS),
    ]
    first, reference, *integer = compared.rows
    assert (first.max_diff, first.snr_db, first.ratio) == (0.0, None, 1.0)
    assert reference.snr_db is not None and reference.snr_db > 100, "the same floats, but for the order of sums"
    for row in integer:
        assert row.snr_db is not None and 25 < row.snr_db < 60
        assert 0 < row.max_diff < 0.5
    micro, generated = integer[1:]
    assert (micro.max_diff, micro.snr_db, micro.accuracy) == (generated.max_diff, generated.snr_db, generated.accuracy)


def test_times_are_measured_and_sizes_are_of_something(compared: Comparison) -> None:
    for row in compared.rows:
        assert row.latency_ms.kind == "measured" and row.latency_ms.value is not None
        assert 0 < row.latency_ms.value < 1000 and row.ratio > 0 and row.inferences >= 3 * ROUNDS
        assert row.accuracy is not None and row.accuracy.metric == "top-1" and row.accuracy.samples == 60
        assert row.accuracy.low < row.accuracy.value <= row.accuracy.high
    assert compared.rows[0].size_bytes == (MNIST / "mnist_float.tflite").stat().st_size
    # each weight is one byte, and there are 7,418 of them; the rest are biases, multipliers and code
    assert compared.rows[-1].size_of == "constants and code" and 7_418 < compared.rows[-1].size_bytes < 60_000
    assert compared.on_board is not None and compared.on_board.board == "nucleo-l4r5zi"
    assert compared.on_board.latency_ms.kind == "estimated"


def test_json_and_text_of_a_comparison(compared: Comparison) -> None:
    document = json.loads(dumps(compared))
    assert document["schema"] == "edgeopt.comparison/1"
    assert set(document["rows"][0]) == {
        *("runtime", "model", "max_diff", "snr_db", "accuracy", "latency_ms", "ratio", "inferences", "size_bytes"),
        "size_of",
    }
    shown = compared._repr_html_()
    assert all(row.runtime.split()[0].replace("'", "&#x27;") in shown for row in compared.rows)


def test_two_files_in_any_order(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    need("ai_edge_litert", "tflite_micro")
    integer, source, data = tmp_path / "i.tflite", MNIST / "mnist_float.tflite", folder / "test.npz"
    calibration = folder / "calibration.npz"
    made = edgeopt(capsys, "convert", source, "-o", integer, "--calibration", calibration, "--method", "min-max")
    assert made.exit_code == 0, made.stderr
    outcome = edgeopt(capsys, "compare", integer, source, "--data", data, "--json")
    rows = outcome.document["rows"]
    assert [row["model"] for row in rows] == ["float", "float", "int8", "int8", "int8"]
    alone = edgeopt(capsys, "compare", integer, "--data", data, "--json")
    assert [row["runtime"] for row in alone.document["rows"]] == INTEGER_ROWS
    twice = edgeopt(capsys, "compare", integer, integer, "--data", data)
    assert twice.exit_code == 2 and "are both integer models" in twice.stderr


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> Outcome:
    outcome = edgeopt(capsys, "compare", *arguments)
    assert outcome.exit_code == 2 and len(outcome.stderr.splitlines()) == 2
    return outcome


def test_a_model_that_litert_hangs_or_dies_of_is_found_out_in_another_process(
    folder: Path, tmp_path: Path, small_model: bytes
) -> None:
    """Here by a limit that any process breaks: which models do it depends on LiteRT's version."""
    need("ai_edge_litert")
    (tmp_path / "int8.tflite").write_bytes(small_model)
    source = MNIST / "mnist_float.tflite"
    with pytest.raises(WorkerDied) as caught:
        compare([source, tmp_path / "int8.tflite"], folder / "test.npz", limits=Limits(0.01))
    assert caught.value.message == f"{source}: the float model: LiteRT took longer than 0.01 s and was stopped"


def test_what_cannot_be_compared(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, data = MNIST / "mnist_float.tflite", folder / "test.npz"
    assert "there are no samples to compare on" in refused(capsys, model).stderr
    assert "calibration data is missing" in refused(capsys, model, "--data", data).stderr
    assert "3 models cannot be forms of one" in refused(capsys, model, model, model, "--data", data).stderr
    report = tmp_path / "report.json"
    report.write_text(dumps(DEPLOYMENT))
    assert "one run has nothing to be compared with" in refused(capsys, report).stderr
    (tmp_path / "other.json").write_text("{}")
    assert (
        "is not a document of schema `edgeopt.deployment/1`" in refused(capsys, report, tmp_path / "other.json").stderr
    )


def test_runs_side_by_side_keep_their_labels_apart(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.json").write_text(dumps(DEPLOYMENT))
    other = replace(DEPLOYMENT, board="another", latency_ms=Quantity(9.5, "measured", "a board"), accuracy=None)
    (tmp_path / "b.json").write_text(dumps(other))
    found = compare([tmp_path / "out", tmp_path / "b.json"])
    assert isinstance(found, RunComparison)
    document = json.loads(dumps(found))
    assert document["schema"] == "edgeopt.runs/1"
    assert [run["board"] for run in document["runs"]] == ["nucleo-l4r5zi", "another"]
    assert document["runs"][0]["latency_ms"] == plain(DEPLOYMENT.latency_ms)
    lines = found._repr_html_().splitlines()
    simulated = next(line for line in lines if "latency, ms, simulated" in line)
    measured = next(line for line in lines if "latency, ms, measured" in line)
    assert "9.5" in measured and "9.5" not in simulated


class Fake(Contender):
    """A contender that counts its turns on a clock which all share; the clock says how long an inference takes."""

    size_bytes, size_of, model = 1, "nothing", "float"
    order: list[str]

    def __init__(self, name: str, factor: float, result: Any, order: list[str]) -> None:
        self.runtime, self.factor, self.result, self.order = name, factor, result, order

    def outputs(self, data: Dataset) -> Outputs:
        if self.result is None:
            raise UnsupportedModel("it cannot", "")
        return (np.asarray(self.result, np.float32),)

    def time(self, data: Dataset, repeats: int) -> list[float]:
        self.order.append(self.runtime)
        slow = 3.0 if len(self.order) > 20 else 1.0  # the computer becomes slow halfway
        return [self.factor * slow] * repeats


def test_times_are_taken_in_turn_and_ratios_in_the_same_round() -> None:
    order: list[str] = []
    data = make_dataset({"x": np.zeros((2, 1))})
    contenders = [
        Fake("a", 10.0, [[3.0, 4.0], [0.0, 0.0]], order),
        Fake("lost", 1.0, None, order),
        Fake("other shape", 1.0, [[1.0], [2.0]], order),
        Fake("b", 40.0, [[3.0, 4.5], [0.0, 0.0]], order),
        Fake("c", 10.0, [[3.0, 4.0], [0.0, 0.0]], order),
    ]
    found, absent = contest(contenders, data, False, lambda step: None)
    assert order == ["a", "b", "c"] * (ROUNDS + 1)
    assert [row.ratio for row in found] == [1.0, 4.0, 1.0], "what slows all does not change a ratio"
    assert [row.max_diff for row in found] == [0.0, 0.5, 0.0]
    assert [row.snr_db for row in found] == [inf, pytest.approx(20.0), inf]
    assert found[1].score is not None and found[1].score.value == pytest.approx(0.1)
    assert absent == [
        "lost is left out: it cannot",
        "other shape is left out: its outputs are not of the first's shapes, [2]",
    ]


def test_a_runtime_that_cannot_is_left_out_with_the_reason(tmp_path: Path, small_model: bytes) -> None:
    need("ai_edge_litert", "tflite_micro")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    models = Models(tmp_path / "bad.onnx", small_model, small_model, tmp_path)
    found, absent = contenders_of(models)
    assert len(found) == 5 and len(absent) == 1
    assert absent[0].startswith("ONNX Runtime is left out: it ")


def test_onnx_runtime_gets_its_own_order_of_axes(tmp_path: Path) -> None:
    """y = relu(x + a ramp over the channels), which are first in the .onnx and last in the .tflite."""
    need("ai_edge_litert")
    onnx = pytest.importorskip("onnx", reason="pip install 'edgeopt[onnx]'")
    pytest.importorskip("onnxruntime", reason="pip install onnxruntime")
    from support.tflite_writer import ModelBuilder

    helper, float_type = onnx.helper, onnx.TensorProto.FLOAT
    tensors = [helper.make_tensor_value_info(name, float_type, [1, 4, 4, 4]) for name in ("x", "y")]
    ramp = np.arange(4, dtype=np.float32) * 7
    constant = onnx.numpy_helper.from_array(ramp.reshape(1, 4, 1, 1), "ramp")
    nodes = [helper.make_node("Add", ["x", "ramp"], ["sum"]), helper.make_node("Relu", ["sum"], ["y"])]
    graph = helper.make_graph(nodes, "g", tensors[:1], tensors[1:], [constant])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, tmp_path / "m.onnx")
    m = ModelBuilder()
    x, y = m.tensor([1, 4, 4, 4], "float32", name="x"), m.tensor([1, 4, 4, 4], "float32", name="y")
    total = m.tensor([1, 4, 4, 4], "float32", name="sum")
    m.op("ADD", [x, m.tensor([1, 1, 1, 4], "float32", name="ramp", data=ramp.reshape(1, 1, 1, 4))], [total])
    m.op("RELU", [total], [y])
    layout = Layout("x", "x", (1, 4, 4, 4), (0, 2, 3, 1))
    models = Models(tmp_path / "m.onnx", m.finish([x], [y]), None, tmp_path, (layout,))
    found, absent = contenders_of(models)
    assert [contender.runtime for contender in found] == ["LiteRT (XNNPACK)", "LiteRT (reference)", "ONNX Runtime"]
    assert absent == []
    values = np.arange(128, dtype=np.float32).reshape(2, 4, 4, 4) - 20
    data = make_dataset({"x": values})
    for contender in found:
        (outputs,) = contender.outputs(data)
        np.testing.assert_array_equal(outputs.reshape(values.shape), np.maximum(values + ramp, 0))
        assert len(contender.time(data, 4)) == 4


def test_compare_needs_something(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to compare"):
        compare([])
