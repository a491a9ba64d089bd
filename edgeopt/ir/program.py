"""Kernel calls with addresses, in loops: how a node is computed that needs more than a call after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from edgeopt.ir.op import CCall, Io, Op


@dataclass(frozen=True)
class Place:
    """`offset` bytes behind the start of a tensor of the node, or of its scratch (None); `step` more in each turn."""

    tensor: str | None
    offset: int
    step: int = 0

    def at(self, turn: int) -> Place:
        return Place(self.tensor, self.offset + turn * self.step)


@dataclass(frozen=True)
class Placed:
    """Kernel calls that compute `op` on the tensors `io`, and where these lie."""

    calls: tuple[CCall, ...]
    op: Op
    io: Io
    inputs: tuple[Place | None, ...]  # as io.inputs; None: constant or left out
    outputs: tuple[Place, ...]
    scratch: Place | None = None
    stage: int = -1  # of the chain, counted from 0; -1 moves data

    @property
    def places(self) -> tuple[Place, ...]:
        """All places, in a fixed order."""
        found = (*self.inputs, *self.outputs, self.scratch)
        return tuple(place for place in found if place is not None)

    def placed(self, places: Iterator[Place]) -> Placed:
        """The same at other places, given in the order of `places`."""
        inputs = tuple(None if place is None else next(places) for place in self.inputs)
        outputs = tuple(next(places) for _ in self.outputs)
        return replace(self, inputs=inputs, outputs=outputs, scratch=None if self.scratch is None else next(places))


@dataclass(frozen=True)
class Loop:
    """`body`, `turns` times."""

    turns: int
    body: tuple[Placed, ...]


@dataclass(frozen=True)
class Program:
    """Calls and loops in order; `scratch_bytes` is what they need of scratch together."""

    items: tuple[Placed | Loop, ...]
    scratch_bytes: int

    @property
    def loops(self) -> tuple[Loop, ...]:
        """All of it as loops: a call is a loop of one turn."""
        return tuple(item if isinstance(item, Loop) else Loop(1, (item,)) for item in self.items)

    @property
    def calls(self) -> tuple[CCall, ...]:
        """The distinct calls, in order."""
        found = {id(call): call for loop in self.loops for placed in loop.body for call in placed.calls}
        return tuple(found.values())

    @property
    def constant_bytes(self) -> int:
        """Flash of the arrays that the calls refer to; equal ones are stored once."""
        placed = [placed for placed, _ in self.work()]
        arrays = [value for call in self.calls for value in call.params.values() if isinstance(value, np.ndarray)]
        arrays += [
            one.io.input(index).values
            for one in placed
            for call in one.calls
            for index in call.inputs
            if one.io.input(index).is_constant
        ]
        return sum({(array.dtype.name, array.tobytes()): array.nbytes for array in arrays}.values())

    def flat(self) -> Iterator[Placed]:
        """All of it, turn after turn, at its place."""
        for loop in self.loops:
            for turn in range(loop.turns):
                for placed in loop.body:
                    yield placed.placed(iter([place.at(turn) for place in placed.places]))

    def work(self) -> tuple[tuple[Placed, int], ...]:
        """One of each distinct operator with its calls, and how often it runs."""
        first = {id(placed.calls): placed for loop in self.loops for placed in loop.body}
        times = dict.fromkeys(first, 0)
        for loop in self.loops:
            for placed in loop.body:
                times[id(placed.calls)] += loop.turns
        return tuple((placed, times[key]) for key, placed in first.items())
