"""budget.toml: what is read, and that everything else is refused with the file and the key."""

from pathlib import Path

import pytest

from edgeopt.budget import RULES, load_budget
from edgeopt.errors import UsageError

CYCLE = '[duty_cycle]\nevery_s = 60\ncell = "CR2032"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "budget.toml"


def test_limits_are_read_in_the_order_of_the_rules(file: Path) -> None:
    file.write_text("latency_ms = 2.5\nflash_bytes = 100_000\naccuracy = 0.9\npeak_mw = 15\n")
    limits = load_budget(file).limits
    assert list(limits.items()) == [("flash_bytes", 100_000), ("latency_ms", 2.5), ("peak_mw", 15), ("accuracy", 0.9)]


def test_the_duty_cycle_is_read(file: Path) -> None:
    file.write_text("average_mw = 1\n[duty_cycle]\nevery_s = 10\nsensor_uj = 50\ncell = '2xAA'\n")
    use = load_budget(file).use
    assert use is not None and use.supply is not None
    assert (use.duty.every_s, use.duty.sensor_uj, use.supply.name) == (10, 50, "2xAA")


def test_an_empty_budget_has_no_limits(file: Path) -> None:
    file.write_text("")
    assert not load_budget(file).limits


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flash_byte = 1", "`flash_byte` is unknown; did you mean `flash_bytes`?"),
        ("power_mw = 15", "`power_mw` is unknown; did you mean `peak_mw`?"),
        ("memory = 1", "`memory` is unknown"),
        ("flash_bytes = 0", "`flash_bytes` is 0; it must lie in 1..4294967296"),
        ("flash_bytes = 100.5", "`flash_bytes` must be an integer, not 100.5"),
        ("flash_bytes = 1e5", "`flash_bytes` must be an integer"),
        ("ram_bytes = -4", "`ram_bytes` is -4"),
        ("ram_bytes = 0x" + "f" * 9, "`ram_bytes` is 68719476735"),
        ("latency_ms = nan", "`latency_ms` is nan"),
        ("latency_ms = inf", "`latency_ms` is inf"),
        ("latency_ms = true", "`latency_ms` must be a number, not True"),
        ("latency_ms = 1" + "0" * 400, "`latency_ms` is 1000"),
        ("latency_ms = 0x" + "f" * 6_000, "`latency_ms` is a number of thousands of digits"),
        ("latency_ms = 1" + "0" * 5_000, "not a TOML file"),
        ('peak_mw = "5"', "`peak_mw` must be a number, not '5'"),
        ("peak_mw = [1]", "`peak_mw` must be a number"),
        ("[peak_mw]\nvalue = 1", "`peak_mw` must be a number"),
        ("accuracy = 95", "`accuracy` is 95; it must lie in 1e-06..1.0"),
        ("battery_days = 1e9", "`battery_days` is 1000000000.0"),
        ("flash_bytes", "not a TOML file"),
        ("flash_bytes = 1\nflash_bytes = 2", "not a TOML file"),
        ("x = " + "[" * 3_000 + "]" * 3_000, "not a TOML file"),
        ("#" * 70_000, "larger than 65536 bytes"),
        ("average_mw = 1", "`average_mw` needs to know how the network is used: add `every_s` to [duty_cycle]"),
        (
            "battery_days = 1\n[duty_cycle]\nevery_s = 1",
            "`battery_days` needs to know how the network is used: add `cell`",
        ),
        ("duty_cycle = 1", "`duty_cycle` must be a table"),
        ("[[duty_cycle]]\nevery_s = 1", "`duty_cycle` must be a table"),
        ("[duty_cycle]\ncell = 'AA'", "[duty_cycle]: `every_s` is missing"),
        ("[duty_cycle]\nevery_s = 0", "[duty_cycle]: `every_s` is 0"),
        ("[duty_cycle]\nevery_s = -1", "[duty_cycle]: `every_s` is -1"),
        ("[duty_cycle]\nevery_s = '10s'", "[duty_cycle]: `every_s` must be a number"),
        ("[duty_cycle]\nevery_s = 1\nevery_ms = 1", "[duty_cycle]: `every_ms` is unknown"),
        ("[duty_cycle]\nevery_s = 1\ncell = 'CR2033'", "no cell is called `CR2033`"),
        (
            "[duty_cycle]\nevery_s = 1\ncell = 'CR2032'\nregulator = 'ldo'\nout_v = 3.3\nquiescent_ua = 1",
            "[duty_cycle]: CR2032 falls to 2 V",
        ),
        ("[duty_cycle]\nevery_s = 1\npeak_ma = 20", "[duty_cycle]: `peak_ma`"),
        ("[duty_cycle]\nevery_s = 1\nsensor_uj = nan", "[duty_cycle]: `sensor_uj` is nan"),
        ("[duty_cycle]\nevery_s = 1" + "0" * 400, "[duty_cycle]: `every_s`"),
        ("[duty_cycle]\nevery_s = [[[1]]]", "[duty_cycle]: `every_s` must be a number"),
        ("[duty_cycle]\nevery_s = 0x" + "f" * 6_000, "[duty_cycle]: `every_s`"),
        ("[duty_cycle.every_s]\nx = 1", "[duty_cycle]: `every_s` must be a number"),
    ],
)
def test_a_wrong_file_is_refused(text: str, message: str, file: Path) -> None:
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_budget(file)
    assert message in caught.value.message
    assert str(file) in caught.value.message and "\n" not in caught.value.message
    assert caught.value.hint


def test_bytes_that_are_no_text_are_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00flash_bytes")
    with pytest.raises(UsageError, match="not a TOML file"):
        load_budget(file)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_budget(tmp_path / "absent.toml")


def test_every_rule_has_a_range(file: Path) -> None:
    for rule in RULES:
        assert 0 < rule.low < rule.high
        low = round(rule.low) if rule.whole else rule.low
        file.write_text(f"{rule.name} = {low}\n" + (CYCLE if rule.needs else ""))
        assert load_budget(file).limits == {rule.name: low}
