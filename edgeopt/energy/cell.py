"""Cells: what a battery holds, loses by itself, and gives at once; one TOML a cell in energy/cells/, read strictly."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from edgeopt.board import Figure, read_figure
from edgeopt.errors import UsageError
from edgeopt.resources import cells_dir
from edgeopt.tables import Table, read_table

_VOLTS = (0.5, 60.0)
_OHMS = (0.0, 10_000.0)
_MA = (0.0001, 1_000_000.0)
_MOST_IN_SERIES = 20
_SERIES = re.compile(r"(?P<count>\d{1,9})\s*x\s*(?P<name>.+)", re.IGNORECASE)


@dataclass(frozen=True)
class RatedCharge:
    """The charge that a cell gives at a current."""

    ma: float
    mah: float


@dataclass(frozen=True)
class Cell:
    """One cell. Every figure has its source; what is unknown is left out of a result, which then says so.

    fresh_v:        without load, full.
    mean_v:         over a discharge: a load of constant power takes its charge at this voltage.
    cutoff_v:       where the cell is spent; `capacity_mah` is down to it.
    rates:          what it gives at higher currents, by rising current; `capacity_mah` holds up to the first of them.
    self_discharge: per cent of what it holds, a month.
    continuous_ma, pulse_ma: what the maker allows.
    pulse_note:     what pulses do to the capacity, in words, or "".
    """

    name: str
    title: str
    fresh_v: Figure
    mean_v: Figure
    cutoff_v: Figure
    capacity_mah: Figure
    rates: tuple[RatedCharge, ...]
    self_discharge_percent_per_month: Figure
    fresh_ohm: Figure
    spent_ohm: Figure
    continuous_ma: Figure
    pulse_ma: Figure
    lowest_c: Figure
    highest_c: Figure
    pulse_note: str


def cell_names() -> tuple[str, ...]:
    """Names of the cells that ship with edgeopt, sorted."""
    return tuple(sorted(path.stem for path in cells_dir().glob("*.toml")))


def load_cell(name_or_path: str) -> Cell:
    """The cell of that name, in any case, or of that .toml file; UsageError where there is none or it is wrong."""
    if name_or_path.endswith(".toml"):
        return _read(Path(name_or_path))
    names = {name.lower(): name for name in cell_names()}
    if name_or_path.lower() not in names:
        near = difflib.get_close_matches(name_or_path.lower(), names, n=1)
        listed = f"there are: {', '.join(names.values())}, two in series as 2xAA; or give the path of a .toml file"
        hint = f"did you mean `{names[near[0]]}`?" if near else listed
        raise UsageError(f"no cell is called `{name_or_path:.60}`", hint)
    return _read(cells_dir() / f"{names[name_or_path.lower()]}.toml")


def parse_cells(text: str) -> tuple[Cell, int]:
    """The cell and how many are in series: `CR2032`, `2xAA`, `my-cell.toml`."""
    match = _SERIES.fullmatch(text)
    if match is None:
        return load_cell(text), 1
    count = int(match["count"])
    if not 1 <= count <= _MOST_IN_SERIES:
        raise UsageError(f"`{text:.60}`: {count} cells in series", f"1 to {_MOST_IN_SERIES} are possible")
    return load_cell(match["name"]), count


def _read(path: Path) -> Cell:
    return _cell(read_table(path, "cell", UsageError, f"see {cells_dir().name}/CR2032.toml for an example"))


def _cell(t: Table) -> Cell:
    volts, charge, limits = t.table("voltage"), t.table("charge"), t.table("limits")
    cell = Cell(
        name=t.text("name", r"[A-Za-z0-9][A-Za-z0-9_-]*"),
        title=t.text("title"),
        fresh_v=read_figure(volts.table("fresh_v"), *_VOLTS),
        mean_v=read_figure(volts.table("mean_v"), *_VOLTS),
        cutoff_v=read_figure(volts.table("cutoff_v"), *_VOLTS),
        capacity_mah=read_figure(charge.table("capacity_mah"), 0.01, 10_000_000.0),
        rates=_rates(charge) if charge.has("rates") else (),
        self_discharge_percent_per_month=read_figure(charge.table("self_discharge_percent_per_month"), 0.0, 100.0),
        fresh_ohm=read_figure(limits.table("fresh_ohm"), *_OHMS),
        spent_ohm=read_figure(limits.table("spent_ohm"), *_OHMS),
        continuous_ma=read_figure(limits.table("continuous_ma"), *_MA),
        pulse_ma=read_figure(limits.table("pulse_ma"), *_MA),
        lowest_c=read_figure(limits.table("lowest_c"), -100.0, 200.0),
        highest_c=read_figure(limits.table("highest_c"), -100.0, 200.0),
        pulse_note=limits.text("pulse_note") if limits.has("pulse_note") else "",
    )
    for table in (volts, charge, limits, t):
        table.done()
    _check(cell, t)
    return cell


def _check(cell: Cell, t: Table) -> None:
    for name, figure in (("voltage.mean_v", cell.mean_v), ("charge.capacity_mah", cell.capacity_mah)):
        if figure.value is None:
            raise t.error(name, "must be known")
    order = [figure.value for figure in (cell.cutoff_v, cell.mean_v, cell.fresh_v) if figure.value is not None]
    if order != sorted(order):
        raise t.error("voltage", "must rise from cutoff_v over mean_v to fresh_v")


def _rates(charge: Table) -> tuple[RatedCharge, ...]:
    rates = []
    for t in charge.tables("rates"):
        rates.append(RatedCharge(t.number("ma", *_MA), t.number("mah", 0.01, 10_000_000.0)))
        t.done()
    currents, charges = [rate.ma for rate in rates], [rate.mah for rate in rates]
    if not rates or currents != sorted(set(currents)) or charges != sorted(charges, reverse=True):
        raise charge.error("rates", "must rise in current and fall in charge")
    return tuple(rates)
