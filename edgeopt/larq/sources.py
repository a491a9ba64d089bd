"""Where whole numbers come from that a chain of float steps works on: sums of binary products, quantized values.

A source knows the range of its numbers u and makes of them what the consumer wants: bits, by a comparison a channel, or
int8 or int16, by a line a channel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from math import prod
from typing import Self

import numpy as np

from edgeopt.bits import pack_bits
from edgeopt.ir import Array, Op, Quant, Shape, Tensor
from edgeopt.larq.builder import Builder
from edgeopt.larq.steps import Step, Switch
from edgeopt.ops._window import Window
from edgeopt.ops.binary._affine import affine_constants, fits_int32
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.ops.binary.conv2d_int16 import BinaryConv2DInt16
from edgeopt.ops.binary.dense import BinaryDense
from edgeopt.ops.binary.dense_int16 import BinaryDenseInt16
from edgeopt.ops.binary.weight_conv2d import BinaryWeightConv2D
from edgeopt.ops.binary.weight_conv2d_int16 import BinaryWeightConv2DInt16
from edgeopt.quantmath import dtype_range


@dataclass(frozen=True, eq=False)
class Pooling:
    """A max-pool of the values behind bits, over windows that do not overlap."""

    size: tuple[int, int] = (1, 1)
    any_of: Array | None = None  # bool [channels]: one negative value makes the bit, instead of all


ALONE = Pooling()
_NO_BIAS = -(2**40), 2**40  # further out than any


@dataclass(frozen=True, eq=False)
class Scaling:
    """The integers that are wanted: clamp(round(slope u + offset)), u first clamped to low..high."""

    slope: Array  # float64 [channels], in steps of the output
    offset: Array  # with the output's zero point
    low: int
    high: int
    clamp: tuple[int, int]
    dtype: str
    quant: Quant
    signs: Switch | None = None  # where a result of zero point 0 is to be below 0, for each u

    def constants(self, low: int, high: int) -> tuple[Array, Array, int]:
        """(multiplier, bias, shift) for u from low to high."""
        multiplier, bias, shift = affine_constants(self.slope, self.offset, low, high)
        if self.signs is not None:
            kept = _with_signs(self.signs, multiplier, bias, low, high)
            bias = np.where(fits_int32(multiplier, kept, low, high), kept, bias).astype(np.int32)
        return multiplier, bias, shift


def _with_signs(signs: Switch, multiplier: Array, bias: Array, low: int, high: int) -> Array:
    """The bias nearest to `bias`, less than a step away, with which multiplier u + bias has the signs at every u.

    As it is where there is none: where the line is so flat that its multiplier is 0.
    """
    above, below = np.where(signs.below, signs.at, signs.at - 1), np.where(signs.below, signs.at - 1, signs.at)
    products = multiplier.astype(np.int64)
    # of the u next to the switch on either side, where there is one
    least = np.where((above >= low) & (above <= high), -products * above, _NO_BIAS[0])
    most = np.where((below >= low) & (below <= high), -products * below - 1, _NO_BIAS[1])
    turned = np.where(signs.below, products < 0, products > 0)
    return np.where(turned | (least > most), bias, np.clip(bias, least, np.maximum(least, most)))


@dataclass(frozen=True, eq=False)
class Source(ABC):
    layer: str
    shape: Shape  # the last axis are the channels

    @property
    @abstractmethod
    def bounds(self) -> tuple[int, int]:
        """Lowest and highest u."""

    @property
    def channels(self) -> int:
        return self.shape[-1]

    @property
    def can_pool(self) -> bool:
        """Whether `to_bits` pools as well, over windows that do not overlap."""
        return False

    @property
    def base(self) -> tuple[Step, ...]:
        """What u is worth, before any step of the file."""
        return ()

    @abstractmethod
    def to_bits(self, builder: Builder, name: str, at: Switch, pooling: Pooling = ALONE) -> Tensor:
        """Words of bits: 1 where the value is negative."""

    @abstractmethod
    def to_integers(self, builder: Builder, name: str, scaling: Scaling) -> Tensor:
        """Integers on the scale that is asked for."""


@dataclass(frozen=True, eq=False)
class Sums(Source):
    """Sums of products with weights of one bit. `flipped` weights turn u round: what rises falls."""

    x: Tensor
    negative: Array  # uint8 [channels, ...]: where a weight is -1

    @abstractmethod
    def packed(self) -> Array:
        """The words of the weights."""

    @abstractmethod
    def thresholds(self, at: Switch) -> tuple[Array, Array]:
        """(thresholds int32 [channels], bool [channels]: whose weights to flip for that)."""

    @abstractmethod
    def fire(self, pool: tuple[int, int]) -> Op:
        pass

    @abstractmethod
    def scale(self, low: int, high: int, shift: int, clamp: tuple[int, int]) -> Op:
        pass

    @property
    def can_pool(self) -> bool:
        return True

    def to_bits(self, builder: Builder, name: str, at: Switch, pooling: Pooling = ALONE) -> Tensor:
        thresholds, flipped = self.thresholds(at)
        weights = self.flipped(flipped)._weights(builder)
        inputs = [self.x, weights, builder.constant(f"{self.layer}/thresholds", thresholds, "int32")]
        if pooling.any_of is not None and pooling.any_of.any():
            inputs.append(builder.constant(f"{self.layer}/any", pack_bits(pooling.any_of), "int32"))
        return builder.compute(self.layer, self.fire(pooling.size), inputs, name, "int32")

    def to_integers(self, builder: Builder, name: str, scaling: Scaling) -> Tensor:
        return self.scaled(builder, name, scaling, *scaling.constants(scaling.low, scaling.high))

    def scaled(
        self, builder: Builder, name: str, scaling: Scaling, multiplier: Array, bias: Array, shift: int
    ) -> Tensor:
        """Integers by constants that are known."""
        constants = [
            builder.constant(f"{self.layer}/{what}", np.broadcast_to(values, self.channels), "int32")
            for what, values in (("multiplier", multiplier), ("bias", bias))
        ]
        op = self.scale(scaling.low, scaling.high, shift, scaling.clamp)
        inputs = [self.x, self._weights(builder), *constants]
        return builder.compute(self.layer, op, inputs, name, scaling.dtype, scaling.quant)

    def flipped(self, channels: Array) -> Self:
        """The sums of weights that are negated in some channels (bool [channels])."""
        return replace(self, negative=self.negative ^ channels.reshape(-1, *[1] * (self.negative.ndim - 1)))

    def _weights(self, builder: Builder) -> Tensor:
        return builder.constant(f"{self.layer}/weights", self.packed(), "int32")


@dataclass(frozen=True, eq=False)
class BinaryCounts(Sums):
    """u = d, the doubled count of binary products: 0 .. 2K. The sum of the real values is K - d."""

    @property
    def products(self) -> int:
        return prod(self.negative.shape[1:])

    @property
    def bounds(self) -> tuple[int, int]:
        return 0, 2 * self.products

    def packed(self) -> Array:
        return pack_bits(self.negative)

    def thresholds(self, at: Switch) -> tuple[Array, Array]:
        return np.where(at.below, 2 * self.products - at.at, at.at - 1), at.below


@dataclass(frozen=True, eq=False)
class ConvCounts(BinaryCounts):
    window: Window
    groups: int
    pad_zero: bool

    @property
    def _geometry(self) -> tuple[Window, int, int, bool]:
        return self.window, self.groups * self.negative.shape[3], self.groups, self.pad_zero

    def fire(self, pool: tuple[int, int]) -> Op:
        return BinaryConv2D(*self._geometry, pool)

    def scale(self, low: int, high: int, shift: int, clamp: tuple[int, int]) -> Op:
        return BinaryConv2DInt16(*self._geometry, low, high, shift, clamp)


@dataclass(frozen=True, eq=False)
class DenseCounts(BinaryCounts):
    """Weights [out, pieces, features of a piece]: each piece of the input begins a new word."""

    @property
    def can_pool(self) -> bool:
        return False

    def packed(self) -> Array:
        return pack_bits(self.negative).reshape(self.channels, -1)

    @property
    def _features(self) -> int:
        _, pieces, features = self.negative.shape
        return features if pieces == 1 else 32 * pieces * -(-features // 32)

    def fire(self, pool: tuple[int, int]) -> Op:
        return BinaryDense(self._features)

    def scale(self, low: int, high: int, shift: int, clamp: tuple[int, int]) -> Op:
        return BinaryDenseInt16(self._features, low, high, shift, clamp)


@dataclass(frozen=True, eq=False)
class EightBitSums(Sums):
    """u = the sum of +- (q - zero point) over int8 data; what lies outside of the image is 0."""

    window: Window
    groups: int

    @property
    def bounds(self) -> tuple[int, int]:
        low, high = dtype_range("int8")
        zero_point = self.x.q.zero_point
        bound = prod(self.negative.shape[1:]) * max(high - zero_point, zero_point - low)
        return -bound, bound

    def packed(self) -> Array:
        return pack_bits(self.negative.reshape(self.channels, -1))

    def thresholds(self, at: Switch) -> tuple[Array, Array]:
        return np.where(at.below, at.at, 1 - at.at), ~at.below

    def fire(self, pool: tuple[int, int]) -> Op:
        return BinaryWeightConv2D(self.window, self.groups, pool)

    def scale(self, low: int, high: int, shift: int, clamp: tuple[int, int]) -> Op:
        return BinaryWeightConv2DInt16(self.window, self.groups, low, high, shift, clamp)
