"""Which limits are broken, by how much, and that the unknown does not pass."""

import pytest

from edgeopt.budget import Breach, Budget, broken, judge
from edgeopt.energy import Quantity, unknown


def estimated(value: float) -> Quantity:
    return Quantity(value, "estimated", "a formula")


def test_a_result_at_the_limit_keeps_it() -> None:
    budget = Budget({"flash_bytes": 1000, "battery_days": 30})
    figures = {"flash_bytes": estimated(1000), "battery_days": estimated(30)}
    assert broken(budget, figures) == ()
    assert [one.state for one in judge(budget, figures)] == ["kept", "kept"]


def test_the_excess_is_told_with_its_unit_and_label() -> None:
    budget = Budget({"flash_bytes": 1_000_000, "latency_ms": 10.0, "battery_days": 30})
    figures = {"flash_bytes": estimated(1_000_001), "latency_ms": estimated(9.5), "battery_days": estimated(28)}
    flash, days = broken(budget, figures)
    assert flash == Breach("flash_bytes", 1_000_000, "B", 1_000_001, 1, "estimated", "a formula")
    assert str(flash) == "flash_bytes is 1,000,001 B (estimated), 1 B above the limit of 1,000,000 B"
    assert (days.limit, days.actual, days.excess) == (30, 28, 2)
    assert str(days) == "battery_days is 28 days (estimated), 2 days below the limit of 30 days"


def test_accuracy_is_told_in_per_cent() -> None:
    (breach,) = broken(Budget({"accuracy": 0.95}), {"accuracy": Quantity(0.932, "simulated", "1,000 samples")})
    assert str(breach) == "accuracy is 93.2 % (simulated), 1.8 points below the limit of 95 %"


@pytest.mark.parametrize("figures", [{}, {"energy_uj": unknown("no current")}])
def test_what_is_unknown_is_not_kept(figures: dict[str, Quantity]) -> None:
    (breach,) = broken(Budget({"energy_uj": 5.0}), figures)
    assert (breach.actual, breach.excess, breach.kind) == (None, None, "unknown")
    assert str(breach).startswith("energy_uj is unknown (") and str(breach).endswith("the limit is 5 uJ")


def test_what_another_verb_judges_stays_open() -> None:
    (judged,) = judge(Budget({"accuracy": 0.9}), {}, later=("accuracy",))
    assert "deploy" in judged.state
    assert broken(Budget({"accuracy": 0.9}), {}, later=("accuracy",)) == ()
    assert len(broken(Budget({"accuracy": 0.9}), {"accuracy": estimated(0.8)}, later=("accuracy",))) == 1


def test_a_spread_that_crosses_the_limit_is_told() -> None:
    figures = {"peak_mw": Quantity(14.0, "estimated", "two sources", low=12.0, high=16.0)}
    (judged,) = judge(Budget({"peak_mw": 15.0}), figures)
    assert judged.state == "kept, but not over the whole spread"
    assert broken(Budget({"peak_mw": 15.0}), figures) == ()
    assert len(broken(Budget({"peak_mw": 13.0}), figures)) == 1


def test_no_limit_no_breach() -> None:
    assert broken(Budget(), {"flash_bytes": estimated(1e12)}) == ()
