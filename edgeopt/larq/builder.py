"""Puts a graph together: constants, nodes, and a name of its own for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Io, Node, Op, Quant, Shape, Tensor
from edgeopt.ops.quantize import Quantize
from edgeopt.schema.names import UniqueNames


class Builder:
    """The tensors and nodes so far. `writers` has the layer of each tensor of the file, "" where none writes it."""

    def __init__(self, writers: Mapping[str, str]) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.nodes: list[Node] = []
        self._names = UniqueNames()
        self._layers = UniqueNames()
        self._writers = {self._names.take(name): layer for name, layer in writers.items()}
        self._wide: dict[str, Tensor] = {}

    def writer(self, name: str, otherwise: str) -> str:
        """The layer of the file that writes the tensor `name`, if one does."""
        return self._writers.get(name) or otherwise

    def keep(self, tensor: Tensor) -> Tensor:
        """A tensor of the file as it is."""
        self.tensors[tensor.name] = tensor
        return tensor

    def constant(self, name: str, data: Any, dtype: str, quant: Quant | None = None) -> Tensor:
        array: Array = np.ascontiguousarray(np.asarray(data).astype(dtype))
        array.flags.writeable = False
        return self.keep(Tensor(self._names.take(name), array.shape, dtype, quant, array))

    def compute(
        self,
        layer: str,
        op: Op,
        inputs: Sequence[Tensor | None],
        name: str,
        dtype: str,
        quant: Quant | None = None,
        wanted: Shape = (),
    ) -> Tensor:
        """The only output of a new node, a tensor of the file called `name`, or one named after it.

        `wanted` is its shape, for operators whose inputs do not say it.
        """
        (shape,) = op.infer(Io(tuple(inputs), (Tensor(name, wanted, dtype, quant),)))
        free = name in self._writers and name not in self.tensors
        output = Tensor(name if free else self._names.take(name), shape, dtype, quant)
        self.add(layer, op, inputs, (output,))
        return output

    def wide(self, tensor: Tensor, layer: str) -> Tensor:
        """An int8 tensor as int16, exactly: on a scale 128 times as fine, which holds q - zero point of any q."""
        if tensor.name not in self._wide:
            quant = Quant((tensor.q.scale / 128,), (0,))
            name = f"{tensor.name}/int16"
            self._wide[tensor.name] = self.compute(f"{layer}/quantize", Quantize(), [tensor], name, "int16", quant)
        return self._wide[tensor.name]

    def add(self, layer: str, op: Op, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> None:
        """A new node. Raises UnsupportedModel for limits that it breaks."""
        if broken := op.broken_limits(Io(tuple(inputs), tuple(outputs))):
            needs = "; ".join(f"{op.name} needs that {sentence}" for sentence in broken)
            raise UnsupportedModel(f"layer `{layer}`: {needs}", "see docs/supported_ops.md for what each can do")
        for tensor in (*inputs, *outputs):
            if tensor is not None:
                self.tensors.setdefault(tensor.name, tensor)
        names = tuple(None if tensor is None else tensor.name for tensor in inputs)
        self.nodes.append(Node(self._layers.take(layer), op, names, tuple(tensor.name for tensor in outputs)))
