"""What each way to compute a node would cost: what the planner compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeopt.costs import CostTable, Work, work_of
from edgeopt.ir import CCall, Io, Op
from edgeopt.ops.ways import Offers, Way

_WORD_BYTES = 4
_GUESS = (4.0, 30.0, 200.0)  # cycles a MAC, an output and a call, of a plain kernel that nobody has measured
_UNMEASURED = 0.1  # a way that nobody has measured yet is there because it pays: so many of the plain way's cycles


@dataclass(frozen=True)
class Option:
    """A way with its costs. `cycles` are for comparing: a kernel's that nobody has measured are assumed."""

    way: Way
    cycles: float
    is_measured: bool
    constant_bytes: int
    kernels: frozenset[str]

    @property
    def scratch_bytes(self) -> int:
        return max((call.scratch_bytes or 0 for call in self.way.calls), default=0)


def options(op: Op, io: Io, offered: Offers, table: CostTable) -> tuple[Option, ...]:
    """The ways offered for a node, `plain` first, with their costs by `table`.

    A core without a table gets plain kernels: a way that nobody has measured there must not make it slower.
    """
    plain, *others = offered.ways
    if not table.kernels:
        others = []
    work = work_of(op, io)
    found = table.cycles(plain.calls, work)
    plain_cycles = _guess(work) if found is None else found
    priced = [_option(plain, found, plain_cycles, io)]
    for place, way in enumerate(others, 1):
        # of several that nobody has measured the last one wins
        priced.append(_option(way, table.cycles(way.calls, work), plain_cycles * _UNMEASURED / place, io))
    return tuple(priced)


def constant_bytes(calls: tuple[CCall, ...], io: Io) -> int:
    """Flash of the constants and parameters of calls; the emitter, who stores equal arrays once, may need less."""
    params = [value for call in calls for value in call.params.values()]
    arrays = sum(value.nbytes for value in params if isinstance(value, np.ndarray))
    operands = {index for call in calls for index in call.inputs if io.input(index).is_constant}
    return arrays + sum(io.input(index).size_bytes for index in operands) + _WORD_BYTES * len(params)


def _option(way: Way, cycles: float | None, assumed: float, io: Io) -> Option:
    kernels = frozenset(call.kernel for call in way.calls)
    known = assumed if cycles is None else cycles
    return Option(way, known, cycles is not None, constant_bytes(way.calls, io), kernels)


def _guess(work: Work) -> float:
    per_mac, per_output, per_call = _GUESS
    return per_mac * work.macs + per_output * work.outputs + per_call
