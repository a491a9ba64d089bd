"""Files that are int8 between their binary layers: what they say themselves needs no calibration."""

from __future__ import annotations

import numpy as np
from support.lce import run_lce
from support.lce_chains import CHANNELS, FloatWork
from support.proof import reference

from edgeopt.bits import unpack_bits
from edgeopt.load import load_bytes

SHAPE = [1, 4, 4, CHANNELS]
INPUT = (0.02, -10)


class Int8Work(FloatWork):
    """A float input that the file quantizes, and binary convolutions of it."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(rng)
        self.shape = SHAPE
        self.x = self.tensor(SHAPE, "float32", name="x")
        self.q = self.int8("QUANTIZE", [self.x], *INPUT)

    def int8(self, name: str, inputs: list[int], scale: float, zero_point: int, **options: object) -> int:
        y = self.tensor(SHAPE, "int8", scale, zero_point)
        self.op(name, inputs, [y], options)
        return y

    def binary(self, x: int) -> int:
        weights = self.weights(self.rng.integers(0, 2, [CHANNELS, 3, 3, CHANNELS]))
        slopes = self.rng.uniform(0.01, 0.03, CHANNELS).astype(np.float32)
        bias = self.rng.normal(0, 0.3, CHANNELS).astype(np.float32)
        options = {"channels_in": CHANNELS}
        return self.bconv(self.quantize(x, SHAPE), weights, SHAPE, options, multiplier=slopes, bias=bias)


def test_from_float_to_the_files_own_scale_and_back(rng: np.random.Generator) -> None:
    m = Int8Work(rng)
    rounded = m.int8("QUANTIZE", [m.binary(m.q)], 0.05, 4)
    total = m.int8("ADD", [rounded, m.q], 0.06, -2)
    real = m.tensor(SHAPE, "float32")
    m.op("DEQUANTIZE", [total], [real])
    y = m.quantize(real, SHAPE)
    model = m.finish([m.x], [y, real])
    graph = load_bytes(model, "case")
    names = ["threshold_s8", "binary_conv2d_s16", "add", "threshold_s8"]
    assert [node.op.name for node in graph.nodes] == names
    assert (graph.input_tensors[0].dtype, graph.input_tensors[0].q.zero_point) == ("int8", -10)
    samples = rng.integers(-128, 128, [8, *SHAPE[1:]]).astype(np.int8)
    columns = ((samples.astype(np.float64) - INPUT[1]) * np.float32(INPUT[0])).astype(np.float32)
    signs, values = run_lce(model, [columns])
    found_signs, found = map(np.stack, zip(*(reference(graph, [sample[None]]) for sample in samples), strict=True))
    steps = np.abs((found.astype(np.float64) + 2) - values / np.float32(0.06))
    assert steps.max() < 1.1
    assert (steps > 0.5).mean() < 0.01, "halves that the engine's ADD rounds another way"
    differing = unpack_bits(found_signs, CHANNELS) != unpack_bits(signs, CHANNELS)
    assert differing.mean() < 0.005


def test_streams_of_int16_to_the_files_own_scale(rng: np.random.Generator) -> None:
    m = Int8Work(rng)
    y = m.float_op("LEAKY_RELU", m.binary(m.q), alpha=0.25)
    y = m.int8("QUANTIZE", [y], 0.05, 4)
    graph = load_bytes(m.finish([m.x], [y]), "case")
    assert [node.op.name for node in graph.nodes] == ["threshold_s8", "binary_conv2d_s16", "affine_s16", "quantize"]


def test_what_is_on_the_scale_already_is_not_copied(rng: np.random.Generator) -> None:
    m = Int8Work(rng)
    real = m.tensor(SHAPE, "float32")
    m.op("DEQUANTIZE", [m.q], [real])
    again = m.int8("QUANTIZE", [real], *INPUT)
    graph = load_bytes(m.finish([m.x], [m.quantize(again, SHAPE)]), "case")
    assert [node.op.name for node in graph.nodes] == ["threshold_s8"]
