"""Estimates before anything is built: cycles of each layer and code bytes, from the fitted kernel costs of the core.

Cycles are those of the board: with what the core waits for its memory, and by the compiler's level of the plan's goal.
"""

from edgeopt.board import Board
from edgeopt.costs import goal_table, level_of, memory_of
from edgeopt.energy.quantity import ESTIMATED, Quantity, unknown
from edgeopt.plan import Plan, Step
from edgeopt.plan.options import way_cycles
from edgeopt.simulate.memory_timing import describe_memory


def layer_cycles(plan: Plan, step: Step, board: Board) -> Quantity:
    """Estimated cycles of one layer on `board`; unknown where one of its kernels was not fitted for such a board."""
    table, memory = goal_table(board.core, plan.target.goal), memory_of(board)
    cycles = way_cycles(step.way, step.node.op, plan.graph.io(step.node), table, memory)
    if cycles is None:
        missing = table.missing(step.way.calls)
        if missing:
            return unknown(f"{missing[0]} has no fitted cost on {board.core} by gcc {table.level}")
        return unknown(f"what the flash of {board.name} makes the kernels wait was not fitted ({memory.key})")
    cycles *= len(step.calls) / max(1, len(step.way.calls))  # copies that are not needed are not made
    level = level_of(plan.target.goal)
    built = "" if level == table.level else f" (built with {level}, which takes more)"
    source = f"kernel costs fitted on the virtual {board.core}, gcc {table.level}{built}, {describe_memory(board)}"
    return Quantity(cycles, ESTIMATED, source)


def total_cycles(layers: list[Quantity]) -> Quantity:
    """The sum; unknown for the reason of the first layer that is unknown."""
    for layer in layers:
        if layer.value is None:
            return layer
    source = layers[0].source if layers else "no layers"
    return Quantity(sum(layer.value or 0.0 for layer in layers), ESTIMATED, source)


def kernel_code_bytes(plan: Plan, core: str) -> int | None:
    """Flash of the kernels that the plan calls; None where one was not fitted on `core`."""
    table = goal_table(core, plan.target.goal)
    return table.code_bytes(plan.kernels) if plan.kernels <= table.kernels.keys() else None
