"""The layer table of a plan."""

from collections.abc import Sequence

from edgeopt.costs import data_bytes
from edgeopt.energy import Quantity
from edgeopt.ir import Io
from edgeopt.plan import Plan, Step
from edgeopt.report.results import LayerRow
from edgeopt.report.why import why


def layer_rows(
    plan: Plan,
    cycles: Sequence[Quantity | None],
    instructions: Sequence[int | None] | None = None,
    stalls: Sequence[int | None] | None = None,
) -> tuple[LayerRow, ...]:
    """One row a step; `cycles`, `instructions` and `stalls` by step, where they are known."""
    counted = instructions or [None] * len(plan.steps)
    waited = stalls or [None] * len(plan.steps)
    rows = enumerate(plan.steps)
    return tuple(_row(plan, index, step, cycles[index], counted[index], waited[index]) for index, step in rows)


def _row(
    plan: Plan, index: int, step: Step, cycles: Quantity | None, instructions: int | None, stalls: int | None
) -> LayerRow:
    io: Io = plan.graph.io(step.node)
    written = (*io.outputs, *(io.input(index) for index in step.node.op.states(io)))  # state, where that is all
    return LayerRow(
        index=index,
        name=step.node.name,
        op=step.node.op.name,
        kernels=tuple(dict.fromkeys(call.kernel for call in step.calls)),
        why=why(plan, step),
        output_shape=written[0].shape,
        macs=step.node.op.macs(io),
        constant_bytes=_constant_bytes(step, io),
        live_bytes=step.live_bytes,
        instructions=instructions,
        cycles=cycles,
        binary_macs=step.node.op.binary_macs(io),
        way=step.way.name,
        stalls=stalls,
    )


def _constant_bytes(step: Step, io: Io) -> int:
    if step.way.program is not None:
        return step.way.program.constant_bytes
    return data_bytes(step.calls, io)
