"""Writes the calls of a chain in order, each with the addresses of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgeopt.ir import CCall, Io, Op, Place, Placed, Tensor
from edgeopt.ops._rows import MoveRows
from edgeopt.ops.ways import Way
from edgeopt.plan.buffers import ALIGN_BYTES
from edgeopt.plan.schedule import Schedule, Turn
from edgeopt.plan.stages import Stage, rows_of
from edgeopt.plan.windows import Windows

WayOf = Callable[[Op, Io], Way]
Found = tuple[Op, Io, tuple[CCall, ...]]


class Strips:
    """The operators and kernel calls of some rows of a stage; equal ones are one object, so they are stored once."""

    def __init__(self, way_of: WayOf) -> None:
        self._way_of = way_of
        self._rows: dict[tuple[str, int, int], Found] = {}
        self._equal: dict[tuple[object, ...], Found] = {}

    def calls(self, op: Op, io: Io) -> tuple[CCall, ...]:
        return self._way_of(op, io).calls

    def of(self, stage: Stage, first: int, end: int) -> Found:
        """The operator of the rows [first, end), its tensors, the calls that compute it."""
        rows = stage.node.name, first, end
        if rows not in self._rows:
            op, io = stage.strip(first, end)
            shapes = (None if tensor is None else tensor.shape for tensor in (*io.inputs, *io.outputs))
            key = stage.node.name, op, *shapes
            if key not in self._equal:
                self._equal[key] = op, io, self.calls(op, io)
            self._rows[rows] = self._equal[key]
        return self._rows[rows]

    def scratch_bytes(self, stages: Sequence[Stage], planned: Schedule) -> list[int]:
        """The most that each stage needs in any turn."""
        most = [0] * len(stages)
        for turn in planned.turns:
            _, _, calls = self.of(stages[turn.stage], turn.first, turn.end)
            most[turn.stage] = max(most[turn.stage], *(call.scratch_bytes or 0 for call in calls))
        return most


def write_calls(
    stages: tuple[Stage, ...], planned: Schedule, windows: Windows, strips: Strips
) -> tuple[Placed, ...] | None:
    """All calls in order; None where an address would not be aligned as kernels want it."""
    calls = tuple(_Writer(stages, planned, windows, strips).write())
    aligned = all(place.offset % ALIGN_BYTES == 0 for call in calls for place in call.places)
    return calls if aligned else None


@dataclass
class _Writer:
    stages: tuple[Stage, ...]
    planned: Schedule
    windows: Windows
    strips: Strips

    def __post_init__(self) -> None:
        self._makers: Mapping[str, Stage] = {stage.output.name: stage for stage in self.stages}
        self._front = dict.fromkeys(self.planned.capacity, 0)  # the row at the front of each window
        self._moves: dict[int, Found] = {}

    def write(self) -> Iterator[Placed]:
        for turn in self.planned.turns:
            stage = self.stages[turn.stage]
            yield from self._make_room(stage, turn)
            op, io, calls = self.strips.of(stage, turn.first, turn.end)
            inputs: list[Place | None] = [None] * len(io.inputs)
            for index, name, needed in zip(stage.reads, stage.read, stage.needs[turn.first], strict=True):
                inputs[index] = self._place(stage.io.input(index), name, needed[0])
            output = self._place(stage.output, stage.output.name, turn.first)
            at = self.windows.scratch.get(turn.stage)
            scratch = None if at is None else Place(None, at)
            yield Placed(calls, op, io, tuple(inputs), (output,), scratch, turn.stage)

    def _make_room(self, stage: Stage, turn: Turn) -> Iterator[Placed]:
        owner = self.planned.owners[stage.output.name]
        if owner not in self.windows.offsets or stage.sums:
            return
        front, at = self._front[owner], self.windows.offsets[owner]
        if turn.low < turn.first and turn.end - front <= self.planned.capacity[owner]:
            return
        self._front[owner] = turn.low
        size = (turn.first - turn.low) * stage.row_bytes
        if size and turn.low > front:
            yield self._move(at + (turn.low - front) * stage.row_bytes, at, size)

    def _move(self, source: int, target: int, size_bytes: int) -> Placed:
        if size_bytes not in self._moves:
            rows = Tensor("rows", (size_bytes,), "int8")
            move, both = MoveRows(), Io((rows,), (rows,))
            self._moves[size_bytes] = move, both, self.strips.calls(move, both)
        op, io, calls = self._moves[size_bytes]
        return Placed(calls, op, io, (Place(None, source),), (Place(None, target),))

    def _place(self, tensor: Tensor, name: str, row: int) -> Place:
        maker, owner = self._makers.get(name), self.planned.owners.get(name)
        if maker is None or owner is None:
            return Place(name, row * (tensor.size_bytes // rows_of(tensor)))
        offset = 0 if maker.sums else row * maker.row_bytes
        if owner not in self.windows.offsets:
            return Place(owner, offset)
        front = 0 if maker.sums else self._front[owner] * maker.row_bytes
        return Place(None, self.windows.offsets[owner] + offset - front)
