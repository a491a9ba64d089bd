"""In-order issue of one or two instructions a cycle: what the models of Cortex-M33 and Cortex-M7 share.

A core says for each instruction what it needs at which port of the pipeline and what it gives (`Step`), how long each
kind of result takes to each port (`latency`), and which two instructions may go together (`may_pair`). From that
`schedule` finds the cycle in which each instruction of a basic block issues. What crosses blocks is not seen: a block
begins with every register ready and both issue slots free, and the latency of its last results is not waited for.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import ClassVar

from edgeopt.simulate.operands import Operands, each, operands_of
from edgeopt.simulate.thumb import Instruction, Kind

PRODUCTS = (
    Kind.MULTIPLY,
    Kind.MULTIPLY_ADD,
    Kind.MULTIPLY_DSP,
    Kind.MULTIPLY_LONG,
    Kind.MULTIPLY_LONG_ADD,
)
LOADS = (Kind.LOAD, Kind.LOAD_DOUBLE, Kind.LOAD_MULTIPLE)
SEVERAL = (Kind.LOAD_DOUBLE, Kind.STORE_DOUBLE, Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE)


class Port(Enum):
    """Where an operand is taken in."""

    ADDRESS = auto()
    SHIFTER = auto()
    ALU = auto()
    BESIDE_SHIFTER = auto()  # an ALU operand of an instruction that also uses the shifter in front of it
    EXTEND_ADD = auto()  # what SXTAB and its kin add to
    FACTOR = auto()
    ACCUMULATOR = auto()
    STORE = auto()
    CONDITION = auto()  # flags read by an instruction that is no branch
    FLOAT = auto()
    FLOAT_FACTOR = auto()
    FLOAT_ACCUMULATOR = auto()
    FLOAT_STORE = auto()


class Result(Enum):
    """What a register was written by."""

    ALU = auto()
    EARLY_ALU = auto()
    TWO_STAGE = auto()
    PRODUCT = auto()
    LOAD = auto()
    SHORT_LOAD = auto()
    BASE = auto()  # a base register changed by a load or store
    FLOAT = auto()
    FLOAT_SUM_OF_PRODUCTS = auto()
    FLOAT_LOAD = auto()
    FROM_FLOAT = auto()
    TO_FLOAT = auto()


@dataclass(frozen=True)
class Step:
    """One instruction as a pipeline sees it.

    gives:  sets of registers, what they are a result of, and how many cycles after the issue that begins.
    cycles: for how long nothing behind it issues.  alone: pairs with nothing.
    waits:  units that must be free, by name.       holds: units and for how many cycles from issue it keeps them.
    """

    instruction: Instruction
    operands: Operands
    needs: tuple[tuple[int, Port], ...]
    gives: tuple[tuple[int, Result, int], ...]
    cycles: int = 1
    alone: bool = False
    waits: tuple[str, ...] = ()
    holds: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Schedule:
    """`starts`: the cycle in which each instruction issues; `younger`: whether it is the second one of a pair."""

    steps: tuple[Step, ...]
    starts: tuple[int, ...]
    younger: tuple[bool, ...]
    cycles: int


def loaded(registers: int, result: Result, per_cycle: int) -> tuple[tuple[int, Result, int], ...]:
    """What a load of several registers gives: so many a cycle, from the lowest on."""
    return tuple((1 << register, result, place // per_cycle) for place, register in enumerate(each(registers)))


@dataclass
class _State:
    """The pipeline while a block goes through it."""

    written: dict[int, tuple[int, Result]] = field(default_factory=dict)  # by register: when, as what
    units: dict[str, int] = field(default_factory=dict)  # by unit: when it is free


class IssueModel(ABC):
    """A cycle model by issue width. Subclasses are the cores."""

    latency: ClassVar[Mapping[Result, Mapping[Port, int]]]
    unaligned_cycles: int
    mispredicted_cycles: int

    @abstractmethod
    def step(self, instruction: Instruction, operands: Operands) -> Step:
        """What the pipeline sees of an instruction."""

    @abstractmethod
    def may_pair(self, older: Step, younger: Step) -> bool:
        """Whether the two may issue in one cycle, operands permitting."""

    @abstractmethod
    def taken_cycles(self, block: Sequence[Instruction], target: int, first: Instruction | None = None) -> int:
        """As CycleModel has it."""

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        return self.schedule(instructions).cycles

    def early(self, step: Step, is_younger: bool, partner: Step | None) -> bool:
        """Whether the core has a first ALU that this instruction may use, if its operands are there in time."""
        return False

    def schedule(self, instructions: Sequence[Instruction]) -> Schedule:
        """When each instruction of a basic block issues."""
        steps = tuple(map(self.step, instructions, operands_of(instructions)))
        state = _State()
        starts: list[int] = []
        younger: list[bool] = []
        now = 0
        while len(starts) < len(steps):
            older = steps[len(starts)]
            now = max(now, self._ready(older, state))
            second = steps[len(starts) + 1] if len(starts) + 1 < len(steps) else None
            self._issue(older, now, state, self._is_early(older, now, state, False, second))
            starts.append(now)
            younger.append(False)
            cycles = older.cycles
            if second is not None and self._pairs(older, second, now, state):
                self._issue(second, now, state, self._is_early(second, now, state, True, older))
                starts.append(now)
                younger.append(True)
                cycles = max(cycles, second.cycles)
            now += cycles
        return Schedule(steps, tuple(starts), tuple(younger), now)

    def _pairs(self, older: Step, second: Step, now: int, state: _State) -> bool:
        if older.alone or second.alone or not self.may_pair(older, second):
            return False
        twice = older.operands.writes & second.operands.writes & 0xFFFF  # fine if built upon: MOVW, MOVT
        return not twice & ~second.operands.reads and self._ready(second, state) <= now

    def _is_early(self, step: Step, now: int, state: _State, is_younger: bool, partner: Step | None) -> bool:
        if not self.early(step, is_younger, partner):
            return False
        needed = step.operands.plain | step.operands.shifted
        return self._when(needed, Port.SHIFTER, state) <= now

    def _ready(self, step: Step, state: _State) -> int:
        """The first cycle in which all operands and units are there."""
        times = [self._when(registers, port, state) for registers, port in step.needs]
        return max([0, *times, *(state.units.get(unit, 0) for unit in step.waits)])

    def _when(self, registers: int, port: Port, state: _State) -> int:
        written = (state.written[register] for register in each(registers) if register in state.written)
        return max((when + self.latency[result][port] for when, result in written), default=0)

    def _issue(self, step: Step, now: int, state: _State, early: bool) -> None:
        for registers, result, after in step.gives:
            for register in each(registers):
                state.written[register] = (now + after, Result.EARLY_ALU if early and register < 16 else result)
        for unit, cycles in step.holds:
            state.units[unit] = now + cycles
