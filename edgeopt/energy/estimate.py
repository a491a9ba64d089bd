"""Estimates before anything is built: cycles of each layer and code bytes, from the fitted kernel costs of the core."""

from edgeopt.emit.kernels import kernel_files
from edgeopt.energy.costs import kernel_costs, shared_code_bytes
from edgeopt.energy.quantity import ESTIMATED, Quantity, unknown
from edgeopt.plan import Plan, Step


def layer_cycles(plan: Plan, step: Step, core: str) -> Quantity:
    """Estimated cycles of one layer on `core`; unknown where one of its kernels was not fitted there."""
    costs = kernel_costs(core)
    io = plan.graph.io(step.node)
    missing = sorted({call.kernel for call in step.calls} - costs.keys())
    if missing:
        return unknown(f"{missing[0]} has no fitted cost on {core}")
    macs = step.node.op.macs(io) + step.node.op.binary_macs(io)  # a kernel has either
    outputs = sum(tensor.elements for tensor in io.outputs)
    # the calls of one node share its work
    parts = max(1, len(step.calls))
    cycles = sum(costs[call.kernel].cycles(macs / parts, outputs / parts) for call in step.calls)
    return Quantity(cycles, ESTIMATED, f"kernel costs fitted on the virtual {core}")


def total_cycles(layers: list[Quantity]) -> Quantity:
    """The sum; unknown for the reason of the first layer that is unknown."""
    for layer in layers:
        if layer.value is None:
            return layer
    source = layers[0].source if layers else "no layers"
    return Quantity(sum(layer.value or 0.0 for layer in layers), ESTIMATED, source)


def kernel_code_bytes(plan: Plan, core: str) -> int | None:
    """Flash of the kernels that the plan calls; None where one was not fitted on `core`."""
    costs = kernel_costs(core)
    kernels = {call.kernel for step in plan.steps for call in step.calls}
    if not kernels <= costs.keys():
        return None
    shared = shared_code_bytes(core)
    files = {path.stem for path in kernel_files(kernels)}
    return sum(costs[kernel].code_bytes for kernel in kernels) + sum(shared.get(name, 0) for name in files)
