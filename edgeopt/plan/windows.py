"""Where the rows of a chain lie: a window a tensor in the node's scratch, its output before or behind the input's end.

Rows follow one another in a window without wrapping round, as kernels want them; where the next rows find no room
behind, those that are still needed move to the window's front first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeopt.plan.buffers import Buffer, Use, aligned
from edgeopt.plan.place import best_greedy, check_disjoint
from edgeopt.plan.schedule import Schedule
from edgeopt.plan.stages import Stage


@dataclass(frozen=True)
class Moments(Use):
    """The turns in which memory must be kept, as bits; they may have gaps."""

    bits: int

    def overlaps(self, other: Use) -> bool:
        return bool(self.bits & other.bits) if isinstance(other, Moments) else super().overlaps(other)


@dataclass(frozen=True)
class Windows:
    """Offsets in the node's scratch: of windows by owner, of kernels' scratch by stage."""

    offsets: Mapping[str, int]
    scratch: Mapping[int, int]
    size_bytes: int


def place_windows(stages: Sequence[Stage], planned: Schedule, scratch_bytes: Sequence[int]) -> Windows:
    """Windows and kernels' scratch in as little memory as found; `scratch_bytes` by stage."""
    row_bytes = {stage.output.name: stage.row_bytes for stage in stages}
    result = stages[-1].output.name
    wanted = [
        _buffer(owner, rows * row_bytes[owner], planned.moments[owner])
        for owner, rows in planned.capacity.items()
        if owner != planned.owners[result]
    ]
    turns = [0] * len(stages)
    for index, turn in enumerate(planned.turns):
        turns[turn.stage] |= 1 << index
    busy = [index for index, size in enumerate(scratch_bytes) if size]
    wanted += [_buffer(f"scratch {index}", scratch_bytes[index], turns[index]) for index in busy]
    found = best_greedy(wanted)
    offsets = [found[index] for index in range(len(wanted))]
    check_disjoint(wanted, offsets)
    size = max((at + aligned(buffer.size_bytes) for at, buffer in zip(offsets, wanted, strict=True)), default=0)
    first_scratch = len(wanted) - len(busy)
    return Windows(
        {buffer.names[0]: at for buffer, at in zip(wanted[:first_scratch], offsets, strict=False)},
        dict(zip(busy, offsets[first_scratch:], strict=True)),
        size,
    )


def _buffer(name: str, size_bytes: int, moments: int) -> Buffer:
    first = (moments & -moments).bit_length() - 1
    return Buffer((name,), size_bytes, Moments(first, moments.bit_length() - 1, moments))
