"""Which forms each float tensor takes in the quantized network, and the scale of each.

A tensor is written in the type of the layer that makes it and read in the types of the layers that use it: each is a
form of it. Layers that only move or select values (`Rule.same`) tie the forms that they read and write to one scale,
so the grid of a form is that of all forms tied to it. Where such a layer joins a tensor whose scale the specification
prescribes (a softmax) with others, it reads a form of its own, and a QUANTIZE in between changes the scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from edgeopt.convert.quantizer.grids import Grid, Range, grid_of
from edgeopt.convert.quantizer.network import GRAPH_INPUT, Network
from edgeopt.convert.quantizer.numbers import FLOAT, Numbers
from edgeopt.convert.quantizer.rules import RULES, Fixed


@dataclass(frozen=True, order=True)
class Form:
    """One tensor in one type; `owner` is the operator that has it for itself, GRAPH_INPUT where it is shared."""

    tensor: int
    dtype: str
    owner: int = GRAPH_INPUT


class Forms:
    """The forms of a network's float tensors under a choice of types. `grids` has those that are integers."""

    def __init__(self, network: Network, numbers: Numbers, ranges: Mapping[str, Mapping[int, Range]]) -> None:
        self._network, self._numbers, self._ranges = network, numbers, ranges
        self._tied: dict[Form, Form] = {}
        for operator, name in enumerate(network.operators):
            if name in RULES and RULES[name].same and numbers.of(operator) != FLOAT:
                self._tie([*self.read_by(operator), *map(self.native, self._floats(network.writes(operator)))])
        self.grids = self._grids()

    def native(self, tensor: int) -> Form:
        """The form in which a tensor is made."""
        return Form(tensor, self._numbers.of(self._network.makers[tensor]))

    def read(self, operator: int, tensor: int) -> Form:
        """The form in which an operator reads a float tensor; also of constants that are values, not weights."""
        dtype = self._numbers.of(operator)
        own = self._network.is_constant(tensor) or tensor in self._rescaled(operator)
        return Form(tensor, dtype, operator if own else GRAPH_INPUT)

    def read_by(self, operator: int) -> tuple[Form, ...]:
        """The forms of all values that an operator reads: its float inputs but weights and bias."""
        rule = RULES.get(self._network.operators[operator])
        return tuple(
            self.read(operator, tensor)
            for position, tensor in enumerate(self._network.reads(operator))
            if (rule is None or rule.is_value(position)) and self._network.is_float(tensor)
        )

    def output(self, tensor: int) -> Form:
        """The form in which the network gives a tensor to its caller."""
        return Form(tensor, self._numbers.of(GRAPH_INPUT))

    def wanted(self, tensor: int) -> tuple[Form, ...]:
        """The forms, other than the native one, into which a tensor must be brought."""
        native = self.native(tensor)
        forms = [self.read(operator, tensor) for operator in self._network.readers.get(tensor, ())]
        if tensor in self._network.outputs:
            forms.append(self.output(tensor))
        return tuple(form for form in dict.fromkeys(forms) if form != native)

    def _floats(self, tensors: Iterable[int]) -> Iterator[int]:
        return (tensor for tensor in tensors if self._network.is_float(tensor))

    def _rescaled(self, operator: int) -> tuple[int, ...]:
        """Inputs with a prescribed scale that an operator of one scale joins with others."""
        rule = RULES.get(self._network.operators[operator])
        if rule is None or not rule.same or self._numbers.of(operator) == FLOAT:
            return ()
        inputs = list(self._floats(self._network.reads(operator)))
        prescribed = {tensor: self._fixed(tensor) for tensor in inputs}
        if len(set(prescribed.values())) <= 1:
            return ()
        return tuple(tensor for tensor in inputs if prescribed[tensor] is not None)

    def _fixed(self, tensor: int) -> Fixed | None:
        """The scale that the specification prescribes for a tensor, through operators that only move its values."""
        network = self._network
        while not network.is_constant(tensor) and network.makers[tensor] != GRAPH_INPUT:
            maker = network.makers[tensor]
            rule = RULES.get(network.operators[maker])
            if rule is None or not rule.same:
                return rule.fixed if rule is not None else None
            found = {self._fixed(other) for other in self._floats(network.reads(maker))}
            return found.pop() if len(found) == 1 else None
        return None

    def _tie(self, forms: list[Form]) -> None:
        roots = sorted({self._root(form) for form in forms})
        for root in roots[1:]:
            self._tied[root] = roots[0]

    def _root(self, form: Form) -> Form:
        while form in self._tied:
            form = self._tied[form]
        return form

    def _grids(self) -> dict[Form, Grid]:
        groups: dict[Form, list[Form]] = {}
        for form in self._all():
            if form.dtype != FLOAT:
                groups.setdefault(self._root(form), []).append(form)
        return {form: grid for forms in groups.values() for grid in [self._grid(forms)] for form in forms}

    def _all(self) -> Iterator[Form]:
        """Every form once, tensors in order."""
        network = self._network
        seen = dict.fromkeys(self.native(tensor) for tensor in network.activations)
        seen.update(dict.fromkeys(form for tensor in network.activations for form in self.wanted(tensor)))
        readers = range(len(network.operators))
        seen.update(dict.fromkeys(form for operator in readers for form in self.read_by(operator)))
        return iter(seen)

    def _grid(self, forms: list[Form]) -> Grid:
        dtype = forms[0].dtype
        prescribed = {self._fixed(form.tensor) for form in forms if form.owner == GRAPH_INPUT} - {None}
        for fixed in prescribed:
            assert fixed is not None
            return Grid(dtype, *getattr(fixed, dtype))
        ranges = [self._range(form.tensor, dtype) for form in forms if not self._is_bound(form)]
        whole = ranges[0]
        for other in [*ranges[1:], *self._least(forms)]:
            whole = whole.hull(other)
        return grid_of(whole, dtype)

    def _least(self, forms: list[Form]) -> Iterator[Range]:
        """What the layers that make the forms want their outputs' ranges to hold."""
        makers = {self._network.makers.get(form.tensor, GRAPH_INPUT) for form in forms} - {GRAPH_INPUT}
        rules = (RULES.get(self._network.operators[maker]) for maker in sorted(makers))
        return (rule.remembers.least for rule in rules if rule is not None and rule.remembers is not None)

    def _is_bound(self, form: Form) -> bool:
        """A constant that values are compared with: beyond their range, it saturates and says the same."""
        constant = self._network.is_constant(form.tensor)
        return constant and self._network.operators[form.owner] in ("MAXIMUM", "MINIMUM")

    def _range(self, tensor: int, dtype: str) -> Range:
        if self._network.is_constant(tensor):
            values = self._network.floats(tensor)
            return Range(float(values.min(initial=0.0)), float(values.max(initial=0.0)))
        return self._ranges[dtype][tensor]
