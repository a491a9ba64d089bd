"""Where the sign of a chain of float steps changes: bisection against every whole number that can be."""

from __future__ import annotations

import numpy as np
import pytest

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array
from edgeopt.larq.steps import Add, Bend, Clamp, Line, Multiply, Step, evaluate, switch

CHANNELS = 400


def spread(rng: np.random.Generator, exponent: float = 2.0) -> Array:
    """Numbers of all sizes and both signs, zeros of both signs among them."""
    values = rng.normal(size=CHANNELS) * 10.0 ** rng.uniform(-exponent, exponent, CHANNELS)
    values[rng.random(CHANNELS) < 0.05] = 0.0
    values[rng.random(CHANNELS) < 0.05] = -0.0
    return values.astype(np.float32)


def ties(rng: np.random.Generator, steps: list[Step], low: int, high: int) -> Array:
    """Terms that bring the chain to 0, or next to it, at some whole number of each channel."""
    u = rng.integers(low, high + 1, CHANNELS)
    term = -evaluate(steps, u)
    beside = np.nextafter(term, rng.choice(np.array([-np.inf, np.inf], np.float32), CHANNELS))
    return np.where(rng.random(CHANNELS) < 0.5, term, beside.astype(np.float32))


def random_chain(rng: np.random.Generator, low: int, high: int) -> list[Step]:
    steps: list[Step] = []
    if rng.random() < 0.5:
        steps.append(Line(spread(rng).astype(np.float64), spread(rng).astype(np.float64)))
    for _ in range(rng.integers(1, 5)):
        kind = rng.integers(0, 4)
        if kind == 0:
            steps.append(Multiply(spread(rng)))
        elif kind == 1:
            steps.append(Clamp(*rng.choice(np.array([[0, np.inf], [0, 6], [-1, 1]]))))
        elif kind == 2:
            steps.append(Bend(np.abs(spread(rng))))
        steps.append(Add(ties(rng, steps, low, high)))
    return steps


def test_the_switch_is_right_for_every_number(rng: np.random.Generator) -> None:
    seen = set()
    for _ in range(150):
        low, high = sorted(rng.integers(-300, 600, 2).tolist())
        steps = random_chain(rng, low, high)
        at = switch(steps, CHANNELS, low, high)
        u = np.arange(low, high + 1)[:, None]
        bits = np.where(at.below, u < at.at, u >= at.at)
        assert np.array_equal(bits, evaluate(steps, np.broadcast_to(u, (len(u), CHANNELS))) < 0), str(steps)
        assert (at.at >= low).all() and (at.at <= high + 1).all()
        seen |= {(bool(below), bool(cut in (low, high + 1))) for below, cut in zip(at.below, at.at, strict=True)}
    assert len(seen) == 4, "rising, falling and constant channels"


def test_zero_and_minus_zero_are_positive() -> None:
    steps = [Multiply(np.array([0.0, -0.0, 1.0], np.float32)), Add(np.array([-0.0, -0.0, -0.0], np.float32))]
    at = switch(steps, 3, -4, 4)
    assert at.at.tolist() == [-4, -4, 0]
    assert at.below.all()


def test_what_is_no_number_is_refused() -> None:
    large = np.full(1, 3e38, np.float32)
    with pytest.raises(UnsupportedModel, match="too large for float32"):
        switch([Multiply(large), Multiply(large), Multiply(np.zeros(1, np.float32))], 1, -5, 5)
