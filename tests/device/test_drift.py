"""Drift: no false alarms where nothing has changed, alarms where it matters, and nothing said of what is not known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import LibraryLink, build_library

from edgeopt.device import Session
from edgeopt.device.drift import (
    LEVEL,
    Check,
    Known,
    drift_of,
    known_of,
    pooled,
    student_quantile,
)
from edgeopt.device.input_stats import InputStats, read_input_stats
from edgeopt.ir import Array


def stats_of(values: Array) -> InputStats:
    """What the firmware would keep of inferences [n, ...]."""
    ends = np.iinfo(values.dtype)
    exact = values.astype(object)
    return InputStats(
        dtype=str(values.dtype),
        inferences=len(values),
        values=values.size,
        least=int(values.min()),
        most=int(values.max()),
        sum=int(exact.sum()),
        squares=int((exact * exact).sum()),
        at_ends=int(((values == ends.min) | (values == ends.max)).sum()),
    )


def drawn(rng: np.random.Generator, count: int, mean: float = 10.0, spread: float = 25.0, light: float = 12.0) -> Array:
    """Inferences of 40 values each that share an offset of their own, as pictures share their light."""
    values = rng.normal(mean, spread, (count, 40)) + rng.normal(0, light, (count, 1))
    return np.clip(np.round(values), -128, 127).astype(np.int8)


def found(checks: tuple[Check, ...]) -> dict[str, bool | None]:
    return {check.name: check.has_drifted for check in checks}


def test_known_is_as_numpy_says(rng: np.random.Generator) -> None:
    values = drawn(rng, 50)
    known = known_of(values)
    assert (known.samples, known.values) == (50, 2_000)
    assert known.mean == pytest.approx(values.mean()) and known.deviation == pytest.approx(values.std())
    assert (known.least, known.most) == (values.min(), values.max())
    assert known.mean_deviation == pytest.approx(values.mean(axis=1).std(ddof=1))
    assert known.share_at_ends == np.isin(values, (-128, 127)).mean()


def test_nothing_drifts_where_nothing_has_changed(rng: np.random.Generator) -> None:
    """600 devices with 1 to 500 inferences of what the calibration samples are from, at any size of calibration set."""
    alarms = 0
    for _ in range(600):
        known = known_of(drawn(rng, int(rng.integers(10, 200))))
        checks = drift_of(stats_of(drawn(rng, int(rng.integers(1, 500)))), known)
        alarms += any(check.has_drifted for check in checks)
    print("alarms", alarms)
    assert alarms <= 3, f"{600 * LEVEL} are allowed, but for chance"


def test_values_within_an_inference_are_not_independent(rng: np.random.Generator) -> None:
    """A single bright picture is no drift, though its 40 values agree that it is bright; 100 are."""
    known = known_of(drawn(rng, 60))
    bright = drawn(rng, 100, mean=30.0)
    one = drift_of(stats_of(bright[:1]), known)
    assert found(one)["mean"] is False and one[0].effect > one[0].threshold
    assert found(drift_of(stats_of(bright), known))["mean"] is True


def test_a_difference_that_does_not_matter_is_no_drift(rng: np.random.Generator) -> None:
    known = known_of(drawn(rng, 5_000))
    (mean, *_) = drift_of(stats_of(drawn(rng, 20_000, mean=12.5)), known)
    assert mean.statistic is not None and mean.critical is not None
    assert mean.statistic > mean.critical and abs(mean.effect) < mean.threshold and mean.has_drifted is False


@pytest.mark.parametrize(("spread", "expected"), [(25.0, False), (45.0, True), (8.0, True)])
def test_a_wider_and_a_narrower_spread(spread: float, expected: bool, rng: np.random.Generator) -> None:
    known = known_of(drawn(rng, 200))
    checks = found(drift_of(stats_of(drawn(rng, 300, spread=spread)), known))
    assert checks["spread"] is expected and checks["mean"] is False


def test_values_that_are_cut_off(rng: np.random.Generator) -> None:
    calibration = drawn(rng, 100, spread=15.0)
    assert known_of(calibration).share_at_ends == 0
    loud = np.where(rng.random((200, 40)) < 0.15, np.int8(127), drawn(rng, 200, spread=15.0)).astype(np.int8)
    assert found(drift_of(stats_of(loud), known_of(calibration)))["ends"] is True
    # none of 100 samples has any, so that 5 % of the inferences may have some by chance
    faint = calibration.copy()
    faint[:, 0] = 127
    assert found(drift_of(stats_of(faint), known_of(calibration)))["ends"] is False
    dark = known_of(np.where(rng.random((100, 40)) < 0.5, np.int8(-128), calibration).astype(np.int8))
    assert found(drift_of(stats_of(calibration), dark))["ends"] is False, "fewer of them are no harm"


def test_extremes_prove_little(rng: np.random.Generator) -> None:
    known = known_of(drawn(rng, 50, spread=5.0, light=1.0))
    many = drawn(rng, 500, spread=5.0, light=1.0)
    many[3, 3] = 100
    (*_, most) = drift_of(stats_of(many), known)
    assert most.effect > 1 and most.has_drifted is None and most.statistic == pytest.approx(500 / 550)
    (*_, most) = drift_of(stats_of(many[3:4]), replace(known, samples=100_000))
    assert most.has_drifted is True


def test_constant_inputs() -> None:
    flat = np.full((20, 30), 7, np.int16)
    known = known_of(flat)
    assert not any(check.has_drifted for check in drift_of(stats_of(flat), known))
    assert found(drift_of(stats_of(np.full((1, 30), 9, np.int16)), known))["mean"] is True


def test_too_few_samples_and_no_inference_tell_nothing(rng: np.random.Generator) -> None:
    checks = drift_of(stats_of(drawn(rng, 100, mean=90.0)), known_of(drawn(rng, 9)))
    assert {check.has_drifted for check in checks[:3]} == {None}
    with pytest.raises(ValueError, match="no inference"):
        drift_of(InputStats("int8", 0, 0, 0, 0, 0, 0, 0), known_of(drawn(rng, 20)))


def test_a_fleet_is_one_large_device() -> None:
    """Each of forty boards has seen too little to tell; together they have not."""
    rng = np.random.default_rng(5)  # this draw: by chance one of the forty may tell
    known = known_of(drawn(rng, 300))
    parts = [drawn(rng, 1, mean=20.0) for _ in range(40)]
    assert not any(found(drift_of(stats_of(part), known))["mean"] for part in parts)
    together = pooled([stats_of(part) for part in parts])
    assert together == stats_of(np.concatenate(parts))
    assert found(drift_of(together, known))["mean"] is True
    nothing = InputStats("int8", 0, 0, 0, 0, 0, 0, 0)
    assert pooled([nothing, stats_of(parts[0])]) == stats_of(parts[0]) and pooled([nothing]) == nothing
    with pytest.raises(ValueError, match="types"):
        pooled([nothing, replace(nothing, dtype="uint8")])


def test_large_sums_stay_exact() -> None:
    """2^34 values of 16 bits, as many as the firmware counts."""
    count = 1 << 34
    stats = InputStats("int16", 1 << 24, count, -32_768, 32_767, 123_456_789, count * 1_000_000 + 7, 5)
    known = Known(100, 100_000, 0.0, 1_000.0, -32_768, 32_767, 0.0, 50.0, 30_000.0, 0.0)
    checks = drift_of(stats, known)
    assert checks[1].effect == pytest.approx(1.0) and not any(check.has_drifted for check in checks)


@pytest.mark.parametrize("degrees", [9, 15, 60, 400])
def test_the_quantile_of_t(degrees: int) -> None:
    stats = pytest.importorskip("scipy.stats", reason="pip install scipy")
    for level in (0.01, LEVEL, LEVEL / 40):
        assert student_quantile(level, degrees) == pytest.approx(stats.t.ppf(1 - level / 2, degrees), rel=0.01)


def test_the_firmwares_statistics_are_judged_as_the_values_would_be(rng: np.random.Generator, tmp_path: Path) -> None:
    """The firmware's own code on this computer; its inputs are 5 int8 and 150 int16."""
    session = Session(LibraryLink(build_library(tmp_path, "FAKE_IN_TYPE=EO_TYPE_INT16", INPUT_STATS="2")))
    calibration = rng.normal(0, 3_000, (40, 150)).astype(np.int16)
    seen = rng.normal(1_500, 3_000, (30, 150)).astype(np.int16)
    small = rng.integers(-10, 100, (30, 5)).astype(np.int8)  # -18 makes the fake model fail
    for first, second in zip(small, seen, strict=True):
        session.load((first.tobytes(), second.tobytes()))
        session.infer()
    one, other = read_input_stats(session)
    assert (one, other) == (stats_of(small), stats_of(seen))
    assert other is not None
    checks = drift_of(other, known_of(calibration), inputs=2)
    assert checks == drift_of(stats_of(seen), known_of(calibration), inputs=2)
    assert found(checks)["mean"] is True and found(checks)["spread"] is False
    assert checks[0].effect == pytest.approx(0.5, abs=0.1)
    assert one is not None and not any(check.has_drifted for check in drift_of(one, known_of(small), inputs=2))
