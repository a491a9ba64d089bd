"""Published measurements of programs that can be built here, and the folder of ELFs that they are compared with.

A file of measurements holds tables [[series]]: runs of one suite on one machine. Its keys:

    name           of the series; an ELF is `<name>_<variant>.elf` in the folder of evidence
    suite          "coremark", "embench" or any word; who builds it (model_build.py knows the first two)
    core, board    the core that was measured, and the board file that it is predicted with
    memory         "board": the board's memory timing holds for the measured machine; "ideal": it had no wait states
    machine        what was measured, in words
    clock_hz       its clock; for figures published per MHz: 1_000_000
    unit           of the values: "cycles", "ms", "us", or "per_second" (runs a second)
    runs           runs of the program between the two marks in the ELF [1]
    between        names of the functions that begin and end what is counted
    compiler, flags, same_compiler   what it was measured with; whether the ELF comes from the same compiler
    code, data     where the ELF's code and its data lie, for model_build.py
    source         where the figures are published
    note           what else a reader must know
    values         {variant = value}; `{variant}` in `flags` is replaced by the variant's name
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from edgeopt.board import Board, load_board
from edgeopt.errors import EdgeoptError, UsageError
from edgeopt.tables import as_written, read_toml

PUBLISHED = Path(__file__).parent / "model_published.toml"
OWN_FILE = "measurements.toml"  # in a folder of evidence: what its owner measured
_NEEDED = (
    *("name", "core", "board", "memory", "machine"),
    *("clock_hz", "unit", "compiler", "same_compiler", "source"),
)
_IN_FILE_NAMES = re.compile(r"[\w.-]+")
_MOST = 10**12
_UNITS = ("cycles", "ms", "us", "per_second")
_MEMORIES = ("board", "ideal")
_SUITES: Mapping[str, tuple[int, tuple[str, str]]] = {
    "coremark": (2, ("start_time", "stop_time")),
    "embench": (1, ("start_trigger", "stop_trigger")),
}


@dataclass(frozen=True)
class Measurement:
    """One published figure; `cycles` are those of one run."""

    series: Series
    variant: str
    cycles: float

    @property
    def elf_name(self) -> str:
        return f"{self.series.name}_{self.variant.strip('-')}.elf"


@dataclass(frozen=True)
class Series:
    """See this module."""

    name: str
    core: str
    board: str
    memory: str
    machine: str
    clock_hz: int
    unit: str
    compiler: str
    same_compiler: bool
    source: str
    values: Mapping[str, float]
    suite: str = ""
    flags: str = ""
    code: int = 0
    data: int = 0
    note: str = ""
    runs: int = 0
    between: tuple[str, str] = ("", "")

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        return tuple(Measurement(self, variant, self._cycles(value)) for variant, value in self.values.items())

    def _cycles(self, value: float) -> float:
        if self.unit == "per_second":
            return self.clock_hz / value
        return value if self.unit == "cycles" else value * self.clock_hz / {"ms": 1e3, "us": 1e6}[self.unit]

    @property
    def loaded_board(self) -> Board:
        return load_board(self.board)


def read_series(path: Path) -> tuple[Series, ...]:
    """The series of a file of measurements; UsageError, naming file and key, where one is wrong."""
    tables = read_toml(path, "measurements", UsageError, "benchmarks/model_published.toml is an example")
    rows = tables.get("series")
    if set(tables) != {"series"} or not isinstance(rows, list) or not rows:
        raise UsageError(f"{path}: holds other things than tables [[series]]", "model_evidence.py lists the keys")
    series = tuple(_series(path, row) for row in rows)
    names = [one.name for one in series]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{path}: two series are called `{name}`", "give each a name of its own")
    return series


_TYPES: Mapping[str, type] = {"str": str, "int": int, "bool": bool}


def _series(path: Path, row: Any) -> Series:
    where = f"{path}: series `{row.get('name', '?')}`" if isinstance(row, dict) else str(path)
    if not isinstance(row, dict):
        raise UsageError(f"{where}: `series` is not an array of tables", "write [[series]]")
    known = {field.name: field for field in fields(Series)}
    for key in row:
        if key not in known:
            raise UsageError(f"{where} has an unknown key `{key}`", f"the keys are {', '.join(known)}")
    runs, between = _SUITES.get(row.get("suite", ""), (1, None))
    values: dict[str, Any] = {"runs": runs, "between": between} | row
    for key in _NEEDED:
        if key not in row:
            raise UsageError(f"{where} has no `{key}`", "model_evidence.py says what it means")
    for key, value in row.items():
        wanted = _TYPES.get(str(known[key].type))
        if wanted is not None and type(value) is not wanted:
            raise UsageError(f"{where}: `{key}` is not {_WORDS[wanted]}", f"it is {as_written(value)}")
    _check(where, values)
    return Series(**values | {"between": tuple(values["between"])})


_WORDS: Mapping[type, str] = {str: "a text", int: "a whole number", bool: "true or false"}


def _check(where: str, row: Mapping[str, Any]) -> None:
    for key, choices in (("unit", _UNITS), ("memory", _MEMORIES)):
        if row[key] not in choices:
            raise UsageError(f"{where}: `{key}` is `{row[key]}`", f"choose one of {', '.join(choices)}")
    for key in ("clock_hz", "runs"):
        if not 1 <= row[key] <= _MOST:
            raise UsageError(f"{where}: `{key}` is {as_written(row[key])}", f"it must be between 1 and {_MOST:,}")
    between = row["between"]
    if not isinstance(between, list | tuple) or len(between) != 2 or not all(isinstance(one, str) for one in between):
        raise UsageError(f"{where}: `between` is not two names of functions", 'write between = ["begin", "end"]')
    values = row.get("values")
    if not isinstance(values, dict) or not values:
        raise UsageError(f"{where} has no values", "write a table [series.values]")
    for variant, value in values.items():
        if type(value) not in (int, float) or not 0 < value < 1e18:
            raise UsageError(f"{where}: the value of `{variant}` is {as_written(value)}", "it must be a number above 0")
    for word, name in (("name", row["name"]), *(("variant", variant) for variant in values)):
        if not _IN_FILE_NAMES.fullmatch(name):
            raise UsageError(f"{where}: the {word} `{name}` is part of a file's name", "write letters, digits, - . _")
    try:
        board = load_board(row["board"])
    except EdgeoptError as error:
        raise UsageError(f"{where}: {error.message}", error.hint) from error
    if board.core != row["core"]:
        raise UsageError(f"{where}: {board.name} has a {board.core}, not a {row['core']}", "name a board of that core")
