"""Traces in the CSV of any instrument: a header that names its columns, then one sample a line.

Separators `,` `;` and tab, decimal points and commas, units in the header ("Current (mA)", "t_us"), digital inputs as
columns of 0 and 1. Lines before the header are passed over. Read a chunk at a time, however large the file is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import UsageError
from edgeopt.power.csv_columns import Columns
from edgeopt.power.csv_rows import Floats, Layout, Rows, check_times, chunks, find_layout
from edgeopt.power.foreign_trace import FOREIGN, ForeignFormat, ForeignOptions, ForeignTrace
from edgeopt.power.trace import Block, TraceInfo

_TITLE = "CSV of an instrument (.csv, .tsv, .txt)"
_SUFFIXES = (".csv", ".tsv", ".txt")
_OTHERS = b"# edgeopt-bridge v"  # a log of the INA bridge has a format of its own
_STEADY = 0.9  # share of the intervals that are alike, from which on a file is regular and what lacks was lost
_ALIKE = 0.02
_GAP = 1.5  # intervals
_SHORTEST_S, _LONGEST_S = 1e-9, 1e3  # of them: the rates that a trace may have


@dataclass(frozen=True)
class _Blocks:
    """The samples of the file, read anew each time."""

    layout: Layout
    interval_s: float
    regular: bool

    def __iter__(self) -> Iterator[Block]:
        began_s: float | None = None
        last_s, number = -np.inf, -1
        for rows in chunks(self.layout):
            check_times(self.layout, rows, last_s)
            if began_s is None:
                began_s = last_s = float(rows.times_s[0])
            intervals = np.diff(rows.times_s, prepend=last_s)
            steps = np.ones(len(intervals), dtype=np.int64)
            if self.regular:
                long = intervals > _GAP * self.interval_s
                steps[long] = np.round(intervals[long] / self.interval_s).astype(np.int64)
            numbers = number + np.cumsum(steps)
            cuts = np.flatnonzero(steps > 1)
            for begin, end in zip((0, *cuts), (*cuts, len(steps)), strict=True):
                if end > begin:
                    yield _block(rows, slice(begin, end), int(numbers[begin]), began_s)
            last_s, number = float(rows.times_s[-1]), int(numbers[-1])


def _block(rows: Rows, part: slice, first: int, began_s: float) -> Block:
    def floats(values: Floats | None) -> NDArray[np.float32] | None:
        return None if values is None else values[part].astype(np.float32)

    return Block(
        first=first,
        amps=floats(rows.amps),
        watts=floats(rows.watts),
        volts=floats(rows.volts),
        digital=None if rows.digital is None else rows.digital[part],
        times_s=rows.times_s[part] - began_s,
    )


def _read(path: Path, options: ForeignOptions) -> tuple[ForeignTrace]:
    layout = find_layout(path, options.columns)
    rows = next(chunks(layout), None)
    if rows is None or len(rows.times_s) < 2:
        raise UsageError(f"`{path}` has fewer than two samples after its header", "is the recording complete?")
    check_times(layout, rows, -np.inf)
    intervals = np.diff(rows.times_s)
    interval_s = float(np.median(intervals))
    if not _SHORTEST_S <= interval_s <= _LONGEST_S:
        what = f"`{path}` has a sample each {interval_s:.3g} s"
        raise UsageError(what, "which unit has the time? Name it, as in `--column time=1:ms`")
    regular = float(np.mean(np.abs(intervals - interval_s) <= _ALIKE * interval_s)) >= _STEADY
    info = _info(path, layout.columns, 1 / interval_s, options.supply_v)
    return (ForeignTrace(path.name, info, _Blocks(layout, interval_s, regular)),)


def _info(path: Path, columns: Columns, rate_hz: float, supply_v: float | None) -> TraceInfo:
    if columns.power is not None:
        source = "the file tells power"
    elif columns.voltage is not None:
        source = "measured, in the file"
    else:
        source = "given" if supply_v is not None else "not known: the file tells currents only"
    return TraceInfo(
        meter="csv",
        title=f"CSV file {path.name}",
        label="measured",
        rate_hz=rate_hz,
        supply_v=supply_v,
        supply_source=source,
        gain_error=0.0,
        offset_error_a=0.0,
        supply_error=0.0,
        clock_error=0.0,
        accuracy_source="the file does not say how accurate its instrument is",
        digital_lines=columns.digital_lines,
        remarks=("the instrument's own errors are not known: the uncertainty is that of windows and samples alone",),
    )


def _matches(path: Path, head: bytes) -> bool:
    return path.suffix.lower() in _SUFFIXES and b"\0" not in head and _OTHERS not in head


FOREIGN.register("csv")(ForeignFormat(_TITLE, _matches, _read))
