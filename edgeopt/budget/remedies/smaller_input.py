"""A smaller input: the same layers on fewer pixels, planned again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from edgeopt.budget.judge import Breach, keeps
from edgeopt.budget.remedy import REMEDIES, Case, Change
from edgeopt.errors import EdgeoptError
from edgeopt.ir import Graph, Node, Tensor, check_graph
from edgeopt.ops._window import Window, same_pads

_EIGHTHS = (7, 6, 5, 4, 3, 2)  # of the height and the width
_HALF = 4


@REMEDIES.register("smaller input")
def smaller_input(case: Case, breach: Breach) -> Iterator[Change]:
    """The largest of the sizes that keeps the limit; half the height and width where none does."""
    half = None
    for eighths in _EIGHTHS:
        graph = shrunk(case.design.graph, eighths)
        figures = None if graph is None else case.tried(replace(case.design, graph=graph))
        if graph is None or figures is None:
            continue
        (before,), (after,) = case.design.graph.input_tensors, graph.input_tensors
        what = f"an input of {_size(after)} instead of {_size(before)}"
        change = Change(what, figures, "train and convert again; only the data can tell what accuracy that leaves")
        if keeps(breach.name, breach.limit, figures[breach.name].value):
            yield change
            return
        if eighths == _HALF:
            half = change
    if half is not None:
        yield half


def shrunk(graph: Graph, eighths: int) -> Graph | None:
    """The layers of a network for images, on an input of so many eighths of the height and the width.

    Padding that is SAME stays so, and a pool over all of its input still is one. None of a network that has another
    input, or whose weights depend on its size (a dense layer behind a flattened image). For its costs only.
    """
    if len(graph.inputs) != 1 or len(graph.input_tensors[0].shape) != 4:
        return None
    image = graph.input_tensors[0]
    batch, height, width, channels = image.shape
    size = max(1, height * eighths // 8), max(1, width * eighths // 8)
    tensors = {**graph.tensors, image.name: replace(image, shape=(batch, *size, channels))}
    nodes = []
    try:
        for node in graph.nodes:
            nodes.append(_resized(graph, node, tensors))
            outputs = [tensors[name] for name in node.outputs]
            shapes = nodes[-1].op.infer(Graph("", tensors, (), (), ()).io(nodes[-1]))
            tensors |= {t.name: replace(t, shape=shape) for t, shape in zip(outputs, shapes, strict=True)}
        return check_graph(replace(graph, nodes=tuple(nodes), tensors=tensors))
    except (EdgeoptError, ValueError):
        return None


def _resized(graph: Graph, node: Node, tensors: dict[str, Tensor]) -> Node:
    """The node with its window for the new size of its input."""
    op: Any = node.op
    window = getattr(op, "window", None)
    if not isinstance(window, Window):
        return node
    before, after = (known[str(node.inputs[0])].shape[1:3] for known in (graph.tensors, tensors))
    return replace(node, op=replace(op, window=_window(window, before, after)))


def _window(window: Window, before: tuple[int, ...], after: tuple[int, ...]) -> Window:
    if window.kernel == before and not window.is_padded:  # over all of its input
        stride = tuple(min(step, size) for step, size in zip(window.stride, after, strict=True))
        return replace(window, kernel=(after[0], after[1]), stride=(stride[0], stride[1]))
    pads = ((window.pad_top, window.pad_bottom), (window.pad_left, window.pad_right))
    rows, cols = (
        same_pads(after[i], *step) if pads[i] == same_pads(before[i], *step) else pads[i]
        for i, step in enumerate(zip(window.kernel, window.stride, window.dilation, strict=True))
    )
    return replace(window, pad_top=rows[0], pad_bottom=rows[1], pad_left=cols[0], pad_right=cols[1])


def _size(image: Tensor) -> str:
    return f"{image.shape[1]} x {image.shape[2]}"
