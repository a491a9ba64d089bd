"""Quantized tensors as a source: what real-valued layers leave, and the network's input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.bits import pack_bits
from edgeopt.ir import Array, Tensor
from edgeopt.larq.builder import Builder
from edgeopt.larq.sources import ALONE, Pooling, Scaling, Source
from edgeopt.larq.steps import Line, Step, Switch
from edgeopt.ops.binary._affine import affine_constants
from edgeopt.ops.binary.affine import Affine
from edgeopt.ops.binary.threshold import Threshold
from edgeopt.ops.binary.threshold_int16 import ThresholdInt16
from edgeopt.quantmath import dtype_range


@dataclass(frozen=True, eq=False)
class Integers(Source):
    """u = the int8 or int16 values of a tensor; `worth` says what they mean where it is not their scale that does."""

    tensor: Tensor
    worth: tuple[Step, ...] = ()

    @classmethod
    def of(cls, tensor: Tensor, layer: str = "") -> Integers:
        return cls(layer or tensor.name, tensor.shape, tensor)

    @property
    def bounds(self) -> tuple[int, int]:
        return dtype_range(self.tensor.dtype)

    @property
    def base(self) -> tuple[Step, ...]:
        if self.worth:
            return self.worth
        quant = self.tensor.q
        slope = np.full(1, quant.scale)
        return (Line(slope, -slope * quant.zero_point),)

    def to_bits(self, builder: Builder, name: str, at: Switch, pooling: Pooling = ALONE) -> Tensor:
        cuts, inverted = at.at, ~at.below
        if self.tensor.dtype == "int16":  # which has no number above its highest: none is below the lowest
            always = cuts > self.bounds[1]
            cuts, inverted = np.where(always, self.bounds[0], cuts), inverted ^ always
        if inverted.all() or not inverted.any():
            same = cuts.size > 1 and bool((cuts == cuts[0]).all())
            cuts = cuts[:1] if same else cuts
        layer = builder.writer(name, self.layer)
        inputs = [self.tensor, builder.constant(f"{layer}/thresholds", cuts, "int16")]
        if inverted.any():
            inputs.append(builder.constant(f"{layer}/invert", pack_bits(inverted), "int32"))
        form = Threshold if self.tensor.dtype == "int8" else ThresholdInt16
        return builder.compute(layer, form(self.channels), inputs, name, "int32")

    def to_integers(self, builder: Builder, name: str, scaling: Scaling) -> Tensor:
        multiplier, bias, shift = scaling.constants(*self.bounds)
        return self._affine(builder, name, scaling, shift, (multiplier, bias))

    def bent(self, builder: Builder, name: str, above: Scaling, below: Scaling, pivot: Array) -> Tensor:
        """As `to_integers` by the line `above`, or by `below` where u < pivot."""
        slopes, offsets = np.stack([above.slope, below.slope]), np.stack([above.offset, below.offset])
        multiplier, bias, shift = affine_constants(slopes, offsets, *self.bounds)
        lines = (multiplier[0], bias[0], multiplier[1], bias[1], pivot)
        return self._affine(builder, name, above, shift, lines)

    def _affine(self, builder: Builder, name: str, scaling: Scaling, shift: int, lines: tuple[Array, ...]) -> Tensor:
        layer = builder.writer(name, self.layer)
        names = ("multiplier", "bias", "below_multiplier", "below_bias", "pivot")
        constants = [
            builder.constant(f"{layer}/{what}", np.broadcast_to(values, self.channels), "int32")
            for what, values in zip(names, lines, strict=False)
        ]
        op, inputs = Affine(shift, scaling.clamp), [self.tensor, *constants]
        return builder.compute(layer, op, inputs, name, scaling.dtype, scaling.quant)
