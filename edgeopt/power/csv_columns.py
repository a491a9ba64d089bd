"""Which column of an instrument's CSV file is what, and in which unit: by its header, or as the user says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeopt.errors import UsageError

_UNITS = {
    "time": {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0},
    "current": {"a": 1.0, "amps": 1.0, "ma": 1e-3, "ua": 1e-6, "na": 1e-9},
    "voltage": {"v": 1.0, "volts": 1.0, "mv": 1e-3, "uv": 1e-6},
    "power": {"w": 1.0, "watts": 1.0, "mw": 1e-3, "uw": 1e-6, "nw": 1e-9},
}
_ALL_UNITS = {unit for units in _UNITS.values() for unit in units}
_WORDS = {
    "time": r"time|timestamp|zeit|t|seconds|elapsed",
    "current": r"current|strom|i|amps?|amperes?|curr",
    "voltage": r"voltage|spannung|v|u|volts?|vbus|vcc|vdd",
    "power": r"power|leistung|p|watts?",
}
_QUANTITIES = tuple(_UNITS)
_LINE = re.compile(r"(?:d|di|din|gpio?|gpi|digital|line|bit|logic)[ _]*(?:input|in|ch)?[ _]*\[?(\d)\]?", re.IGNORECASE)
_ONLY_LINE = re.compile(r"(?:trigger|trig|gate|pin|gpio|digital|logic|marker)(?: ?in| input)?", re.IGNORECASE)
_PACKED = re.compile(r"D0[-:.]+D7", re.IGNORECASE)  # one column of eight characters, D0 first (nRF Connect, remembered)
_BRACKET = re.compile(r"^(.*?)\s*[\[(/]\s*([^\])]*?)\s*[\])]?\s*$")
_TAIL = re.compile(r"^(.*?)[ _,]+([a-zµμ]{1,7})$", re.IGNORECASE)
_MOST_LINES = 8
_COLUMN_HINT = "name it: --column time=1:ms, --column 'current=Main current:mA' (name or number, and unit)"


@dataclass(frozen=True)
class Column:
    at: int  # 0 is the first
    scale: float  # what one of its unit is in s, A, V or W


@dataclass(frozen=True)
class Columns:
    """`lines[k]` is the column of digital line k; `packed` one of eight characters 0 or 1, line 0 first."""

    time: Column
    current: Column | None
    voltage: Column | None
    power: Column | None
    lines: tuple[int, ...] = ()
    packed: int | None = None

    @property
    def digital_lines(self) -> int:
        return _MOST_LINES if self.packed is not None else len(self.lines)


def find_columns(cells: Sequence[str], named: Mapping[str, str]) -> Columns | None:
    """The columns of a header line; None where it is none: a line without a time, or nothing that was measured.

    `named` goes first: quantity (`time`, `current`, `voltage`, `power`, `line0` ...) -> column[:unit]. UsageError where
    it cannot be, or where several columns may be meant.
    """
    _check_named(named)
    told = {quantity: _named_column(quantity, named[quantity], cells) for quantity in _QUANTITIES if quantity in named}
    taken = {column.at for column in told.values() if column is not None}
    found: dict[str, Column | None] = {}
    for quantity in _QUANTITIES:
        if quantity in told:
            found[quantity] = told[quantity]
            continue
        known = [(at, scale) for at, cell in enumerate(cells) if (scale := _scale(cell, quantity)) and at not in taken]
        if len(known) > 1 and not (quantity == "power" and found["current"]):
            shown = ["".join(c if c.isprintable() else "?" for c in cells[at].strip()[:40]) for at, _ in known[:4]]
            names = ", ".join(f"`{name}`" for name in shown)
            raise UsageError(f"several columns may be the {quantity}: {names}", _COLUMN_HINT)
        found[quantity] = Column(*known[0]) if known else None
    time, current, power = found["time"], found["current"], found["power"]
    if time is None or (current is None and power is None):
        return None
    lines, packed = _lines(cells, named)
    return Columns(time, current, found["voltage"], None if current else power, lines, packed)


def _check_named(named: Mapping[str, str]) -> None:
    for key in named:
        if key not in _QUANTITIES and not re.fullmatch(r"line[0-7]", key):
            raise UsageError(f"a trace has no column `{key:.40}`", "time, current, voltage, power, line0 to line7")


def _named_column(quantity: str, text: str, cells: Sequence[str]) -> Column | None:
    """The column that the user means; None where this line does not have it."""
    name, colon, unit = text.rpartition(":")
    scale = _UNITS.get(quantity, {}).get(_plain(unit))
    if colon and scale is None and quantity in _UNITS:
        raise UsageError(f"`{unit:.20}` is no unit of {quantity}", f"one of {', '.join(_UNITS[quantity])}")
    name = name if colon else text
    at = _index(name, cells)
    if at is None:
        return None
    return Column(at, scale or _scale(cells[at], quantity) or 1.0)


def _index(name: str, cells: Sequence[str]) -> int | None:
    same = [at for at, cell in enumerate(cells) if cell.strip().lower() == name.strip().lower()]
    if same:
        return same[0]
    return int(name) - 1 if name.isascii() and name.isdigit() and 1 <= int(name) <= len(cells) else None


def _lines(cells: Sequence[str], named: Mapping[str, str]) -> tuple[tuple[int, ...], int | None]:
    """The columns of the digital lines, from line 0 on without a hole."""
    columns = {
        int(m[1]): at for at, cell in enumerate(cells) if (m := _LINE.fullmatch(cell.strip())) and m[1] in "01234567"
    }
    if columns and 0 not in columns:  # instruments that count from 1
        columns = {line - 1: at for line, at in columns.items()}
    alone = [at for at, cell in enumerate(cells) if _ONLY_LINE.fullmatch(cell.strip())]
    if not columns and len(alone) == 1:
        columns = {0: alone[0]}
    for key, text in named.items():
        if key.startswith("line"):
            at = _index(text, cells)
            if at is None:
                raise UsageError(f"there is no column `{text:.40}` for {key}", _COLUMN_HINT)
            columns[int(key[4:])] = at
    packed = next((at for at, cell in enumerate(cells) if _PACKED.fullmatch(cell.strip())), None)
    if columns:
        if sorted(columns) != list(range(len(columns))):
            raise UsageError(f"of the digital lines {sorted(columns)} some are missing", "name them: --column line0=4")
        return tuple(columns[line] for line in range(len(columns))), None
    return (), packed


def _scale(cell: str, quantity: str) -> float | None:
    """What one of the cell's unit is, if the column may be of this quantity; None otherwise."""
    units, words = _UNITS[quantity], re.compile(rf"(.*[ _.])?({_WORDS[quantity]})([ _.].*)?\d?", re.IGNORECASE)
    text = cell.strip()
    bracket = _BRACKET.match(text)
    if bracket and bracket[2]:
        return units.get(_plain(bracket[2]))
    tail = _TAIL.match(text)
    if tail and _plain(tail[2]) in _ALL_UNITS:
        sure = words.fullmatch(tail[1]) or (len(tail[2]) > 1 and quantity != "time")
        return units.get(_plain(tail[2])) if sure else None
    return 1.0 if words.fullmatch(text) else None


def _plain(unit: str) -> str:
    """Lower case, with u for micro."""
    return unit.strip().replace("µ", "u").replace("μ", "u").lower()
