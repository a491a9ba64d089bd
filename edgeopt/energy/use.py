"""The keys of a budget's `[duty_cycle]` and the options of `edgeopt battery` -> DutyCycle and Supply, checked."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from edgeopt.board import Figure
from edgeopt.energy.cell import Cell, parse_cells
from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.quantity import ESTIMATED, Quantity
from edgeopt.energy.supply import FEED_KINDS, RESERVE, Capacitor, Feed, Supply
from edgeopt.errors import UsageError
from edgeopt.tables import as_written

Spell = Callable[[str], str]

# The least and the most that is no slip of the pen, in the unit of the name.
NUMBERS: dict[str, tuple[float, float]] = {
    "every_s": (1e-4, 1e9),
    "wake_ms": (0.0, 3.6e6),
    "sensor_uj": (0.0, 1e9),
    "radio_uj": (0.0, 1e9),
    "sleep_ua": (0.0, 1e6),
    "peak_ma": (1e-3, 1e5),
    "peak_ms": (1e-3, 3.6e6),
    "min_v": (0.5, 60.0),
    "out_v": (0.5, 60.0),
    "efficiency": (0.05, 1.0),
    "quiescent_ua": (0.0, 1e5),
    "dropout_v": (0.0, 10.0),
    "min_in_v": (0.1, 60.0),
    "capacitor_uf": (1e-3, 1e9),
    "esr_ohm": (0.0, 1e4),
    "depth_of_discharge": (0.01, 1.0),
    "temperature_factor": (0.01, 1.5),
    "reserve": (0.0, 0.99),
    "capacity_mah": (1e-2, 1e7),
    "cell_v": (0.5, 60.0),
    "cutoff_v": (0.5, 60.0),
    "self_discharge_percent_per_month": (0.0, 100.0),
    "cell_ohm": (0.0, 1e4),
}
USE_KEYS: tuple[str, ...] = ("cell", "regulator", "board_sleep", *NUMBERS)
_CELL_KEYS = ("capacity_mah", "cell_v", "cutoff_v", "self_discharge_percent_per_month", "cell_ohm")
_DUTY_KEYS = ("wake_ms", "sensor_uj", "radio_uj", "sleep_ua", "peak_ma", "peak_ms", "min_v")
_FEED_KEYS = {
    "none": (),
    "ldo": ("out_v", "quiescent_ua", "dropout_v"),
    "buck": ("out_v", "efficiency", "quiescent_ua", "dropout_v"),
    "boost": ("out_v", "efficiency", "quiescent_ua", "min_in_v"),
    "buck-boost": ("out_v", "efficiency", "quiescent_ua", "min_in_v"),
}
_NEEDED_OF_FEED = ("out_v", "efficiency", "quiescent_ua")


@dataclass(frozen=True)
class Use:
    """How a node is used and fed; `supply` is None where no cell is named."""

    duty: DutyCycle
    supply: Supply | None


def as_key(key: str) -> str:
    """A key as a file spells it."""
    return f"`{key}`"


def parse_use(values: Mapping[str, object], where: str = "", spell: Spell = as_key) -> Use:
    """Use of USE_KEYS; UsageError where one is unknown, mistyped, absurd, missing, or goes with another.

    `where` is put in front of a message, e.g. "budget.toml, duty_cycle: "; `spell` says how the user writes a key.
    """
    reader = _Reader(dict(values), where, spell)
    reader.check_names()
    numbers = {key: reader.number(key) for key in NUMBERS if key in values}
    if "every_s" not in numbers:
        raise reader.error("every_s", "is missing", "how long from one inference to the next")
    reader.together("peak_ma", "peak_ms")
    reader.needs("esr_ohm", "capacitor_uf")
    board_sleep = reader.truth("board_sleep")
    if board_sleep and "sleep_ua" in numbers:
        raise reader.error("board_sleep", f"and {spell('sleep_ua')} contradict each other", "leave one out")
    duty = DutyCycle(
        numbers["every_s"],
        board_sleep=board_sleep,
        **{key: numbers[key] for key in _DUTY_KEYS if key in numbers},
    )
    return Use(duty, _supply(reader, numbers))


def checked_number(
    key: str, value: object, bounds: tuple[float, float], spell: Spell = as_key, where: str = ""
) -> float:
    """`value` as a number within `bounds`; UsageError where it is none, or absurd."""
    least, most = bounds
    hint = f"it must lie in {least:g} to {most:g}, in the unit of its name"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{where}{spell(key)} must be a number, not {as_written(value)}", hint)
    # compared before it is computed with: a file may hold an integer of any number of digits; NaN is in no range
    if not least <= value <= most:
        raise UsageError(f"{where}{spell(key)} is {as_written(value)}, which cannot be", hint)
    return float(value)


class _Reader:
    def __init__(self, values: dict[str, object], where: str, spell: Spell) -> None:
        self.values, self.where, self.spell = values, where, spell

    def error(self, key: str, what: str, hint: str) -> UsageError:
        return UsageError(f"{self.where}{self.spell(key)} {what}", hint)

    def check_names(self) -> None:
        for key in self.values:
            if key not in USE_KEYS:
                near = difflib.get_close_matches(key, USE_KEYS, n=1)
                hint = f"did you mean {self.spell(near[0])}?" if near else f"there are: {', '.join(USE_KEYS)}"
                raise self.error(key, "is unknown", hint)

    def number(self, key: str) -> float:
        return checked_number(key, self.values[key], NUMBERS[key], self.spell, self.where)

    def truth(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {as_written(value)}", "leave it out for the chip alone")
        return value

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            raise self.error(key, f"must be text, not {as_written(value)}", "put it in quotation marks")
        return value

    def together(self, one: str, other: str) -> None:
        self.needs(one, other)
        self.needs(other, one)

    def needs(self, key: str, other: str) -> None:
        if key in self.values and other not in self.values:
            raise self.error(key, f"goes with {self.spell(other)}, which is missing", f"add {self.spell(other)}")


def _supply(reader: _Reader, numbers: Mapping[str, float]) -> Supply | None:
    feed = _feed(reader, numbers)
    named = reader.text("cell")
    if named is None and not any(key in numbers for key in _CELL_KEYS):
        if feed.kind != "none":
            raise reader.error("regulator", "says nothing without a cell", f"add {reader.spell('cell')}")
        return None
    cell, series = parse_cells(named) if named is not None else (None, 1)
    capacitor = None
    if "capacitor_uf" in numbers:
        capacitor = Capacitor(numbers["capacitor_uf"], numbers.get("esr_ohm", 0.0))
    reserve = RESERVE if "reserve" not in numbers else Quantity(numbers["reserve"], ESTIMATED, "given")
    derating = {key: numbers[key] for key in ("depth_of_discharge", "temperature_factor") if key in numbers}
    return Supply(_cell(reader, numbers, cell), series, feed, capacitor, reserve=reserve, **derating)


def _feed(reader: _Reader, numbers: Mapping[str, float]) -> Feed:
    named = reader.text("regulator")
    kind: Any = "none" if named is None else named
    if kind not in FEED_KINDS:
        near = difflib.get_close_matches(str(kind), FEED_KINDS, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(FEED_KINDS)}"
        raise reader.error("regulator", f"is `{kind:.40}`, which there is not", hint)
    own = _FEED_KEYS[kind]
    for key in sorted({key for keys in _FEED_KEYS.values() for key in keys}):
        if key in numbers and key not in own:
            hint = f"choose another {reader.spell('regulator')}, or leave it out"
            raise reader.error(key, f"says nothing of a regulator `{kind}`", hint)
        if key in own and key in _NEEDED_OF_FEED and key not in numbers:
            raise reader.error(
                key, f"is missing for the regulator `{kind}`", "its datasheet says; edgeopt does not guess"
            )
    return Feed(kind, **{key: numbers[key] for key in own if key in numbers})


def _cell(reader: _Reader, numbers: Mapping[str, float], cell: Cell | None) -> Cell:
    """The named cell with the figures that were given in the place of its own, or a cell of these figures alone."""
    if cell is None:
        for key in ("capacity_mah", "cell_v"):
            if key not in numbers:
                hint = f"name a cell with {reader.spell('cell')}, or give {reader.spell(key)} too"
                raise reader.error(key, "is missing for a cell of your own", hint)
        cell = _PLAIN
    figures = {key: Figure(numbers[key], "unverified", "given") for key in _CELL_KEYS if key in numbers}
    changed: dict[str, Figure] = {}
    for key, fields in _FIELDS_OF.items():
        if key in figures:
            changed |= dict.fromkeys(fields, figures[key])
    found = replace(cell, rates=() if "capacity_mah" in figures else cell.rates, **changed)  # type: ignore[arg-type]
    order = [figure.value for figure in (found.cutoff_v, found.mean_v, found.fresh_v) if figure.value is not None]
    if order != sorted(order):
        hint = "it must lie below the cell's voltage"
        raise reader.error("cutoff_v", f"of {found.cutoff_v.value:g} V does not go with this cell", hint)
    return found


_NOT_GIVEN = Figure(None, "unknown", "not given")
_FIELDS_OF = {
    "capacity_mah": ("capacity_mah",),
    "cell_v": ("fresh_v", "mean_v"),
    "cutoff_v": ("cutoff_v",),
    "self_discharge_percent_per_month": ("self_discharge_percent_per_month",),
    "cell_ohm": ("fresh_ohm", "spent_ohm"),
}
_PLAIN = Cell(
    name="cell",
    title="a cell of given figures",
    fresh_v=_NOT_GIVEN,
    mean_v=_NOT_GIVEN,
    cutoff_v=_NOT_GIVEN,
    capacity_mah=_NOT_GIVEN,
    rates=(),
    self_discharge_percent_per_month=_NOT_GIVEN,
    fresh_ohm=_NOT_GIVEN,
    spent_ohm=_NOT_GIVEN,
    continuous_ma=_NOT_GIVEN,
    pulse_ma=_NOT_GIVEN,
    lowest_c=_NOT_GIVEN,
    highest_c=_NOT_GIVEN,
    pulse_note="",
)
