"""What `convert` reads of a file before anything heavy touches it, of sound files and of damaged ones."""

from collections import Counter

import numpy as np
import pytest
from support.damage import damaged, hostile_words, small_network
from support.tflite_writer import ModelBuilder, schema

from edgeopt.convert import Kind, read_summary
from edgeopt.errors import EdgeoptError, MalformedModel


def relu() -> ModelBuilder:
    m = ModelBuilder()
    for name in ("x", "y"):
        m.tensor([1, 8], "float32", name=name)
    m.op("RELU", [0], [1])
    return m


def test_layers_constants_and_interface() -> None:
    summary = read_summary(small_network(np.random.default_rng(1)), "m")
    assert summary.kind is Kind.INT8 and not summary.float_layers
    assert [layer.operator for layer in summary.layers][:4] == ["CONV_2D", "DEPTHWISE_CONV_2D", "CONCATENATION", "MEAN"]
    conv, depthwise = summary.layers[:2]
    assert set(conv.inputs[1:]) <= summary.constants and conv.inputs[0] not in summary.constants
    assert summary.tensors[conv.inputs[1]].q.scales == tuple(float(np.float32(s)) for s in (0.01, 0.02, 0.03))
    assert depthwise.inputs[2] == -1
    assert [tensor.shape for tensor in summary.input_tensors + summary.output_tensors] == [(1, 6, 6, 2), (1, 3), (1, 6)]


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        ("FLOAT32", Kind.FLOAT),
        ("BFLOAT16", Kind.FLOAT),
        ("FLOAT16", Kind.HYBRID),
        ("INT8", Kind.INT8),
        ("INT16", Kind.INT16),
        ("INT4", Kind.OTHER),
        ("STRING", Kind.OTHER),
    ],
)
def test_the_kind_follows_from_the_types(dtype: str, kind: Kind) -> None:
    def retype(model: object) -> None:
        for tensor in model.subgraphs[0].tensors:  # type: ignore[attr-defined]
            tensor.type = getattr(schema.TensorType, dtype)

    assert read_summary(relu().finish([0], [1], retype), "m").kind is kind


def test_the_error_names_the_file_and_what_is_wrong() -> None:
    def spoil(model: object) -> None:
        model.subgraphs[0].tensors[1].shape = [1] * 9  # type: ignore[attr-defined]

    with pytest.raises(EdgeoptError, match=r"^a/b\.tflite: tensor `y` has 9 dimensions; 8 are possible$"):
        read_summary(relu().finish([0], [1], spoil), "a/b.tflite")
    with pytest.raises(EdgeoptError, match=r"^m: the model has no inputs, no outputs or no layers$"):
        read_summary(relu().finish([0], []), "m")


def outcome(data: bytes) -> str:
    """What became of the file; any exception but an EdgeoptError comes through."""
    try:
        return read_summary(data, "damaged").kind.name
    except EdgeoptError as error:
        assert "\n" not in error.message and error.message.startswith("damaged: ") and error.hint
        return type(error).__name__


def test_damaged_files_give_errors_and_nothing_else() -> None:
    seed = 12
    print("seed", seed)
    rng = np.random.default_rng(seed)
    model = small_network(rng)
    outcomes = Counter(map(outcome, (*damaged(model, rng, 300), *hostile_words(model))))
    print(outcomes)
    assert outcomes["MalformedModel"] > 500
    assert outcomes["INT8"] > 10  # some bits do not matter


def test_an_input_without_elements_is_refused() -> None:
    m = ModelBuilder()
    x, y = m.tensor([1, 0, 8], "float32", name="x"), m.tensor([1, 0, 8], "float32", name="y")
    m.op("RELU", [x], [y])
    with pytest.raises(MalformedModel, match=r"m: input or output `x` is empty: its shape is \[1, 0, 8\]"):
        read_summary(m.finish([x], [y]), "m")


@pytest.mark.parametrize(
    ("reads", "makes", "outputs", "told"),
    [
        ([0, 3], [1, 2], [2], "layer `z` reads `none`, which nothing has made"),
        ([0, 1], [1, 1], [1], "layer `y_2` makes `y` anew"),
        ([0, 1], [1, 2], [3], "nothing makes the output `none`"),
    ],
)
def test_what_nothing_makes_is_not_read(reads: list[int], makes: list[int], outputs: list[int], told: str) -> None:
    m = ModelBuilder()
    for name in ("x", "y", "z", "none"):
        m.tensor([1, 8], "float32", name=name)
    for read, made in zip(reads, makes, strict=True):
        m.op("RELU", [read], [made])
    with pytest.raises(MalformedModel, match=f"m: {told}"):
        read_summary(m.finish([0], outputs), "m")
