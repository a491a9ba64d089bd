"""Passes on networks of int16: a PAD goes into its convolution, what only int8 tables can tell is left alone."""

import numpy as np
from support.networks import NETWORKS
from support.proof import random_array
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Graph, evaluate
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize


def operators(graph: Graph) -> list[str]:
    return [node.op.name for node in graph.nodes]


def assert_same_outputs(before: Graph, after: Graph, rng: np.random.Generator) -> None:
    assert before.outputs == after.outputs
    for _ in range(5):
        inputs = {t.name: random_array(rng, t.shape, t.dtype) for t in before.input_tensors}
        old, new = evaluate(before, inputs), evaluate(after, inputs)
        for name in before.outputs:
            np.testing.assert_array_equal(old[name], new[name])


def test_pad_goes_into_the_convolution(rng: np.random.Generator) -> None:
    before = load_bytes(NETWORKS["int16"](), "net")
    after = optimize(before)
    assert operators(before)[:2] == ["pad", "conv2d_s16"]
    assert operators(after) == operators(before)[1:]
    assert_same_outputs(before, after, rng)


def test_activations_behind_int16_stay(rng: np.random.Generator) -> None:
    """A clamp is read off a table of all inputs, which int16 has not; an int8 RELU does not go through a QUANTIZE."""
    m = ModelBuilder()
    a, b, c = (m.tensor([1, 4, 6], "int16", scale=1e-3, name=name) for name in "abc")
    d, e = (m.tensor([1, 4, 6], scale=0.1, zero_point=-20, name=name) for name in "de")
    m.op("ADD", [a, a], [b])
    m.op("RELU", [b], [c])
    m.op("QUANTIZE", [c], [d])
    m.op("RELU", [d], [e])
    before = load_bytes(m.finish([a], [e]), "net")
    after = optimize(before)
    assert operators(after) == ["add_s16", "relu_s16", "quantize", "relu"]
    assert_same_outputs(before, after, rng)
