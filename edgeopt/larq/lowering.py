"""A file of the Larq Compute Engine becomes an integer graph, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from edgeopt.bits import words_of
from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Graph, Layer, Tensor
from edgeopt.larq.forms import apply
from edgeopt.larq.names import named_layers
from edgeopt.larq.values import Signs, Value, pending
from edgeopt.larq.work import CALIBRATE, RULES, Network, NotCalibrated, Work
from edgeopt.ops import OPS
from edgeopt.schema import AGAIN, is_engines

_MAX_CHANNELS = 1 << 20  # each has its numbers
_LIMITS = "see docs/binarized.md for what can stand between binary layers"


def lower(name: str, network: Network) -> Graph:
    """The integer graph. Raises UnsupportedModel with every layer that stands in the way, MalformedModel for others."""
    network = replace(network, layers=named_layers(network.layers))
    _check_forms(network.layers)
    work = Work(network)
    for tensor in network.inputs:
        work.put(tensor.name, pending(work.builder.keep(_input(network, tensor))))
    errors: list[UnsupportedModel] = []
    for layer in network.layers:
        read = [tensor for tensor in layer.io.inputs if tensor is not None and not tensor.is_constant]
        if not all(work.has(tensor.name) for tensor in read) and errors:
            continue  # behind a layer that failed
        try:
            # numbers that are too large for float32 are infinite there too, and found out where it matters
            with np.errstate(over="ignore", invalid="ignore"):
                for tensor, value in zip(layer.io.outputs, _values(work, layer), strict=True):
                    _check_shape(tensor, value)
                    work.put(tensor.name, value)
        except NotCalibrated:
            raise
        except UnsupportedModel as error:
            errors.append(_of_layer(error, layer))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            what = f"layer `{layer.name}`: its tensors and options contradict each other: {error}"
            raise MalformedModel(what, AGAIN) from error
    if errors:
        raise UnsupportedModel("; ".join(error.message for error in errors), errors[0].hint)
    outputs = tuple(work.output(tensor).name for tensor in network.outputs)
    inputs = tuple(tensor.name for tensor in network.inputs)
    graph = Graph(name, work.builder.tensors, (), inputs, outputs)
    return graph.with_nodes(work.builder.nodes)


def _check_shape(tensor: Tensor, value: Value) -> None:
    """ValueError where the file says another shape than the values have."""
    shape = value.of.shape if isinstance(value, Signs) else value.shape
    if tensor.dtype == "int32":
        shape = (*shape[:-1], words_of(shape[-1]))
    if shape != tensor.shape:
        raise ValueError(f"`{tensor.name}` has the shape {list(tensor.shape)} instead of {list(shape)}")


def _of_layer(error: UnsupportedModel, layer: Layer) -> UnsupportedModel:
    """The error, if need be with the layer's name."""
    told = error.message.startswith("layer `")
    return error if told else UnsupportedModel(f"layer `{layer.name}`: {error.message}", error.hint)


def _check_forms(layers: Iterable[Layer]) -> None:
    """One error for all layers whose operator has no integer form here, or has state."""
    unknown: dict[str, list[str]] = {}
    for layer in layers:
        if not (layer.operator in RULES if _is_real(layer) else layer.operator in OPS):
            unknown.setdefault(layer.operator, []).append(f"`{layer.name}`")
        for tensor in layer.tensors:
            if tensor.is_state:
                raise UnsupportedModel(f"layer `{layer.name}` has state in a binarized network", "leave it out")
            if max(tensor.shape[-1:], default=0) > _MAX_CHANNELS:
                what = f"tensor `{tensor.name}` has {tensor.shape[-1]:,} channels; {_MAX_CHANNELS:,} are possible"
                raise UnsupportedModel(what, "use a smaller model")
    if unknown:
        named = "; ".join(f"{operator} ({len(names)}x: {', '.join(names)})" for operator, names in unknown.items())
        raise UnsupportedModel(f"float operators without an integer form in binarized networks: {named}", _LIMITS)


def _values(work: Work, layer: Layer) -> tuple[Value, ...]:
    return RULES.get(layer.operator)(work, layer) if _is_real(layer) else _as_it_is(work, layer)


def _is_real(layer: Layer) -> bool:
    """Whether it is the engine's own, or has floats: all others are layers of an int8 network."""
    return is_engines(layer.operator) or any(tensor.dtype.startswith("float") for tensor in layer.tensors)


def _as_it_is(work: Work, layer: Layer) -> tuple[Value, ...]:
    """A layer that the file has in integers."""
    read = [t if t is None or t.is_constant else work.integers(t, t.dtype) for t in layer.io.inputs]
    return apply(work, layer, read, layer.io.outputs)


def _input(network: Network, tensor: Tensor) -> Tensor:
    """An input of the network as int8."""
    if tensor.dtype != "float32":
        return tensor
    quant = network.input_quants.get(tensor.name)
    readers = [layer for layer in network.layers if tensor in layer.io.inputs]
    if quant is None and readers and all(layer.operator == "QUANTIZE" for layer in readers):
        quant = readers[0].io.output.q  # the file says it itself
    if quant is None:
        raise NotCalibrated(f"the scale of the input `{tensor.name}` is not known", CALIBRATE)
    return Tensor(tensor.name, tensor.shape, "int8", quant)
