"""Larq models to the Larq Compute Engine's .tflite with calibration ranges: every way in, and everything odd."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.makers.run import make_models

from edgeopt.convert import Choices, Dataset, Kind, Run, Worker, load_dataset, read_summary, run_apart
from edgeopt.convert.api import Converted, convert
from edgeopt.convert.choices import NO_TRUST
from edgeopt.convert.formats import detect
from edgeopt.convert.source import to_tflite
from edgeopt.errors import MalformedModel, ToolchainError, UsageError
from edgeopt.ir import Array
from edgeopt.report import dumps, view_of
from edgeopt.schema import Ranges, read_model, read_ranges

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("larq") is None or importlib.util.find_spec("larq_compute_engine") is None,
    reason="pip install 'edgeopt[larq]'",
)
WAYS_IN = ["small.h5", "small.keras", "saved", "exported", "engine.tflite"]
# A worker in which these two cannot be imported
LACKING = (
    "import sys; sys.modules.update(larq=None, larq_compute_engine=None); "
    "from edgeopt.convert.worker import main; main()"
)


@dataclass(frozen=True)
class Made:
    """Models, what became of each by its name, and what a conversion in memory gave."""

    folder: Path
    results: dict[str, Any]
    memory: dict[str, Any]

    def ranges(self, name: str) -> Ranges:
        ranges = read_ranges(read_model(self.content(name)))
        assert ranges is not None
        return ranges

    def content(self, name: str) -> bytes:
        return (self.folder / f"{name}.tflite").read_bytes()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("larq")
    memory = json.loads(make_models("larq_models", folder, legacy=True).splitlines()[-1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "TF_USE_LEGACY_KERAS": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, "-m", "support.larq_conversions", str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Made(folder, json.loads(done.stdout), memory)


def outputs(model: bytes, data: Dataset) -> tuple[Array, ...]:
    """By the Engine's interpreter, in a worker."""
    return run_apart([Run(model, "m.tflite")], data, Worker())[0]


@pytest.mark.parametrize("name", WAYS_IN)
def test_every_way_in_gives_the_network_that_keras_computes(name: str, made: Made) -> None:
    found = made.results[name]
    assert found["action"] == "calibrated" and found["scores"] == ["float"]
    assert found["inputs"] == [
        "serving_default_image:0 float32[1, 8, 8, 3], on the device int8: scale 0.003921569, zero point -128"
    ]
    # second 8 * 8 * 32 * 288, third a quarter of that, last 512 * 10; first 8 * 8 * 32 * 27
    assert found["work"] == {"binary_layers": 3, "binary_macs": 742400, "real_layers": 1, "real_macs": 55296}
    assert found["tools"]["larq-compute-engine"] and found["tools"]["larq"]
    model = made.content(name)
    assert read_summary(model, name).kind is Kind.BINARIZED
    (values,) = outputs(model, load_dataset(made.folder / "pixels.npz"))
    np.testing.assert_allclose(values.reshape(40, 10), np.load(made.folder / "expected.npy"), atol=1e-5)


def test_models_in_memory_are_told_of_as_files_are(made: Made) -> None:
    assert made.memory["format"] == "memory" and made.memory["action"] == "calibrated"
    told = [line for line in made.memory["warnings"] if "stays in float" in line]
    assert told == [line for line in made.results["odd.h5"]["warnings"] if "stays in float" in line]


def test_the_file_holds_the_range_of_every_float_tensor(made: Made) -> None:
    """Against the ranges that the interpreter shows when one tensor after the other is the output."""
    from support.lce import run_lce, with_outputs

    engine = (made.folder / "engine.tflite").read_bytes()
    file, ranges = read_model(engine), made.ranges("engine.tflite")
    pixels = load_dataset(made.folder / "pixels.npz").inputs["image"]
    computed = [
        index for operator in file.operators for index in operator.outputs if file.tensors[index]["type"] == "FLOAT32"
    ]
    assert set(ranges.ranges) == {*file.inputs, *computed} and len(computed) > 6
    assert ranges.ranges[file.inputs[0]] == (pixels.min(), pixels.max()) == (0.0, 1.0)
    assert ranges.inputs == {file.inputs[0]: (np.float32(1 / 255), -128)}
    for index in computed:
        (values,) = run_lce(with_outputs(engine, [index]), [pixels], reference=True)
        assert ranges.ranges[index] == (values.min(), values.max())


def test_the_engine_computes_the_same_with_the_metadata(made: Made) -> None:
    data = load_dataset(made.folder / "pixels.npz")
    engine = (made.folder / "engine.tflite").read_bytes()
    assert METADATA not in engine and METADATA in made.content("engine.tflite")
    (before,), (after,) = outputs(engine, data), outputs(made.content("engine.tflite"), data)
    np.testing.assert_array_equal(before, after)
    bare, calibrated = read_model(engine), read_model(made.content("engine.tflite"))
    assert [(o.name, o.inputs, o.outputs) for o in bare.operators] == [
        (o.name, o.inputs, o.outputs) for o in calibrated.operators
    ]


METADATA = b"edgeopt.ranges"


def again(made: Made, folder: Path, **choices: Any) -> Converted:
    return convert(made.folder / "small.h5.tflite", folder / "m.tflite", choices=Choices(**choices))


def test_a_file_that_has_its_ranges_is_taken_as_it_is(made: Made, tmp_path: Path) -> None:
    done = again(made, tmp_path)
    assert done.action == "unchanged" and done.path.read_bytes() == made.content("small.h5") and done.warnings == ()
    assert dict(done.provenance["tools"]).keys() == {"edgeopt", "numpy"}
    data = made.folder / "pixels.npz"
    done = convert(made.folder / "small.h5.tflite", tmp_path / "m.tflite", data, evaluation=data)
    assert done.warnings == (f"{made.folder}/small.h5.tflite: has its ranges already, {data} was not needed for them",)
    assert done.accuracy["float"].value == 1.0  # the labels are what Keras says


def test_choices_of_quantization_are_said_to_change_nothing(made: Made, tmp_path: Path) -> None:
    said = "the network is binarized, --weights changed nothing: its types are given"
    assert said in made.results["engine.tflite"]["warnings"]
    (told,) = again(made, tmp_path, per_tensor=True, activations="int16", max_accuracy_drop=1.0).warnings
    assert told == "the network is binarized, --activations and --per-tensor changed nothing: its types are given"


def test_inputs_and_outputs_keep_their_order(made: Made) -> None:
    data = load_dataset(made.folder / "ends.npz")
    found = outputs(made.content("ends.h5"), data)
    with np.load(made.folder / "ends_expected.npz") as expected:
        assert len(found) == 3
        for index, values in enumerate(found):
            np.testing.assert_allclose(values[:, 0], expected[f"arr_{index}"], atol=1e-5)
    rounded = [line for line in made.results["ends.h5"]["warnings"] if "is rounded to int8 in steps of 0.02" in line]
    assert [name for line in rounded for name in ("alpha", "zeta") if f"`{name}`" in line] == ["zeta", "alpha"]


def test_a_network_that_was_trained_with_int8_keeps_the_grid_of_its_input(made: Made) -> None:
    found = made.results["simulated.h5"]
    (described,) = found["inputs"]
    assert re.fullmatch(r".*in_put_1.* on the device int8: scale 0\.03137\d*, zero point -?\d", described)  # 8 / 255
    assert found["work"] == {
        "binary_layers": 1,
        "binary_macs": 36 * 32 * 288,
        "real_layers": 1,
        "real_macs": 36 * 4 * 32,
    }
    assert not any("is rounded to int8" in line for line in found["warnings"])


def test_groups_run_by_the_kernel_that_has_them(made: Made) -> None:
    # 8 * 8 * 64 * 32 and, in two groups, 6 * 6 * 64 * 9 * 32
    assert made.results["groups.h5"]["work"] == {
        "binary_layers": 2,
        "binary_macs": 794624,
        "real_layers": 0,
        "real_macs": 0,
    }


def test_what_the_engine_leaves_in_float_is_named_with_its_reason_and_its_cost(made: Made) -> None:
    engine, one_bit = "the Larq Compute Engine", "take a quantizer of -1 and 1, such as ste_sign"

    def cost(macs: int, weights: int) -> str:
        return f"{macs:,} MACs, {weights:,} weights of 16 bits instead of 1"

    told = [line for line in made.results["odd.h5"]["warnings"] if line.startswith("layer ")]
    assert told == [
        f"layer `dorefa` stays in float: DoReFa is not binary: {cost(64 * 1024, 1024)}; {one_bit}",
        f"layer `ternary` stays in float: SteTern is not binary: {cost(64 * 1024, 1024)}; {one_bit}",
        f"layer `steps` stays in float: SteHeaviside is not binary: {cost(64 * 1024, 1024)}; {one_bit}",
        f"layer `pads` stays in float: {engine} cannot pad with -1: {cost(64 * 9216, 9216)}; take pad_values=1 or 0",
        f"layer `groups` stays in float: its groups have 8 channels: {cost(36 * 2304, 2304)}; take groups of 32 "
        "channels, or of a multiple",
        f"layer `depth` stays in float: {engine} has no binary QuantDepthwiseConv2D: {cost(16 * 288, 288)}; take "
        "QuantConv2D with groups of 32 channels or more",
        f"layer `sep` stays in float: {engine} has no binary QuantSeparableConv2D: {cost(16 * 1056, 1056)}; take "
        "QuantConv2D",
        f"layer `up` stays in float: {engine} has no binary QuantConv2DTranspose: {cost(16 * 4096, 4096)}; take "
        "QuantConv2D or QuantDense",
        f"layer `kernels` stays in float: its input is not binary: {cost(25 * 1024, 1024)}; give it an "
        "input_quantizer of -1 and 1, such as ste_sign",
        f"layer `inputs` stays in float: its weights are not binary: {cost(25 * 1024, 1024)}; give it a "
        "kernel_quantizer of -1 and 1, such as ste_sign",
    ]
    assert made.results["odd.h5"]["work"]["binary_layers"] == 1


def test_sums_of_exactly_0_are_warned_of(made: Made) -> None:
    """Of a network that was not trained: its normalizations leave the sums in the middle of their range."""
    (line,) = [line for line in made.results["untrained.h5"]["warnings"] if "differs from Keras by" in line]
    assert re.match(r"with 8 random samples the \.tflite differs from Keras by \d+\.\d % of its output: sums", line)
    assert not any("differs from Keras" in line for name in WAYS_IN for line in made.results[name]["warnings"])


REFUSALS = [
    (
        "ternary.h5",
        "UnsupportedModel",
        "layer `odd`: the Larq Compute Engine takes the ternary inputs of SteTern for binary ones and would compute",
    ),
    ("nothing.h5", "UnsupportedModel", "no layer is binarized: layer `depth` stays in float: the Larq Compute Engine"),
    ("nothing", "UnsupportedModel", "no layer is binarized: layer `depthwise_conv_2d` stays in float: "),
    ("waves.h5", "UnsupportedModel", "neither TensorFlow Lite nor the Larq Compute Engine has the operators `FFT2D`"),
    ("lambda.h5", "UnsupportedModel", "has code in it: `twice` (Lambda)"),
    ("open.h5", "UnsupportedModel", "input `open` has open dimensions: [?, ?, 8, 32]"),
    ("foreign.keras", "UnsupportedModel", "needs custom objects that are not in Keras: `QuantConv2D` of the module"),
    (
        "counting",
        "ModelError",
        "SavedModel (folder) cannot be converted: the Larq Compute Engine's converter says: Could not translate to "
        "flatbuffer. (is not immutable, try removing mutable variables",
    ),
    ("crash.h5", "WorkerDied", "the converter ended by SIGABRT and gave no answer: "),
]


@pytest.mark.parametrize(("name", "error", "message"), REFUSALS, ids=[name for name, _, _ in REFUSALS])
def test_a_refusal_is_one_line(name: str, error: str, message: str, made: Made) -> None:
    found = made.results[name]
    assert found["error"] == error, found
    assert message in found["message"] and "\n" not in found["message"] + found["hint"] and found["hint"]
    assert found["log"] == (error in ("WorkerDied", "ModelError"))
    assert not (made.folder / f"{name}.tflite").exists()


def test_missing_calibration_is_one_line(made: Made, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        convert(made.folder / "engine.tflite", tmp_path / "m.tflite")
    assert caught.value.message == f"{made.folder}/engine.tflite: is a binarized model, calibration data is missing"
    assert caught.value.hint == "give some of the training samples: --calibration DATA.npz"
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_the_error_says_how_to_install_it(made: Made, tmp_path: Path) -> None:
    worker = Worker(command=(sys.executable, "-c", LACKING))
    for name in ("small.h5", "exported"):
        model = made.folder / name
        with pytest.raises(ToolchainError) as caught:
            to_tflite(model, name, detect(model), NO_TRUST, tmp_path, worker)
        assert "is not installed" in caught.value.message and caught.value.hint == "pip install 'edgeopt[larq]'"
    data = made.folder / "pixels.npz"
    with pytest.raises(ToolchainError) as caught:
        convert(made.folder / "engine.tflite", tmp_path / "m.tflite", data, worker=worker)
    assert caught.value.hint == "pip install 'edgeopt[larq]'"


def test_a_finished_file_needs_no_extra(made: Made, tmp_path: Path) -> None:
    worker = Worker(command=(sys.executable, "-c", LACKING))
    data = made.folder / "pixels.npz"
    done = convert(made.folder / "small.h5.tflite", tmp_path / "m.tflite", evaluation=data, worker=worker)
    assert done.action == "unchanged" and done.accuracy == {}
    (note,) = done.warnings
    assert note == "the model was not run as it is: the Python module `larq_compute_engine` is not installed"


def test_damaged_ranges_are_refused(made: Made, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(made.content("small.h5").replace(b'"edgeopt.ranges/1"', b'"edgeopt.ranges/9"'))
    with pytest.raises(MalformedModel, match=r"broken\.tflite: the metadata `edgeopt.ranges` is not of the schema"):
        convert(broken, tmp_path / "m.tflite", made.folder / "pixels.npz")


@pytest.mark.parametrize(("value", "where"), [(3e38, "input `image`"), (5e29, "layer `model`")])
def test_samples_with_which_numbers_end_are_named(value: float, where: str, made: Made, tmp_path: Path) -> None:
    pixels = np.load(made.folder / "pixels.npz")["image"].copy()
    pixels[7] = np.float32(value)
    with pytest.raises(UsageError) as caught:
        convert(made.folder / "engine.tflite", tmp_path / "m.tflite", Dataset({"image": pixels}, None, "bad.npz"))
    what = "of the model has values that are no numbers, or beyond 1e+30"
    assert caught.value.message == f"bad.npz: with sample 7, {where} {what}"


def test_the_report_says_what_is_binary(made: Made, tmp_path: Path) -> None:
    from rich.console import Console

    done = again(made, tmp_path)
    console = Console(width=120, no_color=True, _environ={})
    with console.capture() as captured:
        console.print(view_of(done).text(done))
    assert "binary       3 layers, 742,400 multiply-accumulates" in captured.get()
    assert "real-valued  1 layer, 55,296 multiply-accumulates" in captured.get()
    assert json.loads(dumps(done))["binarized"]["binary_macs"] == 742400
