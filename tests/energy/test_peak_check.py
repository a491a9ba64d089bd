"""The peak check, V_open - I_peak R >= V_min, and the capacitor that carries a burst, worked by hand."""

from dataclasses import replace

import pytest
from support.batteries import CELL, SUPPLY, figure, node, quantity

from edgeopt.energy import Capacitor, DutyCycle, Feed, Node, PeakCheck, Supply, battery_life, unknown

DUTY = DutyCycle(10.0)


def check(
    active_ma: float = 2.0, duty: DutyCycle = DUTY, supply: Supply = SUPPLY, min_v: float | None = 1.8
) -> PeakCheck:
    return battery_life(node(active_ma=active_ma, min_v=min_v), duty, supply).peak


def test_voltage_under_the_peak_of_fresh_and_spent_cells() -> None:
    """3 V - 2 mA x 10 ohm = 2.98 V fresh, 2 V - 2 mA x 50 ohm = 1.9 V spent; 1.8 V are needed."""
    found = check()
    assert [state.under_load_v.value for state in found.states] == pytest.approx([2.98, 1.9])
    assert [state.verdict for state in found.states] == ["holds", "holds"]
    assert found.verdict == "holds"
    found = check(active_ma=10.0)
    assert [state.verdict for state in found.states] == ["holds", "fails"]
    assert found.verdict == "fails"


def test_cells_in_series_have_both_voltages_and_both_resistances() -> None:
    life = battery_life(node(active_ma=2.0, max_v=6.0), DUTY, replace(SUPPLY, series=2))
    assert [state.under_load_v.value for state in life.peak.states] == pytest.approx([5.96, 3.8])


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(40.0, 90.0, "holds"), (40.0, 110.0, "depends"), (110.0, 200.0, "fails")]
)
def test_the_spread_of_the_resistance_decides(low: float, high: float, verdict: str) -> None:
    """At 2 mA 100 ohm are the most between 2 V and 1.8 V."""
    cell = replace(CELL, spent_ohm=figure((low + high) / 2, low, high))
    assert check(supply=replace(SUPPLY, cell=cell)).states[1].verdict == verdict


def test_what_is_not_known_is_not_judged() -> None:
    assert check(min_v=None).verdict == "unknown"
    assert check(supply=replace(SUPPLY, cell=replace(CELL, spent_ohm=figure(None)))).verdict == "unknown"
    found = check(supply=replace(SUPPLY, cell=replace(CELL, cutoff_v=figure(None))))
    assert (found.states[0].verdict, found.states[1].verdict) == ("holds", "unknown")
    assert found.capacitor.smallest_uf.value is None


def test_a_load_of_constant_power_draws_most_at_the_least_voltage() -> None:
    life = battery_life(node(active_ma=2.0, at_v=3.6, law="power"), DUTY, SUPPLY)
    assert life.peak_ma.value == pytest.approx(4.0), "7.2 mW at 1.8 V"
    assert life.peak_mw.value == pytest.approx(7.2)


def test_the_peak_that_is_given_counts_where_it_is_the_larger() -> None:
    life = battery_life(node(), replace(DUTY, peak_ma=15.0, peak_ms=2.0), SUPPLY)
    assert (life.peak_ma.value, life.peak_mw.value) == pytest.approx((15.0, 45.0))  # 15 mA at 3 V, full
    life = battery_life(node(), replace(DUTY, peak_ma=3.0, peak_ms=2.0), SUPPLY)
    assert life.peak_ma.value == 10.0


def test_a_regulator_needs_its_own_least_input() -> None:
    """A buck to 1.8 V with 0.1 V of drop-out needs 1.9 V, and draws 10 mA x 1.8 / (1.9 x 0.9) there."""
    life = battery_life(node(), DUTY, replace(SUPPLY, feed=Feed("buck", 1.8, 0.9, 0.0, 0.1)))
    assert life.peak.needed_v.value == pytest.approx(1.9)
    assert life.peak_ma.value == pytest.approx(10.0 * 1.8 / (1.9 * 0.9))
    thirsty = battery_life(node(), DUTY, replace(SUPPLY, feed=Feed("ldo", 1.8, quiescent_ua=500.0)))
    assert thirsty.peak_ma.value == pytest.approx(10.5)
    boosted = battery_life(node(), DUTY, replace(SUPPLY, feed=Feed("boost", 3.3, 0.9, min_in_v=0.8)))
    assert boosted.peak.needed_v.value == 0.8
    unknown_input = battery_life(node(), DUTY, replace(SUPPLY, feed=Feed("boost", 3.3, 0.9)))
    assert unknown_input.peak.verdict == "unknown"


def test_the_smallest_capacitor() -> None:
    """10 mA for 100 ms are 1000 uC; from 2 V to 1.8 V that is 5000 uF."""
    found = check(active_ma=10.0).capacitor
    assert found.burst_uc.value == pytest.approx(1000.0)
    assert found.smallest_uf.value == pytest.approx(5000.0)
    assert found.recharge_ma.value == pytest.approx(1000.0 / 9900.0)
    assert found.refills == "holds"


def test_a_peak_after_the_inference_comes_on_top() -> None:
    found = check(active_ma=10.0, duty=replace(DUTY, peak_ma=20.0, peak_ms=5.0)).capacitor
    assert found.burst_uc.value == pytest.approx(1100.0)


@pytest.mark.parametrize(("microfarads", "verdict"), [(4_990.0, "fails"), (5_010.0, "holds")])
def test_a_capacitor_that_is_given_decides(microfarads: float, verdict: str) -> None:
    found = check(active_ma=10.0, supply=replace(SUPPLY, capacitor=Capacitor(microfarads)))
    assert found.states[1].verdict == "fails"
    assert (found.capacitor.verdict, found.verdict) == (verdict, verdict)


def test_the_series_resistance_of_the_capacitor_takes_its_share() -> None:
    """10 mA x 10 ohm = 0.1 V of the 0.2 V."""
    supply = replace(SUPPLY, capacitor=Capacitor(10_000.0, esr_ohm=10.0))
    found = check(active_ma=10.0, supply=supply).capacitor
    assert found.smallest_uf.value == pytest.approx(10_000.0)
    assert found.droop_v.value == pytest.approx(0.2)
    hopeless = check(active_ma=10.0, supply=replace(supply, capacitor=Capacitor(10_000.0, esr_ohm=20.0))).capacitor
    assert hopeless.smallest_uf.value is None and "no capacitor helps" in hopeless.smallest_uf.source


def test_a_capacitor_that_is_not_refilled() -> None:
    """More than the 1 mA that the cell gives for long; or five time constants longer than the pause."""
    assert check(active_ma=10.0, duty=DutyCycle(0.5)).capacitor.refills == "fails"
    slow = replace(SUPPLY, capacitor=Capacitor(100_000.0))
    found = battery_life(node(active_ma=2.0), DutyCycle(10.0), slow)
    assert found.peak.capacitor.refills == "fails", "5 x 50 ohm x 0.1 F are 25 s"
    assert any("not refilled" in warning for warning in found.warnings)
    assert check(active_ma=2.0, duty=DutyCycle(0.1)).capacitor.refills == "fails", "no pause at all"


def test_warnings_say_what_helps() -> None:
    life = battery_life(node(), replace(DUTY, radio_uj=100.0), SUPPLY)
    told = " ".join(life.warnings)
    assert "a capacitor of 5,000 uF or more would carry the burst" in told
    assert "the radio's peak current is not in the peak check" in told
    assert "fall to 1.5 V" in told
    pulse = replace(DUTY, peak_ma=15.0, peak_ms=8.0)
    forgotten = "the energy of the given peak is not in the days"
    assert forgotten in " ".join(battery_life(node(), pulse, SUPPLY).warnings)
    assert forgotten not in " ".join(battery_life(node(), replace(pulse, radio_uj=300.0), SUPPLY).warnings)


def test_what_is_missing_for_the_check_is_named() -> None:
    def told(n: Node, supply: Supply = SUPPLY) -> str:
        return " ".join(text for text in battery_life(n, DUTY, supply).warnings if "is not known: " in text)

    assert told(node()) == ""
    assert "--min-v adds it" in told(node(min_v=None))
    assert "--min-in-v adds it" in told(node(), replace(SUPPLY, feed=Feed("buck-boost", out_v=3.0)))
    assert "the resistance of a spent test-cell is unknown" in told(
        node(), replace(SUPPLY, cell=replace(CELL, spent_ohm=figure(None)))
    )
    timeless = replace(node(), latency_ms=unknown("it took no time"))
    assert "it took no time" in told(timeless, replace(SUPPLY, capacitor=Capacitor(100.0)))


def test_pulses_are_spoken_of_where_they_exceed_what_the_cell_gives_for_long() -> None:
    cell = replace(CELL, pulse_note="pulses cost charge")
    supply = replace(SUPPLY, cell=cell)
    assert "not in the days: pulses cost charge" in battery_life(node(), DUTY, supply).warnings
    quiet = battery_life(node(active_ma=0.9, sleep_ua=1.0), DUTY, supply)
    assert not any("pulses" in warning for warning in quiet.warnings)


def test_the_peak_power_is_that_of_full_cells() -> None:
    """The same current at 3 V as at 2.5 V; a part that draws the same power does not care."""
    assert battery_life(node(), DUTY, SUPPLY).peak_mw.value == pytest.approx(30.0)
    assert battery_life(node(law="power"), DUTY, SUPPLY).peak_mw.value == pytest.approx(25.0)
    regulated = replace(SUPPLY, feed=Feed("ldo", out_v=1.8))
    assert battery_life(node(), DUTY, regulated).peak_mw.value == pytest.approx(18.0)


def test_more_than_the_maker_allows_as_a_pulse() -> None:
    def told(active_ma: float, supply: Supply) -> bool:
        words = battery_life(node(active_ma=active_ma), DUTY, supply).warnings
        return any("than the maker of test-cell allows as a pulse (10 mA)" in text for text in words)

    assert told(10.1, SUPPLY) and not told(9.9, SUPPLY)
    assert not told(10.1, replace(SUPPLY, capacitor=Capacitor(1e6))), "the capacitor gives it"


def test_a_voltage_is_never_below_zero() -> None:
    spent = check(active_ma=500.0).states[1]
    assert (spent.under_load_v.value, spent.verdict) == (0.0, "fails")


def test_more_than_a_cell_gives_for_long() -> None:
    life = battery_life(node(active_ma=50.0), DutyCycle(1.0), SUPPLY)
    assert any("5 mA on average is more than test-cell gives for long (1 mA)" in warning for warning in life.warnings)
    assert life.peak.continuous_ma == replace(quantity(1.0), source="the test (measured)")
