"""Cases of both forms of THRESHOLD, which differ in their type alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.bits import CHANNELS, random_bits
from support.graph_case import GraphCase, constant, one_node, tensor
from support.on_core import run_on_core
from support.proof import assert_same, random_array, reference

from edgeopt.bits import words_of
from edgeopt.errors import UnsupportedModel
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


def assert_instructions(
    dtype: str, core: str, per_channel: bool, bound: float, folder: Path, rng: np.random.Generator
) -> None:
    """At most `bound` instructions a value at 64 channels, and the reference's bits."""
    thresholds = rng.integers(-100, 100, 64 if per_channel else 1)
    graph = threshold_graph(dtype, (1, 8, 8, 64), thresholds)
    sample = [rng.integers(-128, 128, (1, 8, 8, 64)).astype(dtype)]
    outputs, instructions = run_on_core(graph, [sample], core, folder, count=True)
    assert_same(outputs[0], reference(graph, sample), core)
    each = instructions / sample[0].size
    print(f"{core}, a threshold a channel {per_channel}: {each:.2f} instructions a value")
    assert each <= bound


def refusals(dtype: str) -> list[tuple[dict[str, Any], str]]:
    """Changes of a layer of that type, each with what the error says."""
    other = {"int8": "int16", "int16": "int8"}[dtype]
    return [
        ({"x": other}, f"input is {dtype}, the channels last"),
        ({"channels": 5}, f"input is {dtype}, the channels last"),
        ({"words": 2}, "output is words of its channels' bits"),
        ({"thresholds": [1, 2]}, "thresholds are constant int16, one or one a channel"),
        ({"thresholds_dtype": "int32"}, "thresholds are constant int16, one or one a channel"),
        ({"invert": np.zeros(2)}, "inverted channels are a constant, a bit a channel"),
    ]


def assert_refused(dtype: str, changes: dict[str, Any], sentence: str) -> None:
    """The layer is fine without the changes, and with them the error has the sentence."""
    arguments: dict[str, Any] = {"dtype": dtype, "shape": (2, 4), "thresholds": [3], "invert": np.zeros(1)}
    threshold_graph(**arguments)
    with pytest.raises(UnsupportedModel, match=sentence):
        threshold_graph(**arguments | changes)
