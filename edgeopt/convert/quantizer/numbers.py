"""In which type each layer computes, and what an operator cannot."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from edgeopt.convert.quantizer.network import GRAPH_INPUT, Network
from edgeopt.convert.quantizer.rules import RULES
from edgeopt.errors import UnsupportedModel, UsageError

FLOAT = "float32"
_INT8_ALONE = "leave out what asks for another type than int8: edgeopt has no kernel of it for that"
_WAYS_OUT = {  # of layers that cannot be kept in float either
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "make it a plain LSTM of tf-keras (tanh, biases, not stateful), or unroll=True",
    "SVDF": "give it constant weights and a state of its own",
}


@dataclass(frozen=True)
class Numbers:
    """Types of a whole network: `layers` has the operators, by number, that differ from `activations`."""

    activations: str = "int8"  # int8, int16
    weights: str = "int8"  # int8, int4 where the operator can
    per_tensor: bool = False
    layers: Mapping[int, str] = field(default_factory=dict)
    interface: str = ""  # type of inputs and outputs; empty: as `activations`

    def of(self, operator: int) -> str:
        """int8, int16 or float32."""
        if operator == GRAPH_INPUT:
            return self.interface or self.activations
        return self.layers.get(operator, self.activations)


def has_type(operator: str, dtype: str) -> bool:
    """Whether an operator has a form that computes in `dtype`."""
    rule = RULES.get(operator)
    return dtype == FLOAT or (rule is not None and (dtype == "int8" or rule.int16))


def find_layers(network: Network, names: Iterable[str]) -> tuple[int, ...]:
    """The operators called `names`, as `edgeopt analyze` shows them; UsageError that suggests where there is none."""
    found = []
    for name in names:
        if name not in network.layer_names:
            near = difflib.get_close_matches(name, network.layer_names, n=3, cutoff=0.4) or network.layer_names[:8]
            listed = ", ".join(f"`{other}`" for other in near)
            raise UsageError(f"no layer is called `{name}`", f"there are: {listed}")
        found.append(network.layer_names.index(name))
    return tuple(found)


def check_types(network: Network, numbers: Numbers) -> None:
    """UnsupportedModel that names every layer which does not have the type it should compute in.

    Also where an output of the network is a constant: it has no layer that could give it a type.
    """
    for output in network.outputs:
        if network.is_constant(output):
            raise UnsupportedModel(
                f"output `{network.tensor_names[output]}` is the same for every input", "leave it out of the model"
            )
    missing = [
        (index, obstacle)
        for index in range(len(network.operators))
        if touches_float(network, index) and (obstacle := _obstacle(network, index, numbers.of(index))) is not None
    ]
    if not missing:
        return
    names = [(network.layer_names[index], network.operators[index], reason) for index, reason in missing]
    listed = ", ".join(f"`{name}` ({operator}{reason and f': {reason}'})" for name, operator, reason in names)
    types = " and ".join(sorted({numbers.of(index) for index, _ in missing}))
    options = " ".join(f"--keep-float {name}" for name, *_ in names[:4])
    hints = [_WAYS_OUT[operator] if reason else _INT8_ALONE for _, operator, reason in names if operator in _WAYS_OUT]
    hints.append(f"keep them in float ({options}), or replace them")
    raise UnsupportedModel(f"cannot be quantized in full, these layers have no {types} form: {listed}", hints[0])


def _obstacle(network: Network, index: int, dtype: str) -> str | None:
    """What keeps a layer from computing in a type, in words where there is more to say than that; None: nothing."""
    rule, reads = RULES.get(network.operators[index]), network.reads(index)
    if not has_type(network.operators[index], dtype):
        return ""
    if dtype == FLOAT or rule is None:
        return None
    if rule.remembers is not None:
        return rule.remembers.obstacle(network, index)
    if any(network.is_variable(tensor) for tensor in reads):
        return "it reads another layer's state"
    bias = reads[rule.bias] if rule.bias is not None and rule.bias < len(reads) else -1
    constant = network.is_constant(bias) or bias == -1
    return None if rule.weights is None or (network.is_constant(reads[rule.weights]) and constant) else ""


def touches_float(network: Network, operator: int) -> bool:
    """Whether an operator reads or writes a float tensor; others stay as they are."""
    return any(network.is_float(tensor) for tensor in network.reads(operator) + network.writes(operator))
