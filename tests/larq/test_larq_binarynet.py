"""A BinaryNet of the size of larq's MNIST example: every bit of every layer is the Larq Compute Engine's."""

from __future__ import annotations

import numpy as np
from support.lce import run_lce, with_outputs, with_ranges
from support.lce_chains import FloatWork

from edgeopt.ir import Array, evaluate
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.schema import Ranges, read_model

PIXELS = (float(np.float32(1 / 255)), -128)
SAMPLES = 12


class BinaryNet(FloatWork):
    """28x28 pixels; convolutions of 32, 64 and 64 channels, dense layers of 64 and 10."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(rng)
        self.signs: list[int] = []  # the tensors of bits
        self.x = self.tensor([1, 28, 28, 1], "float32")
        self.shape = [1, 26, 26, 32]
        first = [self.plus_minus(32, 3, 3, 1), np.zeros(32, np.float32)]
        y = self.pool(self.float_op("CONV_2D", self.x, first, padding="VALID"))
        self.sign(self.norm_around(y, 1.5, 1))
        self.signs.append(self.binary(32, thresholds=np.rint(rng.normal(144, 9, 64))))
        plain = {"multiplier": np.ones(64, np.float32), "bias": np.zeros(64, np.float32)}
        y = self.pool(self.binary(64, **plain))
        self.sign(self.flatten(self.norm_around(y, 25, 15)))
        self.sign(self.dense(2304, 64))
        self.y = self.float_op("SOFTMAX", self.dense(64, 10), beta=1.0)

    def plus_minus(self, *shape: int) -> Array:
        return self.rng.choice(np.array([-1, 1], np.float32), shape)

    def norm_around(self, x: int, middle: float, spread: float) -> int:
        """A batch normalization whose switching points lie among the values that come."""
        slopes = self.slopes(self.shape[-1])
        terms = -slopes * self.rng.normal(middle, spread, slopes.size).astype(np.float32)
        return self.float_op("ADD", self.float_op("MUL", x, [slopes]), [terms])

    def sign(self, x: int) -> None:
        self.signs.append(self.quantize(x, self.shape))

    def binary(self, inputs: int, **constants: Array) -> int:
        self.shape = [1, 13, 13, 64]
        weights = self.weights(self.plus_minus(64, 3, 3, inputs) < 0)
        return self.bconv(self.signs[-1], weights, self.shape, {"channels_in": inputs}, **constants)

    def dense(self, features: int, outputs: int) -> int:
        x = self.dequantize(self.signs[-1], [1, features])
        scales = self.rng.uniform(0.02, 0.3, outputs)
        weights = (self.plus_minus(outputs, features) * scales[:, None]).astype(np.float32)
        bias = (scales * self.rng.normal(0, features**0.5 / 2, outputs)).astype(np.float32)
        self.shape = [1, outputs]
        return self.float_op("FULLY_CONNECTED", x, [weights, bias])


def test_every_bit_is_the_engines(rng: np.random.Generator) -> None:
    m = BinaryNet(rng)
    model = with_ranges(m.finish([m.x], [m.y]), Ranges({}, {m.x: PIXELS}))
    graph = optimize(load_bytes(model, "binarynet"))
    names = [read_model(model).names[index] for index in m.signs]
    images = rng.integers(-128, 128, [SAMPLES, 28, 28, 1]).astype(np.int8)
    border = np.abs(np.indices((28, 28)) - 14).max(axis=0) > 8
    images[: SAMPLES // 2, border] = -128
    *wanted, scores = run_lce(with_outputs(model, [*m.signs, m.y]), [(images.astype(np.float32) + 128) / 255])
    for index, image in enumerate(images):
        values = evaluate(graph, {graph.inputs[0]: image[None]})
        for name, words in zip(names, wanted, strict=True):
            assert np.array_equal(values[name].reshape(-1), words[index].reshape(-1)), name
        assert values[graph.outputs[0]].argmax() == scores[index].argmax()
    for words in wanted:
        assert 0.2 < np.unpackbits(words.view(np.uint8)).mean() < 0.8


def test_weights_take_a_bit_and_thresholds_four_bytes(rng: np.random.Generator) -> None:
    m = BinaryNet(rng)
    graph = load_bytes(with_ranges(m.finish([m.x], [m.y]), Ranges({}, {m.x: PIXELS})), "binarynet")
    weight_bytes = 32 * 4 + (64 * 9 * 32 + 64 * 9 * 64 + 64 * 2304 + 10 * 64) // 8  # a word for the 9 bits of the first
    numbers = 32 + 3 * 64 + 2 * 10  # a multiplier and a bias for each of the last
    masks = sum(tensor.size_bytes for name, tensor in graph.tensors.items() if name.endswith("/any"))
    constants = sum(tensor.size_bytes for tensor in graph.tensors.values() if tensor.is_constant)
    assert constants - masks == weight_bytes + 4 * numbers
    between = [t for t in graph.tensors.values() if t.dtype == "int32" and not t.is_constant]
    assert max(tensor.size_bytes for tensor in between) == 13 * 13 * 64 // 8
