"""Lines of a CSV file as numbers, a chunk at a time: its header found, every cell checked."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import UsageError
from edgeopt.power.csv_columns import Column, Columns, find_columns

_LONGEST_LINE = 4096  # bytes
_HEADER_LINES = 100  # within which the header stands
_CHUNK_LINES = 20_000
_LARGEST = 1e9  # of a number but a time, in the file's own unit
_LONGEST_S = 1e8

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """Where the samples begin, and how they stand there."""

    path: Path
    separator: str
    decimal_comma: bool
    columns: Columns
    header_lines: int  # the header among them


@dataclass(frozen=True)
class Rows:
    """A chunk of lines as numbers; NaN where a cell is empty."""

    first_line: int
    times_s: Floats
    amps: Floats | None
    watts: Floats | None
    volts: Floats | None
    digital: NDArray[np.uint8] | None

    def line(self, at: int) -> int:
        return self.first_line + at


def find_layout(path: Path, named: Mapping[str, str]) -> Layout:
    """Finds the header. Where the user has named columns by number, there may be none: `csv_columns.find_columns`."""
    with path.open("rb") as file:
        seen = [_decoded(path, number + 1, line) for number, line in enumerate(_lines(path, file, _HEADER_LINES))]
    for number, line in enumerate(seen):
        for separator in _separators(line):
            cells = _cells(line.lstrip("#"), separator)
            columns = find_columns(cells, named)
            if columns is None:
                continue
            is_data = _is_data(cells, columns)
            rest = seen[number + (not is_data) :]
            comma = separator != "," and any("," in text for text in rest[:20]) and not any("." in t for t in rest[:20])
            return Layout(path, separator, comma, columns, number + (not is_data))
    raise UsageError(
        f"`{path}`: none of its first {len(seen)} lines names a column of time and one of current or power",
        "a header such as `time (s),current (mA),voltage (V),D0`, or --column time=1:s --column current=2:mA",
    )


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # of quotes or line ends where none may be
        return line.split(separator)


def _shown(cell: str) -> str:
    """A cell for a message, without what a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in cell[:40])


def _separators(line: str) -> Sequence[str]:
    return [separator for separator in (";", "\t", ",") if separator in line]


def _is_data(cells: Sequence[str], columns: Columns) -> bool:
    """Whether the line with the columns is a sample already: a file without a header, whose columns are numbers."""
    try:
        float(cells[columns.time.at].replace(",", "."))
    except ValueError:
        return False
    return True


def _lines(path: Path, file: BinaryIO, most: int) -> Iterator[bytes]:
    """At most so many lines; UsageError for one that is none of a CSV file."""
    for number in range(most):
        line = file.readline(_LONGEST_LINE + 1)
        if not line:
            return
        if len(line) > _LONGEST_LINE or b"\0" in line:
            what = "is longer than 4096 bytes" if len(line) > _LONGEST_LINE else "holds a zero byte"
            raise UsageError(f"`{path}` is no CSV: line {number + 1} {what}", "export it as text, UTF-8")
        yield line


def _decoded(path: Path, number: int, line: bytes) -> str:
    text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    try:
        return text.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        return text.decode("cp1252", errors="replace").rstrip("\r\n")


def chunks(layout: Layout) -> Iterator[Rows]:
    """The samples of the file; UsageError with the line's number for what is not sound, but for its times."""
    with layout.path.open("rb") as file:
        for _ in _lines(layout.path, file, layout.header_lines):
            pass
        at = layout.header_lines + 1
        while True:
            try:
                raw = list(_lines(layout.path, file, _CHUNK_LINES))
            except UsageError as error:
                raise UsageError(f"{error.message} after line {at - 1}", error.hint) from None
            if not raw:
                return
            texts = [_decoded(layout.path, at + k, line) for k, line in enumerate(raw)]
            kept = len(texts)
            while kept and not texts[kept - 1].strip():  # empty lines at the end
                kept -= 1
            if kept:
                yield _parsed(layout, texts[:kept], at)
            at += len(raw)


def _parsed(layout: Layout, texts: list[str], first_line: int) -> Rows:
    columns = layout.columns
    wanted = [column for column in (columns.time, columns.current, columns.power, columns.voltage) if column]
    table = _table(layout, texts, [column.at for column in wanted] + list(columns.lines), first_line)
    values = {column.at: table[:, k] * column.scale for k, column in enumerate(wanted)}

    def of(column: Column | None) -> Floats | None:
        return None if column is None else values[column.at]

    digital = None
    if columns.packed is not None:
        digital = _packed(layout, texts, columns.packed, first_line)
    elif columns.lines:
        digital = _levels(layout, table[:, len(wanted) :], first_line)
    return Rows(
        first_line, values[columns.time.at], of(columns.current), of(columns.power), of(columns.voltage), digital
    )


def _table(layout: Layout, texts: list[str], at: list[int], first_line: int) -> Floats:
    """The numbers of these columns. First at once; where that fails, line by line, to name what is wrong."""
    lines = [text.replace(",", ".") for text in texts] if layout.decimal_comma else texts
    empty = re.compile(f"(?<={layout.separator})(?={layout.separator}|$)")
    for attempt in (lines, [empty.sub("nan", line) for line in lines]):
        table = _at_once(layout, attempt, at)
        if table is not None:
            return table
    return np.array([_row(layout, line, at, first_line + k) for k, line in enumerate(lines)], dtype=np.float64)


def _at_once(layout: Layout, lines: list[str], at: list[int]) -> Floats | None:
    """None where something is wrong in one of the lines."""
    if not all(lines):
        return None
    try:
        table = np.loadtxt(lines, delimiter=layout.separator, usecols=at, ndmin=2, comments=None)
    except (ValueError, IndexError):
        return None
    sound = len(table) == len(lines) and np.isfinite(table[:, 0]).all() and not (np.abs(table[:, 1:]) > _LARGEST).any()
    return table if sound else None


def _row(layout: Layout, line: str, at: list[int], number: int) -> list[float]:
    cells = _cells(line, layout.separator)
    if len(cells) <= max(at):
        raise _wrong(layout, number, f"has {len(cells)} cells, the header names column {max(at) + 1}")
    return [_number(layout, cells[column].strip(), number, column == at[0]) for column in at]


def _number(layout: Layout, cell: str, number: int, is_time: bool) -> float:
    """Empty, `nan` and `inf` are samples that got lost, but for the time."""
    if not cell and not is_time:
        return float("nan")
    try:
        value = float(cell)
    except ValueError:
        raise _wrong(layout, number, f"has `{_shown(cell)}` where a number should be") from None
    if is_time and not np.isfinite(value):
        raise _wrong(layout, number, f"has the time `{_shown(cell)}`")
    if not is_time and np.isfinite(value) and abs(value) > _LARGEST:
        raise _wrong(layout, number, f"has `{_shown(cell)}`, which cannot be")
    return value if np.isfinite(value) else float("nan")


def _levels(layout: Layout, table: Floats, first_line: int) -> NDArray[np.uint8]:
    """An empty cell: as before."""
    there = np.where(np.isnan(table), 0, np.arange(len(table))[:, None])
    table = np.take_along_axis(table, np.maximum.accumulate(there, axis=0), axis=0)
    table = np.where(np.isnan(table), 1.0, table)
    bad = ~np.isin(table, (0.0, 1.0))
    if bad.any():
        at, column = (int(index) for index in np.argwhere(bad)[0])
        raise _wrong(layout, first_line + at, f"has {table[at, column]:g} for a digital line, which is 0 or 1")
    weights = 1 << np.arange(table.shape[1])
    return (table.astype(np.int64) @ weights).astype(np.uint8)


def _packed(layout: Layout, texts: list[str], column: int, first_line: int) -> NDArray[np.uint8]:
    levels = np.zeros(len(texts), dtype=np.uint8)
    for k, text in enumerate(texts):
        cells = _cells(text, layout.separator)
        bits = cells[column].strip() if len(cells) > column else ""
        if len(bits) != 8 or not set(bits) <= {"0", "1"}:
            raise _wrong(layout, first_line + k, f"has `{_shown(bits)}` for D0-D7, which are eight of 0 and 1")
        levels[k] = int(bits[::-1], 2)
    return levels


def check_times(layout: Layout, rows: Rows, last_s: float) -> None:
    """UsageError where a time is not after the one before."""
    with np.errstate(over="ignore"):  # times as far apart as that are refused below
        intervals = np.diff(rows.times_s, prepend=last_s)
        length_s = float(rows.times_s[-1] - rows.times_s[0])
    if not np.all(intervals > 0):
        at = int(np.argmin(intervals > 0))
        before = last_s if at == 0 else rows.times_s[at - 1]
        how = (
            "is that of the line before"
            if intervals[at] == 0
            else f"comes before that of the line before, {before:.9g} s"
        )
        raise _wrong(layout, rows.line(at), f"has the time {rows.times_s[at]:.9g} s, which {how}")
    if length_s > _LONGEST_S:
        raise _wrong(layout, rows.line(len(intervals) - 1), "is years after the first: which unit has the time?")


def _wrong(layout: Layout, line: int, what: str) -> UsageError:
    return UsageError(f"`{layout.path}`: line {line} {what}", "mend or cut the file there")
