"""Real values between binary layers as int16: within a few steps of the Larq Compute Engine's, and on which forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from support.lce import run_lce, with_outputs, with_ranges
from support.lce_chains import CHANNELS, INPUTS, POOL, SHAPE, SIGNS, SIZE, Chains
from support.proof import reference

from edgeopt.ir import Array, Graph
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.schema import Ranges, read_model

FLAT = SIZE * SIZE * CHANNELS


class Streams(Chains):
    """Chains with slopes of like size, as trained networks have them."""

    def slopes(self, count: int = CHANNELS) -> Array:
        return (self.rng.choice([-1, 1], count) * self.rng.uniform(0.01, 0.1, count)).astype(np.float32)

    def sums(self, activation: int = 0, plain: bool = False, **options: int) -> int:
        return super().sums(activation, plain, **options)

    def both(self, name: str, x: int, y: int, shape: Sequence[int] | None = None, **options: object) -> int:
        self.shape = self.shape if shape is None else shape
        z = self.tensor(self.shape, "float32")
        self.op(name, [x, y], [z], options)
        return z

    def real(self, *shape: int, spread: float = 0.1) -> Array:
        return self.rng.normal(0, spread, shape).astype(np.float32)


def a_convolution(m: Streams) -> int:
    return m.sums()


def sums_as_they_are(m: Streams) -> int:
    return m.sums(plain=True)


def relu_in_front_of_the_scale(m: Streams) -> int:
    return m.sums(1)


def relu6_in_front_of_the_scale(m: Streams) -> int:
    return m.sums(3)


def relu_behind_a_norm(m: Streams) -> int:
    return m.norm(m.sums(plain=True), fused_activation_function="RELU")


def clippings(m: Streams) -> int:
    """The last of them rules where they exclude each other; here the others leave 0.5 to 1.5."""
    y = m.sums()
    for name, number in (("MAXIMUM", -1.0), ("MINIMUM", 1.5), ("MAXIMUM", 0.5)):
        y = m.float_op(name, y, [np.float32(number).reshape(())])
    return y


def norm_behind_relu6(m: Streams) -> int:
    return m.norm(m.norm(m.sums(), fused_activation_function="RELU6"))


def prelu(m: Streams) -> int:
    return m.norm(m.float_op("PRELU", m.norm(m.sums()), [m.slopes().reshape(1, 1, CHANNELS) * 5]))


def leaky_relu_of_sums(m: Streams) -> int:
    return m.float_op("LEAKY_RELU", m.sums(plain=True), alpha=0.2)


def concatenated_relu(m: Streams) -> int:
    y = m.sums()
    both = [m.float_op("RELU", y), m.float_op("RELU", m.float_op("NEG", y))]
    return m.both("CONCATENATION", *both, [1, SIZE, SIZE, 2 * CHANNELS], axis=3)


def pool_then_norm(m: Streams) -> int:
    return m.norm(m.pool(m.sums(plain=True)))


def residual(m: Streams) -> int:
    return m.both("ADD", m.sums(), m.sums(), fused_activation_function="RELU")


def rprelu_block(m: Streams) -> int:
    y = m.float_op("ADD", m.both("ADD", m.sums(), m.sums()), [m.real(CHANNELS)])
    y = m.float_op("PRELU", y, [np.abs(m.slopes()).reshape(1, 1, CHANNELS) * 5])
    return m.float_op("ADD", y, [m.real(CHANNELS)])


def product_with_a_sigmoid(m: Streams) -> int:
    return m.both("MUL", m.sums(), m.float_op("LOGISTIC", m.sums()))


def concatenation(m: Streams) -> int:
    y, z = m.sums(), m.norm(m.sums())
    return m.both("CONCATENATION", y, z, [1, SIZE, SIZE, 2 * CHANNELS], axis=3)


def mean(m: Streams) -> int:
    y, axes = m.sums(), m.tensor([2], "int32", data=[1, 2])
    return m.both("MEAN", y, axes, [1, CHANNELS])


def average_pool(m: Streams) -> int:
    y, m.shape = m.sums(), [1, 2, 2, CHANNELS]
    return m.float_op("AVERAGE_POOL_2D", y, **POOL)


def padded(m: Streams) -> int:
    pads = m.tensor([4, 2], "int32", data=[[0, 0], [1, 2], [0, 1], [0, 0]])
    return m.both("PAD", m.sums(), pads, [1, SIZE + 3, SIZE + 1, CHANNELS])


def a_constant_for_each_position(m: Streams) -> int:
    return m.float_op("ADD", m.sums(), [m.real(SIZE, SIZE, CHANNELS, spread=1)])


def norm_for_each_element(m: Streams) -> int:
    return m.norm(m.flatten(m.sums(plain=True)), FLAT)


def convolution_with_real_weights(m: Streams) -> int:
    y, m.shape = m.sums(), [1, SIZE, SIZE, 8]
    weights = [m.real(8, 3, 3, CHANNELS), m.real(8)]
    return m.float_op("CONV_2D", y, weights, padding="SAME", fused_activation_function="RELU")


def depthwise_with_real_weights(m: Streams) -> int:
    weights = [m.real(1, 3, 3, CHANNELS), m.real(CHANNELS)]
    return m.float_op("DEPTHWISE_CONV_2D", m.sums(), weights, padding="SAME", depth_multiplier=1)


def dense_with_real_weights(m: Streams) -> int:
    y = m.flatten(m.sums())
    m.shape = [1, 7]
    return m.float_op("FULLY_CONNECTED", y, [m.real(7, FLAT), m.real(7)])


def dense_with_real_weights_of_bits(m: Streams) -> int:
    y = m.dequantize(m.quantize(m.sums(), SHAPE), SHAPE)
    y = m.flatten(y)
    m.shape = [1, 7]
    return m.float_op("FULLY_CONNECTED", y, [m.real(7, FLAT), m.real(7)])


def softmax(m: Streams) -> int:
    return m.float_op("SOFTMAX", m.sums(), beta=1.0)


# The steps of the output by which it may differ from the Engine's: half a step for each rounding, another half where
# the sign of a value next to 0 is kept, more for weights of 12 bits
CASES: dict[Callable[[Streams], int], float] = {
    a_convolution: 1.1,
    sums_as_they_are: 0.0,
    relu_in_front_of_the_scale: 1.1,
    relu6_in_front_of_the_scale: 1.1,
    relu_behind_a_norm: 1.1,
    clippings: 1.1,
    norm_behind_relu6: 1.6,
    prelu: 1.1,
    leaky_relu_of_sums: 0.8,
    concatenated_relu: 1.6,
    pool_then_norm: 1.4,
    residual: 2.1,
    rprelu_block: 2.6,
    product_with_a_sigmoid: 2.1,
    concatenation: 1.6,
    mean: 1.6,
    average_pool: 1.6,
    padded: 1.1,
    a_constant_for_each_position: 1.6,
    norm_for_each_element: 1.4,
    convolution_with_real_weights: 16,
    depthwise_with_real_weights: 4,
    dense_with_real_weights: 16,
    dense_with_real_weights_of_bits: 16,
    softmax: 30,
}


def calibrated(m: Streams, y: int, samples: Array) -> bytes:
    model = m.finish([m.x], [y])
    file = read_model(model)
    floats = sorted({op.outputs[0] for op in file.operators if file.tensors[op.outputs[0]]["type"] == "FLOAT32"})
    ranges = {
        index: (float(values.min()), float(values.max()))
        for index, values in zip(floats, run_lce(with_outputs(model, floats), [samples]), strict=True)
    }
    return with_ranges(model, Ranges(ranges, {m.x: SIGNS}))


def random_samples(rng: np.random.Generator) -> tuple[Array, Array]:
    """Eight inputs of the networks, as int8 and as what they are worth."""
    samples = rng.integers(-128, 128, [8, SIZE, SIZE, INPUTS]).astype(np.int8)
    return samples, samples.astype(np.float32) / 127


def integer_graph(model: bytes) -> Graph:
    return optimize(load_bytes(model, "case"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_values_are_near_those_of_the_engine(case: Callable[[Streams], int], rng: np.random.Generator) -> None:
    m = Streams(rng)
    y = case(m)
    samples, real = random_samples(rng)
    model = calibrated(m, y, real)
    graph = integer_graph(model)
    (wanted,) = run_lce(model, [real])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples])
    (output,) = graph.output_tensors
    assert output.dtype == "int16"
    steps = np.abs(found - wanted / output.q.scale)
    print(f"{steps.max():.2f} steps")
    assert steps.max() <= CASES[case]
    assert np.abs(found).max() > 5000 or case is sums_as_they_are, "the scale makes use of 16 bits"


def test_what_is_joined_is_made_on_one_scale(rng: np.random.Generator) -> None:
    m = Streams(rng)
    y = m.both("CONCATENATION", m.sums(plain=True), m.norm(m.sums()), [1, SIZE, SIZE, 2 * CHANNELS], axis=3)
    graph = integer_graph(with_ranges(m.finish([m.x], [y]), Ranges({y: (-90.0, 80.0)}, {m.x: SIGNS})))
    names = [node.op.name for node in graph.nodes]
    assert names == ["threshold_s8", "binary_conv2d_s16", "binary_conv2d_s16", "concatenation"]
    streams = [t for t in graph.tensors.values() if t.dtype == "int16" and not t.is_constant]
    scales = {tensor.q.scale for tensor in streams}
    assert scales == {graph.output_tensors[0].q.scale}


def test_what_two_layers_read_is_computed_once(rng: np.random.Generator) -> None:
    m = Streams(rng)
    y = m.norm(m.sums())
    bits = m.quantize(y, SHAPE)
    z = m.both("ADD", y, m.bconv(bits, m.weights(rng.integers(0, 2, [CHANNELS, 1, 1, CHANNELS])), SHAPE,
                                 {"channels_in": CHANNELS}, multiplier=m.slopes(), bias=m.real(CHANNELS)))  # fmt: skip
    graph = integer_graph(
        with_ranges(m.finish([m.x], [z]), Ranges(dict.fromkeys(range(z + 1), (-9.0, 9.0)), {m.x: SIGNS}))
    )
    names = [node.op.name for node in graph.nodes]
    assert names == ["threshold_s8", "binary_conv2d_s16", "threshold_s16", "binary_conv2d_s16", "add_s16"]


def test_clippings_that_exclude_each_other(rng: np.random.Generator) -> None:
    m = Streams(rng)
    y = m.float_op("MAXIMUM", m.float_op("MINIMUM", m.sums(), [np.float32([1])]), [np.float32([2])])
    y = m.float_op("MINIMUM", y, [np.float32([1.5])])
    graph = integer_graph(with_ranges(m.finish([m.x], [y]), Ranges({y: (1.5, 1.5)}, {m.x: SIGNS})))
    (found,) = reference(graph, [np.zeros((1, SIZE, SIZE, INPUTS), np.int8)])
    assert np.unique(np.rint(found * graph.output_tensors[0].q.scale * 1000)).tolist() == [1500]


@pytest.mark.parametrize("moved", [False, True])
def test_the_sign_of_what_others_read_too_is_the_engines(moved: bool, rng: np.random.Generator) -> None:
    """Ties and near ties: rounding to int16 leaves the sign of every value."""
    m = Streams(rng)
    y = m.norm(m.sums(plain=True))
    if moved:
        order = m.tensor([4], "int32", data=[0, 2, 1, 3])
        y = m.both("TRANSPOSE", y, order, SHAPE)
    bits = m.quantize(y, SHAPE)
    samples, real = random_samples(rng)
    model = calibrated(m, y, real)
    both = with_outputs(model, [bits, y])
    graph = integer_graph(both)
    wanted, _ = run_lce(both, [real])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples])
    assert [node.op.name for node in graph.nodes if "threshold" in node.op.name] == ["threshold_s8", "threshold_s16"]
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize("pooled", [False, True])
def test_signs_of_a_real_valued_layer_are_those_of_its_sums(pooled: bool, rng: np.random.Generator) -> None:
    """Channels a thousand times smaller than others have no numbers left on the scale of the tensor."""
    m = Streams(rng)
    sizes = 10.0 ** rng.uniform(-4, 0, CHANNELS)
    weights = (rng.normal(size=[CHANNELS, 3, 3, INPUTS]) * sizes[:, None, None, None]).astype(np.float32)
    bias = (rng.normal(size=CHANNELS) * sizes).astype(np.float32)
    y = m.float_op("CONV_2D", m.x, [weights, bias], padding="SAME")
    y = m.quantize(m.pool(y) if pooled else y, m.shape)
    samples, real = random_samples(rng)
    model = calibrated(m, y, real)
    graph = integer_graph(model)
    (wanted,) = run_lce(model, [real])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples])
    wrong = np.unpackbits((found ^ wanted).view(np.uint8)).sum()
    assert wrong <= 0.001 * samples.shape[0] * np.prod(m.shape)


def test_two_signs_of_one_value_are_two_comparisons_of_its_sums(rng: np.random.Generator) -> None:
    m = Streams(rng)
    y = m.norm(m.sums())
    outputs = [m.quantize(y, SHAPE), m.quantize(y, SHAPE)]
    graph = load_bytes(with_ranges(m.finish([m.x], outputs), Ranges({}, {m.x: SIGNS})), "case")
    assert [node.op.name for node in graph.nodes] == ["threshold_s8", "binary_conv2d", "binary_conv2d"]


def test_an_alpha_below_zero_is_int16_and_then_a_comparison(rng: np.random.Generator) -> None:
    m = Streams(rng)
    y = m.norm(m.float_op("PRELU", m.norm(m.sums(plain=True)), [-np.abs(m.slopes()).reshape(1, 1, CHANNELS)]))
    samples = rng.integers(-128, 128, [8, SIZE, SIZE, INPUTS]).astype(np.int8)
    model = calibrated(m, m.quantize(y, SHAPE), samples.astype(np.float32) / 127)
    graph = integer_graph(model)
    assert [node.op.name for node in graph.nodes] == [
        "threshold_s8",
        "binary_conv2d_s16",
        "affine_s16",
        "threshold_s16",
    ]
    (wanted,) = run_lce(model, [samples.astype(np.float32) / 127])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples])
    wrong = np.unpackbits((found ^ wanted).view(np.uint8)).sum()
    assert wrong <= 0.005 * samples.shape[0] * np.prod(SHAPE), "bits of values next to 0"


@pytest.mark.parametrize("beta", [1.0, 64.0])
def test_a_softmax_of_whole_sums_of_signs(beta: float, rng: np.random.Generator) -> None:
    """A last layer without a batch normalization; a large factor makes its scores too coarse for powers of 2."""
    m = Streams(rng)
    bits = m.dequantize(m.quantize(m.x, [1, SIZE, SIZE, INPUTS]), [1, SIZE, SIZE, INPUTS])
    x = m.viewed(bits, [1, SIZE * SIZE * INPUTS])
    m.shape = [1, 10]
    weights = rng.choice(np.array([-1, 1], np.float32), (10, SIZE * SIZE * INPUTS))
    y = m.float_op("SOFTMAX", m.float_op("FULLY_CONNECTED", x, [weights, np.zeros(10, np.float32)]), beta=beta)
    samples, real = random_samples(rng)
    model = calibrated(m, y, real)
    graph = integer_graph(model)
    assert ("quantize" in [node.op.name for node in graph.nodes]) == (beta > 1)
    (wanted,) = run_lce(model, [real])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples]) / 2**15
    assert np.abs(found - wanted).max() < 0.001


def test_an_average_of_whole_sums_has_fractions(rng: np.random.Generator) -> None:
    m = Streams(rng)
    y, m.shape = m.sums(plain=True), [1, 2, 2, CHANNELS]
    y = m.float_op("AVERAGE_POOL_2D", y, **POOL)
    samples, real = random_samples(rng)
    model = calibrated(m, y, real)
    graph = integer_graph(model)
    (wanted,) = run_lce(model, [real])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples]) * graph.output_tensors[0].q.scale
    assert np.array_equal(found, wanted), "quarters are exact"


def test_signs_of_a_separable_layer_of_signs(rng: np.random.Generator) -> None:
    """Its whole sums are 0 now and then, which is positive."""
    m = Streams(rng)
    shape = [1, SIZE, SIZE, INPUTS]
    bits = m.dequantize(m.quantize(m.x, shape), shape)
    m.shape = shape
    spatial, across = (
        rng.choice(np.array([-1, 1], np.float32), s) for s in ([1, 3, 3, INPUTS], [CHANNELS, 1, 1, INPUTS])
    )
    none = np.zeros(CHANNELS, np.float32)
    y = m.float_op("DEPTHWISE_CONV_2D", bits, [spatial, none[:INPUTS]], padding="SAME", depth_multiplier=1)
    m.shape = SHAPE
    y = m.quantize(m.float_op("CONV_2D", y, [across, none], padding="SAME"), SHAPE)
    samples, real = random_samples(rng)
    model = calibrated(m, y, real)
    (wanted,) = run_lce(model, [real])
    found = np.stack([reference(integer_graph(model), [sample[None]])[0] for sample in samples])
    assert np.array_equal(found, wanted)


def test_what_is_always_0(rng: np.random.Generator) -> None:
    """The other half of a ReLU, behind a ReLU: its range says nothing of a scale."""
    m = Streams(rng)
    y = m.float_op("RELU", m.sums())
    nothing = m.float_op("MUL", m.float_op("RELU", m.float_op("NEG", y)), [m.slopes()])
    y = m.both("ADD", y, nothing)
    samples, real = random_samples(rng)
    model = calibrated(m, y, real)
    graph = integer_graph(model)
    (wanted,) = run_lce(model, [real])
    found = np.stack([reference(graph, [sample[None]])[0] for sample in samples]) * graph.output_tensors[0].q.scale
    assert np.abs(found - wanted).max() < 2e-4 * wanted.max()
