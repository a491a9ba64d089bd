"""Binarized networks as the Larq Compute Engine has them, written by hand, with the ranges that a calibration finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from support.lce import SAME, VALID, LceBuilder, with_ranges

from edgeopt.ir import Array
from edgeopt.schema import Ranges

_POOL = {"padding": "VALID", "filter_height": 2, "filter_width": 2, "stride_h": 2, "stride_w": 2}
PIXELS = (1 / 255, -128)  # scale and zero point of images in 0..1


class _Net(LceBuilder):
    """An LceBuilder with random constants of its own; it keeps the range of every real-valued tensor."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._rng = np.random.default_rng(seed)
        self._ranges: dict[int, tuple[float, float]] = {}

    def real(self, shape: Sequence[int], low: float, high: float) -> int:
        tensor = self.tensor(shape, "float32")
        self._ranges[tensor] = (low, high)
        return tensor

    def signs(self, *shape: int) -> Array:
        return self._rng.integers(0, 2, shape).astype(bool)

    def floats(self, *shape: int, near: float = 0.0, spread: float = 1.0) -> int:
        values = self._rng.normal(near, spread, shape).astype(np.float32)
        return self.tensor(shape, "float32", data=values)

    def node(
        self, name: str, inputs: Sequence[int], shape: Sequence[int], reach: tuple[float, float], **options: Any
    ) -> int:
        """A float operator whose output is of `shape` and within `reach`."""
        y = self.real(shape, *reach)
        self.op(name, inputs, [y], options)
        return y

    def norm(self, x: int, shape: Sequence[int], mean: float, reach: float) -> int:
        """MUL and ADD of a batch normalization around `mean`; a third of the slopes are negative, one is 0."""
        slopes = self._rng.uniform(0.02, 0.1, shape[-1]).astype(np.float32)
        slopes[::3] *= -1
        slopes[-1] = 0
        offsets = (-slopes * (mean + self._rng.normal(0, 3, shape[-1]))).astype(np.float32)
        constants = [self.tensor([shape[-1]], "float32", data=values) for values in (slopes, offsets)]
        scaled = self.node("MUL", [x, constants[0]], shape, (-reach, reach))
        return self.node("ADD", [scaled, constants[1]], shape, (-reach, reach))

    def dense_of_signs(self, bits: int, features: int, outputs: int) -> int:
        """LceDequantize and FULLY_CONNECTED as the Engine's converter leaves a binary dense layer."""
        x = self.dequantize(bits, [1, features])
        self._ranges[x] = (-1.0, 1.0)
        scales = self._rng.uniform(0.05, 0.1, outputs)
        weights = np.where(self.signs(outputs, features), -1, 1) * scales[:, None]
        w = self.tensor(weights.shape, "float32", data=weights.astype(np.float32))
        reach = float(scales.max() * features**0.5 * 5)
        return self.node("FULLY_CONNECTED", [x, w, self.floats(outputs, spread=0.05)], [1, outputs], (-reach, reach))

    def done(self, x: int, y: int, input_quant: tuple[float, int] = PIXELS) -> bytes:
        return with_ranges(self.finish([x], [y]), Ranges(self._ranges, {x: input_quant}))


def thresholds_only() -> bytes:
    """A BinaryNet: bits between all layers, pools before and behind the norms, channels that are no multiple of 32."""
    m = _Net(1)
    x = m.real([1, 12, 12, 1], 0, 1)
    first = m.tensor([20, 3, 3, 1], "float32", data=np.where(m.signs(20, 3, 3, 1), -1, 1).astype(np.float32))
    y = m.node("CONV_2D", [x, first, m.floats(20)], [1, 10, 10, 20], (-12, 12), padding="VALID")
    y = m.node("MAX_POOL_2D", [y], [1, 5, 5, 20], (-12, 12), **_POOL)
    bits = m.quantize(m.norm(y, [1, 5, 5, 20], 1.0, 2.0), [1, 5, 5, 20])
    levels = m._rng.integers(70, 110, 40)
    bits = m.bconv(bits, m.weights(m.signs(40, 3, 3, 20)), [1, 5, 5, 40], {"channels_in": 20}, thresholds=levels)
    one, none = np.ones(33, np.float32), np.zeros(33, np.float32)
    y = m.bconv(bits, m.weights(m.signs(33, 3, 3, 40)), [1, 5, 5, 33], {"channels_in": 40}, multiplier=one, bias=none)
    m._ranges[y] = (-200.0, 200.0)
    y = m.node("MAX_POOL_2D", [y], [1, 2, 2, 33], (-200, 200), **_POOL)
    y = m.norm(y, [1, 2, 2, 33], 20.0, 20.0)
    shape = m.tensor([2], "int32", data=[1, 132])
    bits = m.quantize(m.node("RESHAPE", [y, shape], [1, 132], (-20, 20)), [1, 132])
    bits = m.quantize(m.dense_of_signs(bits, 132, 24), [1, 24])
    y = m.dense_of_signs(bits, 24, 10)
    return m.done(x, m.node("SOFTMAX", [y], [1, 10], (0, 1)))


def residual() -> bytes:
    """A small QuickNet: a real-valued stem, residual additions, a transition, a real-valued last layer."""
    m = _Net(2)
    x = m.real([1, 8, 8, 3], 0, 1)
    stem = [m.floats(16, 3, 3, 3, spread=0.4), m.floats(16, spread=0.3)]
    y = m.node("CONV_2D", [x, *stem], [1, 8, 8, 16], (0, 4), padding="SAME", fused_activation_function="RELU")
    y = m.node("ADD", [y, m.floats(16, near=-0.8, spread=0.2)], [1, 8, 8, 16], (-2, 4))
    y = _residual_block(m, y, 8, 16, {"fused_activation_function": 1})
    y = _residual_block(m, y, 8, 16, {"pad_values": 0})
    y = m.node("MAX_POOL_2D", [y], [1, 4, 4, 16], (-6, 6), **_POOL)
    y = m.node("DEPTHWISE_CONV_2D", [y, m.floats(1, 3, 3, 16, near=0.1, spread=0.05), m.floats(16)], [1, 4, 4, 16],
               (-6, 6), padding="SAME", depth_multiplier=1)  # fmt: skip
    y = m.node("CONV_2D", [y, m.floats(40, 1, 1, 16, spread=0.3), m.floats(40, spread=0.2)], [1, 4, 4, 40], (-8, 8),
               padding="SAME")  # fmt: skip
    y = _residual_block(m, y, 4, 40, {})
    y = m.node("RELU", [y], [1, 4, 4, 40], (0, 9))
    axes = m.tensor([2], "int32", data=[1, 2])
    y = m.node("MEAN", [y, axes], [1, 40], (0, 5))
    y = m.node("FULLY_CONNECTED", [y, m.floats(10, 40, spread=0.3), m.floats(10)], [1, 10], (-9, 9))
    return m.done(x, m.node("SOFTMAX", [y], [1, 10], (0, 1)))


def _residual_block(m: _Net, x: int, size: int, channels: int, options: Mapping[str, int]) -> int:
    shape = [1, size, size, channels]
    bits = m.quantize(x, shape)
    slopes = m._rng.uniform(0.01, 0.04, channels).astype(np.float32)
    slopes[1::4] *= -1
    offsets = m._rng.normal(0, 0.4, channels).astype(np.float32)
    y = m.bconv(
        bits,
        m.weights(m.signs(channels, 3, 3, channels)),
        shape,
        {"channels_in": channels, **options},
        multiplier=slopes,
        bias=offsets,
    )
    m._ranges[y] = (-4.0, 4.0)
    return m.node("ADD", [x, y], shape, (-7, 8))


def geometry() -> bytes:
    """Bits from the input on: groups, strides, dilation, a pool of bits, one- and zero-padding, int8 at the end."""
    m = _Net(3)
    x = m.real([1, 9, 9, 64], -1, 1)
    bits = m.quantize(x, [1, 9, 9, 64])
    levels = m._rng.integers(130, 160, 64)
    bits = m.bconv(
        bits,
        m.weights(m.signs(64, 3, 3, 32)),
        [1, 5, 5, 64],
        {"channels_in": 64, "stride_height": 2, "stride_width": 2},
        thresholds=levels,
    )
    pool = {"filter_height": 2, "filter_width": 2, "padding": SAME, "stride_height": 1, "stride_width": 1}
    bits = m.max_pool(bits, [1, 5, 5, 64], pool)
    slopes, offsets = m._rng.uniform(-0.05, 0.05, [2, 48]).astype(np.float32)
    dilated = {"channels_in": 64, "dilation_height_factor": 2, "dilation_width_factor": 2, "pad_values": 0}
    y = m.bconv(bits, m.weights(m.signs(48, 3, 3, 64)), [1, 5, 5, 48], dilated, multiplier=slopes, bias=offsets)
    m._ranges[y] = (-30.0, 30.0)
    bits = m.quantize(y, [1, 5, 5, 48])
    y = m.bconv(
        bits,
        m.weights(m.signs(12, 1, 1, 48)),
        [1, 5, 5, 12],
        {"channels_in": 48, "padding": VALID},
        multiplier=slopes[:12],
        bias=offsets[:12],
    )
    m._ranges[y] = (-2.5, 2.5)
    return m.done(x, y, (1 / 127, 0))


BINARIZED: Mapping[str, Callable[[], bytes]] = {
    "thresholds_only": thresholds_only,
    "residual": residual,
    "geometry": geometry,
}
