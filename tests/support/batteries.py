"""Nodes and supplies of plain figures, and random ones, for the tests of energy and battery."""

from dataclasses import replace

import numpy as np

from edgeopt.board import Figure
from edgeopt.energy import Cell, Draw, DutyCycle, Feed, Node, Quantity, RatedCharge, Supply, unknown
from edgeopt.energy.draw import Law

SOURCE = "the test"
LAWS: tuple[Law, ...] = ("current", "power", "either")
NO_RESERVE = Quantity(0.0, "estimated", SOURCE)


def figure(value: float | None, low: float | None = None, high: float | None = None) -> Figure:
    return Figure(value, "unknown" if value is None else "measured", SOURCE, low, high)


def quantity(value: float, low: float | None = None, high: float | None = None) -> Quantity:
    return Quantity(value, "estimated", SOURCE, low, high)


CELL = Cell(
    name="test-cell",
    title="a cell of round figures",
    fresh_v=figure(3.0),
    mean_v=figure(2.5),
    cutoff_v=figure(2.0),
    capacity_mah=figure(100.0),
    rates=(),
    self_discharge_percent_per_month=figure(0.0),
    fresh_ohm=figure(10.0),
    spent_ohm=figure(50.0),
    continuous_ma=figure(1.0),
    pulse_ma=figure(10.0),
    lowest_c=figure(None),
    highest_c=figure(None),
    pulse_note="",
)
SUPPLY = Supply(CELL, reserve=NO_RESERVE)


def node(
    latency_ms: float = 100.0,
    active_ma: float = 10.0,
    at_v: float = 2.5,
    law: Law = "current",
    sleep_ua: float = 5.0,
    wake_ms: float | None = None,
    min_v: float | None = 1.8,
    max_v: float | None = 3.6,
) -> Node:
    return Node(
        name="test-node",
        latency_ms=Quantity(latency_ms, "simulated", SOURCE),
        active=Draw(law, quantity(active_ma), at_v),
        sleep_ua=quantity(sleep_ua),
        wake_ms=unknown(SOURCE) if wake_ms is None else quantity(wake_ms),
        min_v=unknown(SOURCE) if min_v is None else quantity(min_v),
        max_v=unknown(SOURCE) if max_v is None else quantity(max_v),
    )


def random_quantity(rng: np.random.Generator, low: float, high: float) -> Quantity:
    """A value of any magnitude between the two, with a spread around it."""
    value = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return quantity(value, value * float(rng.uniform(0.6, 1.0)), value * float(rng.uniform(1.0, 1.6)))


def random_node(rng: np.random.Generator) -> Node:
    """Runs at over a milliampere and sleeps below one; a spread everywhere."""
    law = LAWS[int(rng.integers(len(LAWS)))]
    return Node(
        name="random-node",
        latency_ms=random_quantity(rng, 0.1, 2_000.0),
        active=Draw(law, random_quantity(rng, 2.0, 60.0), float(rng.uniform(1, 4))),
        sleep_ua=random_quantity(rng, 0.1, 200.0),
        wake_ms=random_quantity(rng, 0.001, 20.0),
        min_v=quantity(0.3),
        max_v=quantity(60.0),
    )


def random_duty(rng: np.random.Generator) -> DutyCycle:
    """A period in which `random_node` has time at every end of its spreads."""
    return DutyCycle(
        every_s=float(np.exp(rng.uniform(np.log(4.0), np.log(10_000.0)))),
        sensor_uj=float(rng.uniform(0, 500)),
        radio_uj=float(rng.uniform(0, 5_000)),
    )


def random_supply(rng: np.random.Generator, series: int | None = None) -> Supply:
    """Every kind of regulator, a spread everywhere, and half of the cells give less at higher currents."""
    mean = random_quantity(rng, 2.0, 3.0)
    rates = (RatedCharge(1.0, 100.0), RatedCharge(10.0, 80.0), RatedCharge(100.0, 40.0))
    capacity, loss = random_quantity(rng, 50.0, 3_000.0), random_quantity(rng, 0.01, 5.0)
    cell = replace(
        CELL,
        fresh_v=figure(6.0),
        mean_v=figure(mean.value, mean.low, mean.high),
        cutoff_v=figure(0.5),
        capacity_mah=figure(capacity.value, capacity.low, capacity.high),
        self_discharge_percent_per_month=figure(loss.value, loss.low, loss.high),
        rates=rates if rng.random() < 0.5 else (),
    )
    feeds = (
        Feed(),
        Feed("ldo", 0.4, quiescent_ua=1.5),
        Feed("buck", 0.4, 0.85, 2.0),
        Feed("boost", 8.0, 0.9, 3.0),
        Feed("buck-boost", 3.0, 0.8, 4.0),
    )
    feed = feeds[int(rng.integers(len(feeds)))]
    return Supply(cell, series or 1, feed, reserve=Quantity(0.15, "estimated", SOURCE, 0.1, 0.2))
