"""Lowered networks as text: which operators, in which order, under which names. `pytest --accept` rewrites them."""

from collections.abc import Callable

import numpy as np
import pytest
from support.binarized import BINARIZED
from support.lce import with_ranges
from support.lce_chains import CHANNELS, SHAPE, SIGNS, Chains, FloatWork

from edgeopt.ir import Graph, format_graph
from edgeopt.load import load_bytes
from edgeopt.schema import Ranges


def layers(graph: Graph) -> str:
    """A line a node: its name, then as in `format_graph`."""
    lines = format_graph(graph).splitlines()
    named = [f"{node.name}:{line}" for node, line in zip(graph.nodes, lines[1:-1], strict=True)]
    return "\n".join([lines[0], *named, lines[-1], ""])


@pytest.mark.parametrize("name", BINARIZED)
def test_written_networks(name: str, golden: Callable[[str], None]) -> None:
    golden(layers(load_bytes(BINARIZED[name](), name)))


def test_an_int8_network_around_binary_layers(golden: Callable[[str], None]) -> None:
    """QUANTIZE, int8 layers and DEQUANTIZE stay what they are; the input takes the scale that the file gives it."""
    m = FloatWork(np.random.default_rng(1))
    x = m.tensor([1, 4, 4, 8], "float32", name="x")
    q = m.tensor([1, 4, 4, 8], "int8", 0.02, -10, name="quantized")
    m.op("QUANTIZE", [x], [q])
    stem = m.tensor(SHAPE, "int8", 0.05, 3, name="stem")
    weights = m.tensor([CHANNELS, 3, 3, 8], "int8", 0.01, data=m.rng.integers(-127, 128, [CHANNELS, 3, 3, 8]))
    bias = m.tensor([CHANNELS], "int32", 0.0002, data=np.zeros(CHANNELS))
    m.op("CONV_2D", [q, weights, bias], [stem], {"padding": "SAME"})
    filters = m.weights(m.rng.integers(0, 2, [CHANNELS, 3, 3, CHANNELS]))
    y = m.bconv(m.quantize(stem, SHAPE), filters, SHAPE, {"channels_in": CHANNELS}, multiplier=m.slopes(),
                bias=m.slopes(), dtype="int8", scale=0.3, zero_point=7)  # fmt: skip
    total = m.tensor(SHAPE, "int8", 0.35, 5, name="sum")
    m.op("ADD", [stem, y], [total])
    real = m.tensor(SHAPE, "float32", name="real")
    m.op("DEQUANTIZE", [total], [real])
    golden(layers(load_bytes(m.finish([x], [real]), "int8")))


def test_a_chain_that_becomes_one_layer(golden: Callable[[str], None]) -> None:
    """RELU, pool, norm, pool and flattening behind a convolution are its thresholds and a pool of bits."""
    m = Chains(np.random.default_rng(2))
    y = m.flatten(m.pool(m.norm(m.pool(m.sums(1)))))
    golden(layers(load_bytes(with_ranges(m.finish([m.x], [m.quantize(y, m.shape)]), Ranges({}, {m.x: SIGNS})), "one")))
