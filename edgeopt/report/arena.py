"""The memory map of a plan: what lies where in the arena, from which layer to which."""

from edgeopt.plan import Buffer, Plan
from edgeopt.plan.buffers import SCRATCH
from edgeopt.report.results import ArenaSlot


def arena_slots(plan: Plan) -> tuple[ArenaSlot, ...]:
    """One slot a buffer, by the layer that it is first needed in and its offset."""
    slots = (_slot(plan, buffer, offset) for buffer, offset in plan.spots)
    return tuple(sorted(slots, key=lambda slot: (slot.first_layer, slot.offset_bytes, slot.names)))


def _slot(plan: Plan, buffer: Buffer, offset_bytes: int) -> ArenaSlot:
    last_layer = max(0, len(plan.steps) - 1)  # what outlives the inference is in use until its last layer
    return ArenaSlot(
        names=tuple(name.removeprefix(SCRATCH) for name in buffer.names),
        what=_what(plan, buffer),
        offset_bytes=offset_bytes,
        size_bytes=buffer.size_bytes,
        first_layer=min(buffer.use.first, last_layer),
        last_layer=min(buffer.use.last, last_layer),
    )


def _what(plan: Plan, buffer: Buffer) -> str:
    """What the memory is for; the model's own inputs and outputs before what else lies with them."""
    names = set(buffer.names)
    groups = (
        ("state", {tensor.name for tensor in plan.graph.state_tensors}),
        ("input", set(plan.graph.inputs)),
        ("output", set(plan.graph.outputs)),
    )
    for what, members in groups:
        if names & members:
            return what
    return "scratch" if buffer.names[0].startswith(SCRATCH) else "activation"
