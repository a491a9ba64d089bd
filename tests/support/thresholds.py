"""Cases of both forms of THRESHOLD, which differ in their type alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from support.bits import CHANNELS, random_bits
from support.graph_case import GraphCase, constant, one_node, tensor
from support.proof import random_array

from edgeopt.bits import words_of
from edgeopt.ir import Array, Graph, Op
from edgeopt.ops import OPS


def threshold_graph(
    dtype: str, shape: Sequence[int], thresholds: Any, invert: Array | None = None, **changes: Any
) -> Graph:
    """One layer; `changes` make it wrong: dtype of x or thresholds, channels, mask, words of the output."""
    x = tensor("x", shape, changes.get("x", dtype))
    y = tensor("y", (*shape[:-1], changes.get("words", words_of(shape[-1]))), "int32")
    inputs = [x, constant("thresholds", thresholds, changes.get("thresholds_dtype", "int16"))]
    if invert is not None:
        inputs.append(constant("invert", invert, "int32"))
    form: Any = OPS.get("THRESHOLD" if dtype == "int8" else f"THRESHOLD {dtype}")
    op: Op = form(changes.get("channels", shape[-1]))
    return one_node(op, inputs, [y])


def threshold_case(rng: np.random.Generator, dtype: str, channels: int, per_channel: bool) -> GraphCase:
    """Random data near random thresholds, the ends of the type among both."""
    info = np.iinfo(dtype)
    highest = info.max + (dtype == "int8")
    thresholds = rng.integers(info.min, highest + 1, channels if per_channel else 1)
    thresholds[rng.random(len(thresholds)) < 0.2] = rng.choice([info.min, 0, highest])
    shape = [int(n) for n in rng.integers(1, 4, int(rng.integers(0, 4)))] + [channels]
    invert = random_bits(rng, channels) if rng.random() < 0.5 else None
    near = np.clip(thresholds + rng.integers(-2, 3, shape), info.min, info.max).astype(dtype)
    ends = rng.choice([info.min, -1, 0, info.max], shape).astype(dtype)
    samples = [[near], [ends], [random_array(rng, shape, dtype)]]
    return GraphCase(threshold_graph(dtype, shape, thresholds, invert), samples)


def threshold_cases(rng: np.random.Generator, dtype: str) -> list[GraphCase]:
    """With one threshold and with one a channel."""
    return [threshold_case(rng, dtype, n, per_channel) for n in CHANNELS for per_channel in (False, True)]
