"""Where the tensors of each layer lie in the arena before and after it: by this a session finds a layer that is wrong.

Written beside the network's C as model/<name>.layout.json, so that it goes with the project and holds for its build.
A tensor that exists only in parts, as those within a chain, has no place and is not named.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.emit.folder import read_manifest
from edgeopt.errors import UsageError
from edgeopt.plan import Plan, Step
from edgeopt.plan.chain import Chain

SCHEMA = "edgeopt.layout/1"


@dataclass(frozen=True)
class Region:
    """A tensor's bytes in the arena: its elements in C order, little-endian."""

    tensor: str
    dtype: str
    shape: tuple[int, ...]
    offset_bytes: int

    @property
    def size_bytes(self) -> int:
        return prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class LayerRegions:
    """What a layer reads, there before it, and what it writes, there after it; state as its last writer leaves it.

    `inside` are the operators of a chain, which are computed together, row by row.
    """

    name: str
    op: str
    way: str
    inside: tuple[str, ...]
    reads: tuple[Region, ...]
    writes: tuple[Region, ...]


@dataclass(frozen=True)
class Layout:
    """The arena of one network over an inference. `state` lasts from one to the next."""

    layers: tuple[LayerRegions, ...]
    inputs: tuple[Region, ...]
    outputs: tuple[Region, ...]
    state: tuple[Region, ...]


def layout_file(folder: Path, name: str) -> Path:
    """Where the layout of the network `name` lies in a project."""
    return folder / "model" / f"{name}.layout.json"


def layout_of(plan: Plan) -> Layout:
    """The layout that a plan has."""
    steps = enumerate(plan.steps)
    return Layout(
        tuple(_layer(plan, index, step) for index, step in steps),
        _regions(plan, plan.graph.inputs),
        _regions(plan, plan.graph.outputs),
        _regions(plan, (tensor.name for tensor in plan.graph.state_tensors)),
    )


def layout_text(layout: Layout) -> str:
    """A layout as JSON: every tensor once, a line each, and a line a layer that names its tensors."""
    layers = layout.layers
    groups = [layout.inputs, layout.outputs, layout.state, *(g for one in layers for g in (one.reads, one.writes))]
    tensors = {region.tensor: region for group in groups for region in group}
    rows = {name: [one.dtype, list(one.shape), one.offset_bytes] for name, one in tensors.items()}
    lines = [
        [one.name, one.op, one.way, list(one.inside), _names(one.reads), _names(one.writes)] for one in layout.layers
    ]
    ends = {"inputs": layout.inputs, "outputs": layout.outputs, "state": layout.state}
    parts = [
        f'"schema": {json.dumps(SCHEMA)}',
        f'"tensors": {{\n{_lines(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())}}}',
        f'"layers": [\n{_lines(json.dumps(line) for line in lines)}]',
        *(f"{json.dumps(key)}: {json.dumps(_names(group))}" for key, group in ends.items()),
    ]
    return "{" + ",\n".join(parts) + "}\n"


def read_layout(folder: Path, name: str) -> Layout:
    """The layout of the network `name` of a project; UsageError where it is missing or not the one that was written."""
    file = layout_file(folder, name)
    broken = UsageError(f"`{file}` is missing or was changed", "generate and build the project again")
    try:
        content = file.read_bytes()
    except OSError:
        raise broken from None
    known = read_manifest(folder).get("files")
    wanted = known.get(file.relative_to(folder).as_posix()) if isinstance(known, dict) else None
    if hashlib.sha256(content).hexdigest() != wanted:
        raise broken
    try:
        return _parsed(json.loads(content))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise broken from None


def _parsed(document: Mapping[str, Any]) -> Layout:
    if document["schema"] != SCHEMA:
        raise ValueError
    tensors = {name: _region(name, *row) for name, row in document["tensors"].items()}

    def regions(names: Iterable[str]) -> tuple[Region, ...]:
        return tuple(tensors[name] for name in names)

    def layer(
        name: str, op: str, way: str, inside: Sequence[str], reads: Iterable[str], writes: Iterable[str]
    ) -> LayerRegions:
        if not all(isinstance(word, str) for word in (name, op, way, *inside)):
            raise ValueError
        return LayerRegions(name, op, way, tuple(inside), regions(reads), regions(writes))

    return Layout(
        tuple(layer(*row) for row in document["layers"]),
        *(regions(document[key]) for key in ("inputs", "outputs", "state")),
    )


def _region(name: str, dtype: str, shape: Sequence[int], offset_bytes: int) -> Region:
    if not isinstance(dtype, str) or any(type(number) is not int or number < 0 for number in (*shape, offset_bytes)):
        raise ValueError
    return Region(name, dtype, tuple(shape), offset_bytes)


def _layer(plan: Plan, index: int, step: Step) -> LayerRegions:
    node, op = step.node, step.node.op
    io = plan.graph.io(node)
    written = {str(node.inputs[i]) for i in op.states(io)}
    later = {str(n.inputs[i]) for n in plan.graph.nodes[index + 1 :] for i in n.op.states(plan.graph.io(n))}
    earlier = {str(n.inputs[i]) for n in plan.graph.nodes[:index] for i in n.op.states(plan.graph.io(n))}
    # what several layers write in turn has a value in between that nobody keeps
    reads = [name for name in node.inputs if name is not None and name not in earlier]
    return LayerRegions(
        node.name,
        op.name,
        step.way.name,
        tuple(one.op.name for one in op.graph.nodes) if isinstance(op, Chain) else (),
        _regions(plan, reads),
        _regions(plan, (*node.outputs, *(name for name in sorted(written) if name not in later))),
    )


def _regions(plan: Plan, names: Iterable[str]) -> tuple[Region, ...]:
    """Those of the tensors that lie in the arena, each once."""
    tensors = (plan.graph.tensors[name] for name in dict.fromkeys(names))
    return tuple(
        Region(tensor.name, tensor.dtype, tensor.shape, plan.offsets[tensor.name])
        for tensor in tensors
        if not tensor.is_constant and tensor.name in plan.offsets and tensor.size_bytes
    )


def _names(regions: Iterable[Region]) -> list[str]:
    return [region.tensor for region in regions]


def _lines(lines: Iterable[str]) -> str:
    return ",\n".join(lines) + "\n"
