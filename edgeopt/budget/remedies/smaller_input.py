"""A smaller input: the same layers on fewer pixels, planned again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from edgeopt.budget.judge import Breach, keeps
from edgeopt.budget.remedy import REMEDIES, Case, Change
from edgeopt.errors import EdgeoptError
from edgeopt.ir import Graph, Node, Tensor, check_graph
from edgeopt.ops._window import Window, same_pads

_LEAST, _HALF, _MOST = 2, 4, 7  # eighths of the height and the width


@REMEDIES.register("smaller input")
def smaller_input(case: Case, breach: Breach) -> Iterator[Change]:
    """The largest of the sizes that keeps the limit; half the height and width where none does."""

    def keeps_at(eighths: int) -> bool:
        change = _change(case, eighths)
        figure = None if change is None else change.figures.get(breach.name)
        return figure is not None and keeps(breach.name, breach.limit, figure.value)

    eighths = _guess(breach)
    if keeps_at(eighths):
        while eighths < _MOST and keeps_at(eighths + 1):
            eighths += 1
    else:
        while eighths > _LEAST and not keeps_at(eighths):
            eighths -= 1
    change = _change(case, eighths if keeps_at(eighths) else _HALF)
    if change is not None:
        yield change


def _guess(breach: Breach) -> int:
    """Where to begin: work and arena go with the area."""
    if not breach.actual:
        return _HALF
    side = 8 * math.sqrt(min(breach.limit / breach.actual, 1.0))
    return min(max(round(side), _LEAST), _MOST)


def _change(case: Case, eighths: int) -> Change | None:
    """An input of so many eighths; None where there is no such network, or the board is too small for it."""
    graph = case.variant(f"{eighths}/8", partial(shrunk, eighths=eighths))
    figures = None if graph is None else case.tried(replace(case.design, graph=graph))
    if graph is None or figures is None:
        return None
    (before,), (after,) = case.design.graph.input_tensors, graph.input_tensors
    what = f"an input of {_size(after)} instead of {_size(before)}"
    return Change(what, figures, "train and convert again; only the data can tell what accuracy that leaves")


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
            tensors |= _outputs(nodes[-1], tensors)
        return check_graph(replace(graph, nodes=tuple(nodes), tensors=tensors))
    except (EdgeoptError, ValueError):
        return None


def _outputs(node: Node, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The outputs with the shapes that follow; ValueError where a view would have other elements than its input."""
    io = Graph("", tensors, (), (), ()).io(node)
    shapes = node.op.infer(io)
    if node.op.is_view and math.prod(shapes[0]) != io.input(0).elements:
        raise ValueError(f"{node.name} has a size of its own")
    return {t.name: replace(t, shape=shape) for t, shape in zip(io.outputs, shapes, strict=True)}


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
