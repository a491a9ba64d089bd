"""The keys of a duty cycle: each is read, and what is wrong, absurd or missing is told with its key."""

from typing import Any

import pytest

from edgeopt.energy import USE_KEYS, DutyCycle, Feed, load_cell, parse_use
from edgeopt.energy.use import NUMBERS
from edgeopt.errors import UsageError

EVERY: dict[str, object] = {"every_s": 10}


def test_a_duty_cycle_alone() -> None:
    use = parse_use({**EVERY, "wake_ms": 2, "sensor_uj": 30.5, "sleep_ua": 0, "peak_ma": 8, "peak_ms": 3, "min_v": 1.9})
    assert use.supply is None
    assert use.duty == DutyCycle(10.0, 2.0, 30.5, 0.0, 0.0, False, 8.0, 3.0, 1.9)


def test_a_supply_in_full() -> None:
    use = parse_use(
        {
            **EVERY,
            "cell": "2xAA",
            "regulator": "buck",
            "out_v": 1.8,
            "efficiency": 0.85,
            "quiescent_ua": 1,
            "dropout_v": 0.1,
            "capacitor_uf": 100,
            "esr_ohm": 0.2,
            "depth_of_discharge": 0.9,
            "temperature_factor": 0.8,
            "reserve": 0.05,
        }
    )
    supply = use.supply
    assert supply is not None and supply.capacitor is not None
    assert (supply.cell, supply.series, supply.name) == (load_cell("AA"), 2, "2xAA")
    assert supply.feed == Feed("buck", 1.8, 0.85, 1.0, 0.1)
    assert (supply.capacitor.microfarads, supply.capacitor.esr_ohm) == (100.0, 0.2)
    assert (supply.depth_of_discharge, supply.temperature_factor, supply.reserve.value) == (0.9, 0.8, 0.05)


def test_a_cell_of_given_figures() -> None:
    supply = parse_use({**EVERY, "capacity_mah": 1200, "cell_v": 3.6, "cutoff_v": 3.0, "cell_ohm": 0.2}).supply
    assert supply is not None
    cell = supply.cell
    assert (cell.capacity_mah.value, cell.mean_v.value, cell.fresh_v.value, cell.cutoff_v.value) == (
        1200,
        3.6,
        3.6,
        3.0,
    )
    assert (cell.fresh_ohm.value, cell.spent_ohm.value) == (0.2, 0.2)
    assert cell.self_discharge_percent_per_month.value is None


def test_a_known_cell_with_a_figure_changed() -> None:
    supply = parse_use({**EVERY, "cell": "AA", "capacity_mah": 2000, "self_discharge_percent_per_month": 1}).supply
    assert supply is not None
    assert (supply.cell.capacity_mah.value, supply.cell.capacity_mah.low) == (2000, None)
    assert supply.cell.rates == (), "the table is that of another charge"
    assert supply.cell.self_discharge_percent_per_month.value == 1
    assert supply.cell.mean_v == load_cell("AA").mean_v


ABSURD: dict[str, object] = {
    "nan": float("nan"),
    "inf": float("inf"),
    "negative": -1e-9,
    "large": 1e12,
    "truth": True,
    "text": "3",
    "none": None,
    "list": [],
    "huge": 10**400,
    "unprintable": -(10**5000),
}


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("value", ABSURD.values(), ids=ABSURD)
def test_a_number_that_cannot_be(key: str, value: object) -> None:
    with pytest.raises(UsageError) as caught:
        parse_use({**EVERY, key: value}, "b.toml: ")
    assert caught.value.message.startswith(f"b.toml: `{key}` ") and "\n" not in caught.value.message
    assert len(caught.value.message) < 200 and caught.value.hint


BUCK = {"cell": "CR2032", "regulator": "buck", "out_v": 1.8, "efficiency": 0.9, "quiescent_ua": 1}


def without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({}, "`every_s` is missing", "how long"),
        ({**EVERY, "every": 3}, "`every` is unknown", "did you mean `every_s`?"),
        ({**EVERY, "sleep_mua": 3}, "`sleep_mua` is unknown", "did you mean `sleep_ua`?"),
        ({**EVERY, "colour": 3}, "`colour` is unknown", "there are: cell"),
        ({**EVERY, "cell": 2032}, "`cell` must be text", "quotation marks"),
        ({**EVERY, "cell": "CR2033"}, "no cell is called `CR2033`", "did you mean `CR2032`?"),
        ({**EVERY, "board_sleep": 1}, "`board_sleep` must be true or false", "chip"),
        ({**EVERY, "board_sleep": True, "sleep_ua": 3}, "contradict each other", "leave one out"),
        ({**EVERY, "peak_ma": 3}, "`peak_ma` goes with `peak_ms`", "add `peak_ms`"),
        ({**EVERY, "peak_ms": 3}, "`peak_ms` goes with `peak_ma`", "add `peak_ma`"),
        ({**EVERY, "esr_ohm": 3, "cell": "AA"}, "`esr_ohm` goes with `capacitor_uf`", "add `capacitor_uf`"),
        ({**EVERY, "regulator": "ldo", "out_v": 2, "quiescent_ua": 1}, "says nothing without a cell", "add `cell`"),
        ({**EVERY, **BUCK, "regulator": "bukc"}, "`regulator` is `bukc`", "did you mean `buck`?"),
        ({**EVERY, **BUCK, "regulator": ""}, "`regulator` is ``", "there are: none, ldo"),
        ({**EVERY, **BUCK, "regulator": 7}, "`regulator` must be text", "quotation marks"),
        ({**EVERY, **without(BUCK, "efficiency")}, "`efficiency` is missing for the regulator `buck`", "datasheet"),
        ({**EVERY, **without(BUCK, "out_v")}, "`out_v` is missing", "datasheet"),
        ({**EVERY, **without(BUCK, "quiescent_ua")}, "`quiescent_ua` is missing", "datasheet"),
        ({**EVERY, **without(BUCK, "regulator")}, "`efficiency` says nothing of a regulator `none`", "`regulator`"),
        ({**EVERY, **BUCK, "min_in_v": 1}, "`min_in_v` says nothing of a regulator `buck`", "leave it out"),
        ({**EVERY, "capacity_mah": 100}, "`cell_v` is missing for a cell of your own", "`cell`"),
        ({**EVERY, "cell_v": 3}, "`capacity_mah` is missing for a cell of your own", "`cell`"),
        ({**EVERY, "cell": "CR2032", "cutoff_v": 2.9}, "`cutoff_v` of 2.9 V does not go with this cell", "below"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(values: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_use(values)
    assert message in caught.value.message and hint in caught.value.hint
    assert caught.value.exit_code == 2


def test_messages_spell_the_keys_as_the_user_does() -> None:
    with pytest.raises(UsageError, match=r"^--peak-ma goes with --peak-ms"):
        parse_use({**EVERY, "peak_ma": 3}, spell=lambda key: f"--{key.replace('_', '-')}")


def test_every_key_is_known_once() -> None:
    assert len(USE_KEYS) == len(set(USE_KEYS))
    assert set(vars(DutyCycle(1.0))) <= set(USE_KEYS)
