"""The life of a battery: sums worked by hand, and what must hold for all nodes, duty cycles and supplies."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.batteries import (
    CELL,
    SUPPLY,
    figure,
    node,
    quantity,
    random_duty,
    random_node,
    random_supply,
)

from edgeopt.board import load_board
from edgeopt.energy import (
    BatteryLife,
    DutyCycle,
    Feed,
    Node,
    Quantity,
    RatedCharge,
    Supply,
    average_mw,
    battery_life,
    load_cell,
    node_of,
    unknown,
)
from edgeopt.energy.flows import rate_factor
from edgeopt.errors import UsageError


def parts(life: BatteryLife) -> dict[str, float]:
    return {share.name: share.average_ua.at("value") for share in life.breakdown}


def test_a_life_worked_by_hand() -> None:
    """10 mA for 100 ms in 10 s, 5 uA in the other 9.9 s, 100 mAh."""
    life = battery_life(node(), DutyCycle(10.0), SUPPLY)
    assert parts(life) == pytest.approx(
        {"inference": 100.0, "wake": 0, "sensor": 0, "radio": 0, "sleep": 4.95, "regulator": 0, "self-discharge": 0}
    )
    assert life.average_ua.value == pytest.approx(104.95)
    assert life.average_mw.value == pytest.approx(104.95 * 2.5 / 1e3)
    assert life.days.value == pytest.approx(100.0 / 0.10495 / 24)
    assert (life.active_mw.value, life.energy_uj.value) == (25.0, 2500.0)
    assert life.days.kind == "estimated"


def test_sensor_radio_and_waking_up() -> None:
    """250 uJ at 2.5 V are 100 uC: 10 uA in 10 s; waking takes 50 ms of 10 mA: 50 uA."""
    life = battery_life(node(wake_ms=50.0), DutyCycle(10.0, sensor_uj=250.0, radio_uj=500.0), SUPPLY)
    found = parts(life)
    assert (found["sensor"], found["radio"], found["wake"]) == pytest.approx((10.0, 20.0, 50.0))
    assert found["sleep"] == pytest.approx(5.0 * 0.985)


def test_self_discharge_is_a_current() -> None:
    """7.305 % of 100 mAh a month of 730.5 h are 10 uA."""
    cell = replace(CELL, self_discharge_percent_per_month=figure(7.305))
    life = battery_life(node(), DutyCycle(10.0), replace(SUPPLY, cell=cell))
    assert parts(life)["self-discharge"] == pytest.approx(10.0)
    assert life.drain_ua.value == pytest.approx(114.95)
    assert life.average_ua.value == pytest.approx(104.95)
    assert life.days.value == pytest.approx(100e3 / 114.95 / 24)


def test_derating() -> None:
    supply = replace(SUPPLY, depth_of_discharge=0.9, temperature_factor=0.5, reserve=quantity(0.2, 0.1, 0.3))
    usable = battery_life(node(), DutyCycle(10.0), supply).usable_mah
    assert (usable.value, usable.low, usable.high) == pytest.approx((36.0, 31.5, 40.5))


def test_an_ldo_takes_the_nodes_current_and_its_own() -> None:
    life = battery_life(node(), DutyCycle(10.0), replace(SUPPLY, feed=Feed("ldo", 1.8, quiescent_ua=3.0)))
    assert parts(life)["inference"] == pytest.approx(100.0)
    assert parts(life)["regulator"] == 3.0
    assert life.active_mw.value == pytest.approx(18.0)


def test_a_buck_takes_the_nodes_power() -> None:
    """100 uA at 1.25 V are 50 uA at 2.5 V; 80 % efficiency makes a quarter more."""
    life = battery_life(
        node(sleep_ua=0.0, min_v=1.2), DutyCycle(10.0), replace(SUPPLY, feed=Feed("buck", 1.25, 0.8, quiescent_ua=2.0))
    )
    assert parts(life)["inference"] == pytest.approx(50.0)
    assert parts(life)["regulator"] == pytest.approx(12.5 + 2.0)


def test_a_boost_takes_more_current_than_the_node() -> None:
    life = battery_life(node(sleep_ua=0.0), DutyCycle(10.0), replace(SUPPLY, feed=Feed("boost", 3.3, 1.0)))
    assert parts(life)["inference"] == pytest.approx(100.0 * 3.3 / 2.5)


def test_a_part_with_a_switching_regulator_gains_nothing_from_a_lower_supply() -> None:
    direct = battery_life(node(law="power", sleep_ua=0.0), DutyCycle(10.0), SUPPLY)
    buck = replace(SUPPLY, feed=Feed("buck", 1.9))
    behind_buck = battery_life(node(law="power", sleep_ua=0.0), DutyCycle(10.0), buck)
    assert behind_buck.average_ua.value == pytest.approx(direct.average_ua.value)
    ldo = battery_life(node(law="current", sleep_ua=0.0), DutyCycle(10.0), buck)
    assert ldo.average_ua.value == pytest.approx(100.0 * 1.9 / 2.5)


def test_cells_in_series_double_the_voltage_and_not_the_charge() -> None:
    life = battery_life(node(max_v=6.0, law="power"), DutyCycle(10.0), replace(SUPPLY, series=2))
    assert parts(life)["inference"] == pytest.approx(50.0)
    assert life.usable_mah.value == pytest.approx(100.0)


def test_an_alkaline_cell_gives_less_at_higher_currents() -> None:
    cell = load_cell("AA")
    currents = (0.01, 50.0, 75.0, 100.0, 250.0, 500.0, 2_000.0)
    expected = [charge / 2900 for charge in (2900, 2900, 2800, 2700, 2300, 2000, 2000)]
    assert [rate_factor(cell, current) for current in currents] == pytest.approx(expected)
    assert rate_factor(load_cell("CR2032"), 500.0) == 1.0


def test_at_worst_the_current_of_the_burst_decides_what_the_cell_gives() -> None:
    cell = replace(CELL, rates=(RatedCharge(1.0, 100.0), RatedCharge(10.0, 60.0)))
    usable = battery_life(node(), DutyCycle(10.0), replace(SUPPLY, cell=cell)).usable_mah
    assert (usable.value, usable.low, usable.high) == pytest.approx((100.0, 60.0, 100.0))
    # 4 mA at 3 V are 6 mA out of 2.5 V with 80 %: (4 x 3 / 2.5 / 0.8)
    boost = replace(SUPPLY, cell=cell, feed=Feed("boost", out_v=3.0, efficiency=0.8))
    usable = battery_life(node(active_ma=4.0), DutyCycle(10.0), boost).usable_mah
    assert usable.low == pytest.approx(100.0 - 40.0 * (6.0 - 1.0) / 9.0)


LOADS: dict[str, Any] = {
    "active": lambda n, d, by: (replace(n, active=replace(n.active, milliamps=scaled(n.active.milliamps, by))), d),
    "latency": lambda n, d, by: (replace(n, latency_ms=scaled(n.latency_ms, by)), d),
    "wake": lambda n, d, by: (replace(n, wake_ms=scaled(n.wake_ms, by)), d),
    "sleep": lambda n, d, by: (replace(n, sleep_ua=scaled(n.sleep_ua, by)), d),
    "sensor": lambda n, d, by: (n, replace(d, sensor_uj=d.sensor_uj * by)),
    "radio": lambda n, d, by: (n, replace(d, radio_uj=d.radio_uj * by)),
    "rate": lambda n, d, by: (n, replace(d, every_s=d.every_s / by)),
}


def scaled(q: Quantity, by: float) -> Quantity:
    return quantity(q.at("value") * by, q.at("low") * by, q.at("high") * by)


@pytest.mark.parametrize("load", LOADS)
def test_days_fall_when_a_load_rises(load: str, rng: np.random.Generator) -> None:
    for _ in range(60):
        n, duty, supply = random_node(rng), random_duty(rng), random_supply(rng)
        more_n, more_duty = LOADS[load](n, duty, float(rng.uniform(1.01, 1.2)))
        before, after = battery_life(n, duty, supply).days, battery_life(more_n, more_duty, supply).days
        for end in ("low", "value", "high"):
            assert after.at(end) < before.at(end), (load, end)


def test_the_parts_are_the_whole(rng: np.random.Generator) -> None:
    for _ in range(200):
        life = battery_life(random_node(rng), random_duty(rng), random_supply(rng))
        assert sum(share.fraction for share in life.breakdown) == pytest.approx(1.0, rel=1e-12)
        assert sum(parts(life).values()) == pytest.approx(life.drain_ua.at("value"), rel=1e-12)
        assert all(share.fraction >= 0 for share in life.breakdown)
        assert sum(parts(life).values()) - parts(life)["self-discharge"] == pytest.approx(life.average_ua.value)


def sample(q: Quantity, rng: np.random.Generator) -> Quantity:
    return quantity(float(rng.uniform(q.at("low"), q.at("high"))))


def a_case_within(n: Node, supply: Supply, rng: np.random.Generator) -> tuple[Node, Supply]:
    """A node and a supply whose figures lie within the spreads of these, with no spread of their own."""
    law = n.active.law if n.active.law != "either" else ("current", "power")[int(rng.integers(2))]
    inner = replace(
        n,
        latency_ms=sample(n.latency_ms, rng),
        active=replace(n.active, law=law, milliamps=sample(n.active.milliamps, rng)),
        sleep_ua=sample(n.sleep_ua, rng),
        wake_ms=sample(n.wake_ms, rng),
    )
    names = ("mean_v", "capacity_mah", "self_discharge_percent_per_month")
    figures = {name: getattr(supply.cell, name) for name in names}
    drawn = {name: figure(float(rng.uniform(one.low, one.high))) for name, one in figures.items()}
    return inner, replace(supply, cell=replace(supply.cell, **drawn), reserve=sample(supply.reserve, rng))


def test_whatever_the_figures_are_within_their_spreads_the_result_is_within_its_own(rng: np.random.Generator) -> None:
    for _ in range(150):
        n, duty, supply = random_node(rng), random_duty(rng), random_supply(rng)
        whole = battery_life(n, duty, supply)
        for _ in range(5):
            one = battery_life(*[(*a_case_within(n, supply, rng), duty)[i] for i in (0, 2, 1)])
            for name in ("days", "average_ua", "average_mw", "drain_ua", "usable_mah", "energy_uj", "active_mw"):
                inner, outer = getattr(one, name).at("value"), getattr(whole, name)
                assert outer.at("low") * (1 - 1e-9) <= inner <= outer.at("high") * (1 + 1e-9), name


def test_a_node_that_sleeps_worse_than_it_runs_is_drained_most_by_the_shortest_inference() -> None:
    """1 mA running, 5 mA asleep: 1 s of 10 s costs 4.6 mA, 3 s cost 3.8 mA."""
    odd = replace(node(active_ma=1.0, sleep_ua=5_000.0), latency_ms=quantity(2_000.0, 1_000.0, 3_000.0))
    average = battery_life(odd, DutyCycle(10.0), SUPPLY).average_ua
    assert (average.low, average.value, average.high) == pytest.approx((3_800.0, 4_200.0, 4_600.0))


def test_the_law_of_the_period_is_what_is_computed(rng: np.random.Generator) -> None:
    for _ in range(60):
        n, duty, supply = random_node(rng), random_duty(rng), random_supply(rng)
        supply = replace(supply, cell=replace(supply.cell, rates=()))
        law = battery_life(n, duty, supply).law
        assert law is not None
        for every_s in (duty.every_s, 7.0, 3_600.0):
            drain = battery_life(n, replace(duty, every_s=every_s), supply).drain_ua.value
            assert drain == pytest.approx(law.constant_ua + law.event_uc / every_s, rel=1e-9)


def test_average_power_needs_no_battery() -> None:
    board = load_board("nucleo-l4r5zi")
    duty = DutyCycle(1.0, wake_ms=0.0)
    n = node_of(board, quantity(1000.0), duty)
    power = average_mw(n, duty, Feed(), 3.0)
    active = board.power.active_ma
    assert (power.value, power.low, power.high) == pytest.approx(
        tuple(3.0 * (one or 0) for one in (active.value, active.low, active.high))
    ), "always on: the active power"


def test_what_is_unknown_stays_so_and_the_rest_is_told() -> None:
    board = load_board("nucleo-f446re")
    life = battery_life(node_of(board, quantity(50.0), DutyCycle(10.0)), DutyCycle(10.0), Supply(load_cell("CR2032")))
    assert life.latency_ms.value == 50.0
    assert life.days.value is None and life.breakdown == () and life.law is None
    assert "active current of nucleo-f446re is unknown" in life.days.source and "--active-ma" in life.days.source
    without_sleep = replace(node(), sleep_ua=unknown("asleep: unknown"))
    assert "--sleep-ua" in battery_life(without_sleep, DutyCycle(10.0), SUPPLY).days.source
    no_latency = replace(node(), latency_ms=unknown("no cycle model"))
    assert "--latency-ms" in battery_life(no_latency, DutyCycle(10.0), SUPPLY).days.source


def test_what_is_left_out_is_said() -> None:
    board = load_board("nrf52840-dk")
    assert board.power.active_ma.kind != "measured"
    board = replace(board, power=replace(board.power, wake_us=figure(None)))
    life = battery_life(node_of(board, quantity(5.0), DutyCycle(10.0)), DutyCycle(10.0), SUPPLY)
    told = " ".join(life.assumptions)
    assert "waking up: unknown, left out" in told
    assert "not measured of an inference" in told
    plain_cell = replace(CELL, self_discharge_percent_per_month=figure(None))
    told = " ".join(battery_life(node(), DutyCycle(10.0), replace(SUPPLY, cell=plain_cell)).assumptions)
    assert "self-discharge: unknown, left out" in told


@pytest.mark.parametrize(
    ("changes", "duty", "supply", "message"),
    [
        ({}, DutyCycle(0.05), SUPPLY, "a period of 0.05 s is shorter than the inference of 100 ms on test-node"),
        ({"wake_ms": 20.0}, DutyCycle(0.11), SUPPLY, "and 20 ms to wake up"),
        ({"max_v": 2.9}, DutyCycle(10.0), SUPPLY, "gives 3 V, above the 2.9 V that test-node stands"),
        ({"min_v": 2.2}, DutyCycle(10.0), SUPPLY, "falls to 2 V, below the 2.2 V that test-node needs"),
        ({}, DutyCycle(10.0), replace(SUPPLY, series=2), "2xtest-cell without a regulator gives 6 V"),
        ({}, DutyCycle(10.0), replace(SUPPLY, feed=Feed("ldo", 1.9, dropout_v=0.2)), "this ldo needs 2.1 V for 1.9 V"),
        ({}, DutyCycle(10.0), replace(SUPPLY, feed=Feed("buck", 2.5)), "falls to 2 V, but this buck needs 2.5 V"),
        ({}, DutyCycle(10.0), replace(SUPPLY, feed=Feed("boost", 2.8)), "above the 2.8 V that a boost makes"),
        ({}, DutyCycle(10.0), replace(SUPPLY, feed=Feed("boost", 3.3, min_in_v=2.1)), "starts at 2.1 V"),
        ({}, DutyCycle(10.0), replace(SUPPLY, feed=Feed("buck-boost", 5.0)), "the buck-boost makes 5 V, above the 3.6"),
        ({}, DutyCycle(10.0), replace(SUPPLY, feed=Feed("ldo", 1.2)), "the ldo makes 1.2 V, below the 1.8 V"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, float], duty: DutyCycle, supply: Supply, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        battery_life(node(**changes), duty, supply)  # type: ignore[arg-type]
    assert message in caught.value.message and caught.value.hint
