"""`make bench-model`: what the virtual board predicts beside what was measured, a row a program and a summary a core.

make bench-model                     what is published, and the reference models beside MLPerf Tiny results
make bench-model EVIDENCE=folder     also predictions: for the ELFs of model_build.py, and for those of a file
                                     measurements.toml in the folder (keys: see model_evidence.py)
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from benchmarks.model_evidence import OWN_FILE, PUBLISHED, Measurement, read_series
from benchmarks.model_mlperf import mlperf_tables
from benchmarks.table import Table
from edgeopt.errors import EdgeoptError, UsageError
from edgeopt.simulate import run_foreign
from edgeopt.simulate.cycle_models import CYCLE_MODELS

AIMS = {"cortex-m0plus": 0.10, "cortex-m4f": 0.10, "cortex-m33f": 0.15, "cortex-m7f": 0.15}
_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Comparison:
    """A measurement and what is predicted for it: cycles of one run with ideal memory and with the board's."""

    measurement: Measurement
    ideal_cycles: float
    board_cycles: float

    @property
    def error(self) -> float:
        """Of the prediction that holds for the measured machine, as a share of what was measured."""
        ideal = self.measurement.series.memory == "ideal"
        return (self.ideal_cycles if ideal else self.board_cycles) / self.measurement.cycles - 1


def compare(measurement: Measurement, elf: Path) -> Comparison:
    """Runs `elf` twice. UsageError where it does not come to its end, or not between its two functions."""
    return Comparison(measurement, _cycles(measurement, elf, True), _cycles(measurement, elf, False))


def _cycles(measurement: Measurement, elf: Path, ideal_memory: bool) -> float:
    series = measurement.series
    found = run_foreign(elf, series.loaded_board, series.between, _TIMEOUT_S, ideal_memory=ideal_memory)
    if found.exit_code not in (0, None):
        raise UsageError(f"{elf}: {found.ending}, so it did not compute what it should", "build it again")
    if not found.sections:
        begin, end = series.between
        raise UsageError(f"{elf}: did not come from `{begin}` to `{end}`", f"it {found.ending}")
    cycles = found.sections[-1].profile.total.cycles
    if cycles is None:
        raise UsageError(f"{elf}: {series.core} has no cycle model", "leave the series out")
    return cycles / series.runs


def comparisons_of(folder: Path) -> tuple[list[Comparison], list[Measurement]]:
    """(what the folder has an ELF for, published measurements that it has none for)"""
    own = folder / OWN_FILE
    measurements = [one for series in read_series(PUBLISHED) for one in series.measurements]
    missing = [one for one in measurements if not (folder / one.elf_name).is_file()]
    found = [one for one in measurements if one not in missing]
    if own.is_file():
        theirs = [one for series in read_series(own) for one in series.measurements]
        for one in theirs:
            if not (folder / one.elf_name).is_file():
                raise UsageError(f"{own}: there is no {one.elf_name} beside it", "put the ELF there")
        found += theirs
    if not found:
        raise UsageError(f"{folder} has neither ELFs of model_build.py nor {OWN_FILE}", "docs/cycle_model.md says how")
    return [compare(one, folder / one.elf_name) for one in found], missing


def tables_of(comparisons: Sequence[Comparison]) -> list[Table]:
    """A row a program, and a summary a core."""
    return [_programs(comparisons), _summary(comparisons)]


def _programs(comparisons: Sequence[Comparison]) -> Table:
    columns = ["program", "core", "machine", "compiler", "measured", "ideal memory", "board's memory", "error"]
    table = Table("Cycles of one run, measured and predicted; the error is that of the bold one", columns)
    for one in comparisons:
        series, measured = one.measurement.series, one.measurement.cycles
        ideal, board = f"{one.ideal_cycles:,.0f}", f"{one.board_cycles:,.0f}"
        pair = (f"**{ideal}**", board) if series.memory == "ideal" else (ideal, f"**{board}**")
        name = f"{series.suite or series.name} {one.measurement.variant}"
        table.add(name, series.core, series.machine, series.compiler, f"{measured:,.0f}", *pair, f"{one.error:+.1%}")
    return table


def _summary(comparisons: Sequence[Comparison]) -> Table:
    columns = ["core", "n", "same compiler", "median size of the error", "mean error", "worst", "aim"]
    table = Table("Error of the prediction, a core", columns)
    for core in sorted(name for name, _ in CYCLE_MODELS):
        rows = [one for one in comparisons if one.measurement.series.core == core]
        aim = f"{AIMS[core]:.0%}" if core in AIMS else ""
        if not rows:
            table.add(core, "0", "0", "no evidence", "", "", aim)
            continue
        same = sum(one.measurement.series.same_compiler for one in rows)
        worst = max(rows, key=lambda one: abs(one.error))
        middle = median(abs(one.error) for one in rows)
        judged = table.judged(f"{middle:.1%}", core not in AIMS or middle <= AIMS[core])
        text = f"{worst.error:+.1%} ({worst.measurement.series.suite} {worst.measurement.variant})"
        table.add(core, str(len(rows)), str(same), judged, f"{fmean(one.error for one in rows):+.1%}", text, aim)
    return table


def _published() -> Table:
    """What there is to compare with, where nobody gave ELFs."""
    columns = ["program", "core", "machine", "compiler", "cycles of one run", "source"]
    table = Table("Published measurements; predictions need EVIDENCE=folder (docs/cycle_model.md)", columns)
    for series in read_series(PUBLISHED):
        for one in series.measurements:
            row = (series.core, series.machine, series.compiler, f"{one.cycles:,.0f}", series.source)
            table.add(f"{series.suite} {one.variant}", *row)
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model", description=__doc__.splitlines()[0])
    parser.add_argument("--evidence", type=Path, help="folder of ELFs, as of `python -m benchmarks.model_build`")
    parser.add_argument("--models", type=Path, default=Path("../shared/models"), help="folder of *_int8.tflite")
    parser.add_argument("--mlperf", type=Path, default=Path("../shared/data/mlperf_tiny_results.csv"))
    parser.add_argument("--output", type=Path, default=Path("bench-out"), help="folder of the tables as Markdown")
    options = parser.parse_args(arguments)
    try:
        tables = _tables(options)
        options.output.mkdir(parents=True, exist_ok=True)
        text = "\n\n".join(table.markdown() for table in tables)
        (options.output / "model.md").write_text(text + "\n")
    except EdgeoptError as error:
        print(f"error: {error.message}\nhint:  {error.hint}", file=sys.stderr)
        return error.exit_code
    print(text)
    return 1 if any(table.missed for table in tables) else 0


def _tables(options: argparse.Namespace) -> list[Table]:
    if options.evidence is None:
        tables = [_published()]
    else:
        comparisons, missing = comparisons_of(options.evidence)
        tables = tables_of(comparisons)
        for one in missing:
            print(f"note: {options.evidence} has no {one.elf_name}", file=sys.stderr)
    if options.mlperf.is_file() and options.models.is_dir():
        tables += mlperf_tables(options.mlperf, options.models)
    else:
        print(f"note: {options.mlperf} or {options.models} is missing: nothing beside MLPerf Tiny", file=sys.stderr)
    return tables


if __name__ == "__main__":
    sys.exit(main())
