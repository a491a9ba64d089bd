"""What must lie where in the arena during one inference, by the operators' references."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.emit.layout import Layout, Region
from edgeopt.errors import UsageError
from edgeopt.ir import Array, Graph, evaluate

State = Mapping[str, Array]  # by tensor


@dataclass(frozen=True)
class Check:
    """`region` holds `expected` just before layer `point`; the number of layers is the end of the inference.

    `writer` is the layer before, where it has just written it. `reader` is the layer that comes to read it.
    """

    point: int
    region: Region
    expected: Array
    writer: int | None = None
    reader: int | None = None

    @property
    def data(self) -> bytes:
        """The bytes as they lie on a device."""
        return self.expected.astype(self.expected.dtype.newbyteorder("<")).tobytes()


def check_layout(layout: Layout, graph: Graph) -> None:
    """UsageError unless all tensors of the layout are the graph's: another version of edgeopt may have made it."""
    groups = [layout.inputs, layout.outputs, layout.state]
    groups += [group for layer in layout.layers for group in (layer.reads, layer.writes)]
    for region in {region.tensor: region for group in groups for region in group}.values():
        tensor = graph.tensors.get(region.tensor)
        if tensor is None or (tensor.dtype, tensor.shape) != (region.dtype, region.shape):
            raise UsageError(
                f"the project's layers are not those that edgeopt makes of the model now: `{region.tensor}` differs",
                "generate, build and flash the project again with this version of edgeopt",
            )


def states_of(graph: Graph, samples: Sequence[Sequence[Array]]) -> list[State]:
    """What the network remembers before the first sample, and after each."""
    states: list[State] = [{t.name: t.initial for t in graph.state_tensors if t.initial is not None}]
    for sample in samples:
        values = values_of(graph, sample, states[-1])
        states.append({name: values[name] for name in states[0]})
    return states


def values_of(graph: Graph, sample: Sequence[Array], before: State) -> dict[str, Array]:
    """Every tensor's value for one sample, with the state after it; `before` is the state at its beginning."""
    return evaluate(graph, dict(zip(graph.inputs, sample, strict=True)), before)


def checks_of(layout: Layout, before: Mapping[str, Array], values: Mapping[str, Array]) -> list[Check]:
    """All that can be checked of one inference, in the order of time; of one moment, what was just written first."""
    states = {region.tensor for region in layout.state}

    def check(point: int, region: Region, writer: int | None = None, reader: int | None = None) -> Check:
        is_before = region.tensor in states and writer is None and (reader is not None or point == 0)
        value = np.asarray((before if is_before else values)[region.tensor]).reshape(region.shape)
        return Check(point, region, np.ascontiguousarray(value, region.dtype), writer, reader)

    found = [check(0, region) for region in (*layout.inputs, *layout.state)]
    for index, layer in enumerate(layout.layers):
        known = {one.region.tensor for one in found if one.point == index}
        found += [check(index, region, reader=index) for region in layer.reads if region.tensor not in known]
        found += [check(index + 1, region, writer=index) for region in layer.writes]
    known = {one.region.tensor for one in found if one.point == len(layout.layers)}
    ends = (*layout.outputs, *layout.state)
    return found + [check(len(layout.layers), region) for region in ends if region.tensor not in known]
