"""Proves that a chain's program computes the chain: every byte that a call reads is the byte that it means to read.

The program is run with labels in place of numbers: a byte of memory holds which byte of which tensor it is. It knows
nothing of how the program was made; of the operators it asks only which rows a strip needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from edgeopt.ir import Place, Placed, Program, Tensor
from edgeopt.plan.buffers import ALIGN_BYTES
from edgeopt.plan.stages import Stage, rows_of

_GARBAGE = -1


class BadProgram(ValueError):
    """A bug of the planner: this program does not compute its chain."""


def check_program(
    stages: Sequence[Stage], program: Program, starts: Mapping[str | None, int], kept: frozenset[str]
) -> None:
    """Raises BadProgram. `starts` are bytes in one memory: of the chain's inputs, its output and its scratch (None).

    Inputs in `kept` must be whole at the end; others may be overwritten. The caller lays the scratch out apart.
    """
    memory = _Memory(stages, program, starts)
    for placed in program.flat():
        memory.run(placed)
    memory.end(kept)


class _Memory:
    def __init__(self, stages: Sequence[Stage], program: Program, starts: Mapping[str | None, int]) -> None:
        self._stages, self._starts = stages, starts
        tensors = [tensor for stage in stages for tensor in (*stage.io.inputs, stage.output) if tensor is not None]
        self._ids = {name: index for index, name in enumerate(dict.fromkeys(tensor.name for tensor in tensors))}
        self._tensors = {tensor.name: tensor for tensor in tensors}
        self._done = [0] * len(stages)
        made = {stage.output.name for stage in stages}
        self._sizes: dict[str | None, int] = {None: program.scratch_bytes}
        self._sizes |= {name: self._tensors[name].size_bytes for name in starts if name is not None}
        self._bytes = np.full(max(starts[name] + size for name, size in self._sizes.items()), _GARBAGE, np.int64)
        self._inputs = [self._tensors[name] for name in starts if name is not None and name not in made]
        for tensor in self._inputs:
            self._at(Place(tensor.name, 0), tensor.size_bytes)[:] = self._label(tensor.name, 0, tensor.size_bytes)

    def run(self, placed: Placed) -> None:
        if placed.stage < 0:
            self._move(placed)
            return
        stage, done = self._stages[placed.stage], self._done[placed.stage]
        count = self._rows_in(stage, placed)
        op, io = stage.strip(done, done + count)
        same = op == placed.op and [_shape(t) for t in io.inputs] == [_shape(t) for t in placed.io.inputs]
        self._demand(same and io.output.shape == placed.io.output.shape, f"`{stage.node.name}` computes other rows")
        read = [self._read(stage, placed, index, name, done) for index, name in enumerate(stage.read)]
        target, size = placed.outputs[0], placed.io.output.size_bytes
        if placed.scratch is not None:
            scratch_bytes = max(call.scratch_bytes or 0 for call in placed.calls)
            self._check_overlaps(
                stage, self._start(placed.scratch), scratch_bytes, [(*span[:2], False) for span in read]
            )
            read.append((self._start(placed.scratch), scratch_bytes, False))
        if stage.sums and done:
            wanted = self._label(stage.output.name, done * stage.row_bytes, size)
            self._demand(bool((self._at(target, size) == wanted).all()), f"`{stage.node.name}` adds to something else")
        if placed.scratch is not None:
            self._at(placed.scratch, scratch_bytes)[:] = _GARBAGE
        self._check_overlaps(stage, self._start(target), size, read)
        row = done + count if stage.sums else done
        self._at(target, size)[:] = self._label(stage.output.name, row * stage.row_bytes, size)
        self._done[placed.stage] += count

    def end(self, kept: frozenset[str]) -> None:
        output = self._stages[-1].output
        wanted = [output, *(tensor for tensor in self._inputs if tensor.name in kept)]
        for tensor in wanted:
            label = self._label(tensor.name, 0, tensor.size_bytes)
            found = self._at(Place(tensor.name, 0), tensor.size_bytes)
            self._demand(bool((found == label).all()), f"`{tensor.name}` is not whole at the end")

    def _rows_in(self, stage: Stage, placed: Placed) -> int:
        return rows_of(placed.io.input(stage.reads[0])) if stage.sums else rows_of(placed.io.output)

    def _read(self, stage: Stage, placed: Placed, index: int, name: str, row: int) -> tuple[int, int, bool]:
        """Checks what the call reads; where it lies, its size, and whether the output may lie exactly there."""
        position = stage.reads[index]
        place, tensor = placed.inputs[position], placed.io.input(position)
        self._demand(place is not None, f"`{stage.node.name}` reads `{name}` from nowhere")
        assert place is not None
        whole = stage.io.input(position)
        first = stage.needs[row][index][0] * (whole.size_bytes // rows_of(whole))
        maker = next((other for other in self._stages if other.output.name == name and other.sums), None)
        if maker is not None:
            first = maker.rows * maker.row_bytes
        self._demand(
            bool((self._at(place, tensor.size_bytes) == self._label(name, first, tensor.size_bytes)).all()),
            f"`{stage.node.name}` reads something else than `{name}` from byte {first} on",
        )
        return self._start(place), tensor.size_bytes, stage.overwrites(name)

    def _check_overlaps(self, stage: Stage, start: int, size: int, read: Sequence[tuple[int, int, bool]]) -> None:
        for other, other_size, in_place in read:
            apart = start + size <= other or other + other_size <= start
            self._demand(apart or (in_place and other == start), f"`{stage.node.name}` writes over what it reads")

    def _move(self, placed: Placed) -> None:
        source, target, size = placed.inputs[0], placed.outputs[0], placed.io.output.size_bytes
        assert source is not None
        self._demand(self._start(target) < self._start(source), "a move goes up")
        self._at(target, size)[:] = self._at(source, size).copy()

    def _start(self, place: Place) -> int:
        start = self._starts[place.tensor] + place.offset
        self._demand(start % ALIGN_BYTES == 0, f"{place} is not aligned")
        return start

    def _at(self, place: Place, size_bytes: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        inside = place.offset >= 0 and place.offset + size_bytes <= self._sizes[place.tensor]
        self._demand(inside, f"{place} and {size_bytes} B are not inside")
        start = self._start(place)
        return self._bytes[start : start + size_bytes]

    def _label(self, name: str, first: int, size_bytes: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return (self._ids[name] << 32) + first + np.arange(size_bytes, dtype=np.int64)

    def _demand(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise BadProgram(otherwise)


def _shape(tensor: Tensor | None) -> tuple[int, ...] | None:
    return None if tensor is None else tensor.shape
