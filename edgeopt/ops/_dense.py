"""What the forms of FULLY_CONNECTED share: shapes and limits, whatever the type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from edgeopt.ir import Io, Op, Shape, requires
from edgeopt.ops._weights import MAX_PRODUCTS, known_clamp


def _is_matrix(op: Any, io: Io) -> bool:
    weights = io.optional(1)
    return weights is not None and len(weights.shape) == 2


def _input_fits(op: Dense, io: Io) -> bool:
    if not _is_matrix(op, io):
        return True
    inputs = io.input(1).shape[1]
    ends = not op.keep_num_dims or io.input(0).shape[-1:] == (inputs,)
    return 0 < inputs <= MAX_PRODUCTS and io.input(0).elements % inputs == 0 and ends


def _plain_weights(op: Dense, io: Io) -> bool:
    return op.weights_format == "DEFAULT"


@requires("its weights have two dimensions", _is_matrix)
@requires(f"its input is rows of as many values as the weights have, {MAX_PRODUCTS:,} at most", _input_fits)
@requires("its weights are not shuffled", _plain_weights)
@dataclass(frozen=True)
class Dense(Op):
    """Weights [out_channels, in_channels], for each row of the input."""

    arity = (2, 3)

    clamp: tuple[int, int]  # of the output, inclusive
    keep_num_dims: bool = False
    weights_format: str = "DEFAULT"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        keep_num_dims = bool(options.get("keep_num_dims", False))
        return cls(known_clamp(options, io), keep_num_dims, str(options.get("weights_format", "DEFAULT")))

    def infer(self, io: Io) -> tuple[Shape, ...]:
        channels, inputs = io.input(1).shape
        if self.keep_num_dims:
            return ((*io.input(0).shape[:-1], channels),)
        return ((io.input(0).elements // inputs, channels),)

    def macs(self, io: Io) -> int:
        return io.output.elements * io.input(1).shape[1]

    def with_clamp(self, low: int, high: int) -> Self:
        return replace(self, clamp=(max(self.clamp[0], low), min(self.clamp[1], high)))
