"""A plan as text: what runs, step by step, and where everything lies in the arena."""

from edgeopt.plan.planner import Plan, Step


def format_plan(plan: Plan) -> str:
    """A line a step: `%output@offset = kernels(%input@offset, ...)`, offsets in bytes; tests of plans compare it."""
    proof = "which is optimal" if plan.optimal else f"no less than {plan.bound_bytes:,} B"
    lines = [
        f"plan {plan.graph.name} for {plan.target.core}, goal {plan.target.goal}",
        f"  arena {plan.arena_bytes:,} B, {proof}; peak at `{plan.peak.node.name}`",
    ]
    for name in plan.graph.inputs:
        lines.append(f"  input {_place(plan, name)}" + ("" if plan.inputs_survive[name] else ", overwritten"))
    lines += [f"  state {_place(plan, t.name)}, {t.size_bytes:,} B" for t in plan.graph.state_tensors]
    lines += [f"  {_step(plan, step)}" for step in plan.steps]
    return "\n".join([*lines, *(f"  output {_place(plan, name)}" for name in plan.graph.outputs)])


def _step(plan: Plan, step: Step) -> str:
    variable = [name for name in step.node.inputs if name is not None and not plan.graph.tensors[name].is_constant]
    inputs, outputs = (", ".join(_place(plan, name) for name in names) for names in (variable, step.node.outputs))
    kernels = " + ".join(dict.fromkeys(call.kernel for call in step.calls)) or step.node.op.name
    scratch_bytes = step.way.scratch_bytes
    scratch = f", scratch {scratch_bytes:,} B @{plan.scratch_offset(step.node)}" if scratch_bytes else ""
    return f"{outputs}{' = ' if outputs else ''}{kernels}({inputs}){scratch}; {step.live_bytes:,} B alive"


def _place(plan: Plan, name: str) -> str:
    return f"%{name}@{plan.offsets[name]}"
