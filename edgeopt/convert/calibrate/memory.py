"""What the state of layers that remember holds: an interpreter shows it between inferences, not between time steps."""

from __future__ import annotations

from collections.abc import Mapping

from edgeopt.convert.quantizer import RULES, Network, Range
from edgeopt.convert.sequences import begins_anew
from edgeopt.ir import Array


class Memory:
    """Follows the layers with state of a float network, sample after sample; `seen` has the range of each state."""

    def __init__(self, network: Network) -> None:
        self._anew = begins_anew(network.data)
        self._layers = []
        self.seen: dict[int, Range] = {}
        for operator, name in enumerate(network.operators):
            layer = RULES[name].remembers if name in RULES else None
            if layer is not None and layer.obstacle(network, operator) is None:
                reads, (y, *_) = network.reads(operator), network.writes(operator)
                self._layers.append((reads[layer.state], reads[0], y, layer.follow(network, operator)))
                self.seen[reads[layer.state]] = Range(0.0, 0.0)

    def add(self, values: Mapping[int, Array]) -> None:
        """`values` of one sample, by tensor."""
        for state, x, y, states in self._layers:
            if self._anew:
                states.forget()
            held = states.after(values[x], values[y])
            self.seen[state] = self.seen[state].hull(Range(float(held.min()), float(held.max())))
