"""SQUEEZE: without dimensions of extent 1, all of them or those named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from edgeopt.ir import Io
from edgeopt.ops import OPS
from edgeopt.ops._view import View


@OPS.register("SQUEEZE")
@dataclass(frozen=True)
class Squeeze(View):
    name = "squeeze"

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        shape = io.input(0).shape
        named = [int(axis) for axis in options.get("squeeze_dims") or ()]
        if any(not -len(shape) <= axis < len(shape) or shape[axis] != 1 for axis in named):
            raise ValueError(f"axes {named} of {list(shape)} are not all of extent 1")
        axes = {axis % len(shape) for axis in named} or {axis for axis, extent in enumerate(shape) if extent == 1}
        return cls(tuple(extent for axis, extent in enumerate(shape) if axis not in axes))
