"""The int8 grid of an input: the data's own steps to the bit where they have some, else their range."""

import numpy as np
import pytest

from edgeopt.convert.binarized.grids import InputGrid, input_grid
from edgeopt.convert.quantizer import Grid, Range, grid_of
from edgeopt.ir import Array

PIXELS = np.arange(256, dtype=np.float32)
F = np.float32


def grid(scale: float, zero_point: int) -> InputGrid:
    return InputGrid(Grid("int8", float(F(scale)), zero_point), True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (PIXELS / 255, grid(1 / 255, -128)),
        (PIXELS * F(1 / 255), grid(1 / 255, -128)),  # computed otherwise, off by a unit in the last place
        ((PIXELS.astype(np.float64) / 255).astype(F), grid(1 / 255, -128)),
        (PIXELS, grid(1, -128)),
        (PIXELS / 128 - 1, grid(1 / 128, 0)),
        (PIXELS / F(3.7), grid(1 / 3.7, -128)),
        (-PIXELS / 255, grid(1 / 255, 127)),
        (PIXELS[:121] / 255, grid(1 / 255, -128)),  # dark images: 121 levels show the step, and 255 may come yet
        (PIXELS[50:] / 255, grid(1 / 255, -128)),  # 0 is on the grid though no sample has it
        (PIXELS[::3] / 255, grid(3 / 255, -128)),
        ((PIXELS % 101 - 50) / 7, grid(1 / 7, 0)),
    ],
    ids=str,
)
def test_the_steps_of_the_data(values: Array, expected: InputGrid) -> None:
    found = input_grid(values.astype(F))
    assert found == expected
    assert_exact(values, found)


def assert_exact(values: Array, found: InputGrid) -> None:
    """Rounding takes each value to a step that is nearer than float32 noise."""
    steps = values.astype(np.float64) / found.grid.scale
    assert found.exact and np.abs(steps - np.rint(steps)).max() < 1e-4
    q = found.grid.quantize(values).astype(int)
    np.testing.assert_array_equal(q - found.grid.zero_point, np.rint(steps))


@pytest.mark.parametrize("levels", [[0.0, 1.0], [-1.0, 1.0], [0.0, 0.25, 0.5], [-3.0, 0.0, 7.0]])
def test_few_levels_leave_room_for_what_lies_between(levels: list[float]) -> None:
    values = np.array(levels, F)
    found = input_grid(values)
    assert_exact(values, found)
    assert 255 * found.grid.scale > 0.5 * float(np.ptp(np.append(values, 0)))
    assert found.grid.scale < 0.1 * float(np.diff(values).min())


@pytest.mark.parametrize(
    "values",
    [PIXELS / 127.5 - 1, (PIXELS / 255 - F(0.1307)) / F(0.3081), np.arange(1001) / 1000, PIXELS / 255 - 0.5],
    ids=["-1..1", "mean and deviation", "a thousand", "-0.5..0.5"],
)
def test_no_steps_that_hold_0(values: Array) -> None:
    values = values.astype(F)
    assert input_grid(values) == InputGrid(grid_of(Range(float(values.min()), float(values.max())), "int8"), False)


def test_random_steps(rng: np.random.Generator) -> None:
    for _ in range(50):
        step = float(10 ** rng.uniform(-6, 4))
        low = int(rng.integers(-128, 1))
        counts = rng.integers(low, low + 256, 3000)
        counts[:2] = 0, 1
        values = (counts * step).astype(F)
        found = input_grid(values)
        assert found.grid.scale == pytest.approx(step, rel=1e-6)
        assert_exact(values, found)


def test_random_numbers_have_no_steps(rng: np.random.Generator) -> None:
    assert not input_grid(rng.normal(size=(10, 7, 7)).astype(F)).exact
    assert not input_grid(rng.normal(size=40).astype(F)).exact
