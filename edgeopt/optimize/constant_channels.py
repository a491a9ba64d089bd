"""Removes channels that are the same for every input, and channels that nobody uses.

Forward, each channel's least and largest value follow from those of the channels it is made of. Where they are equal
the channel is constant, and whoever reads it adds its share to the bias instead; not where a window meets padding of
another value. Backward, a channel is kept if something that is kept needs it: by weights that are not zero, or because
an operator that maps channel to channel has it in another of its tensors. What is left is the same to the bit.

The rules of the operators are in edgeopt/optimize/channels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeopt.ir import Array, Graph, Io, Node, Tensor
from edgeopt.optimize import PASSES
from edgeopt.optimize.channels import ChannelRule, Span, rule_for

_MOST_CHANNELS = 1 << 20  # of all tensors together; a hostile file asks for any number
_MOST_SWEEPS = 64  # over the graph, until nothing changes; a network needs three or four


@dataclass(frozen=True)
class _Known:
    """A node that has a rule, and the values that its inputs can have."""

    node: Node
    io: Io
    rule: type[ChannelRule]
    spans: tuple[Span | None, ...]


@PASSES.register("constant_channels")
def constant_channels(graph: Graph) -> Graph:
    variable = [tensor for tensor in graph.tensors.values() if not tensor.is_constant]
    if sum(tensor.shape[-1] for tensor in variable if tensor.shape) > _MOST_CHANNELS:
        return graph
    known = _known_nodes(graph)
    kept = _kept_channels(graph, known)
    if kept is None or all(mask.all() for mask in kept.values()):
        return graph
    return _without_the_rest(graph, known, kept)


def _known_nodes(graph: Graph) -> dict[str, _Known]:
    """The nodes that have rules, by output, in the graph's order."""
    spans: dict[str, Span] = {}
    known: dict[str, _Known] = {}
    for node in graph.nodes:
        io = graph.io(node)
        rule = rule_for(node.op, io)
        if rule is None:
            continue
        inputs = tuple(None if x is None or x.is_constant else spans.get(x.name, _anything(x)) for x in io.inputs)
        known[node.outputs[0]] = _Known(node, io, rule, inputs)
        spans[node.outputs[0]] = rule.span(node.op, io, inputs)
    return known


def _anything(tensor: Tensor) -> Span:
    return Span.full(tensor.shape[-1])


def _kept_channels(graph: Graph, known: Mapping[str, _Known]) -> dict[str, Array] | None:
    """Which channels stay, of each tensor between nodes that have rules; None where that takes too long."""
    fixed = {*graph.inputs, *graph.outputs, *(tensor.name for tensor in graph.state_tensors)}
    for node in graph.nodes:
        if not node.outputs or node.outputs[0] not in known:
            fixed.update(name for name in (*node.inputs, *node.outputs) if name is not None)
    names = {name for it in known.values() for name in (*it.node.inputs, *it.node.outputs) if name is not None}
    variable = [graph.tensors[name] for name in names if not graph.tensors[name].is_constant]
    kept = {tensor.name: np.full(tensor.shape[-1], tensor.name in fixed) for tensor in variable}
    for _ in range(_MOST_SWEEPS):
        if not _sweep(known, kept):
            # a tensor has at least one channel
            empty = [mask for mask in kept.values() if not mask.any()]
            if not empty:
                return kept
            for mask in empty:
                mask[0] = True
    return None


def _sweep(known: Mapping[str, _Known], kept: dict[str, Array]) -> bool:
    """Adds to `kept` what is needed by what is kept, backward and forward; whether there was anything."""
    before = sum(int(mask.sum()) for mask in kept.values())
    for name, it in reversed(list(known.items())):
        for source, mask in zip(it.node.inputs, it.rule.needed(it.node.op, it.io, it.spans, kept[name]), strict=True):
            if source in kept:
                kept[source] |= True if mask is None else mask
    for name, it in known.items():
        kept[name] |= it.rule.follows(it.node.op, it.io, [kept.get(str(source)) for source in it.node.inputs])
    return sum(int(mask.sum()) for mask in kept.values()) > before


def _without_the_rest(graph: Graph, known: Mapping[str, _Known], kept: Mapping[str, Array]) -> Graph:
    tensors = dict(graph.tensors)
    for name, mask in kept.items():
        tensor = tensors[name]
        tensors[name] = replace(tensor, shape=(*tensor.shape[:-1], int(mask.sum())))
    readers = Counter(name for node in graph.nodes for name in node.inputs)
    nodes = []
    for node in graph.nodes:
        it = known.get(node.outputs[0]) if node.outputs else None
        beside = [kept[name] for name in (*node.outputs, *node.inputs) if name is not None and name in kept]
        if it is None or all(mask.all() for mask in beside):
            nodes.append(node)
            continue
        masks = [kept.get(str(name)) for name in node.inputs]
        cut = it.rule.cut(node.op, it.io, it.spans, masks, kept[node.outputs[0]])
        inputs = list(node.inputs)
        for index, constant in cut.constants.items():
            name = constant.name if readers[constant.name] == 1 else _unused_name(tensors, constant.name)
            tensors[name] = replace(constant, name=name)
            inputs[index : index + 1] = [name]
        nodes.append(replace(node, op=cut.op, inputs=tuple(inputs)))
    return graph.with_nodes(nodes, tensors)


def _unused_name(tensors: Mapping[str, Tensor], name: str) -> str:
    """`name`, or what is like it and free."""
    free, number = name, 1
    while free in tensors:
        number += 1
        free = f"{name}:{number}"
    return free
