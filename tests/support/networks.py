"""Networks of several operators: more than one way in and out, a residual, and one with every operator in sequence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from support.tflite_writer import ModelBuilder

_SAME = {"padding": "SAME"}
_STRIDE_2 = {"stride_h": 2, "stride_w": 2}


class _Net:
    """A ModelBuilder with random weights of its own and outputs that use their range."""

    def __init__(self, seed: int) -> None:
        self.m = ModelBuilder()
        self._rng = np.random.default_rng(seed)

    def value(self, *shape: int, scale: float = 0.05, zero_point: int = -3, dtype: str = "int8") -> int:
        return self.m.tensor(shape, dtype, scale=scale, zero_point=zero_point)

    def weights(
        self, *shape: int, channels: int, axis: int = 0, bias_dtype: str = "int32", in_scale: float = 0.05
    ) -> list[int]:
        """A weights tensor per channel along `axis`, and its bias."""
        data = self._rng.integers(-127, 128, shape)
        scales = np.exp(self._rng.uniform(np.log(0.002), np.log(0.008), channels))
        w = self.m.tensor(shape, scale=scales.tolist(), axis=axis, data=data)
        bias = self._rng.integers(-2000, 2000, channels) * round(0.05 / in_scale)
        return [w, self.m.tensor((channels,), bias_dtype, scale=(in_scale * scales).tolist(), data=bias)]

    def int4_weights(self, *shape: int, axis: int = 0, per_channel: bool = True) -> list[int]:
        """As `weights`, of 4 bits and as large as those."""
        scales = np.exp(self._rng.uniform(np.log(0.03), np.log(0.12), shape[axis] if per_channel else 1)).tolist()
        w = self.m.tensor(shape, "int4", scale=scales, axis=axis, data=self._rng.integers(-8, 8, shape))
        bias = self._rng.integers(-200, 200, shape[axis])
        return [w, self.m.tensor((shape[axis],), "int32", scale=[0.05 * scale for scale in scales], data=bias)]

    def float_weights(self, channels: int, inputs: int) -> list[int]:
        """A matrix in float32, and its bias."""
        shapes = (channels, inputs), (channels,)
        return [self.m.tensor(s, "float32", data=self._rng.normal(0, 0.1, s).astype(np.float32)) for s in shapes]

    def constant(self, values: Any) -> int:
        array = np.array(values, np.int32)
        return self.m.tensor(array.shape, "int32", data=array)

    def conv(self, x: int, y: int, size: int, inputs: int, outputs: int, **options: Any) -> int:
        w = self.weights(outputs, size, size, inputs, channels=outputs)
        self.m.op("CONV_2D", [x, *w], [y], {**_SAME, **options})
        return y

    def op(self, name: str, inputs: Sequence[int], y: int, options: Mapping[str, Any] | None = None) -> int:
        self.m.op(name, inputs, [y], options)
        return y


def several_inputs_and_outputs() -> bytes:
    """Two images and a vector in; a map, a sum and classes out, one of them read on by the others."""
    n = _Net(1)
    a, b, v = n.value(1, 8, 8, 3), n.value(1, 8, 8, 3, scale=0.03, zero_point=7), n.value(1, 5)
    joined = n.op("CONCATENATION", [a, n.op("QUANTIZE", [b], n.value(1, 8, 8, 3))], n.value(1, 8, 8, 6), {"axis": 3})
    features = n.conv(joined, n.value(1, 8, 8, 4), 3, 6, 4, fused_activation_function="RELU")
    pooled = n.op("MEAN", [features, n.constant([1, 2])], n.value(1, 4), {"keep_dims": False})
    both = n.op("CONCATENATION", [pooled, v], n.value(1, 9), {"axis": 1})
    logits = n.value(1, 6)
    n.m.op("FULLY_CONNECTED", [both, *_dense(n, 9, 6)], [logits])
    classes = n.op("SOFTMAX", [logits], n.value(1, 6, scale=1 / 256, zero_point=-128), {"beta": 1.0})
    doubled = n.op("ADD", [a, a], n.value(1, 8, 8, 3, scale=0.1))
    return n.m.finish([a, b, v], [features, classes, doubled])


def residual() -> bytes:
    """Two blocks with a shortcut each; the sums can be written over an input that dies."""
    n = _Net(2)
    image = n.value(1, 12, 12, 3)
    x = n.conv(image, n.value(1, 12, 12, 8), 3, 3, 8, fused_activation_function="RELU")
    for _ in range(2):
        inner = n.conv(x, n.value(1, 12, 12, 8), 3, 8, 8, fused_activation_function="RELU")
        y = n.conv(inner, n.value(1, 12, 12, 8), 3, 8, 8)
        x = n.op("ADD", [x, y], n.value(1, 12, 12, 8, scale=0.07), {"fused_activation_function": "RELU"})
    return n.m.finish([image], [x])


def every_operator() -> bytes:
    """A chain through all operators that an integer network can have."""
    n = _Net(3)
    image = n.value(1, 16, 16, 3)
    padded = n.op("PAD", [image, n.constant([[0, 0], [1, 1], [2, 0], [0, 1]])], n.value(1, 18, 18, 4))
    x = n.conv(padded, n.value(1, 9, 9, 6), 3, 4, 6, stride_h=2, stride_w=2)
    x = n.op("RELU", [x], n.value(1, 9, 9, 6, scale=0.04, zero_point=-128))
    depthwise = n.weights(1, 3, 3, 12, channels=12, axis=3)
    y = n.value(1, 9, 9, 12)
    n.m.op("DEPTHWISE_CONV_2D", [x, *depthwise], [y], {**_SAME, "depth_multiplier": 2, "dilation_h_factor": 2})
    x = n.op("LEAKY_RELU", [y], n.value(1, 9, 9, 12, scale=0.03), {"alpha": 0.2})
    x = n.op("HARD_SWISH", [x], n.value(1, 9, 9, 12, scale=0.03))
    x = n.conv(x, n.value(1, 9, 9, 8), 1, 12, 8, fused_activation_function="RELU6")
    tall = n.op("MAX_POOL_2D", [x], n.value(1, 5, 5, 8), {**_SAME, **_pool(2)})
    flat = n.op("AVERAGE_POOL_2D", [x], n.value(1, 5, 5, 8), {**_SAME, **_pool(2)})
    x = n.op("CONCATENATION", [tall, flat], n.value(1, 5, 5, 16), {"axis": 3})
    gate = n.op("LOGISTIC", [x], n.value(1, 5, 5, 16, scale=1 / 256, zero_point=-128))
    x = n.op("MUL", [x, gate], n.value(1, 5, 5, 16, scale=0.02))
    x = n.op("SUB", [x, _twice(n, flat)], n.value(1, 5, 5, 16, scale=0.08))
    x = n.op("ADD", [x, _wider(n, tall)], n.value(1, 5, 5, 16, scale=0.1))
    x = n.op("TANH", [x], n.value(1, 5, 5, 16, scale=1 / 128, zero_point=0))
    x = n.op("MEAN", [x, n.constant([1])], n.value(1, 1, 5, 16, scale=1 / 128, zero_point=0), {"keep_dims": True})
    x = n.op("SQUEEZE", [x], n.value(1, 5, 16, scale=1 / 128, zero_point=0), {"squeeze_dims": [1]})
    x = n.op("RESHAPE", [x, n.constant([1, 80])], n.value(1, 80, scale=1 / 128, zero_point=0), {"new_shape": [1, 80]})
    logits = n.value(1, 7, scale=0.03)
    n.m.op("FULLY_CONNECTED", [x, *_dense(n, 80, 7)], [logits])
    x = n.op("QUANTIZE", [logits], n.value(1, 7, scale=0.05, zero_point=11))
    x = n.op("SOFTMAX", [x], n.value(1, 7, scale=1 / 256, zero_point=-128), {"beta": 1.0})
    x = n.op("EXPAND_DIMS", [x, n.constant([1])], n.value(1, 1, 7, scale=1 / 256, zero_point=-128))
    return n.m.finish([image], [x])


def mixed() -> bytes:
    """Integers but for the classifier: a dense layer and a softmax in float32 between DEQUANTIZE and QUANTIZE."""
    n = _Net(4)
    image = n.value(1, 8, 8, 3)
    x = n.conv(image, n.value(1, 4, 4, 8), 3, 3, 8, stride_h=2, stride_w=2, fused_activation_function="RELU")
    x = n.op("MAX_POOL_2D", [x], n.value(1, 2, 2, 8), {**_SAME, **_pool(2)})
    x = n.op("RESHAPE", [x, n.constant([1, 32])], n.value(1, 32), {"new_shape": [1, 32]})
    x = n.op("DEQUANTIZE", [x], n.m.tensor((1, 32), "float32"))
    logits = n.op("FULLY_CONNECTED", [x, *n.float_weights(6, 32)], n.m.tensor((1, 6), "float32"))
    classes = n.op("SOFTMAX", [logits], n.m.tensor((1, 6), "float32"), {"beta": 1.0})
    return n.m.finish([image], [n.op("QUANTIZE", [classes], n.value(1, 6, scale=1 / 256, zero_point=-128))])


def int4() -> bytes:
    """Each layer with weights of 4 bits: a convolution, a pointwise one, both kinds of depthwise, and a dense layer."""
    n = _Net(5)
    image = n.value(1, 9, 9, 3)
    x = n.op("CONV_2D", [image, *n.int4_weights(5, 3, 3, 3)], n.value(1, 9, 9, 5), _SAME)
    options = {**_SAME, "depth_multiplier": 1}
    x = n.op("DEPTHWISE_CONV_2D", [x, *n.int4_weights(1, 3, 3, 5, axis=3)], n.value(1, 9, 9, 5), options)
    x = n.op("CONV_2D", [x, *n.int4_weights(8, 1, 1, 5)], n.value(1, 9, 9, 8), _SAME)
    x = n.op("CONV_2D", [x, *n.int4_weights(2, 1, 1, 8)], n.value(1, 9, 9, 2), _SAME)
    options = {**_SAME, "depth_multiplier": 3, "stride_h": 2, "stride_w": 2}
    x = n.op("DEPTHWISE_CONV_2D", [x, *n.int4_weights(1, 3, 3, 6, axis=3)], n.value(1, 5, 5, 6), options)
    dense = n.int4_weights(7, 150, per_channel=False)
    return n.m.finish([image], [n.op("FULLY_CONNECTED", [x, *dense], n.value(1, 7))])


_INT16 = 3e-4  # a scale that leaves room for values up to 9.8


def int16() -> bytes:
    """Data of 16 bits: each kind of weighted layer, a shortcut, a gate, pooling and classes; int8 at one end too."""
    n = _Net(6)

    def value(*shape: int, scale: float = _INT16) -> int:
        return n.value(*shape, scale=scale, zero_point=0, dtype="int16")

    def weights(*shape: int, axis: int = 0) -> list[int]:
        return n.weights(*shape, channels=shape[axis], axis=axis, bias_dtype="int64", in_scale=_INT16)

    image = value(1, 6, 6, 3)
    padded = n.op("PAD", [image, n.constant([[0, 0], [1, 1], [1, 1], [0, 0]])], value(1, 8, 8, 3))
    options = {"padding": "VALID", "fused_activation_function": "RELU"}
    x = n.op("CONV_2D", [padded, *weights(8, 3, 3, 3)], value(1, 6, 6, 8), options)
    y = n.op("DEPTHWISE_CONV_2D", [x, *weights(1, 3, 3, 8, axis=3)], value(1, 6, 6, 8), _SAME)
    y = n.op("CONV_2D", [y, *weights(8, 1, 1, 8)], value(1, 6, 6, 8), _SAME)
    x = n.op("ADD", [x, y], value(1, 6, 6, 8, scale=5e-4), {"fused_activation_function": "RELU6"})
    gate = n.op("LOGISTIC", [y], value(1, 6, 6, 8, scale=2.0**-15))
    x = n.op("MUL", [x, gate], value(1, 6, 6, 8))
    x = n.op("LEAKY_RELU", [n.op("SUB", [x, y], value(1, 6, 6, 8))], value(1, 6, 6, 8), {"alpha": 0.1})
    tall = n.op("MAX_POOL_2D", [x], value(1, 3, 3, 8), {**_SAME, **_pool(2)})
    flat = n.op("AVERAGE_POOL_2D", [x], value(1, 3, 3, 8), {**_SAME, **_pool(2)})
    x = n.op("CONCATENATION", [tall, flat], value(1, 3, 3, 16), {"axis": 3})
    x = n.op("TANH", [x], value(1, 3, 3, 16, scale=2.0**-15))
    mean = n.op("MEAN", [x, n.constant([1])], value(1, 3, 16), {"keep_dims": False})
    x = n.op("RESHAPE", [mean, n.constant([1, 48])], value(1, 48), {"new_shape": [1, 48]})
    logits = n.op("FULLY_CONNECTED", [x, *weights(5, 48)], value(1, 5))
    classes = n.op("SOFTMAX", [logits], value(1, 5, scale=2.0**-15), {"beta": 1.0})
    return n.m.finish([image], [classes, n.op("QUANTIZE", [mean], n.value(1, 3, 16))])


def moving() -> bytes:
    """Data that is moved, resized and multiplied: an image doubled in two ways, cut up, put together again."""
    n = _Net(6)
    image = n.value(1, 4, 4, 4)
    large = n.op("RESIZE_NEAREST_NEIGHBOR", [image, n.constant([8, 8])], n.value(1, 8, 8, 4))
    bounds = [n.constant(bound) for bound in ([0, 7, 1, 0], [1, -9, 7, 4], [1, -1, 2, 1])]
    flipped = n.op("STRIDED_SLICE", [large, *bounds], n.value(1, 8, 3, 4))
    halves = [n.value(1, 8, 3, 2) for _ in range(2)]
    n.m.op("SPLIT", [n.constant(3), flipped], halves, {"num_splits": 2})
    product = n.op("BATCH_MATMUL", halves, n.value(1, 8, 3, 3, scale=0.02), {"adj_y": True})
    product = n.op("QUANTIZE", [product], n.value(1, 8, 3, 3))

    weights, bias = n.weights(3, 3, 3, 4, channels=3)
    up = n.value(1, 8, 8, 3)
    n.m.op("TRANSPOSE_CONV", [n.constant([1, 8, 8, 3]), weights, image, bias], [up], {**_SAME, **_STRIDE_2})
    small = n.op("RESIZE_BILINEAR", [up, n.constant([8, 3])], n.value(1, 8, 3, 3), {"half_pixel_centers": True})
    deep = n.op("SPACE_TO_DEPTH", [up], n.value(1, 4, 4, 12), {"block_size": 2})
    taken = n.op("GATHER", [deep, n.constant([11, 0, 5, 3])], n.value(1, 4, 4, 4), {"axis": 3})
    joined = n.op("CONCATENATION", [taken, image], n.value(1, 4, 4, 8), {"axis": 3})
    mirrored = n.op("MIRROR_PAD", [joined, n.constant([[0, 0], [1, 1], [2, 0], [0, 0]])], n.value(1, 6, 6, 8))
    turned = n.op("TRANSPOSE", [mirrored, n.constant([0, 3, 1, 2])], n.value(1, 8, 6, 6))
    box = n.op("SLICE", [turned, n.constant([0, 1, 2, 3]), n.constant([1, 6, 3, 3])], n.value(1, 6, 3, 3))
    padded = n.op("PAD", [box, n.constant([[0, 0], [1, 1], [0, 0], [0, 0]])], n.value(1, 8, 3, 3))

    packed = n.op("PACK", [product, small], n.value(1, 2, 8, 3, 3), {"values_count": 2, "axis": 1})
    parts = [n.value(1, 8, 3, 3) for _ in range(2)]
    n.m.op("UNPACK", [packed], parts, {"num": 2, "axis": 1})
    total = n.op("ADD", parts, n.value(1, 8, 3, 3, scale=0.08))
    return n.m.finish([image], [n.op("ADD", [total, padded], n.value(1, 8, 3, 3, scale=0.1))])


def normalizing() -> bytes:
    """A normalization as Keras writes it, then what is compared, chosen, summed up and ranked."""
    n = _Net(7)
    image = n.value(1, 6, 6, 4)
    x = n.conv(image, n.value(1, 6, 6, 12), 3, 4, 12)
    mean = n.op("MEAN", [x, n.constant([3])], n.value(1, 6, 6, 1, scale=0.03), {"keep_dims": True})
    squares = n.op("SQUARED_DIFFERENCE", [x, mean], n.value(1, 6, 6, 12, scale=0.15, zero_point=-128))
    options = {"keep_dims": True}
    variance = n.op("MEAN", [squares, n.constant([3])], n.value(1, 6, 6, 1, scale=0.1, zero_point=-128), options)
    epsilon = n.m.tensor((), scale=0.001, zero_point=-128, data=[-127])
    variance = n.op("ADD", [variance, epsilon], n.value(1, 6, 6, 1, scale=0.1, zero_point=-128))
    inverse = n.op("RSQRT", [variance], n.value(1, 6, 6, 1, scale=0.004, zero_point=-128))
    x = n.op("SUB", [x, mean], n.value(1, 6, 6, 12, scale=0.06))
    x = n.op("MUL", [x, inverse], n.value(1, 6, 6, 12, scale=0.02))

    alpha = n.m.tensor((1, 1, 12), scale=0.005, data=np.arange(-60, 60, 10))
    x = n.op("PRELU", [x, alpha], n.value(1, 6, 6, 12, scale=0.02))
    bound = n.m.tensor((1,), scale=0.02, zero_point=-3, data=[90])
    x = n.op("MINIMUM", [x, bound], n.value(1, 6, 6, 12, scale=0.02))
    size = n.op("ABS", [n.op("ELU", [x], n.value(1, 6, 6, 12, scale=0.02))], n.value(1, 6, 6, 12, scale=0.02))
    larger = n.op("MAXIMUM", [x, size], n.value(1, 6, 6, 12, scale=0.02))
    divisor = n.m.tensor((12,), scale=0.01, data=np.arange(70, 118, 4))
    ratio = n.op("DIV", [x, divisor], n.value(1, 6, 6, 12, scale=0.03))
    is_greater = n.m.tensor((1, 6, 6, 12), "bool")
    n.m.op("GREATER", [ratio, mean], [is_greater])
    x = n.op("SELECT_V2", [is_greater, x, larger], n.value(1, 6, 6, 12, scale=0.02))

    peaks = n.op("REDUCE_MAX", [x, n.constant([1, 2])], n.value(1, 12, scale=0.02), {"keep_dims": False})
    sums = n.op("SUM", [ratio, n.constant([1, 2])], n.value(1, 12, scale=0.4), {"keep_dims": False})
    scores = n.value(1, 9)
    n.m.op("FULLY_CONNECTED", [peaks, *_dense(n, 12, 9)], [scores])
    shares = n.op("LOG_SOFTMAX", [scores], n.value(1, 9, scale=1 / 16, zero_point=127))
    unit = n.op("L2_NORMALIZATION", [sums], n.value(1, 12, scale=1 / 128, zero_point=0))
    first = n.op("ARG_MAX", [ratio, n.constant(3)], n.m.tensor((1, 6, 6), "int32"), {"output_type": 2})
    return n.m.finish([image], [shares, unit, first])


def _twice(n: _Net, x: int) -> int:
    return n.op("CONCATENATION", [x, x], n.value(1, 5, 5, 16), {"axis": 3})


def _wider(n: _Net, x: int) -> int:
    return n.conv(x, n.value(1, 5, 5, 16, scale=0.06), 1, 8, 16)


def _dense(n: _Net, inputs: int, outputs: int) -> list[int]:
    return n.weights(outputs, inputs, channels=outputs)


def _pool(size: int) -> dict[str, int]:
    return {"filter_height": size, "filter_width": size, "stride_h": size, "stride_w": size}


NETWORKS: Mapping[str, Callable[[], bytes]] = {
    "several_inputs_and_outputs": several_inputs_and_outputs,
    "residual": residual,
    "every_operator": every_operator,
    "int4": int4,
    "int16": int16,
    "moving": moving,
    "normalizing": normalizing,
}
