"""Binary layers by four channels at once: the layout on the host, Helium under QEMU, and what it executes there."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.binary_layers import conv_case, dense_case, random_layer, scaled_case, scaled_dense_case
from support.graph_case import GraphCase, prove_graphs
from support.on_qemu import instructions_on_m55, run_on_m55
from support.proof import assert_same, reference

from edgeopt.firmware.cores import CORES
from edgeopt.ir import Target
from edgeopt.ops._window import Window, same_pads
from edgeopt.ops.binary import _x4
from edgeopt.ops.binary.conv2d import BinaryConv2D
from edgeopt.ops.binary.conv2d_int16 import BinaryConv2DInt16

M55 = Target(core="cortex-m55")


def of_words(rng: np.random.Generator, words: int, out_channels: int) -> GraphCase:
    """Weights that are all 1 or all 0, so that sums go from one end to the other."""
    weights = np.where(rng.random((out_channels, 1, 1, 1)) < 0.5, -1, 0).astype(np.int32).repeat(words, axis=3)
    op = BinaryConv2D(Window((1, 1)), 32 * words)
    return conv_case(rng, op, (1, 1, 2), out_channels, weights=weights)


def cases(rng: np.random.Generator, count: int) -> Sequence[GraphCase]:
    """Every rest of words, the most words, and layers of any geometry."""
    made = [of_words(rng, words, int(rng.integers(1, 40))) for words in (*range(1, 20), 27, 36, 44)]
    made.append(of_words(rng, 511, int(rng.integers(1, 9))))
    for layer in (dense_case, scaled_dense_case):
        made += [layer(rng, int(rng.integers(1, 700)), int(rng.integers(1, 80)), 2) for _ in range(4)]
    for op in (BinaryConv2D, BinaryConv2DInt16):
        made += [random_layer(rng, op) for _ in range(count)]
    return made


def same(channels: int, out_channels: int, size: int, kernel: int = 3) -> GraphCase:
    pads = (*same_pads(size, kernel, 1), *same_pads(size, kernel, 1))
    op = BinaryConv2D(Window((kernel, kernel), (1, 1), (1, 1), *pads), channels)
    return conv_case(np.random.default_rng(0), op, (1, size, size), out_channels)


def test_layout_on_the_host(tmp_path: Path, rng: np.random.Generator) -> None:
    prove_graphs(cases(rng, 25), tmp_path, M55)


@pytest.mark.parametrize("optimization", ["-O2", "-Os", "-O0"])
def test_helium_under_qemu(optimization: str, tmp_path: Path, rng: np.random.Generator) -> None:
    made = cases(rng, 12)
    found = run_on_m55([case.network for case in made], [case.samples for case in made], tmp_path, optimization)
    for case, outputs in zip(made, found, strict=True):
        for sample, output in zip(case.samples, outputs, strict=True):
            assert_same(output, reference(case.network, sample), str(case.network))


@pytest.mark.parametrize(
    ("case", "bound"),
    [
        (same(64, 64, 16), 0.080),
        (same(32, 64, 16), 0.096),
        (same(128, 128, 8), 0.072),
        (same(256, 256, 4), 0.069),
        (dense_case(np.random.default_rng(0), 2304, 64), 0.079),
        (scaled_case(np.random.default_rng(0), Window((3, 3)), 64, (1, 16, 16), 64), 0.085),
    ],
)
def test_instructions_a_binary_mac(case: GraphCase, bound: float, tmp_path: Path) -> None:
    """All of a layer; a little above what was counted with gcc 12 -O2."""
    spent = instructions_on_m55(case.network, case.samples[0], tmp_path)
    assert spent / case.network.binary_macs <= bound


def test_weights_take_one_bit_and_thresholds_four_bytes(rng: np.random.Generator) -> None:
    for channels in (4, 32, 40, 64, 100):
        rows = rng.integers(-(2**31), 2**31, (channels, 21)).astype(np.int32)
        assert _x4.fire_stream(rows, np.zeros(channels, np.int32)).size == channels * (21 + 1)


def test_cores_are_those_with_helium() -> None:
    assert set(_x4.CORES) == {core.name for core in CORES.values() if core.mve}


def test_sums_that_are_too_large_go_another_way(tmp_path: Path, rng: np.random.Generator) -> None:
    made = [of_words(rng, 512, 3)]
    (call,) = made[0].network.nodes[0].op.c_calls(made[0].network.io(made[0].network.nodes[0]), M55)
    assert call.kernel == "eo_binary_conv2d"
    assert "16,383 products" in call.why
    prove_graphs(made, tmp_path, M55)
