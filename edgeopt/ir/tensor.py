"""Tensor and Quant: what flows through a network, and what its integers mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import ModelError

Array = NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Quant:
    """real = scale * (q - zero_point); one pair a tensor, or one a slice along `axis`."""

    scales: tuple[float, ...]  # each exactly a float32
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        return len(self.scales) > 1

    @property
    def scale(self) -> float:
        """The scale of a per-tensor quantization."""
        (scale,) = self.scales
        return scale

    @property
    def zero_point(self) -> int:
        """The zero point of a per-tensor quantization."""
        (zero_point,) = self.zero_points
        return zero_point


@dataclass(frozen=True)
class Tensor:
    """A value of the graph; `data` is there for constants. `dtype` is numpy's name: int8, int32, float32, bool ...

    `int4` is no type of numpy's: such a constant has its values as int8, and takes half a byte an element in flash.
    A tensor with `initial` is state: it begins with that and keeps from one inference to the next what a node writes.
    """

    name: str
    shape: Shape
    dtype: str
    quant: Quant | None = None
    data: Array | None = field(default=None, compare=False, repr=False)
    initial: Array | None = field(default=None, compare=False, repr=False)

    @property
    def is_constant(self) -> bool:
        return self.data is not None

    @property
    def is_state(self) -> bool:
        return self.initial is not None

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        return -(-self.elements // 2) if self.dtype == "int4" else self.elements * np.dtype(self.dtype).itemsize

    @property
    def q(self) -> Quant:
        """The quantization, of a tensor that must have one."""
        if self.quant is None:
            raise ModelError(
                f"tensor `{self.name}` has no quantization", "convert the model to full int8: edgeopt convert"
            )
        return self.quant

    @property
    def values(self) -> Array:
        """The data, of a tensor that must be constant."""
        if self.data is None:
            raise ModelError(f"tensor `{self.name}` is not constant")
        return self.data
