"""Layer: an operator of a model file with its tensors, before it becomes a node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeopt.ir.op import Io
from edgeopt.ir.tensor import Tensor


@dataclass(frozen=True)
class Layer:
    """An operator of the file with its tensors."""

    name: str
    operator: str  # of BuiltinOperator, or the custom code
    options: Mapping[str, Any]
    io: Io

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return tuple(tensor for tensor in (*self.io.inputs, *self.io.outputs) if tensor is not None)
