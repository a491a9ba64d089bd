"""The histogram: exact counts, bounded bins, and no dependence on the order of what comes."""

import numpy as np
import pytest

from edgeopt.convert.calibrate import Histogram
from edgeopt.convert.calibrate.histogram import MAX_BINS


def filled(parts: list[np.ndarray]) -> Histogram:  # type: ignore[type-arg]
    histogram = Histogram()
    for part in parts:
        histogram.add(part.astype(np.float32))
    return histogram


def test_the_order_of_values_does_not_matter(rng: np.random.Generator) -> None:
    parts = [rng.normal(0, scale, 500) for scale in (1e-6, 1.0, 1e4, 0.0, 30.0)]
    histograms = [filled([parts[i] for i in order]) for order in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [3, 2, 0, 4, 1])]
    for other in histograms[1:]:
        assert other.width == histograms[0].width
        np.testing.assert_array_equal(other.counts, histograms[0].counts)
        np.testing.assert_array_equal(other.centres, histograms[0].centres)


def test_counts_are_those_of_numpy(rng: np.random.Generator) -> None:
    values = rng.uniform(-3, 5, 10_000).astype(np.float32)
    histogram = filled([values[:1], values[1:]])
    assert len(histogram.counts) <= MAX_BINS and histogram.counts.sum() == len(values)
    first = np.floor(values.min() / histogram.width)
    bins = np.floor(values / histogram.width).astype(int) - int(first)
    np.testing.assert_array_equal(histogram.counts, np.bincount(bins))
    occupied = histogram.centres[histogram.counts > 0]
    assert np.abs(occupied[0] - values.min()) <= histogram.width


@pytest.mark.parametrize("constant", [0.0, 255.0, -1e30, 1e-44])
def test_constants_first_and_then_others(constant: float) -> None:
    histogram = filled([np.full(10, constant), np.array([-7.0, 3.0])])
    assert histogram.counts.sum() == 12 and len(histogram.counts) <= MAX_BINS
    alone = filled([np.full(10, constant)])
    assert alone.counts.sum() == 10 and alone.centres[alone.counts > 0][0] == pytest.approx(
        constant, rel=1e-3, abs=1e-30
    )


def test_zero_is_the_middle_of_its_bin() -> None:
    histogram = filled([np.array([0.0] * 5 + [1.0, 2.0])])
    assert histogram.counts[histogram.centres == 0.0].sum() == 5
