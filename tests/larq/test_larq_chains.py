"""Float work between binary layers: the bits behind it are the Larq Compute Engine's, ties and near ties included."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from support.lce import SAME, VALID, run_lce, with_ranges
from support.lce_chains import CHANNELS, INPUTS, SIGNS, SIZE, Chains
from support.proof import reference

from edgeopt.ir import Graph
from edgeopt.load import load_bytes
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.optimize import optimize
from edgeopt.schema import Ranges

SAMPLES = 12


def engine_alone(m: Chains) -> int:
    return m.sums(plain=False)


def engine_relu(m: Chains) -> int:
    return m.sums(1, plain=False)


def engine_relu_n1_to_1(m: Chains) -> int:
    return m.sums(2, plain=False)


def engine_relu6(m: Chains) -> int:
    return m.sums(3, plain=False)


def norm(m: Chains) -> int:
    return m.norm(m.sums())


def norm_behind_relu(m: Chains) -> int:
    return m.norm(m.sums(1))


def norm_behind_norm(m: Chains) -> int:
    return m.norm(m.sums(plain=False))


def fused_relu6_then_norm(m: Chains) -> int:
    return m.norm(m.norm(m.sums(), fused_activation_function="RELU6"))


def pool_then_norm(m: Chains) -> int:
    return m.norm(m.pool(m.sums()))


def norm_then_pool(m: Chains) -> int:
    return m.pool(m.norm(m.sums()))


def pool_norm_pool_norm(m: Chains) -> int:
    return m.norm(m.pool(m.norm(m.pool(m.sums(plain=False)))))


def overlapping_pool(m: Chains) -> int:
    y = m.sums(plain=False)
    m.shape = [1, 4, 4, CHANNELS]
    y = m.float_op("MAX_POOL_2D", y, padding="SAME", filter_height=3, filter_width=2, stride_h=1, stride_w=1)
    return m.norm(y)


def pool_with_relu(m: Chains) -> int:
    return m.norm(m.pool(m.norm(m.sums()), fused_activation_function="RELU"))


def prelu(m: Chains) -> int:
    alpha = np.abs(m.slopes()).reshape(1, 1, CHANNELS)
    return m.norm(m.float_op("PRELU", m.norm(m.sums()), [alpha]))


def leaky_relu(m: Chains) -> int:
    return m.norm(m.float_op("LEAKY_RELU", m.sums(), alpha=0.3))


def relu_n1_to_1(m: Chains) -> int:
    return m.norm(m.float_op("RELU_N1_TO_1", m.norm(m.sums())))


def differences(m: Chains) -> int:
    y = m.float_op("SUB", m.sums(), [m.terms(np.ones(CHANNELS, np.float32))])
    z, level = m.tensor(m.shape, "float32"), m.tensor([1], "float32", data=[3.0])
    m.op("SUB", [level, y], [z])
    return m.norm(z)


def one_number_for_all(m: Chains) -> int:
    y = m.float_op("MUL", m.sums(), [np.float32(-0.7).reshape(())])
    return m.float_op("ADD", y, [np.float32(-0.7 * 4).reshape(())])


def flatten(m: Chains) -> int:
    return m.flatten(m.norm(m.pool(m.sums())))


def other_rows_then_pool(m: Chains) -> int:
    """Pixels of another row come together in a window."""
    y = m.viewed(m.norm(m.sums()), [1, 2, 8, CHANNELS])
    return m.norm(m.pool(y))


def pools_of_other_rows(m: Chains) -> int:
    y = m.pool(m.viewed(m.sums(plain=False), [1, 2, 8, CHANNELS]))
    return m.norm(m.pool(m.viewed(y, [1, 2, 2, CHANNELS])))


def bounds(m: Chains) -> int:
    """A clipping, as TensorFlow leaves it."""
    y = m.float_op("MINIMUM", m.norm(m.sums()), [np.float32(1.5).reshape(())])
    return m.norm(m.float_op("MAXIMUM", y, [np.float32(-0.5).reshape(())]))


def global_max_pool(m: Chains) -> int:
    y = m.norm(m.sums(plain=False))
    m.shape = [1, CHANNELS]
    z = m.tensor(m.shape, "float32")
    m.op("REDUCE_MAX", [y, m.tensor([2], "int32", data=[1, 2])], [z], {"keep_dims": False})
    return z


def flatten_then_norm(m: Chains) -> int:
    return m.norm(m.flatten(m.sums()), SIZE * SIZE * CHANNELS)


def norm_flatten_norm(m: Chains) -> int:
    return m.norm(m.flatten(m.norm(m.sums())), SIZE * SIZE * CHANNELS)


def pool_flatten_then_norm(m: Chains) -> int:
    return m.norm(m.flatten(m.pool(m.sums(plain=False))), SIZE * SIZE * CHANNELS // 4)


CASES: Sequence[Callable[[Chains], int]] = (
    engine_alone, engine_relu, engine_relu_n1_to_1, engine_relu6, norm, norm_behind_relu, norm_behind_norm,
    fused_relu6_then_norm, pool_then_norm, norm_then_pool, pool_norm_pool_norm, overlapping_pool, pool_with_relu, prelu,
    leaky_relu, relu_n1_to_1, other_rows_then_pool, pools_of_other_rows, bounds, global_max_pool, differences,
    one_number_for_all, flatten, flatten_then_norm, norm_flatten_norm,
    pool_flatten_then_norm,
)  # fmt: skip
# Numbers between the convolution and the sign: a constant for each position needs the sums themselves
WITH_NUMBERS = {flatten_then_norm, norm_flatten_norm, pool_flatten_then_norm}


def built(case: Callable[[Chains], int], rng: np.random.Generator) -> bytes:
    m = Chains(rng)
    y = case(m)
    return with_ranges(m.finish([m.x], [m.quantize(y, m.shape)]), Ranges({}, {m.x: SIGNS}))


def integer_graph(model: bytes) -> Graph:
    return optimize(load_bytes(model, "case"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_bits_are_those_of_the_engine(case: Callable[[Chains], int], rng: np.random.Generator) -> None:
    model = built(case, rng)
    graph = integer_graph(model)
    samples = rng.integers(-128, 128, [SAMPLES, SIZE, SIZE, INPUTS]).astype(np.int8)
    (wanted,) = run_lce(model, [samples.astype(np.float32) / 127])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples])
    assert np.array_equal(found, wanted), str(graph)
    bits = np.unpackbits(found.view(np.uint8), axis=-1)
    assert 0.1 < bits.mean() < 0.9
    assert all(tensor.dtype != "float32" for tensor in graph.tensors.values())
    thresholds_alone = [type(node.op).__name__ for node in graph.nodes if isinstance(node.op, BinaryConv2D)]
    assert bool(thresholds_alone) == (case not in WITH_NUMBERS)


@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize("ties", [False, True])
def test_zero_padding(padding: int, ties: bool, rng: np.random.Generator) -> None:
    """As the engine's reference kernel does it; the other subtracts a correction at the border, rounded by itself."""
    m = Chains(rng)
    size = SIZE if padding == SAME else SIZE - 2
    slopes = m.slopes()
    terms = m.terms(slopes) if ties else -slopes * rng.normal(0, 10, CHANNELS).astype(np.float32)
    options = {"channels_in": INPUTS, "pad_values": 0, "padding": padding}
    weights = m.weights(rng.integers(0, 2, [CHANNELS, 3, 3, INPUTS]).astype(bool))
    y = m.bconv(m.signs, weights, [1, size, size, CHANNELS], options, multiplier=slopes, bias=terms)
    model = with_ranges(m.finish([m.x], [m.quantize(y, [1, size, size, CHANNELS])]), Ranges({}, {m.x: SIGNS}))
    samples = rng.integers(-128, 128, [SAMPLES, SIZE, SIZE, INPUTS]).astype(np.int8)
    real = samples.astype(np.float32) / 127
    graph = integer_graph(model)
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples])
    (wanted,) = run_lce(model, [real], reference=True)
    assert np.array_equal(found, wanted)
    (optimized,) = run_lce(model, [real])
    inner = slice(1, -1) if padding == SAME and ties else slice(None)
    assert np.array_equal(found[:, :, inner, inner], optimized[:, :, inner, inner])
