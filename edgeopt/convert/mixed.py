"""`--mixed auto`: the layers that integers hurt most are lifted until the accuracy limit holds.

Layers are lifted in the order of their sensitivity, first to int16 activations (to float where edgeopt has no int16
kernel for them), and if even all of them do not reach the limit, to float. A layer for which edgeopt has neither stays
as it is. How many are needed is sought by halving, so a network of 100 layers costs some 14 trials; what is found has
been tried, though a smaller set may exist that was not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgeopt.convert.accuracy import Loss
from edgeopt.convert.calibrate import Ranges
from edgeopt.convert.calibrate.bias import Shifts
from edgeopt.convert.findings import Lifted
from edgeopt.convert.guard import Judge
from edgeopt.convert.quantizer import FLOAT, RULES, Network, Numbers, Written, has_type, quantized, touches_float
from edgeopt.convert.run_job import run_real
from edgeopt.errors import OverBudget
from edgeopt.ops import OPS


@dataclass(frozen=True)
class Trial:
    """A network with some layers lifted, and what accuracy it loses."""

    numbers: Numbers
    written: Written
    loss: Loss

    def holds(self, limit: float) -> bool:
        return self.loss.points <= limit


@dataclass(frozen=True)
class Lifting:
    """Tries sets of lifted layers. `order` has the operators, those that integers hurt most first."""

    network: Network
    numbers: Numbers
    ranges: Ranges
    shifts: Shifts
    judge: Judge  # with the float network's outputs
    order: Sequence[int]

    def search(self, limit: float, name: str) -> Trial:
        """The first trial that loses at most `limit` points; OverBudget naming the best where none does."""
        tried = [self._trial(0, "int16")]
        if tried[0].holds(limit):
            return tried[0]
        for dtype in ("int16", FLOAT):
            if dtype == self.numbers.activations:
                continue
            tried.append(self._trial(len(self.order), dtype))
            if tried[-1].holds(limit):
                return self._fewest(limit, dtype, tried[-1])
        best = min(tried, key=lambda trial: trial.loss.points)
        lifted = len(lifted_layers(self.network, self.numbers, best.numbers))
        raise OverBudget(
            f"{name}: no choice of layers in int16 or float keeps the accuracy: {limit:g} points may be lost, the best "
            f"loses {best.loss} with {lifted} of {len(self.network.operators)} layers lifted",
            "allow more, or give more calibration data: ranges that do not fit hurt every type",
        )

    def _fewest(self, limit: float, dtype: str, all_lifted: Trial) -> Trial:
        """The fewest layers from the worst on, by halving: as if one more never made it worse."""
        too_few, enough, best = 0, len(self.order), all_lifted
        while enough - too_few > 1:
            middle = (too_few + enough) // 2
            trial = self._trial(middle, dtype)
            if trial.holds(limit):
                enough, best = middle, trial
            else:
                too_few = middle
        return best

    def _trial(self, count: int, dtype: str) -> Trial:
        layers = {**self.numbers.layers}
        for operator in self.order[:count]:
            lifted = _lifted_type(self.network.operators[operator], dtype)
            layers.update({operator: lifted} if lifted else {})
        numbers = replace(self.numbers, layers={**layers, **_carried(self.network, self.numbers, layers)})
        written = quantized(self.network, numbers, self.ranges, self.shifts)
        loss = self.judge.loss(run_real(written.data, self.judge.data))
        assert loss is not None  # the judge has the float model
        return Trial(numbers, written, loss)


def _lifted_type(operator: str, dtype: str) -> str | None:
    """`dtype`, or float, whichever edgeopt has a kernel for; None where it has neither, and the layer stays."""
    return next((t for t in (dtype, FLOAT) if has_type(operator, t) and f"{operator} {t}" in OPS), None)


def _carried(network: Network, numbers: Numbers, layers: dict[int, str]) -> dict[int, str]:
    """Layers between lifted ones that only move values are lifted with them: they would need a change of type on both
    sides. In the network's order, so that rows of them follow."""
    carried: dict[int, str] = {}
    for operator, name in enumerate(network.operators):
        if operator in layers or name not in RULES or not RULES[name].same or not touches_float(network, operator):
            continue
        makers = {network.makers[tensor] for tensor in network.reads(operator) if tensor in network.makers}
        types = {{**layers, **carried}.get(maker, numbers.activations) for maker in makers}
        dtype = types.pop() if len(types) == 1 else numbers.activations
        # what moves int16 moves float too
        if dtype != numbers.activations and (f"{name} {dtype}" in OPS or RULES[name].int16):
            carried[operator] = dtype
    return carried


def lifted_layers(network: Network, before: Numbers, after: Numbers) -> tuple[Lifted, ...]:
    """The layers whose type differs, in the network's order."""
    return tuple(
        Lifted(network.layer_names[operator], network.operators[operator], after.of(operator))
        for operator in range(len(network.operators))
        if after.of(operator) != before.of(operator)
    )
