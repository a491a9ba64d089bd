"""Types and scales of tensors in networks of several operators: what is shared, prescribed, converted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from support.oracle import run_litert_reference, run_tflm
from support.tflite_writer import ModelBuilder

from edgeopt.convert.calibrate import collect, ranges_by
from edgeopt.convert.calibrate.fidelity import worst_snr_db
from edgeopt.convert.quantizer import FLOAT, Network, Numbers, find_layers, prepare, quantized
from edgeopt.convert.summary import Kind, Summary, read_summary
from edgeopt.errors import UnsupportedModel, UsageError
from edgeopt.load import load_bytes

Array = np.ndarray[Any, Any]


class Net:
    """A float network under construction; tensors are named as Keras would."""

    def __init__(self, seed: int = 1) -> None:
        self.m = ModelBuilder()
        self._rng = np.random.default_rng(seed)

    def value(self, name: str, *shape: int) -> int:
        return self.m.tensor(shape, "float32", name=name)

    def constant(self, *values: int) -> int:
        return self.m.tensor([len(values)], "int32", data=values)

    def dense(self, name: str, x: int, inputs: int, outputs: int, bias: bool = True) -> int:
        w = self.m.tensor([outputs, inputs], "float32", data=self._rng.normal(0, 0.4, (outputs, inputs)))
        b = self.m.tensor([outputs], "float32", data=self._rng.normal(0, 0.4, outputs)) if bias else -1
        y = self.value(f"{name}/MatMul", 1, outputs)
        self.m.op("FULLY_CONNECTED", [x, w, b], [y])
        return y

    def op(self, kind: str, name: str, inputs: Sequence[int], shape: Sequence[int], **options: Any) -> int:
        y = self.value(f"{name}/{kind.title()}", *shape)
        self.m.op(kind, inputs, [y], options or None)
        return y


def columns(*shapes: Sequence[int], count: int = 24) -> list[Array]:
    rng = np.random.default_rng(5)
    return [rng.normal(0, 1, (count, *shape)).astype(np.float32) for shape in shapes]


def quantize(model: bytes, numbers: Numbers, samples: list[Array]) -> tuple[bytes, Summary, float]:
    """(the file, its summary, SNR of its worst output in dB)."""
    network = prepare(model)
    activations = collect(network, samples, "samples")
    data = quantized(network, numbers, ranges_by("min-max", activations)).data
    return data, read_summary(data, "m"), worst_snr_db(data, samples, activations.outputs, len(samples[0]))


def three_dense() -> bytes:
    n = Net()
    x = n.value("x", 1, 6)
    a, b = (f"{name}" for name in ("net/first", "net/second"))
    return n.m.finish([x], [n.dense("net/third", n.dense(b, n.dense(a, x, 6, 8), 8, 8), 8, 4)])


def kinds(summary: Summary) -> list[str]:
    return [layer.operator for layer in summary.layers]


def test_int8_has_int8_in_and_out_and_nothing_between() -> None:
    data, summary, snr = quantize(three_dense(), Numbers(), columns((1, 6)))
    assert summary.kind is Kind.INT8 and kinds(summary) == ["FULLY_CONNECTED"] * 3 and snr > 30
    assert {t.dtype for t in summary.tensors} == {"int8", "int32"}
    assert [layer.name for layer in summary.layers] == ["first", "second", "third"]
    load_bytes(data, "m")


def test_int16_has_zero_points_of_0_and_biases_of_64_bits() -> None:
    _, summary, snr = quantize(three_dense(), Numbers("int16"), columns((1, 6)))
    assert summary.kind is Kind.INT16 and kinds(summary) == ["FULLY_CONNECTED"] * 3 and snr > 38
    for layer in summary.layers:
        x, w, b = (summary.tensors[index] for index in layer.inputs)
        assert (x.dtype, w.dtype, b.dtype) == ("int16", "int8", "int64") and x.q.zero_point == 0
    assert summary.output_tensors[0].dtype == "int16" and summary.output_tensors[0].q.zero_point == 0


@pytest.mark.parametrize("per_tensor", [False, True])
@pytest.mark.parametrize("weights", ["int8", "int4"])
def test_weights_have_a_scale_a_channel_or_one(weights: str, per_tensor: bool) -> None:
    _, summary, snr = quantize(three_dense(), Numbers(weights=weights, per_tensor=per_tensor), columns((1, 6)))
    for layer in summary.layers:
        w, b = (summary.tensors[index] for index in layer.inputs[1:])
        assert w.dtype == weights and w.q.per_channel != per_tensor and set(w.q.zero_points) == {0}
        scale = summary.tensors[layer.inputs[0]].q.scale
        np.testing.assert_allclose(b.q.scales, np.multiply(scale, w.q.scales), rtol=1e-6)
    assert snr > (30 if weights == "int8" else 10)


def test_a_float_layer_stands_between_dequantize_and_quantize() -> None:
    network = prepare(three_dense())
    numbers = Numbers(layers=dict.fromkeys(find_layers(network, ["second"]), FLOAT))
    data, summary, snr = quantize(three_dense(), numbers, columns((1, 6)))
    assert summary.kind is Kind.MIXED and snr > 30
    assert kinds(summary) == ["FULLY_CONNECTED", "DEQUANTIZE", "FULLY_CONNECTED", "QUANTIZE", "FULLY_CONNECTED"]
    names = [layer.name for layer in summary.layers]
    assert names == ["first", "first/dequantize", "second", "second/quantize", "third"]
    assert {t.dtype for t in (*summary.input_tensors, *summary.output_tensors)} == {"int8"}
    second = summary.layers[2]
    assert {summary.tensors[index].dtype for index in (*second.inputs, *second.outputs)} == {"float32"}
    q = np.arange(-3, 3, dtype=np.int8).reshape(1, 6)
    assert np.abs(run_tflm(data, [q])[0].astype(int) - run_litert_reference(data, [q])[0]).max() <= 1


def test_an_int16_layer_stands_between_two_quantize() -> None:
    _, summary, _ = quantize(three_dense(), Numbers(layers={1: "int16"}), columns((1, 6)))
    assert kinds(summary) == ["FULLY_CONNECTED", "QUANTIZE", "FULLY_CONNECTED", "QUANTIZE", "FULLY_CONNECTED"]
    assert [summary.tensors[summary.layers[i].outputs[0]].dtype for i in (1, 2, 3)] == ["int16", "int16", "int8"]


def test_edges_in_float_keep_an_interface_of_integers() -> None:
    _, summary, _ = quantize(three_dense(), Numbers(layers={0: FLOAT, 2: FLOAT}), columns((1, 6)))
    assert kinds(summary)[0] == "DEQUANTIZE" and kinds(summary)[-1] == "QUANTIZE"
    assert {t.dtype for t in (*summary.input_tensors, *summary.output_tensors)} == {"int8"}


def test_rows_of_float_layers_are_not_interrupted() -> None:
    _, summary, _ = quantize(three_dense(), Numbers(layers={0: FLOAT, 1: FLOAT, 2: FLOAT}), columns((1, 6)))
    assert kinds(summary) == ["DEQUANTIZE", *["FULLY_CONNECTED"] * 3, "QUANTIZE"]


def test_layers_that_move_values_share_one_scale() -> None:
    n = Net()
    x, y = n.value("x", 1, 4, 4, 2), n.value("y", 1, 4, 4, 2)
    pooled = n.op("AVERAGE_POOL_2D", "pool", [x], [1, 2, 2, 2], stride_h=2, stride_w=2, filter_height=2, filter_width=2)
    other = n.op("MAX_POOL_2D", "max", [y], [1, 2, 2, 2], stride_h=2, stride_w=2, filter_height=2, filter_width=2)
    out = n.op("CONCATENATION", "join", [pooled, other], [1, 2, 2, 4], axis=3)
    _, summary, snr = quantize(n.m.finish([x, y], [out]), Numbers(), columns((1, 4, 4, 2), (1, 4, 4, 2)))
    assert len({t.quant for t in summary.tensors}) == 1 and snr > 30


@pytest.mark.parametrize(("kind", "bound"), [("MINIMUM", 1e12), ("MAXIMUM", -1e12), ("MINIMUM", 0.5)])
def test_a_bound_does_not_widen_what_it_bounds(kind: str, bound: float) -> None:
    n = Net()
    x = n.value("x", 1, 6)
    out = n.op(kind, "bounded", [x, n.m.tensor([], "float32", data=bound)], [1, 6])
    _, summary, snr = quantize(n.m.finish([x], [out]), Numbers(), columns((1, 6)))
    assert summary.output_tensors[0].q.scale < 0.1 and snr > 30


def softmax_joined() -> bytes:
    """A softmax and plain values in one concatenation, and the softmax given out as well."""
    n = Net()
    x = n.value("x", 1, 6)
    shares = n.op("SOFTMAX", "shares", [x], [1, 6], beta=1.0)
    return n.m.finish([x], [n.op("CONCATENATION", "join", [shares, x], [1, 12], axis=1), shares])


def test_a_prescribed_scale_is_changed_by_a_quantize_where_it_is_joined_with_others() -> None:
    data, summary, snr = quantize(softmax_joined(), Numbers(), columns((1, 6)))
    assert kinds(summary) == ["SOFTMAX", "QUANTIZE", "CONCATENATION"] and snr > 25
    joined, shares = summary.output_tensors
    assert (shares.q.scale, shares.q.zero_point) == (1 / 256, -128) and joined.q.scale > 1 / 256
    load_bytes(data, "m")
    q = np.arange(-60, 60, 20, dtype=np.int8).reshape(1, 6)
    for ours, theirs in zip(run_tflm(data, [q]), run_litert_reference(data, [q]), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_prescribed_scale_passes_through_what_only_moves_values() -> None:
    n = Net()
    x = n.value("x", 1, 6)
    shares = n.op("LOGISTIC", "shares", [x], [1, 6])
    halves = [n.value(f"half{i}", 1, 3) for i in range(2)]
    n.m.op("SPLIT", [n.constant(1), shares], halves, {"num_splits": 2})
    out = n.op("CONCATENATION", "join", halves, [1, 6], axis=1)
    _, summary, _ = quantize(n.m.finish([x], [out]), Numbers(), columns((1, 6)))
    assert kinds(summary) == ["LOGISTIC", "SPLIT", "CONCATENATION"]
    assert (summary.output_tensors[0].q.scale, summary.output_tensors[0].q.zero_point) == (1 / 256, -128)


def test_shapes_that_are_computed_are_folded() -> None:
    n = Net()
    x = n.value("x", 1, 2, 3)
    shape = n.m.tensor([3], "int32", name="shape")
    n.m.op("SHAPE", [x], [shape], {"out_type": 2})
    batch = n.m.tensor([], "int32", name="batch")
    options = {"shrink_axis_mask": 1}
    n.m.op("STRIDED_SLICE", [shape, n.constant(0), n.constant(1), n.constant(1)], [batch], options)
    six = n.m.tensor([], "int32", data=6)
    packed = n.m.tensor([2], "int32", name="packed")
    n.m.op("PACK", [batch, six], [packed], {"values_count": 2})
    out = n.op("RESHAPE", "flat", [x, packed], [1, 6])
    _, summary, snr = quantize(n.m.finish([x], [n.dense("d", out, 6, 3)]), Numbers(), columns((1, 2, 3)))
    assert kinds(summary) == ["RESHAPE", "FULLY_CONNECTED"] and snr > 30


def test_layers_without_a_bias_and_dead_layers_quantize() -> None:
    n = Net()
    x = n.value("x", 1, 6)
    zeros = n.m.tensor([3, 6], "float32", data=np.zeros((3, 6)))
    dead = n.value("dead/MatMul", 1, 3)
    n.m.op("FULLY_CONNECTED", [x, zeros, -1], [dead])
    out = n.dense("live", dead, 3, 2)
    data, summary, _ = quantize(
        n.m.finish([x], [out, n.dense("free", x, 6, 2, bias=False)]), Numbers(), columns((1, 6))
    )
    assert kinds(summary) == ["FULLY_CONNECTED"] * 3
    load_bytes(data, "m")
    outputs = run_tflm(data, [np.zeros((1, 6), np.int8)])
    bias = summary.output_tensors[0]
    assert abs(bias.q.scale * (outputs[0].astype(int) - bias.q.zero_point)).max() > 0.1  # the bias is not lost


def test_a_bias_that_does_not_fit_raises_the_weights_scale() -> None:
    n = Net()
    x = n.value("x", 1, 2)
    w = n.m.tensor([2, 2], "float32", data=[[1e-9, 1e-9], [1, 1]])
    b = n.m.tensor([2], "float32", data=[3.0, 1.0])
    y = n.value("y", 1, 2)
    n.m.op("FULLY_CONNECTED", [x, w, b], [y])
    data, _, snr = quantize(n.m.finish([x], [y]), Numbers(), columns((1, 2)))
    assert snr > 30
    load_bytes(data, "m")


def test_an_unknown_layer_is_named_with_near_ones() -> None:
    network: Network = prepare(three_dense())
    with pytest.raises(UsageError, match="no layer is called `secnd`") as caught:
        find_layers(network, ["secnd"])
    assert "`second`" in caught.value.hint


def test_layers_without_an_int16_form_are_all_named() -> None:
    n = Net()
    x = n.value("x", 1, 6)
    a = n.op("HARD_SWISH", "swish", [x], [1, 6])
    model = n.m.finish([x], [n.op("ABS", "size", [a], [1, 6])])
    with pytest.raises(UnsupportedModel, match=r"no int16 form: `swish` \(HARD_SWISH\), `size` \(ABS\)") as caught:
        quantize(model, Numbers("int16"), columns((1, 6)))
    assert "--keep-float swish" in caught.value.hint


def test_an_output_that_is_constant_is_refused() -> None:
    n = Net()
    x, ones = n.value("x", 1, 4), n.m.tensor([1, 4], "float32", data=np.ones(4))
    model = n.m.finish([x], [n.op("RELU", "live", [x], [1, 4]), n.op("RELU", "fixed", [ones], [1, 4])])
    with pytest.raises(UnsupportedModel, match="output `fixed/Relu` is the same for every input"):
        quantize(model, Numbers(), columns((1, 4)))


def test_an_input_may_be_an_output_too() -> None:
    n = Net()
    x = n.value("x", 1, 4)
    y = n.op("RELU", "y", [x], [1, 4])
    _, summary, snr = quantize(n.m.finish([x], [x, y, y]), Numbers(), columns((1, 4)))
    assert kinds(summary) == ["RELU"] and len(summary.outputs) == 3 and snr > 30


def test_the_same_network_gives_the_same_bytes() -> None:
    first, second = (quantize(three_dense(), Numbers(weights="int4"), columns((1, 6)))[0] for _ in range(2))
    assert first == second
