"""The guard: what a conversion may cost, models that collapsed, and samples that are too few to tell."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder

from edgeopt.convert import Choices, Converted, Dataset, Score, Worker, load_dataset, make_dataset, read_summary
from edgeopt.convert.accuracy import Loss, loss, score
from edgeopt.convert.collapse import check_baseline, check_collapse, doubts
from edgeopt.convert.guard import Judge, check_limit, classifies, doubt
from edgeopt.convert.intervals import wilson
from edgeopt.errors import EdgeoptError, OutputsDiffer, OverBudget, UsageError
from edgeopt.ir import Array, Quant, Tensor
from edgeopt.pipeline import convert

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
FLOAT = MNIST / "mnist_float.tflite"
OUTPUT = Tensor("y", (1, 3), "int8", Quant((1 / 256,), (-128,)))


def calibration(factor: float) -> Dataset:
    """The images of the example, scaled otherwise than for training."""
    images = load_dataset(MNIST / "calibration.npz").first(50).inputs["image"]
    return make_dataset({"image": images * np.float32(factor)})


def converted(folder: Path, factor: float, limit: float | None = None, evaluation: bool = True) -> Converted:
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")
    choices = Choices(method="min-max", max_accuracy_drop=limit)
    return convert(
        FLOAT,
        folder / "m.tflite",
        calibration(factor),
        evaluation=MNIST / "test.npz" if evaluation else None,
        choices=choices,
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    return converted(tmp_path_factory.mktemp("sound"), 1, limit=5)


def refused(folder: Path, factor: float, limit: float | None = None) -> EdgeoptError:
    with pytest.raises(EdgeoptError) as caught:
        converted(folder, factor, limit)
    assert list(folder.iterdir()) == [], "nothing may be written"
    assert "\n" not in caught.value.message
    return caught.value


def test_a_limit_that_holds_and_one_that_does_not(tmp_path: Path, sound: Converted) -> None:
    error = refused(tmp_path, 30, limit=5)
    assert isinstance(error, OverBudget) and error.exit_code == 4
    for part in (
        "the quantized model loses 3",
        "95 % interval 3",
        "on 1,000 samples",
        "5 are allowed",
        "float 98.20 %",
    ):
        assert part in error.message
    for way in ("more calibration data", "--method", "--mixed auto", "--activations int16"):
        assert way in error.hint
    assert sound.warnings == () and sound.path.is_file()


def test_float_quantized_and_c_are_judged(sound: Converted) -> None:
    done = sound
    assert set(done.accuracy) == {"float", "quantized", "C"} and set(done.loss) == {"quantized", "C"}
    assert done.c_by is not None and ("on this computer" in done.c_by or "numpy" in done.c_by)
    for name, found in done.accuracy.items():
        assert (found.metric, found.samples) == ("top-1", 1000), name
        assert (found.low, found.high) == wilson(round(1000 * found.value), 1000)
    assert done.loss["C"].low <= done.loss["C"].points <= done.loss["C"].high
    assert done.loss["C"].points == pytest.approx(100 * (done.accuracy["float"].value - done.accuracy["C"].value))


def test_a_loss_that_is_no_chance_is_told_without_a_limit(tmp_path: Path) -> None:
    assert any("the quantized model loses " in warning for warning in converted(tmp_path, 30).warnings)


@pytest.mark.parametrize("factor", [0.02, 1000])
def test_a_model_that_says_one_class_is_never_delivered(factor: float, tmp_path: Path) -> None:
    error = refused(tmp_path, factor)
    assert isinstance(error, OutputsDiffer) and error.exit_code == 5
    assert "the quantized model has collapsed" in error.message
    told = re.search(
        r"says class \d for all 1000 samples, the float model says others for (\d+) of them", error.message
    )
    assert told is not None and int(told[1]) > 800
    assert "calibration data is scaled as for training" in error.hint


def test_without_other_data_the_calibration_data_judges(tmp_path: Path) -> None:
    done = converted(tmp_path, 1, limit=0.25, evaluation=False)
    assert done.accuracy["quantized"].metric == "agreement" and "float" not in done.accuracy
    assert any("judged on the 50 samples of the calibration" in warning for warning in done.warnings)
    assert any("50 samples are too few to show" in warning for warning in done.warnings)


def test_a_full_int8_model_is_judged_by_its_labels_without_litert_too(small_model: bytes, tmp_path: Path) -> None:
    absent = "sys.modules['ai_edge_litert.interpreter'] = sys.modules['tflite_runtime.interpreter'] = None"
    code = f"import sys; {absent}\nfrom edgeopt.convert.worker import main\nmain()"
    (tmp_path / "small.tflite").write_bytes(small_model)
    shape = read_summary(small_model, "small").input_tensors[0].shape
    samples = np.random.default_rng(5).integers(-128, 128, (30, *shape[1:])).astype(np.int8)
    data = make_dataset({"x": samples, "y": np.arange(30) % 3})
    done = convert(
        tmp_path / "small.tflite",
        tmp_path / "m.tflite",
        evaluation=data,
        choices=Choices(max_accuracy_drop=1),
        worker=Worker((sys.executable, "-c", code)),
    )
    assert done.action == "unchanged" and set(done.accuracy) == {"C"} and done.loss == {}
    assert any("was not judged by LiteRT: the Python module `ai_edge_litert` is not" in told for told in done.warnings)
    assert any("there is no float model to compare with" in told for told in done.warnings)


def judge(wanted: Array, labels: Sequence[int] | None = None, classes: bool = True) -> Judge:
    data = make_dataset({"x": np.zeros((len(wanted), 1))} | ({"y": np.array(labels)} if labels is not None else {}))
    return Judge(data, classes, (wanted,))


def one_hot(classes: Sequence[int], peak: float = 0.9) -> Array:
    return np.where(np.eye(3)[list(classes)] > 0, peak, (1 - peak) / 2).astype(np.float32)


def collapse(of: Judge, outputs: Array, tensor: Tensor = OUTPUT) -> str:
    with pytest.raises(OutputsDiffer) as caught:
        check_collapse(of, (outputs,), (tensor,), "the model", "a hint")
    return caught.value.message


def test_one_class_needs_more_than_a_coincidence() -> None:
    said = one_hot([0] * 40, 0.8)
    said[::2] += 0.01
    assert "it says class 0 for all 40 samples, the float model says others for 8" in collapse(
        judge(one_hot([0] * 32 + [1] * 8)), said
    )
    # 3 of 40 may be borderline; of 9 nobody can tell; one class is right where the float model says no other
    for classes in ([0] * 37 + [1] * 3, [1] * 9, [0] * 40):
        check_collapse(judge(one_hot(classes)), (said[: len(classes)],), (OUTPUT,), "the model", "")


def test_outputs_that_do_not_change() -> None:
    wanted = np.linspace(0, 1, 24, dtype=np.float32).reshape(8, 3)
    assert "output 0 is the same for all 8 samples" in collapse(judge(wanted, classes=False), np.full((8, 3), 0.5))
    steady = np.full((8, 3), 0.5, np.float32)
    steady[:, 0] += np.linspace(0, 1.5 / 256, 8)  # less than the output can show
    check_collapse(judge(steady, classes=False), (np.full((8, 3), 0.5),), (OUTPUT,), "the model", "")


def test_outputs_at_the_ends_of_their_type() -> None:
    narrow = Tensor("y", (1, 3), "int8", Quant((1 / 256,), (0,)))  # shows -0.5 .. 0.496
    wanted = np.random.default_rng(1).normal(0, 5, (50, 3)).astype(np.float32)
    clipped = np.clip(wanted, -128 / 256, 127 / 256)
    assert "% of output 0 is stuck at the ends of int8" in collapse(judge(wanted, classes=False), clipped, narrow)
    # a softmax that is sure of itself is at the ends where the float model is there too
    sure = one_hot([0, 1, 2] * 10, 1.0)
    check_collapse(judge(sure), (np.clip(sure, 0, 255 / 256),), (OUTPUT,), "the model", "")


def test_a_float_model_that_gives_no_numbers() -> None:
    wanted = one_hot([0, 1, 2])
    wanted[1, 2] = np.nan
    with pytest.raises(UsageError, match="output 0 of the float model is NaN or infinite for 1 of 3 samples"):
        check_baseline(judge(wanted))


def test_a_baseline_that_is_doubtful_is_told() -> None:
    always = one_hot([2] * 20)
    assert list(doubts(judge(always), (always,), "it")) == [
        "it says class 2 for all the 20 samples of data: are they scaled as for training?"
    ]
    guess = judge(always, labels=[0] * 10 + [2] * 10)
    (told,) = doubts(guess, (always,), "it")
    assert told.startswith("it is right for 50.0 % of the 20 samples of data, always saying the commonest class would")
    assert (
        list(
            doubts(judge(one_hot([0] * 10 + [2] * 10), labels=[0] * 10 + [2] * 10), (one_hot([0] * 10 + [2] * 10),), "")
        )
        == []
    )


def test_loss_by_each_measure() -> None:
    wanted, found = one_hot([0, 1, 2, 0] * 25), one_hot([0, 1, 2, 1] * 25)
    labelled = make_dataset({"x": np.zeros((100, 1)), "y": np.array([0, 1, 1, 0] * 25)})
    lost = loss(found, labelled, wanted)
    assert (lost.metric, lost.points, lost.samples) == ("top-1", 25.0, 100) and lost.low < 25 < lost.high
    plain = make_dataset({"x": np.zeros((100, 1))})
    lost = loss(found, plain, wanted)
    low, high = wilson(75, 100)
    assert (lost.metric, lost.points) == ("agreement", 25.0)
    assert (lost.low, lost.high) == pytest.approx((100 - 100 * high, 100 - 100 * low))
    lost = loss(wanted * np.float32(1.02), plain, wanted, classifies=False)
    assert lost.metric == "relative error" and lost.points == pytest.approx(2, rel=1e-5)


def test_an_arg_max_at_the_end_names_the_class() -> None:
    data = make_dataset({"x": np.zeros((4, 1)), "y": np.array([7, 1, 2, 3])})
    assert score(np.array([[7], [1], [2], [0]], np.int32), data) == Score("top-1", 0.75, 4, *wilson(3, 4))


@pytest.mark.parametrize(
    ("points", "low", "high", "limit", "words"),
    [
        (0.5, -1.0, 2.0, 1.0, "1,000 samples are too few to show that it loses no more than 1"),
        (0.5, 0.1, 0.9, 1.0, None),
        (1.0, 0.5, 1.5, 1.0, "too few"),
    ],
)
def test_too_few_samples_are_said_in_words(
    points: float, low: float, high: float, limit: float, words: str | None
) -> None:
    told = doubt(Loss("top-1", points, low, high, 1000), limit, "it")
    assert (told is None) == (words is None)
    if told is not None and words is not None:
        assert words in told
        # the interval shrinks with the root of the samples: 1.5 points beside 0.5 need nine times as many
        assert told.endswith("; about 9,000 could") == (points < limit)


def test_a_broken_limit_says_when_it_may_be_chance() -> None:
    lost = Loss("top-1", 3.0, 0.5, 5.5, 100)
    before, after = Score("top-1", 0.9, 100), Score("top-1", 0.87, 100)
    check_limit(lost, 3.0, "it", before, after)
    with pytest.raises(OverBudget, match=r"float 90.00 %, now 87.00 %; the samples are too few to be sure"):
        check_limit(lost, 2.0, "it", before, after)
    with pytest.raises(OverBudget, match=r"now 87.00 %$"):
        check_limit(lost, 0.1, "it", before, after)


@pytest.mark.parametrize(
    ("operators", "found"), [(["SOFTMAX"], True), (["SOFTMAX", "RESHAPE"], True), (["RELU"], False)]
)
def test_what_classifies(operators: list[str], found: bool) -> None:
    m = ModelBuilder()
    tensors = [m.tensor([1, 4], "float32", name=f"t{i}") for i in range(len(operators) + 1)]
    for operator, source, target in zip(operators, tensors, tensors[1:], strict=False):
        options = {"SOFTMAX": {"beta": 1.0}, "RESHAPE": {"new_shape": [1, 4]}}.get(operator, {})
        m.op(operator, [source], [target], options)
    assert classifies(read_summary(m.finish([tensors[0]], [tensors[-1]]), "m")) is found
