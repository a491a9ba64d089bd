"""What each way to compute a node would cost: what the planner compares."""

from __future__ import annotations

from dataclasses import dataclass

from edgeopt.costs import FREE, CostTable, Memory, Work, data_bytes, work_of
from edgeopt.ir import Io, Op
from edgeopt.ops.ways import Offers, Way

_WORD_BYTES = 4
_GUESS = (4.0, 30.0, 200.0)  # cycles a MAC, an output and a call, of a plain kernel that nobody has measured
_UNMEASURED = 9.0  # of the plain kernel's cycles: a way must not make slower what is there before it was measured
_UNMEASURED_CODE_BYTES = 2_000


@dataclass(frozen=True)
class Option:
    """A way with its costs. `cycles` are for comparing: a kernel's that nobody has measured are assumed."""

    way: Way
    cycles: float
    is_measured: bool
    constant_bytes: int
    kernels: frozenset[str]

    def speed(self) -> tuple[float, int, int]:
        """To compare by: the fewest cycles, then what else they take."""
        return self.cycles, self.constant_bytes, self.way.scratch_bytes


def options(op: Op, io: Io, offered: Offers, table: CostTable) -> tuple[Option, ...]:
    """The ways offered for a node, `plain` first, with their costs by `table`."""
    plain, *others = offered.ways
    first = _option(plain, way_cycles(plain, op, io, table), _guess(work_of(op, io, plain.calls)), io)
    assumed = first.cycles * _UNMEASURED
    return first, *(_option(way, way_cycles(way, op, io, table), assumed, io) for way in others)


def code_bytes(kernels: frozenset[str], table: CostTable) -> int:
    """Flash of the code of kernels, for comparing."""
    return table.code_bytes(kernels) + _UNMEASURED_CODE_BYTES * len(kernels - table.kernels.keys())


def constant_bytes(way: Way, io: Io) -> int:
    """Flash of the constants and parameters of a way; the emitter, who stores equal arrays once, may need less."""
    stored = data_bytes(way.calls, io) if way.program is None else way.program.constant_bytes
    return stored + _WORD_BYTES * sum(len(call.params) for call in way.calls)


def way_cycles(way: Way, op: Op, io: Io, table: CostTable, memory: Memory = FREE) -> float | None:
    """Estimated cycles of a node that is computed so; None where a kernel was not fitted, or not on such a memory."""
    if way.program is None:
        return table.cycles(way.calls, work_of(op, io, way.calls), memory)
    runs = [
        (table.cycles(one.calls, work_of(one.op, one.io, one.calls), memory), times)
        for one, times in way.program.work()
    ]
    known = [cycles * times for cycles, times in runs if cycles is not None]
    return sum(known) if len(known) == len(runs) else None


def _option(way: Way, cycles: float | None, assumed: float, io: Io) -> Option:
    kernels = frozenset(call.kernel for call in way.calls)
    known = assumed if cycles is None else cycles
    return Option(way, known, cycles is not None, constant_bytes(way, io), kernels)


def _guess(work: Work) -> float:
    per_mac, per_output, per_call = _GUESS
    return per_mac * work.macs + per_output * work.outputs + per_call
