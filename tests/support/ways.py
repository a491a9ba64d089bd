"""The plans by which a graph can be computed: what is chosen, and each way wherever there is one. All give the same."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from edgeopt.firmware.cores import CORES
from edgeopt.ir import Array, Graph, Target
from edgeopt.ops.ways import PLAIN, offers
from edgeopt.plan import Plan, plan


def plans_of(graph: Graph, target: Target) -> list[Plan]:
    """What is chosen for `target` first, then each way that one of the nodes has there, `plain` among them."""
    plans = {ways_in(chosen): chosen for chosen in [plan(graph, target)]}
    for name in sorted(way_names([graph], target)):
        made = plan(graph, replace(target, only=name))
        plans.setdefault(ways_in(made), made)
    return list(plans.values())


def plans_of_all_cores(graph: Graph, target: Target) -> list[Plan]:
    """As `plans_of`, and the ways that there are on other cores only: a host has C forms of their instructions."""
    plans, known = plans_of(graph, target), way_names([graph], target)
    for core in CORES:
        there = replace(target, core=core)
        more = way_names([graph], there) - known
        plans += [plan(graph, replace(there, only=name)) for name in sorted(more)]
        known |= more
    return plans


def way_names(graphs: Iterable[Graph], target: Target) -> set[str]:
    """The ways that one node at least has on `target`, and `plain`."""
    named = {PLAIN}
    for graph in graphs:
        for node in graph.nodes:
            named |= {way.name for way in offers(node.op, graph.io(node), target).ways}
    return named


def ways_in(plan_: Plan) -> tuple[str, ...]:
    """The way of each step."""
    return tuple(step.way.name for step in plan_.steps)


def assert_ways_agree(plans: Sequence[Plan], outputs: Sequence[Sequence[Sequence[Array]]]) -> None:
    """`outputs` by plan, sample and output index: all plans of one graph must have given the same bytes."""
    for plan_, of_plan in zip(plans, outputs, strict=True):
        for sample, (wanted, got) in enumerate(zip(outputs[0], of_plan, strict=True)):
            for index, (a, b) in enumerate(zip(wanted, got, strict=True)):
                if a.tobytes() != b.tobytes():
                    names = [",".join(sorted(set(ways_in(p)))) for p in (plans[0], plan_)]
                    where = f"sample {sample}, output {index}"
                    raise AssertionError(f"ways {names[0]} and {names[1]} differ at {where}: {plan_.graph}")
