"""Budget limits: which are broken, by how much, and that the unknown does not pass."""

from pathlib import Path

import pytest

from edgeopt.budget import Breach, Budget, broken, load_budget
from edgeopt.errors import UsageError


def test_a_result_at_the_limit_keeps_it() -> None:
    assert broken(Budget(flash_bytes=1000, battery_days=30), {"flash_bytes": 1000, "battery_days": 30}) == ()


def test_the_excess_is_told() -> None:
    budget = Budget(flash_bytes=1000, latency_ms=10.0, battery_days=30)
    found = broken(budget, {"flash_bytes": 1001, "latency_ms": 9.5, "battery_days": 28})
    assert found == (Breach("flash_bytes", 1000, 1001, 1), Breach("battery_days", 30, 28, 2))
    assert str(found[0]) == "flash_bytes is 1,001, 1 above the limit of 1,000"
    assert str(found[1]) == "battery_days is 28, 2 below the limit of 30"


@pytest.mark.parametrize("results", [{}, {"energy_uj": None}, {"energy_uj": float("nan")}])
def test_what_is_unknown_is_not_kept(results: dict[str, float | None]) -> None:
    found = broken(Budget(energy_uj=5.0), results)
    assert found == (Breach("energy_uj", 5.0, None, None),)
    assert str(found[0]) == "energy_uj is unknown, the limit is 5"


def test_no_limit_no_breach() -> None:
    assert broken(Budget(), {"flash_bytes": 1e12}) == ()


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "budget.toml"
    file.write_text("flash_bytes = 100_000\nlatency_ms = 2.5\n")
    assert load_budget(file) == Budget(flash_bytes=100_000, latency_ms=2.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flash = 1", "`flash` is unknown"),
        ("flash_bytes = 0", "`flash_bytes` must be a number above 0"),
        ("latency_ms = nan", "`latency_ms` must be a number above 0"),
        ("latency_ms = true", "`latency_ms` must be a number above 0"),
        ('power_mw = "5"', "`power_mw` must be a number above 0"),
        ("flash_bytes", "not a TOML file"),
    ],
)
def test_a_wrong_file_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "budget.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        load_budget(file)
    assert str(file) in caught.value.message


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_budget(tmp_path / "absent.toml")
