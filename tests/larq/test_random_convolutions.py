"""Random binary convolutions and pools: the bits of the integer graph are those of the Larq Compute Engine."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from support.lce import SAME, VALID, LceBuilder, run_lce, with_ranges
from support.proof import reference

from edgeopt.load import load_bytes
from edgeopt.schema import Ranges

CASES = 60
_SIGNS = (1 / 127, 0)  # of an input within -1..1


def out_extent(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    span = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == SAME else (size - span) // stride + 1


def random_geometry(rng: np.random.Generator, size: tuple[int, int]) -> tuple[dict[str, int], tuple[int, int]]:
    """Options of a window that fits into an image of `size`, and the kernel's height and width."""
    padding = int(rng.choice([SAME, VALID]))
    kernel, dilation = rng.integers(1, 5, 2), rng.integers(1, 3, 2)
    for axis in range(2):
        if padding == VALID and (kernel[axis] - 1) * dilation[axis] + 1 > size[axis]:
            kernel[axis], dilation[axis] = min(int(kernel[axis]), size[axis]), 1
    stride = rng.integers(1, 4, 2)
    names = ("stride_height", "stride_width", "dilation_height_factor", "dilation_width_factor")
    values = map(int, (*stride, *dilation))
    return {"padding": padding, **dict(zip(names, values, strict=True))}, (int(kernel[0]), int(kernel[1]))


def out_shape(size: tuple[int, int], kernel: tuple[int, int], options: Mapping[str, int], channels: int) -> list[int]:
    axes = zip(size, kernel, ("height", "width"), strict=True)
    extents = [
        out_extent(n, k, options[f"stride_{axis}"], options.get(f"dilation_{axis}_factor", 1), options["padding"])
        for n, k, axis in axes
    ]
    return [1, *extents, channels]


def assert_bits_equal(m: LceBuilder, x: int, y: int, shape: list[int], rng: np.random.Generator) -> None:
    """The network from x [1, *shape] to the bits y, on random signs with exact zeros among them."""
    model = with_ranges(m.finish([x], [y]), Ranges({x: (-1.0, 1.0)}, {x: _SIGNS}))
    graph = load_bytes(model, "case")
    samples = rng.integers(-128, 128, [3, *shape]).astype(np.int8)
    samples[rng.random(samples.shape) < 0.1] = 0
    (wanted,) = run_lce(model, [samples.astype(np.float32) / 127], reference=True)
    ours = np.stack([reference(graph, [sample[None]])[0] for sample in samples])
    assert np.array_equal(ours, wanted), str(graph)


def test_bit_packed_convolutions(rng: np.random.Generator) -> None:
    for _ in range(CASES):
        size = (int(rng.integers(1, 10)), int(rng.integers(1, 10)))
        groups = int(rng.choice([1, 1, 1, 2, 3]))
        inputs = int(rng.integers(1, 100)) if groups == 1 else 32 * int(rng.integers(1, 3)) * groups
        outputs = int(rng.integers(1, 80)) if groups == 1 else 32 * groups
        options, kernel = random_geometry(rng, size)
        taps = kernel[0] * kernel[1] * inputs // groups
        thresholds = rng.integers(taps // 2 - 8, taps // 2 + 9, outputs)
        thresholds[rng.random(outputs) < 0.05] = -(2**31)
        thresholds[rng.random(outputs) < 0.05] = 2**31 - 1
        m = LceBuilder()
        x = m.tensor([1, *size, inputs], "float32")
        filters = m.weights(rng.integers(0, 2, [outputs, *kernel, inputs // groups]).astype(bool))
        options["channels_in"] = inputs
        shape = out_shape(size, kernel, options, outputs)
        y = m.bconv(m.quantize(x, [1, *size, inputs]), filters, shape, options, thresholds=thresholds)
        assert_bits_equal(m, x, y, [*size, inputs], rng)


def test_pools_of_bits(rng: np.random.Generator) -> None:
    for _ in range(CASES // 2):
        size, channels = (int(rng.integers(1, 10)), int(rng.integers(1, 10))), int(rng.integers(1, 80))
        options, kernel = random_geometry(rng, size)
        options = {key: value for key, value in options.items() if "dilation" not in key}
        options |= {"filter_height": kernel[0], "filter_width": kernel[1]}
        m = LceBuilder()
        x = m.tensor([1, *size, channels], "float32")
        y = m.max_pool(m.quantize(x, [1, *size, channels]), out_shape(size, kernel, options, channels), options)
        assert_bits_equal(m, x, y, [*size, channels], rng)
