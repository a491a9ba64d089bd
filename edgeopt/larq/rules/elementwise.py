"""Float operators that work on each channel by itself: steps of a chain, as long as nobody needs the numbers."""

from __future__ import annotations

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Layer, Tensor
from edgeopt.larq.activations import CLAMPS, activation, named
from edgeopt.larq.forms import sum_of_streams
from edgeopt.larq.steps import Add, Bend, Clamp, MaxPool, Multiply, Step, View
from edgeopt.larq.streams import raw
from edgeopt.larq.values import Bits, Pending, Value, pending
from edgeopt.larq.work import RULES, Work
from edgeopt.ops._window import Window
from edgeopt.ops.binary.max_pool_2d import BinaryMaxPool2D
from edgeopt.ops.max_pool_2d import MaxPool2D


@RULES.register("ADD")
@RULES.register("SUB")
@RULES.register("MUL")
def arithmetic(work: Work, layer: Layer) -> tuple[Value, ...]:
    """With a constant a channel it is a step; otherwise streams of int16 are added."""
    operands = layer.io.input(0), layer.io.input(1)
    constants = [index for index in (0, 1) if operands[index].is_constant]
    if len(constants) != 1 or operands[1 - constants[0]].shape != layer.io.output.shape:
        return sum_of_streams(work, layer)
    (place,) = constants
    found = _a_channel(work, operands[1 - place], operands[place])
    if found is None:
        return sum_of_streams(work, layer)
    value, numbers = found
    return (value.then(*named((*_steps(layer.operator, numbers, place), *activation(layer)), layer)),)


@RULES.register("PRELU")
def prelu(work: Work, layer: Layer) -> tuple[Value, ...]:
    alpha = layer.io.input(1)
    found = _a_channel(work, layer.io.input(0), alpha) if alpha.is_constant else None
    if found is None:
        raise UnsupportedModel(f"layer `{layer.name}`: PRELU with an alpha that is not one a channel", _SHARED)
    value, numbers = found
    return (value.then(Bend(numbers, tensor=layer.io.output.name)),)


_SHARED = "give the PReLU shared_axes=[1, 2]"
_POOL = "use a global max-pool, or a max-pool"


@RULES.register("LEAKY_RELU")
def leaky_relu(work: Work, layer: Layer) -> tuple[Value, ...]:
    alpha = np.array([layer.options["alpha"]], np.float32)
    return (work.real(layer.io.input(0)).then(Bend(alpha, tensor=layer.io.output.name)),)


@RULES.register("NEG")
def negative(work: Work, layer: Layer) -> tuple[Value, ...]:
    turned = Multiply(np.full(1, -1, np.float32), tensor=layer.io.output.name)
    return (work.real(layer.io.input(0)).then(turned),)


@RULES.register("RELU")
@RULES.register("RELU6")
@RULES.register("RELU_N1_TO_1")
@RULES.register("RELU_0_TO_1")
def relu(work: Work, layer: Layer) -> tuple[Value, ...]:
    low, high = CLAMPS[layer.operator]
    return (work.real(layer.io.input(0)).then(Clamp(low, high, tensor=layer.io.output.name)),)


@RULES.register("MAXIMUM")
@RULES.register("MINIMUM")
def bound(work: Work, layer: Layer) -> tuple[Value, ...]:
    """With one number for all, which is how a clipping is left."""
    operands = layer.io.input(0), layer.io.input(1)
    numbers = [tensor.values for tensor in operands if tensor.is_constant]
    data = [tensor for tensor in operands if not tensor.is_constant]
    if len(data) != 1 or numbers[0].size != 1:
        raise UnsupportedModel(f"layer `{layer.name}`: {layer.operator} of two tensors", "bound by one number")
    number = float(numbers[0].reshape(()))
    ends = (number, np.inf) if layer.operator == "MAXIMUM" else (-np.inf, number)
    return (work.real(data[0]).then(Clamp(*ends, tensor=layer.io.output.name)),)


@RULES.register("REDUCE_MAX")
def global_max_pool(work: Work, layer: Layer) -> tuple[Value, ...]:
    """Over height and width, as a pool of one window."""
    x, axes = layer.io.input(0), layer.io.input(1)
    if len(x.shape) != 4 or axes.data is None or {int(axis) % 4 for axis in axes.data.reshape(-1)} != {1, 2}:
        raise UnsupportedModel(f"layer `{layer.name}`: REDUCE_MAX over other axes than height and width", _POOL)
    size = x.shape[1], x.shape[2]
    steps = MaxPool(Window(size, size)), View(layer.io.output.shape)
    return (work.real(x).then(*named(steps, layer)),)


@RULES.register("MAX_POOL_2D")
def max_pool(work: Work, layer: Layer) -> tuple[Value, ...]:
    window = MaxPool2D.parse({**layer.options, "fused_activation_function": "NONE"}, layer.io).window
    value = work.value(layer.io.input(0))
    if isinstance(value, Bits) and value.words.shape[:-1] == value.shape[:-1] and not activation(layer):
        op = BinaryMaxPool2D(window, value.channels)
        words = work.builder.compute(layer.name, op, [value.words], f"{layer.io.output.name}/bits", "int32")
        return (Bits(words, value.channels, layer.io.output.shape),)
    steps = named((MaxPool(window), *activation(layer)), layer)
    return (work.real(layer.io.input(0)).then(*steps),)


@RULES.register("RESHAPE")
@RULES.register("SQUEEZE")
@RULES.register("EXPAND_DIMS")
def view(work: Work, layer: Layer) -> tuple[Value, ...]:
    value, shape = work.value(layer.io.input(0)), layer.io.output.shape
    if isinstance(value, Bits):
        return (Bits(value.words, value.channels, shape),)
    return (work.real(layer.io.input(0)).then(View(shape, tensor=layer.io.output.name)),)


def _a_channel(work: Work, x: Tensor, constant: Tensor) -> tuple[Pending, Array] | None:
    """The values of x and the constant with one number for each channel of their source, or one for all.

    None where it has one for each position. Behind a flattening every element becomes a channel, if it must.
    """
    value, numbers = work.real(x), constant.values.astype(np.float32)
    if numbers.size == 1:
        return value, numbers.reshape(1)
    if numbers.size != numbers.shape[-1] or numbers.size != value.shape[-1]:
        return None
    numbers = numbers.reshape(-1)
    channels = value.source.channels
    if numbers.size % channels == 0:
        rows = numbers.reshape(-1, channels)
        if (rows == rows[0]).all():
            return value, rows[0]
        flat = raw(work.builder, value)
        if flat is not None:
            return flat, numbers
    return pending(work.integers(x)), numbers


def _steps(operator: str, numbers: Array, place: int) -> tuple[Step, ...]:
    """Of the operator whose operand `place` are the numbers."""
    if operator == "MUL":
        return (Multiply(numbers),)
    if operator == "ADD":
        return (Add(numbers),)
    return (Add(-numbers),) if place == 1 else (Multiply(np.full(1, -1, np.float32)), Add(numbers))
