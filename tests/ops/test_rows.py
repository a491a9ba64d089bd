"""Operators that only chains have: sums of pixels and what becomes of them, over edge shapes and extreme numbers."""

from pathlib import Path

import numpy as np
from support.graph_case import GraphCase, constant, one_node, prove_graphs, tensor
from support.proof import random_array

from edgeopt.ir import Io, Op
from edgeopt.ops._rows import MoveRows, RowSums
from edgeopt.ops.average_pool_2d import AverageOfSums
from edgeopt.ops.mean import Mean, Sum

CHANNELS = (*range(1, 10), 15, 16, 17, 31, 32, 33)


def test_sums_of_pixels(rng: np.random.Generator, tmp_path: Path) -> None:
    cases = []
    for channels in CHANNELS:
        shape = (1, int(rng.integers(1, 5)), int(rng.integers(1, 9)), channels)
        graph = one_node(RowSums(), [tensor("x", shape, "int8", (0.1, 3))], [tensor("y", (1, 1, 1, channels), "int32")])
        extremes = [np.full(shape, value, np.int8) for value in (-128, 127)]
        cases.append(GraphCase(graph, [[random_array(rng, shape)], *([x] for x in extremes)]))
    prove_graphs(cases, tmp_path)


def test_means_of_sums(rng: np.random.Generator, tmp_path: Path) -> None:
    cases = []
    for channels in CHANNELS:
        height, width = int(rng.integers(1, 40)), int(rng.integers(1, 40))
        for op in (AverageOfSums((-100, 90), height * width), *of_maps(height, width, channels, rng)):
            shape = (1, 1, 1, channels)
            graph = one_node(op, [tensor("sums", shape, "int32")], [tensor("y", shape, "int8", (0.07, -11))])
            ends = -128 * height * width, 127 * height * width
            sums = [rng.integers(ends[0], ends[1] + 1, shape), *(np.full(shape, end) for end in (*ends, 0))]
            cases.append(GraphCase(graph, [[x.astype(np.int32)] for x in sums]))
    prove_graphs(cases, tmp_path)


def of_maps(height: int, width: int, channels: int, rng: np.random.Generator) -> list[Op]:
    """What MEAN and SUM make of the sums of such a map."""
    x = tensor("x", (1, height, width, channels), "int8", (0.05, int(rng.integers(-128, 128))))
    io = Io((x, constant("axes", [1, 2], "int32")), (tensor("y", (1, 1, 1, channels), "int8", (0.07, -11)),))
    found = [op((1, 2), True).of_sums(io) for op in (Mean, Sum)]
    return [op for op in found if op is not None]


def test_rows_move(rng: np.random.Generator, tmp_path: Path) -> None:
    sizes = (*range(1, 20), 31, 32, 33, 100)
    graphs = [one_node(MoveRows(), [tensor("x", (n,), "int8")], [tensor("y", (n,), "int8")]) for n in sizes]
    cases = [GraphCase(g, [[random_array(rng, (n,))]]) for g, n in zip(graphs, sizes, strict=True)]
    prove_graphs(cases, tmp_path)
