"""Calibration methods: what each makes of a tensor with outliers, of one without, and of hostile ones."""

from __future__ import annotations

import numpy as np
import pytest

from edgeopt.convert.calibrate.activations import Seen
from edgeopt.convert.calibrate.methods import METHODS
from edgeopt.convert.quantizer import Range, grid_of
from edgeopt.errors import UsageError
from edgeopt.ir import Array


def seen(*samples: Array) -> Seen:
    result = Seen()
    for sample in samples:
        result.add(np.asarray(sample, np.float32))
    return result


def squared_error(values: Array, range_: Range) -> float:
    grid = grid_of(range_, "int8")
    return float(np.square(grid.scale * (grid.quantize(values).astype(float) - grid.zero_point) - values).sum())


@pytest.fixture
def spiky(rng: np.random.Generator) -> Array:
    """Normal values, and one in 10,000 that is far out."""
    values = rng.normal(0, 1, (20, 5000))
    values[::5, 0] = 400.0
    return values.astype(np.float32)


def test_min_max_is_all_that_was_seen(spiky: Array) -> None:
    assert METHODS.get("min-max").range_of(seen(*spiky)) == Range(float(spiky.min()), 400.0)


def test_the_moving_average_weighs_samples() -> None:
    found = METHODS.get("moving-average").range_of(seen([-1.0, 2.0], [-1.0, 12.0]))
    assert (found.low, found.high) == (pytest.approx(-1.0), pytest.approx(0.9 * 2 + 0.1 * 12))


def test_the_percentile_cuts_one_value_in_ten_thousand(spiky: Array) -> None:
    found = METHODS.get("percentile").range_of(seen(*spiky))
    low, high = np.quantile(spiky, [1e-4, 1 - 1e-4])
    assert found.low == pytest.approx(low, abs=0.3) and found.high == pytest.approx(high, abs=0.3)


@pytest.mark.parametrize("tail", [0, 3, 40])
def test_the_mean_squared_error_is_about_the_least_of_all_ranges(tail: float, rng: np.random.Generator) -> None:
    values = np.append(rng.normal(0, 1, 200_000), [tail]).astype(np.float32)
    found = METHODS.get("mse").range_of(seen(values))
    lows, highs = np.linspace(values.min(), -0.5, 12), np.geomspace(1, values.max(), 25)
    best = min(squared_error(values, Range(float(low), float(high))) for low in lows for high in highs)
    assert squared_error(values, found) <= 1.02 * best


def test_entropy_cuts_a_far_tail_and_keeps_a_flat_range(rng: np.random.Generator) -> None:
    method = METHODS.get("entropy")
    tail = np.append(rng.normal(0, 1, 50_000), [60.0])
    assert method.range_of(seen(tail)).high < 30
    flat = rng.uniform(-1, 1, 50_000)
    assert method.range_of(seen(flat)).high > 0.95


@pytest.mark.parametrize("name", METHODS.names())
@pytest.mark.parametrize(
    "values", [[0.0], [5.0], [-3.0], [0.0, 0.0, 1e-30], [-1e30, 1e30], [1e-44, -1e-44], list(range(100))]
)
def test_no_method_leaves_what_was_seen(name: str, values: list[float]) -> None:
    found = METHODS.get(name).range_of(seen(values))
    array = np.float32(values)
    assert min(array.min(), 0.0) <= found.low <= max(found.low, found.high) <= max(array.max(), 0.0) or (
        (found.low, found.high) == (array.min(), array.max())
    )
    grid = grid_of(found, "int8")
    assert np.isfinite(grid.scale) and grid.scale > 0 and -128 <= grid.zero_point <= 127


def test_an_unknown_method_suggests_a_near_one() -> None:
    with pytest.raises(UsageError, match="no calibration method is called `percentil`") as caught:
        METHODS.get("percentil")
    assert "`percentile`" in caught.value.hint
