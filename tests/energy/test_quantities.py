"""Quantities with a spread, the laws of supply voltages, and times: what every formula is built from."""

import json

import numpy as np
import pytest
from support.batteries import figure, quantity

from edgeopt.board import load_board
from edgeopt.energy import (
    Draw,
    Quantity,
    constant_power,
    draw_mw,
    draw_of,
    energy_uj,
    latency_at,
    parse_duration,
    power_mw,
    quantity_of,
    spread,
    unknown,
)
from edgeopt.errors import UsageError
from edgeopt.report.document import plain


def test_a_spread_lies_around_its_value() -> None:
    both = Quantity(2.0, "estimated", "x", 1.0, 3.0)
    assert (both.at("low"), both.at("value"), both.at("high")) == (1.0, 2.0, 3.0)
    alone = Quantity(2.0, "estimated", "x")
    assert (alone.at("low"), alone.at("high")) == (2.0, 2.0)
    assert json.loads(json.dumps(plain(alone))) == {
        "value": 2.0,
        "kind": "estimated",
        "source": "x",
        "low": None,
        "high": None,
    }


@pytest.mark.parametrize(("value", "low", "high"), [(2.0, 2.5, 3.0), (2.0, 1.0, 1.5), (None, 1.0, 2.0)])
def test_a_spread_that_cannot_be(value: float | None, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="spread"):
        Quantity(value, "unknown" if value is None else "estimated", "x", low, high)


def test_what_is_unknown_has_no_ends() -> None:
    with pytest.raises(ValueError, match="nobody looked"):
        unknown("nobody looked").at("low")


def test_ends_come_in_any_order_and_equal_ones_are_none() -> None:
    assert spread((2.0, 3.0, 1.0), "estimated", "x") == Quantity(2.0, "estimated", "x", 1.0, 3.0)
    assert spread((2.0, 2.0, 2.0), "estimated", "x") == Quantity(2.0, "estimated", "x")
    assert spread((2.0, 1.0, float("inf")), "estimated", "x") == Quantity(2.0, "estimated", "x", 1.0, None)


def test_a_product_lies_between_the_products_of_the_ends(rng: np.random.Generator) -> None:
    latency, power = quantity(5.0, 4.0, 7.0), quantity(20.0, 15.0, 30.0)
    energy = energy_uj(latency, power)
    assert (energy.value, energy.low, energy.high) == (100.0, 60.0, 210.0)
    for _ in range(100):
        product = rng.uniform(4.0, 7.0) * rng.uniform(15.0, 30.0)
        assert energy.at("low") <= product <= energy.at("high")


@pytest.mark.parametrize(
    ("law", "volts", "milliamps", "milliwatts"),
    [("current", 1.8, 10.0, 18.0), ("power", 1.8, 16.666667, 30.0), ("current", 3.0, 10.0, 30.0)],
)
def test_an_ldo_part_draws_the_same_current_and_an_smps_part_the_same_power(
    law: str, volts: float, milliamps: float, milliwatts: float
) -> None:
    draw = Draw(law, quantity(10.0), 3.0)  # type: ignore[arg-type]
    assert draw.ma(volts) == pytest.approx(milliamps)
    assert draw_mw(draw, volts).value == pytest.approx(milliwatts)


@pytest.mark.parametrize("volts", [1.8, 3.0, 3.6])
def test_a_part_of_unknown_regulator_has_both_laws_in_its_spread(volts: float) -> None:
    either = Draw("either", quantity(10.0, 9.0, 12.0), 3.0)
    for law in ("current", "power"):
        one = Draw(law, quantity(10.0, 9.0, 12.0), 3.0)  # type: ignore[arg-type]
        for end in ("low", "value", "high"):
            assert either.ma(volts, "low") <= one.ma(volts, end) <= either.ma(volts, "high")  # type: ignore[arg-type]
    assert either.ma(volts) == 10.0


def test_a_given_power_is_the_same_at_every_supply() -> None:
    assert [constant_power(quantity(36.0)).ma(volts) for volts in (1.8, 3.6)] == [20.0, 10.0]


def test_cycles_become_milliseconds_at_a_clock() -> None:
    latency = latency_at(Quantity(1.2e6, "simulated", "counted", 1.1e6, 1.3e6), 120e6)
    assert (latency.value, latency.low, latency.high, latency.kind) == (10.0, 1.1e6 / 120e3, 1.3e6 / 120e3, "simulated")
    assert latency_at(unknown("no model"), 120e6) == unknown("no model")


def test_power_of_a_board_says_what_its_figure_is() -> None:
    board = load_board("nucleo-l4r5zi")
    active, volts = board.power.active_ma, board.power.supply_v.value
    assert active.value is not None and volts is not None and active.low is not None and active.high is not None
    power = power_mw(board)
    assert (power.value, power.low, power.high) == pytest.approx(
        (active.value * volts, active.low * volts, active.high * volts)
    )
    assert power.kind == "estimated" and active.source in power.source and active.kind in power.source
    assert board.power.regulator == "ldo"
    assert power_mw(board, volts / 2).value == pytest.approx(active.value * volts / 2)


def test_a_board_without_a_current_has_no_power() -> None:
    power = power_mw(load_board("nucleo-f446re"))
    assert (power.value, power.source) == (None, "the active current of nucleo-f446re is unknown")


def test_figures_keep_source_and_kind() -> None:
    assert quantity_of(figure(3.0, 2.0, 4.0), "x").source == "the test (measured)"
    assert quantity_of(figure(None), "the current") == unknown("the current is unknown")
    board = load_board("nucleo-l4r5zi")
    assert draw_of(board.power, figure(None), "that board").milliamps.value is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10.0), ("500ms", 0.5), ("5min", 300.0), ("1h", 3600.0), ("365d", 31_536_000.0), (" 1.5 H ", 5400.0)],
)
def test_times(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10", "`10` has no unit"),
        ("10 parsec", "no unit of time is called `parsec`"),
        ("", "is no time"),
        ("-5s", "is no time"),
        ("nan", "is no time"),
        ("1e3s", "is no time"),
        ("5m5s", "is no time"),
        ("9" * 400 + "h", "is longer than 100 years"),
        ("36526d", "is longer than 100 years"),
    ],
)
def test_what_is_no_time(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_duration(text)
    assert message in caught.value.message and "10s" in caught.value.hint


def test_a_board_with_a_switching_regulator_draws_the_same_power_at_another_supply() -> None:
    board = load_board("nucleo-u575zi-q")
    volts = board.power.supply_v.value
    assert board.power.regulator == "smps" and volts is not None
    low, high = power_mw(board, volts), power_mw(board, 1.5 * volts)
    assert low.value is not None and low.value == pytest.approx(high.value)
