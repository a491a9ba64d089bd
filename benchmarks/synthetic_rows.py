"""Graphs of the operators that only chains have, for fitting their kernels' costs: rows that move, sums of pixels."""

from collections.abc import Iterator, Sequence

from edgeopt.ir import Graph, Io, Node, Op, Quant, Tensor, check_graph
from edgeopt.ops._rows import MoveRows, RowSums
from edgeopt.ops.average_pool_2d import AverageOfSums
from edgeopt.ops.mean import Mean

_QUANT = Quant((0.05,), (-3,))


def graphs() -> Iterator[Graph]:
    """A graph a kernel, each with layers of several sizes."""
    moved = [Tensor(f"x{size}", (size,), "int8") for size in (64, 320, 500, 1024, 3000, 8192)]
    yield _graph("move_rows", [(MoveRows(), tensor) for tensor in moved])
    maps = [
        _map(1, columns, channels) for columns, channels in ((5, 64), (1, 64), (8, 8), (24, 16), (32, 32), (3, 128))
    ]
    yield _graph("row_sums", [(RowSums(adds=adds), tensor) for tensor in maps for adds in (True, False)])
    sums = [Tensor(f"sums{channels}", (1, 1, 1, channels), "int32") for channels in (8, 64, 100, 256)]
    yield _graph("average_of_sums", [(AverageOfSums((-128, 127), 125), tensor) for tensor in sums])
    yield _graph("mean_of_sums", [(_mean(tensor.shape[3]), tensor) for tensor in sums])


def _map(rows: int, columns: int, channels: int) -> Tensor:
    return Tensor(f"map{columns}_{channels}", (1, rows, columns, channels), "int8", _QUANT)


def _mean(channels: int) -> Op:
    x, axes = _map(25, 5, channels), Tensor("axes", (2,), "int32")
    op = Mean((1, 2), True).of_sums(Io((x, axes), (Tensor("y", (1, 1, 1, channels), "int8", _QUANT),)))
    assert op is not None
    return op


def _graph(name: str, layers: Sequence[tuple[Op, Tensor]]) -> Graph:
    """Layers beside each other, each with an input of its own."""
    nodes, tensors = [], {}
    for index, (op, tensor) in enumerate(layers):
        x = Tensor(f"{tensor.name}_{index}", tensor.shape, tensor.dtype, tensor.quant)
        (shape,) = op.infer(Io((x,), ()))
        kept = tensor.dtype if isinstance(op, MoveRows) else "int32" if isinstance(op, RowSums) else "int8"
        y = Tensor(f"y{index}", shape, kept, None if kept == "int32" else _QUANT)
        tensors |= {x.name: x, y.name: y}
        nodes.append(Node(f"{name}{index}", op, (x.name,), (y.name,)))
    outputs = tuple(node.outputs[0] for node in nodes)
    return check_graph(Graph(name, tensors, tuple(nodes), tuple(str(node.inputs[0]) for node in nodes), outputs))
