"""Estimates before anything is built: cycles of each layer and code bytes, from the fitted kernel costs of the core."""

from edgeopt.costs import cost_table
from edgeopt.energy.quantity import ESTIMATED, Quantity, unknown
from edgeopt.plan import Plan, Step
from edgeopt.plan.options import way_cycles


def layer_cycles(plan: Plan, step: Step, core: str) -> Quantity:
    """Estimated cycles of one layer on `core`; unknown where one of its kernels was not fitted there."""
    table = cost_table(core)
    cycles = way_cycles(step.way, step.node.op, plan.graph.io(step.node), table)
    if cycles is None:
        return unknown(f"{table.missing(step.way.calls)[0]} has no fitted cost on {core}")
    cycles *= len(step.calls) / max(1, len(step.way.calls))  # copies that are not needed are not made
    return Quantity(cycles, ESTIMATED, f"kernel costs fitted on the virtual {core}, gcc -O2")


def total_cycles(layers: list[Quantity]) -> Quantity:
    """The sum; unknown for the reason of the first layer that is unknown."""
    for layer in layers:
        if layer.value is None:
            return layer
    source = layers[0].source if layers else "no layers"
    return Quantity(sum(layer.value or 0.0 for layer in layers), ESTIMATED, source)


def kernel_code_bytes(plan: Plan, core: str) -> int | None:
    """Flash of the kernels that the plan calls; None where one was not fitted on `core`."""
    table = cost_table(core)
    return table.code_bytes(plan.kernels) if plan.kernels <= table.kernels.keys() else None
