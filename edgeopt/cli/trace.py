"""`edgeopt trace`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.cli import _options
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.powering import TraceReport

_SPAN = "BEGIN:END"


@verb(place=83)
@click.argument("file", type=_options.existing(False))
@click.option("--line", type=click.IntRange(0, 7), help="The windows are where this digital line is low.")
@click.option("--window", "spans", multiple=True, metavar=_SPAN, help="A window, in seconds of the trace; repeatable.")
@click.option("--idle", multiple=True, metavar=_SPAN, help="Where the board was idle; repeatable.")
@click.option("--windows-of", "run", type=_options.existing(False), help="The windows of this measurement, .json.")
@click.option("--inferences", type=click.IntRange(1), help="So many in each window [as the trace tells, or 1].")
@click.option("--supply-v", type=float, help="The supply, where the trace tells no voltage, or the wrong one.")
@click.option(
    "--column", "columns", multiple=True, metavar="NAME=COLUMN[:UNIT]", help="Of a CSV: time=1:ms, current=I:mA."
)
@click.option("--recording", type=click.IntRange(1), help="Which, of a file that holds several.")
@click.option("--save", type=_options.NEW, metavar="FILE", help="Write the result as JSON.")
def trace(
    file: Path,
    line: int | None,
    spans: tuple[str, ...],
    idle: tuple[str, ...],
    run: Path | None,
    inferences: int | None,
    supply_v: float | None,
    columns: tuple[str, ...],
    recording: int | None,
    save: Path | None,
) -> TraceReport:
    """Show a power meter's trace, or cut it anew.

    FILE is what `measure --meter` kept (.eotrace), an instrument's CSV, or what the MLPerf Tiny runner recorded. A
    trace of edgeopt's tells itself where its windows are.
    """
    from edgeopt import pipeline

    windows = pipeline.Windows(line, inferences, spans, idle, run)
    return pipeline.trace(file, windows=windows, supply_v=supply_v, columns=columns, recording=recording, save=save)
