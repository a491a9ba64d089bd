"""Exact graph rewrites, one file each: a pass returns a new Graph whose outputs are the same to the bit."""

from collections.abc import Callable, Collection

from edgeopt.ir import Graph, check_graph
from edgeopt.registry import Registry

Pass = Callable[[Graph], Graph]
PASSES: Registry[Pass] = Registry("pass", "edgeopt.optimize")


def optimize(graph: Graph, without: Collection[str] = ()) -> Graph:
    """The graph after all passes, again and again until none changes anything; checked after each.

    `without` names passes to leave out, to see what they are worth.
    """
    before = None
    while graph != before:
        before = graph
        for name, rewrite in PASSES:
            if name not in without:
                graph = check_graph(rewrite(graph))
    return graph


__all__ = ["PASSES", "Pass", "optimize"]
