"""Node and Graph: a network in execution order, and its text form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edgeopt.ir.op import Io, Op
from edgeopt.ir.tensor import Tensor


@dataclass(frozen=True)
class Node:
    """One operator at work. `name` is the layer's name, unique in the graph; inputs and outputs are tensor names."""

    name: str
    op: Op
    inputs: tuple[str | None, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """A network: tensors by name, nodes in execution order, names of the inputs and outputs."""

    name: str
    tensors: Mapping[str, Tensor]
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def io(self, node: Node) -> Io:
        return Io(
            tuple(None if name is None else self.tensors[name] for name in node.inputs),
            tuple(self.tensors[name] for name in node.outputs),
        )

    @property
    def input_tensors(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[name] for name in self.inputs)

    @property
    def output_tensors(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[name] for name in self.outputs)

    @property
    def state_tensors(self) -> tuple[Tensor, ...]:
        """What the network remembers from one inference to the next."""
        return tuple(tensor for tensor in self.tensors.values() if tensor.is_state)

    @property
    def macs(self) -> int:
        return sum(node.op.macs(self.io(node)) for node in self.nodes)

    @property
    def binary_macs(self) -> int:
        """Multiply-accumulates between values of one bit, which `macs` does not count."""
        return sum(node.op.binary_macs(self.io(node)) for node in self.nodes)

    def producer(self, name: str) -> Node | None:
        return next((node for node in self.nodes if name in node.outputs), None)

    def consumers(self, name: str) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if name in node.inputs)

    def with_nodes(self, nodes: Sequence[Node], tensors: Mapping[str, Tensor] | None = None) -> Graph:
        """This graph with other nodes; tensors that nothing uses any more are dropped."""
        known = self.tensors if tensors is None else tensors
        used = {*self.inputs, *self.outputs}
        for node in nodes:
            used.update(name for name in (*node.inputs, *node.outputs) if name is not None)
        kept = {name: tensor for name, tensor in known.items() if name in used}
        return replace(self, nodes=tuple(nodes), tensors=kept)

    def __str__(self) -> str:
        return format_graph(self)


def format_graph(graph: Graph) -> str:
    """The graph as text, a line a node: `%out int8[1,8] = Conv2D(attributes)(%in, ...)`; tests of passes compare it."""
    lines = [f"graph {graph.name}({', '.join(_typed(tensor) for tensor in graph.input_tensors)})"]
    lines += [f"  state {_typed(tensor)}" for tensor in graph.state_tensors]
    for node in graph.nodes:
        outputs = ", ".join(_typed(tensor) for tensor in graph.io(node).outputs)
        inputs = ", ".join("none" if name is None else f"%{name}" for name in node.inputs)
        lines.append(f"  {outputs}{' = ' if outputs else ''}{node.op!r}({inputs})")
    return "\n".join([*lines, f"  return {', '.join(f'%{name}' for name in graph.outputs)}"])


def _typed(tensor: Tensor) -> str:
    return f"%{tensor.name} {tensor.dtype}[{','.join(map(str, tensor.shape))}]"
