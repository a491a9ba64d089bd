"""What a network would cost on a board: planned, and estimated by the formulas of `edgeopt analyze`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edgeopt.board import Board
from edgeopt.costs import goal_table
from edgeopt.emit.model_source import constant_bytes
from edgeopt.energy import ESTIMATED, Quantity, unknown
from edgeopt.energy.estimate import kernel_code_bytes, layer_cycles, total_cycles
from edgeopt.energy.use import Use
from edgeopt.ir import Graph, Target
from edgeopt.plan import Plan, lacking, plan, target_of


@dataclass(frozen=True)
class Design:
    """A network on a board, planned for a goal, and how it is used."""

    graph: Graph = field(repr=False)
    board: Board
    goal: str = "balanced"
    use: Use | None = None


@dataclass(frozen=True)
class Cost:
    """What a plan takes on a board. `lacking`: what the board has too little of, in words; empty where it fits."""

    plan: Plan = field(repr=False)
    constant_bytes: int
    kernel_bytes: int | None
    layers: tuple[Quantity, ...]  # cycles
    cycles: Quantity
    lacking: str

    @property
    def flash_bytes(self) -> Quantity:
        """Constants, which are exact, and kernels."""
        if self.kernel_bytes is None:
            return unknown(f"the kernels were not measured on {self.plan.target.core}")
        return Quantity(self.constant_bytes + self.kernel_bytes, ESTIMATED, "constants exact, kernels as fitted")

    @property
    def ram_bytes(self) -> Quantity:
        return Quantity(self.plan.arena_bytes, ESTIMATED, "the arena")

    def changed(self, cycles: float, constants: int, kernels: frozenset[str]) -> Cost:
        """The cost with so many cycles and bytes of constants more, and with these kernels besides."""
        table = goal_table(self.plan.target.core, self.plan.target.goal)
        with_more = table.code_bytes(self.plan.kernels | kernels) - table.code_bytes(self.plan.kernels)
        return replace(
            self,
            constant_bytes=self.constant_bytes + constants,
            kernel_bytes=None if self.kernel_bytes is None else self.kernel_bytes + with_more,
            cycles=self.cycles if self.cycles.value is None else replace(self.cycles, value=self.cycles.value + cycles),
        )


def cost_of(planned: Plan, board: Board, constants: int) -> Cost:
    """The cost of a plan whose constants take so many bytes."""
    layers = tuple(layer_cycles(planned, step, board) for step in planned.steps)
    return Cost(
        planned,
        constants,
        kernel_code_bytes(planned, board.core),
        layers,
        total_cycles(list(layers)),
        lacking(planned, board, constants),
    )


class Plans:
    """Plans a network for many boards and goals, each kind of plan once.

    A plan that is made with no limit of memory is the one of every board of the core that it fits; only the others are
    planned for themselves.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[int, Target], tuple[Graph, Plan, int]] = {}

    def cost(self, graph: Graph, board: Board, goal: str) -> Cost:
        target = target_of(board, goal)
        planned, constants = self._plan(graph, replace(target, flash_bytes=None, ram_bytes=None))
        planned = replace(planned, target=target)
        if not planned.fits:
            planned, constants = self._plan(graph, target)
        return cost_of(planned, board, constants)

    def _plan(self, graph: Graph, target: Target) -> tuple[Plan, int]:
        key = id(graph), target
        if key not in self._found:
            planned = plan(graph, target)
            self._found[key] = graph, planned, constant_bytes(planned)  # holding the graph, the id stays its own
        return self._found[key][1:]
