"""The reference models beside published MLPerf Tiny results: context, not evidence, as the code is not the same."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import models, peers
from benchmarks.table import Table
from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.errors import UsageError

_BOARDS = {"nucleo-l4r5zi": "nucleol4r5zi", "stm32f746g-disco": "discof746ng"}
_COLUMNS = ("model", "board", "submitter", "round", "system", "latency_ms")
_CMSIS_NN = "microtvm_cmsis_nn"


@dataclass(frozen=True)
class Result:
    """One submission's latency for one of the models kws, ic, vww, ad."""

    model: str
    board: str
    system: str
    stack: str
    latency_ms: float


def read_results(path: Path) -> tuple[Result, ...]:
    """The rows of mlperf_tiny_results.csv that have a latency; UsageError where a column is missing."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: {error}", "it must be a table of MLPerf Tiny results, as CSV") from error
    for column in _COLUMNS:
        if not rows or column not in rows[0]:
            raise UsageError(f"{path} has no column `{column}`", f"it must have {', '.join(_COLUMNS)}")
    return tuple(_result(path, row) for row in rows if row["latency_ms"])


def _result(path: Path, row: dict[str, str]) -> Result:
    try:
        latency_ms = float(row["latency_ms"])
    except ValueError as error:
        raise UsageError(
            f"{path}: a latency is `{row['latency_ms']}`", "it must be a number of milliseconds"
        ) from error
    board = "".join(filter(str.isalnum, row["board"].lower()))
    return Result(row["model"], board, row["system"], f"{row['submitter']} {row['round']}", latency_ms)


def mlperf_tables(path: Path, folder: Path) -> list[Table]:
    """What others published beside what edgeopt estimates, and CMSIS-NN counted beside CMSIS-NN measured."""
    results = read_results(path)
    paths = models(folder)
    if not paths:
        raise UsageError(f"no *_int8.tflite in {folder}", "name their folder with --models")
    return [_boards(results, paths), _cmsis_nn(results, paths)]


def _boards(results: Sequence[Result], paths: Sequence[Path]) -> Table:
    columns = ["model", "board", "published, ms: quickest", "slowest", "edgeopt, goal latency, estimated ms"]
    table = Table(
        "Not comparable, other code: MLPerf Tiny latencies and edgeopt's estimate for the same models", columns
    )
    for name, key in _BOARDS.items():
        board = load_board(name)
        for path in paths:
            short = path.stem.split("_")[0]
            found = sorted((one.latency_ms, one.stack) for one in results if (one.model, one.board) == (short, key))
            latency = pipeline.analyze(path, board, "latency").latency_ms
            ours = "unknown" if latency.value is None else f"{latency.value:.1f}"
            first, last = (f"{one[0]:.1f} ({one[1]})" for one in (found[0], found[-1])) if found else ("", "")
            table.add(short, name, first, last, ours)
    return table


def _cmsis_nn(results: Sequence[Result], paths: Sequence[Path]) -> Table:
    """The nearest that published results come to code that was counted by somebody."""
    board = load_board("nucleo-l4r5zi")
    columns = ["model", "TFLM counted, zero wait states, cycles", "microTVM measured, cycles", "measured / counted"]
    title = f"Not comparable, other code: two stacks that both call CMSIS-NN on a Cortex-M4 at {board.clock_hz:,} Hz"
    table = Table(title, columns)
    for path in paths:
        short, counted = path.stem.split("_")[0], peers()[path.stem]["m4_cycles"]
        for one in results:
            if one.model == short and one.board == "nucleol4r5zi" and one.system.startswith(_CMSIS_NN):
                measured = one.latency_ms * board.clock_hz / 1e3
                table.add(short, f"{counted:,}", f"{measured:,.0f}", f"{measured / counted:.2f}")
    return table
