"""A random layer with extreme constants for each number, and all its ways held against the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from support.edge_shapes import conv_shape, dense_shape, depthwise_shape
from support.extremes import ZERO_POINTS, Constants, Shape, operator_of
from support.kernel_library import KernelLibrary
from support.layers import ACTIVATIONS

from edgeopt.ir import Array, Io, Op, Quant, Target, Tensor
from edgeopt.ops import OPS
from edgeopt.ops.ways import Offers, offers

SEED = 20_261_122
INPUTS = 8  # of each layer
_CORES = ("cortex-m4f", "cortex-m0plus", "cortex-m55")
_NAMES = ("conv", "conv", "conv", "depthwise", "depthwise", "dense", "add")


@dataclass(frozen=True)
class Fuzzed:
    """What came of one layer: the ways that were run, outputs that were compared, and the first that was wrong."""

    ways: tuple[str, ...] = ()
    compared: int = 0
    wrong: str = ""


def layer(number: int) -> tuple[Op, Io, np.random.Generator]:
    """Layer `number` and the generator of its inputs; the same on every machine."""
    rng = np.random.default_rng([SEED, number])
    name = str(rng.choice(_NAMES))
    if name == "add":
        return *_add(rng), rng
    shape = _SHAPES[name](rng)
    return *operator_of(shape, Constants.random(rng, shape)), rng


def fuzz_layer(number: int, library: KernelLibrary) -> Fuzzed:
    """Every way of layer `number` on random inputs, in place too where it may be."""
    op, io, rng = layer(number)
    if op.broken_limits(io):
        return Fuzzed()
    target = Target(core=_CORES[0] if rng.random() < 0.9 else str(rng.choice(_CORES)))
    ways = offers(op, io, target)
    names = tuple(way.name for way in ways.ways)
    count = 0
    for values in _inputs(rng, io):
        (wanted,) = op.reference(io, values)
        for what, got in _outputs(library, ways, io, values):
            count += 1
            if isinstance(got, str) or not np.array_equal(got, wanted):
                how = got if isinstance(got, str) else f"{np.count_nonzero(got != wanted)} of {got.size} differ"
                return Fuzzed(names, count, f"layer {number}: {what} on {target.core}: {how}: {_described(op, io)}")
    return Fuzzed(names, count)


def _outputs(
    library: KernelLibrary, ways: Offers, io: Io, values: list[Array | None]
) -> Iterator[tuple[str, Array | str]]:
    """(how it was computed, the output or what went wrong)"""
    for way in ways.ways:
        tries: list[tuple[str, Callable[[], Array]]] = [(way.name, lambda way=way: library.run(way, io, values))]
        for index in way.in_place:
            if not io.input(index).is_constant:
                tries.append((f"{way.name} in place", lambda w=way, i=index: library.run_in_place(w, io, values, i)))
        for what, run in tries:
            try:
                yield what, run()
            except AssertionError as error:
                yield what, str(error)


def _inputs(rng: np.random.Generator, io: Io) -> Iterator[list[Array | None]]:
    for index in range(INPUTS):
        yield [
            None if tensor is None else tensor.data if tensor.data is not None else _random(rng, tensor, index)
            for tensor in io.inputs
        ]


def _random(rng: np.random.Generator, tensor: Tensor, index: int) -> Array:
    if index == 1:
        return rng.choice(np.array([-128, 127], np.int8), tensor.shape)
    if index == 2:
        return np.full(tensor.shape, rng.choice([-128, 127]), np.int8)
    return rng.integers(-128, 128, tensor.shape, np.int8)


def _described(op: Op, io: Io) -> str:
    shapes = [None if tensor is None else tensor.shape for tensor in io.inputs]
    points = [t.quant.zero_points[0] for t in (*io.inputs[:1], *io.outputs) if t is not None and t.quant is not None]
    return f"{op.name} {shapes} -> {io.output.shape}, zero points {points}, {op}"


def _conv(rng: np.random.Generator) -> Shape:
    pick = rng.random()
    ins, outs = _channels(rng), _channels(rng)
    if pick < 0.3:
        kernel = (1, 1)
    elif pick < 0.8:
        kernel = (3, 3)
    else:
        kernel = (int(rng.integers(1, 11)), int(rng.integers(1, 6)))
        ins = int(rng.choice([1, 1, 2, 3, 3, 4, 8]))
    stride = [(1, 1), (1, 1), (2, 2), (int(rng.integers(1, 4)), int(rng.integers(1, 4)))][int(rng.integers(4))]
    dilation = (2, 2) if rng.random() < 0.02 else (1, 1)
    groups = int(rng.choice([g for g in (1, 2, 3, 4) if ins % g == 0 and outs % g == 0])) if rng.random() < 0.03 else 1
    batch = 1 if rng.random() < 0.95 else 2
    return conv_shape(_size(rng), ins, outs, kernel, stride, _padding(rng), dilation, groups, batch)


def _depthwise(rng: np.random.Generator) -> Shape:
    kernel = (3, 3) if rng.random() < 0.9 else (int(rng.integers(1, 6)), int(rng.integers(1, 6)))
    stride = [(1, 1), (2, 2), (int(rng.integers(1, 4)), int(rng.integers(1, 4)))][int(rng.choice(3, p=[0.5, 0.4, 0.1]))]
    multiplier = 1 if rng.random() < 0.95 else int(rng.integers(2, 5))
    batch = 1 if rng.random() < 0.95 else 2
    return depthwise_shape(_size(rng), _channels(rng), kernel, stride, _padding(rng), (1, 1), multiplier, batch)


def _dense(rng: np.random.Generator) -> Shape:
    batch = 1 if rng.random() < 0.9 else int(rng.integers(2, 4))
    ins = _channels(rng) if rng.random() < 0.6 else int(rng.integers(1, 400))
    return dense_shape(batch, ins, _channels(rng))


_SHAPES: dict[str, Callable[[np.random.Generator], Shape]] = {"conv": _conv, "depthwise": _depthwise, "dense": _dense}


def _add(rng: np.random.Generator) -> tuple[Op, Io]:
    shape = (1, int(rng.integers(1, 5)), int(rng.integers(1, 5)), _channels(rng))
    other = shape if rng.random() < 0.9 else (shape[3],)
    scales = np.exp(rng.uniform(-6, 1, 2) if rng.random() < 0.8 else rng.uniform(-2, -2, 2))
    out = float(scales.max()) * float(np.exp(rng.uniform(-1, 2)))
    quants = [
        Quant((float(np.float32(scale)),), (int(rng.choice([*ZERO_POINTS, rng.integers(-128, 128)])),))
        for scale in (*scales, out)
    ]
    x, z, y = (
        Tensor(name, size, "int8", quant)
        for name, size, quant in zip("xzy", (shape, other, shape), quants, strict=True)
    )
    io = Io((x, z), (y,))
    options = {"fused_activation_function": str(rng.choice(ACTIVATIONS))}
    return OPS.choose(str(rng.choice(["ADD", "SUB"])), io).parse(options, io), io


def _channels(rng: np.random.Generator) -> int:
    return int(rng.integers(1, 13)) if rng.random() < 0.7 else int(rng.integers(1, 40))


def _size(rng: np.random.Generator) -> tuple[int, int]:
    height, width = rng.integers(1, 10, 2)
    return int(height), int(width)


def _padding(rng: np.random.Generator) -> str:
    return str(rng.choice(["SAME", "VALID"]))
