"""A float model as quantization sees it: its operators in order, who makes and reads each tensor, its constants."""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from edgeopt.convert.quantizer import flatfile
from edgeopt.errors import MalformedModel
from edgeopt.ir import Array
from edgeopt.schema import AGAIN, read_model

GRAPH_INPUT = -1  # in place of an operator's number: the graph's caller makes the tensor


class Network:
    """One graph; operators and tensors go by their numbers in the file. `scales` remembers what was sought for it."""

    def __init__(self, data: bytes) -> None:
        file = read_model(data)
        self.data = data
        self.model: Any = flatfile.read(data)
        self.operators: tuple[str, ...] = tuple(operator.name for operator in file.operators)
        self.layer_names = file.layer_names
        self.tensor_names = file.names
        self.inputs, self.outputs = file.inputs, file.outputs
        self.scales: dict[tuple[int, str, bool], Array] = {}
        self._reads = tuple(operator.inputs for operator in file.operators)
        self._writes = tuple(operator.outputs for operator in file.operators)
        self._types = tuple(str(record["type"]) for record in file.tensors)

    def reads(self, operator: int) -> tuple[int, ...]:
        """Tensors by position, -1 where one is left out."""
        return self._reads[operator]

    def writes(self, operator: int) -> tuple[int, ...]:
        return self._writes[operator]

    def options(self, operator: int) -> Any:
        """The schema's options object, None where the operator has none."""
        return self.model.subgraphs[0].operators[operator].builtinOptions

    @cached_property
    def makers(self) -> dict[int, int]:
        """The operator that makes each tensor that is computed; GRAPH_INPUT for the graph's inputs."""
        made = {tensor: operator for operator, tensors in enumerate(self._writes) for tensor in tensors}
        return {**made, **dict.fromkeys(self.inputs, GRAPH_INPUT)}

    @cached_property
    def readers(self) -> dict[int, tuple[int, ...]]:
        """The operators that read each tensor, in order."""
        found: dict[int, list[int]] = {}
        for operator, tensors in enumerate(self._reads):
            for tensor in dict.fromkeys(tensors):
                found.setdefault(tensor, []).append(operator)
        return {tensor: tuple(operators) for tensor, operators in found.items()}

    def type_of(self, tensor: int) -> str:
        """The schema's name of the type, `FLOAT32`."""
        return self._types[tensor]

    def is_float(self, tensor: int) -> bool:
        return tensor >= 0 and self._types[tensor] == "FLOAT32"

    def is_constant(self, tensor: int) -> bool:
        return tensor >= 0 and tensor not in self.makers

    def is_variable(self, tensor: int) -> bool:
        """Whether a tensor is state, that a layer keeps from one inference to the next; it counts as a constant."""
        return self.is_constant(tensor) and bool(self.model.subgraphs[0].tensors[tensor].isVariable)

    def has_floats(self, tensor: int) -> bool:
        """Whether a tensor is a float constant whose values `floats` gives."""
        return self.is_float(tensor) and self.is_constant(tensor) and not self.is_variable(tensor)

    @cached_property
    def activations(self) -> tuple[int, ...]:
        """The float tensors that are computed or given, in the file's order."""
        return tuple(index for index in sorted(self.makers) if self.is_float(index))

    def shape(self, tensor: int) -> tuple[int, ...]:
        shape = self.model.subgraphs[0].tensors[tensor].shape
        return () if shape is None else tuple(int(size) for size in shape)

    def floats(self, tensor: int) -> Array:
        """The values of a float constant, float32 in its shape; MalformedModel where there are more or fewer."""
        buffer = self.model.buffers[self.model.subgraphs[0].tensors[tensor].buffer].data
        content = b"" if buffer is None else np.asarray(buffer, np.uint8).tobytes()
        shape = self.shape(tensor)
        if len(content) != 4 * prod(shape):
            what = f"tensor `{self.tensor_names[tensor]}` has {len(content)} bytes for the shape {list(shape)}"
            raise MalformedModel(what, AGAIN)
        return np.frombuffer(content, np.float32).reshape(shape)
