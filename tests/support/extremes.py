"""Constants of layers with weights that push the arithmetic to its limits, and inputs that do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from support.layers import ACTIVATIONS

from edgeopt.ir import Array, Io, Op, Quant, Tensor
from edgeopt.ops import OPS

OUT_SCALE = 2.0**-5  # a power of two: the real multipliers below come out exactly; ReLU6 ends at 192 steps
_FITTED = 0.0  # in place of a multiplier: one by which the outputs use their range
# The smallest and the largest Q31 multiplier, small and large shifts, shifts to the left
_MULTIPLIERS = (*5 * (_FITTED,), 0.5, 2.0**-9, 1 - 2.0**-24, 2.0**-8 - 2.0**-32, 2.0**-22, 2.0**-30, 1.5, 300.0)
ZERO_POINTS = (-128, -128, -128, 127, 0, -1, 3, -77)
_DEFAULTS = {"stride_h": 1, "stride_w": 1, "keep_num_dims": False}


@dataclass(frozen=True)
class Shape:
    """The geometry of one layer."""

    operator: str
    x: Sequence[int]
    weights: Sequence[int]
    y: Sequence[int]
    options: Mapping[str, Any] = field(default_factory=dict)
    channel_axis: int = 0


@dataclass(frozen=True)
class Constants:
    """Drawn from pools of extremes, so that many layers meet them all. The input's scale is 1."""

    weights: Array
    scales: list[float]  # of the weights
    bias: Array | None  # int64
    zero_points: tuple[int, int]  # of input and output
    options: Mapping[str, Any]

    @classmethod
    def random(cls, rng: np.random.Generator, shape: Shape) -> Constants:
        activation = str(rng.choice(["NONE", "NONE", *ACTIVATIONS]))
        options = {**shape.options, "fused_activation_function": activation}
        before, behind = (int(rng.choice([*ZERO_POINTS, rng.integers(-128, 128)])) for _ in range(2))
        if activation != "NONE" and rng.random() < 0.8:
            behind = int(rng.choice([-128, -128, -100, -7]))  # so that something passes
        channels, weights = shape.weights[shape.channel_axis], _weights(rng, shape)
        rows = np.moveaxis(weights, shape.channel_axis, 0).reshape(channels, -1).astype(np.float64)
        # of the sum of products with uniform inputs
        mean, spread = -(before + 0.5) * rows.sum(axis=1), np.maximum(74 * np.sqrt((rows**2).sum(axis=1)), 1)
        fitted = 60 / spread * np.exp(rng.uniform(-0.7, 0.7, channels))
        drawn = np.resize(rng.choice(np.array(_MULTIPLIERS), channels if rng.random() < 0.3 else 1), channels)
        multipliers = np.where(drawn == _FITTED, fitted, drawn)
        if rng.random() < 0.2:
            multipliers = multipliers[:1]
        scales: list[float] = (multipliers.astype(np.float32) * np.float32(OUT_SCALE)).tolist()
        return cls(weights, scales, _bias(rng, mean, spread), (before, behind), options)


def inputs_of(rng: np.random.Generator, shape: Shape) -> list[Array]:
    """Random values, both ends at random, and one half each of the two ends."""
    ends = np.where(rng.random(shape.x) < 0.5, -128, 127).astype(np.int8)
    halves = np.full(shape.x, rng.choice([-128, 127]), np.int8)
    halves[:, : shape.x[1] // 2] ^= -1
    return [rng.integers(-128, 128, shape.x).astype(np.int8), ends, halves]


def operator_of(shape: Shape, constants: Constants) -> tuple[Op, Io]:
    """The layer without a file: for more of them than files can be written."""
    per_channel = len(constants.scales)
    x = Tensor("x", tuple(shape.x), "int8", Quant((1.0,), constants.zero_points[:1]))
    quant = Quant(tuple(constants.scales), (0,) * per_channel, shape.channel_axis)
    w = Tensor("w", tuple(shape.weights), "int8", quant, constants.weights.astype(np.int8))
    y = Tensor("y", tuple(shape.y), "int8", Quant((OUT_SCALE,), constants.zero_points[1:]))
    b = None
    if constants.bias is not None:
        b = Tensor("b", constants.bias.shape, "int32", quant, constants.bias.astype(np.int32))
    io = Io((x, w) if b is None else (x, w, b), (y,))
    return OPS.choose(shape.operator, io).parse({**_DEFAULTS, **constants.options}, io), io


def _bias(rng: np.random.Generator, mean: Array, spread: Array) -> Array | None:
    """Of any kind; up to 2^30: with the sum of products still in int32, where tflite-micro needs it to stay."""
    kind = rng.choice(["none", "any", "centering", "centering", "centering", "large"])
    if kind == "none":
        return None
    reach = 2.0**30 if kind == "large" else spread
    bias = rng.uniform(-1, 1, mean.size) * reach - (mean if kind == "centering" else 0)
    rounded: Array = bias.round().astype(np.int64)
    return rounded


def _weights(rng: np.random.Generator, shape: Shape) -> Array:
    kind = rng.choice(["uniform", "uniform", "ends", "ends with -128", "one sign", "few"])
    uniform = rng.integers(-127, 128, shape.weights)
    if kind == "uniform":
        return uniform
    if kind == "one sign":
        return np.full(shape.weights, rng.choice([-127, 127]))
    if kind == "few":
        return np.where(rng.random(shape.weights) < 0.1, uniform, 0)
    return rng.choice([-127, 127] if kind == "ends" else [-128, -127, 127], shape.weights)
