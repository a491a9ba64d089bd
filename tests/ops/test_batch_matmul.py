"""BATCH_MATMUL against tflite-micro: both operands computed or one constant, exchanged, with batches that broadcast."""

from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, run_on_host
from support.oracle import run_tflm
from support.proof import Case, Value, assert_same, random_array, random_quant, reference

from edgeopt.errors import ModelError, UnsupportedModel
from edgeopt.quantmath import quantize_multiplier, requantize

Batches = tuple[int, ...]


def _case(
    rng: np.random.Generator,
    batches: tuple[Batches, Batches],
    sizes: tuple[int, int, int],
    adj: tuple[bool, bool] = (False, False),
    constant: int | None = None,
) -> Case:
    rows, depth, cols = sizes
    shapes = [[*batches[0], rows, depth], [*batches[1], depth, cols]]
    shapes = [[*s[:-2], s[-1], s[-2]] if exchanged else s for s, exchanged in zip(shapes, adj, strict=True)]
    quants = [random_quant(rng), random_quant(rng)]
    scale = quants[0][0] * quants[1][0] * 73 * 73 * np.sqrt(depth) / 60  # uses the output's range
    y = Value([*np.broadcast_shapes(*batches), rows, cols], (float(np.float32(scale)), int(rng.integers(-128, 128))))
    inputs = [
        Value(shape, quant, data=random_array(rng, shape) if index == constant else None)
        for index, (shape, quant) in enumerate(zip(shapes, quants, strict=True))
    ]
    options = {"adj_x": adj[0], "adj_y": adj[1]}
    return Case("BATCH_MATMUL", inputs, y, options).with_random_samples(rng)


def _random_case(rng: np.random.Generator) -> Case:
    out = rng.integers(1, 4, int(rng.integers(0, 4))).tolist()
    batches = [tuple(1 if rng.random() < 0.3 else extent for extent in out) for _ in range(2)]
    batches[int(rng.integers(2))] = tuple(out)
    short = int(rng.integers(2))  # an operand may lack dimensions at the front
    batches[short] = batches[short][int(rng.integers(len(out) + 1)) :] if rng.random() < 0.3 else batches[short]
    rows, depth, cols = rng.integers(1, 12, 3).tolist()
    adj = bool(rng.integers(2)), bool(rng.integers(2))
    return _case(rng, (batches[0], batches[1]), (rows, depth, cols), adj, rng.choice([None, None, 0, 1]))


def _prove(cases: list[Case], folder: Path) -> None:
    graphs = [case.graph() for case in cases]
    for case, graph in zip(cases, graphs, strict=True):
        for sample in case.samples:
            expected = run_tflm(case.model(), sample)
            assert_same(reference(graph, sample), expected, f"numpy and tflite-micro differ: {graph}")
    for path in ("-DEO_HAS_DSP=0", "-DEO_HAS_DSP=1"):  # the host has C forms of the instructions
        flags = ["-std=c99", "-O1", *SANITIZE, path]
        found = run_on_host(graphs, [case.samples for case in cases], folder / path[-1], flags=flags)
        for case, graph, outputs in zip(cases, graphs, found, strict=True):
            for sample, output in zip(case.samples, outputs, strict=True):
                assert_same(output, reference(graph, sample), f"C with {path} and numpy differ: {graph}")


def core_cases(rng: np.random.Generator) -> list[Case]:
    direct = _case(rng, ((2,), (2,)), (3, 8, 5), (False, True))
    return [direct, _case(rng, ((2,), (1,)), (3, 7, 5), (True, False), constant=1)]


def test_equals_tflm_on_random_matrices(tmp_path: Path, rng: np.random.Generator) -> None:
    _prove([_random_case(rng) for _ in range(60)], tmp_path)


def test_equals_tflm_for_sums_of_many_products(tmp_path: Path, rng: np.random.Generator) -> None:
    _prove([_case(rng, ((1,), (1,)), (1, depth, 5)) for depth in (4096, 32_768)], tmp_path)


def test_the_largest_sum_that_fits(tmp_path: Path) -> None:
    """Both operands as far from their zero points as they can be."""
    x, y = Value([1, 32_768], (0.01, 127)), Value([32_768, 1], (0.01, 127))
    sample = [np.full(value.shape, -128, np.int8) for value in (x, y)]
    _prove([Case("BATCH_MATMUL", [x, y], Value([1, 1], (20_000.0, -100)), samples=[sample])], tmp_path)


def test_the_product_of_the_scales_is_a_double(rng: np.random.Generator) -> None:
    """Scales for which a product in float32 would give another byte; a thousand tries hold a few of them."""
    telling = 0
    for _ in range(1000):
        (sx, _), (sy, _) = random_quant(rng), random_quant(rng)
        x, y, out = *rng.integers(60, 128, 2).tolist(), int(rng.integers(40, 126))
        right = -quantize_multiplier(out / (x * y))[1]
        scale = float(np.float32(x * y * sx * sy / (out + 0.5 - 0.5 ** (right + 1))))  # between two roundings
        in_double, in_single = (
            requantize(x * y, *quantize_multiplier(product / scale))
            for product in (sx * sy, float(np.float32(sx) * np.float32(sy)))
        )
        if in_double == in_single:
            continue
        telling += 1
        case = Case("BATCH_MATMUL", [Value([1, 1], (sx, 0)), Value([1, 1], (sy, 0))], Value([1, 1], (scale, 0)))
        sample = [np.array([[value]], np.int8) for value in (x, y)]
        assert run_tflm(case.model(), sample)[0] == reference(case.graph(), sample)[0] == in_double
    assert telling


@pytest.mark.parametrize(
    ("x", "y", "out"), [([2, 3], [4, 5], [2, 5]), ([2, 2, 3], [3, 3, 4], [2, 2, 4]), ([2, 3], [3, 4], [1, 2, 4])]
)
def test_refuses_shapes_that_do_not_multiply(x: list[int], y: list[int], out: list[int]) -> None:
    quant = (0.1, 0)
    with pytest.raises(ModelError):
        Case("BATCH_MATMUL", [Value(x, quant), Value(y, quant)], Value(out, quant)).graph()


def test_refuses_a_sum_that_could_overflow_and_a_vector() -> None:
    quant = (0.1, 0)
    x, y = Value([1, 32_769], quant), Value([32_769, 1], quant)
    with pytest.raises(UnsupportedModel, match="it sums at most 32,768 products"):
        Case("BATCH_MATMUL", [x, y], Value([1, 1], quant)).graph()
    with pytest.raises(UnsupportedModel, match="its operands have 2 to 5 dimensions"):
        Case("BATCH_MATMUL", [Value([3], quant), Value([3, 4], quant)], Value([4], quant)).graph()
