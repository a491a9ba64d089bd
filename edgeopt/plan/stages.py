"""What a chain is made of: operators that compute some rows of their output at a time, and which rows they need."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgeopt.ir import Graph, Io, Node, Op, Strip, Tensor
from edgeopt.ops._rows import RowSums

Rows = tuple[int, int]  # first, end


@dataclass(frozen=True)
class Stage:
    """One operator of a chain. `needs` says for each row of the output which rows of each of `reads` it takes."""

    node: Node
    io: Io
    reads: tuple[int, ...]  # the inputs that are computed
    rows: int  # of the output; of sums, which are one row, those of the input that it adds up
    needs: tuple[tuple[Rows, ...], ...] = field(repr=False)
    keeps: tuple[tuple[int, ...], ...] = field(repr=False)  # for each row, the first that it or a later one takes

    @property
    def output(self) -> Tensor:
        return self.io.output

    @property
    def sums(self) -> bool:
        """Whether all rows of the output lie at one place, which each of them updates."""
        return isinstance(self.node.op, RowSums)

    @property
    def row_bytes(self) -> int:
        return self.output.size_bytes if self.sums else self.output.size_bytes // self.rows

    @property
    def read(self) -> tuple[str, ...]:
        """The names of `reads`."""
        return tuple(str(self.node.inputs[index]) for index in self.reads)

    def strip(self, first: int, end: int) -> tuple[Op, Io]:
        """The operator that computes the rows [first, end), and its tensors."""
        strip = self.node.op.strip(self.io, first, end) if self.rows > 1 else None
        if strip is None:
            return self.node.op, self.io
        return strip.op, strip.io(self.io, 1 if self.sums else end - first)

    def overwrites(self, name: str) -> bool:
        """Whether the output may take over the memory of input `name`, row by row."""
        reads = {str(self.node.inputs[index]): index for index in self.node.op.in_place(self.io)}
        used_once = sum(other == name for other in self.node.inputs) == 1
        if name not in reads or not used_once:
            return False
        x = self.io.input(reads[name])
        return (x.shape, x.size_bytes) == (self.output.shape, self.output.size_bytes)


def rows_of(tensor: Tensor) -> int:
    """Rows that a tensor can be cut into: those of [1, rows, columns, channels], or 1."""
    return tensor.shape[1] if len(tensor.shape) == 4 and tensor.shape[0] == 1 else 1


def stages_of(graph: Graph, node: Node) -> tuple[Stage, ...] | None:
    """The stages that compute a node: one, two for a pooling of a whole map; None where it takes no rows."""
    io, op = graph.io(node), node.op
    if len(io.outputs) != 1 or op.is_view or op.states(io) or len({i for i in node.inputs if i}) < 1:
        return None
    finish = op.of_sums(io)
    if finish is None:
        stage = _stage(node, io)
        return None if stage is None else (stage,)
    x = io.input(0)
    sums = Tensor(f"{node.name}: sums", (1, 1, 1, x.shape[3]), "int32")
    first = _stage(Node(f"{node.name}: sums", RowSums(), (x.name,), (sums.name,)), Io((x,), (sums,)))
    if first is None:
        return None
    node = Node(node.name, finish, (sums.name,), node.outputs)
    return first, Stage(node, Io((sums,), io.outputs), (0,), 1, (((0, first.rows),),), ((0,),))


def _stage(node: Node, io: Io) -> Stage | None:
    sums = isinstance(node.op, RowSums)
    count = rows_of(io.input(0) if sums else io.output)
    reads = tuple(i for i, tensor in enumerate(io.inputs) if tensor is not None and not tensor.is_constant)
    if not reads or any(io.input(index).is_state for index in reads):
        return None
    needs = []
    for row in range(count):
        strip = node.op.strip(io, row, row + 1) if count > 1 else Strip(node.op, ())
        if strip is None:
            return None
        rows = dict(enumerate(strip.rows))
        needs.append(tuple(rows.get(index) or (0, rows_of(io.input(index))) for index in reads))
    keeps, least = [], tuple(rows[0] for rows in needs[-1])
    for found in reversed(needs):
        least = tuple(min(a, rows[0]) for a, rows in zip(least, found, strict=True))
        keeps.append(least)
    return Stage(node, io, reads, count, tuple(needs), tuple(reversed(keeps)))
