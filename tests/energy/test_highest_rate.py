"""The shortest period for a wanted life, and the clock settings beside each other."""

from dataclasses import replace

import numpy as np
import pytest
from support.batteries import CELL, SUPPLY, figure, node, quantity, random_duty, random_node, random_supply

from edgeopt.board import Board, ClockSetting, load_board
from edgeopt.energy import (
    DutyCycle,
    Quantity,
    battery_life,
    constant_power,
    highest_rate,
    latency_ms,
    node_of,
    race_to_idle,
    unknown,
)
from edgeopt.errors import UsageError


def test_a_rate_worked_by_hand() -> None:
    """100 mAh in 1000 h are 100 uA; 1000 uC - 5 uA x 0.1 s of an inference leave 95 uA for T = 999.5 / 95."""
    rate = highest_rate(node(), DutyCycle(1.0), SUPPLY, days=1000.0 / 24)
    assert rate.every_s.value == pytest.approx(999.5 / 95.0, rel=1e-12)
    assert rate.most_per_hour.value == pytest.approx(3600 * 95.0 / 999.5, rel=1e-12)
    assert rate.why == ""


def test_the_period_that_is_found_gives_exactly_the_life_that_is_wanted(rng: np.random.Generator) -> None:
    found = 0
    for _ in range(80):
        n, duty, supply = random_node(rng), random_duty(rng), random_supply(rng)
        rate = highest_rate(n, duty, supply, days=float(np.exp(rng.uniform(0, 7))))
        if rate.every_s.value is None or rate.why:
            continue
        found += 1
        life = battery_life(n, replace(duty, every_s=rate.every_s.value), supply)
        assert life.days.value == pytest.approx(rate.wanted_days, rel=1e-9)
        assert rate.every_s.at("low") <= rate.every_s.value <= rate.every_s.at("high")
        assert rate.most_per_hour.value == pytest.approx(3600 / rate.every_s.value)
    assert found > 20


def test_a_longer_life_needs_a_longer_period(rng: np.random.Generator) -> None:
    n, duty, supply = random_node(rng), random_duty(rng), random_supply(rng)
    lives = np.geomspace(0.5, 20_000.0, 30)
    rates = [highest_rate(n, duty, supply, float(days)) for days in lives]
    periods = [rate.every_s.value if rate.every_s.value is not None else float("inf") for rate in rates]
    assert periods == sorted(periods) and periods[0] < periods[-1]


def test_a_life_that_no_period_reaches() -> None:
    rate = highest_rate(node(sleep_ua=100.0), DutyCycle(1.0), SUPPLY, days=1000.0)
    assert rate.every_s.value is None and rate.most_per_hour.value is None
    assert rate.why == "test-cell lasts 42 days even without an inference"


def test_a_life_that_the_worst_figures_do_not_reach() -> None:
    unsure = replace(node(), sleep_ua=quantity(5.0, 1.0, 200.0))
    rate = highest_rate(unsure, DutyCycle(1.0), SUPPLY, days=1000.0 / 24)
    assert rate.every_s.high is None and rate.every_s.low is not None
    assert rate.most_per_hour.low == 0.0
    assert rate.why == "at the worst of the figures no period lasts that long"


def test_a_life_that_every_period_reaches() -> None:
    rate = highest_rate(node(wake_ms=20.0), DutyCycle(1.0), SUPPLY, days=0.1)
    assert rate.every_s.value == pytest.approx(0.12)
    assert "one inference after the other" in rate.why
    battery_life(node(wake_ms=20.0), DutyCycle(rate.every_s.at("value")), SUPPLY)


def test_what_is_unknown_gives_no_rate() -> None:
    rate = highest_rate(replace(node(), sleep_ua=unknown("no figure")), DutyCycle(1.0), SUPPLY, 100.0)
    assert rate.every_s.value is None and "--sleep-ua" in rate.every_s.source
    with pytest.raises(UsageError, match="test-node stands"):
        highest_rate(node(max_v=2.5), DutyCycle(1.0), SUPPLY, 100.0)


def board_of(settings: dict[int, float | None], main_ma: float, sleep_ua: float = 3.0) -> Board:
    """A board at 120 MHz with these other clocks: hertz -> milliamperes."""
    board = load_board("nucleo-l4r5zi")
    power = replace(
        board.power,
        regulator="ldo",
        supply_v=figure(3.0),
        active_ma=figure(main_ma),
        sleep_ua=figure(sleep_ua),
        wake_us=figure(None),
    )
    clocks = tuple(ClockSetting(hz, hz // 40_000_000, figure(ma), "the test") for hz, ma in settings.items())
    return replace(board, power=power, clock_hz=120_000_000, clock_settings=clocks)


CYCLES = Quantity(1.2e6, "simulated", "counted")


def test_racing_to_idle_wins_where_a_fast_clock_costs_less_a_cycle() -> None:
    """12 mA at 120 MHz is 0.1 mA a MHz, 5 mA at 40 MHz is 0.125."""
    rows = race_to_idle(board_of({40_000_000: 5.0}, main_ma=12.0), CYCLES, DutyCycle(1.0))
    assert [(row.hz, row.best) for row in rows] == [(120_000_000, True), (40_000_000, False)]
    fast, slow = rows
    assert (fast.latency_ms.value, slow.latency_ms.value) == pytest.approx((10.0, 30.0))
    assert (fast.active_mw.value, slow.active_mw.value) == pytest.approx((36.0, 15.0))
    assert fast.period_uj.value == pytest.approx(36.0 * 10.0 + 9e-3 * 990.0)
    assert slow.period_uj.value == pytest.approx(15.0 * 30.0 + 9e-3 * 970.0)
    assert fast.average_ua.value == pytest.approx(120.0 + 3.0 * 0.99)
    assert fast.days.value is None and fast.days.source == "no battery"
    assert fast.latency_ms.kind == slow.latency_ms.kind == "estimated", "one label a column"


def test_without_a_battery_a_given_power_is_at_the_boards_voltage() -> None:
    given = constant_power(quantity(36.0))
    fast, _ = race_to_idle(board_of({40_000_000: 5.0}, main_ma=12.0), CYCLES, DutyCycle(1.0), active=given)
    assert fast.period_uj.value == pytest.approx(36.0 * 10.0 + 9e-3 * 990.0)
    assert fast.average_ua.value == pytest.approx(120.0 + 3.0 * 0.99)


def test_wait_states_that_are_not_known_are_not_none_at_all() -> None:
    board = replace(board_of({40_000_000: 5.0}, main_ma=12.0), flash_timing=None)
    assert [row.wait_states for row in race_to_idle(board, CYCLES, DutyCycle(1.0))] == [None, 1]


def test_a_slow_clock_wins_where_it_costs_less_a_cycle() -> None:
    rows = race_to_idle(board_of({40_000_000: 3.0}, main_ma=12.0), CYCLES, DutyCycle(1.0))
    assert [row.best for row in rows] == [False, True]


def test_cycles_may_depend_on_the_setting() -> None:
    """Flash waits fewer cycles at a slower clock."""
    board = board_of({40_000_000: 5.0}, main_ma=12.0)
    rows = race_to_idle(
        board, CYCLES, DutyCycle(1.0), cycles_at=lambda setting: quantity(0.6e6 + 0.2e6 * setting.wait_states)
    )
    assert [row.latency_ms.value for row in rows] == pytest.approx([10.0, 20.0])
    assert [row.best for row in rows] == [False, True]
    assert "cycles of 120 MHz at every clock" in race_to_idle(board, CYCLES, DutyCycle(1.0))[1].note


def test_days_at_every_clock_are_those_of_the_battery() -> None:
    board, supply = board_of({40_000_000: 5.0}, main_ma=12.0), SUPPLY
    rows = race_to_idle(board, CYCLES, DutyCycle(1.0), supply)
    life = battery_life(node_of(board, latency_ms(CYCLES, board), DutyCycle(1.0)), DutyCycle(1.0), supply)
    assert (rows[0].days, rows[0].average_ua) == (life.days, life.average_ua)
    assert rows[1].days.at("value") < rows[0].days.at("value")


def test_settings_of_unknown_current_or_too_slow_a_clock_have_no_energy() -> None:
    rows = race_to_idle(board_of({40_000_000: None, 1_000_000: 0.2}, main_ma=12.0), CYCLES, DutyCycle(1.0), SUPPLY)
    fast, unclear, slow = rows
    assert unclear.period_uj.source == "the active current of nucleo-l4r5zi at 40 MHz is unknown"
    assert slow.period_uj.value is None and "shorter than the inference of 1200 ms" in slow.days.source
    assert not any(row.best for row in rows), "one figure alone is not the best"
    assert fast.period_uj.value is not None


def test_a_current_that_is_given_is_that_of_the_main_clock() -> None:
    from edgeopt.energy import Draw

    given = Draw("current", quantity(24.0), 1.0)
    rows = race_to_idle(board_of({40_000_000: 5.0}, main_ma=12.0), CYCLES, DutyCycle(1.0), SUPPLY, active=given)
    assert rows[0].active_mw.value == pytest.approx(24.0 * 2.5)
    assert rows[1].active_mw.value == pytest.approx(5.0 * 2.5)


def test_a_cell_that_gives_less_at_high_currents_is_bisected_too() -> None:
    from edgeopt.energy import RatedCharge

    cell = replace(CELL, rates=(RatedCharge(0.05, 100.0), RatedCharge(0.5, 50.0)))
    supply = replace(SUPPLY, cell=cell)
    rate = highest_rate(node(), DutyCycle(1.0), supply, days=20.0)
    assert battery_life(node(), DutyCycle(rate.every_s.at("value")), supply).days.value == pytest.approx(20.0)
    assert rate.every_s.at("value") > highest_rate(node(), DutyCycle(1.0), SUPPLY, days=20.0).every_s.at("value")
