"""`edgeopt battery`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeopt.board import Board, load_board
from edgeopt.cli import _options
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.battery import BatteryReport

# Key of energy.USE_KEYS or of pipeline.battery, where its name says the unit -> help
_FIGURES = {
    "latency_ms": "An inference, where there is no RUN.",
    "active_ma": "Current while it runs, in the place of the board's.",
    "active_mw": "Power while it runs.",
    "energy_uj": "Energy of an inference.",
    "wake_ms": "From sleep to the first instruction.",
    "sensor_uj": "Energy of the sensor, a period.",
    "radio_uj": "Energy of the radio, a period.",
    "sleep_ua": "Current of the whole node asleep, in the place of the board's.",
    "peak_ma": "The most that anything draws, e.g. the radio that sends.",
    "peak_ms": "How long it draws that.",
    "min_v": "The least supply voltage of the node.",
    "out_v": "What the regulator makes.",
    "efficiency": "Of a switching regulator, 0 to 1.",
    "quiescent_ua": "What the regulator takes itself.",
    "dropout_v": "What an ldo or buck needs above its output.",
    "min_in_v": "The least input of a boost or buck-boost.",
    "capacitor_uf": "A capacitor beside the cells.",
    "esr_ohm": "Its series resistance.",
    "depth_of_discharge": "The part of the charge that is drawn [1].",
    "temperature_factor": "The part of the charge that is there in the cold [1].",
    "reserve": "The part that is kept back [0.15].",
    "capacity_mah": "Of the cell, in the place of what is known of it.",
    "cell_v": "Of the cell, full and on average.",
    "cutoff_v": "At which the cell is spent.",
    "self_discharge_percent_per_month": "Of the cell.",
    "cell_ohm": "Internal resistance of the cell.",
}


def _option(key: str) -> str:
    """How a key of the pipeline is written on the command line."""
    return {"every_s": "--every", "for_days": "--for"}.get(key, "--" + key.replace("_", "-"))


def _figures(command: Callable[..., Any]) -> Callable[..., Any]:
    for key, text in reversed(_FIGURES.items()):
        command = click.option(_option(key), key, type=float, help=text)(command)
    return command


@verb(place=95)
@click.argument("run", type=_options.existing(), required=False)
@click.option("-b", "--board", type=load_board, metavar="BOARD", help="The board, where there is no RUN.")
@click.option("--cell", help="CR2032, AA, 18650, LiPo-500, in series as 2xAA, or a .toml file.")
@click.option("--every", "every_s", type=_options.duration, metavar="TIME", help="The period: 500ms, 10s, 5min, 1h.")
@click.option("--for", "for_s", type=_options.duration, metavar="TIME", help="The life that is wanted, e.g. 365d.")
@click.option("--board-sleep", is_flag=True, help="Asleep it draws what the board as bought does, not the chip alone.")
@click.option("--measured-idle", is_flag=True, help="Asleep it draws what the meter of RUN saw of the idle board.")
@click.option("--regulator", help="Between cells and node: none, ldo, buck, boost or buck-boost [none].")
@_figures
@click.pass_context
def battery(
    context: click.Context, /, run: Path | None, board: Board | None, for_s: float | None, **values: Any
) -> BatteryReport:
    """Days on a battery, and what eats its charge.

    RUN is the folder of a deployment, or what `analyze`, `run`, `deploy` or `measure` printed with --json; or give
    --latency-ms and a --board, or plain figures. The node wakes up every period, infers once, and sleeps.
    """
    from edgeopt import pipeline

    if run is not None and context.get_parameter_source("board") is not click.core.ParameterSource.COMMANDLINE:
        board = None  # edgeopt.toml's is for plain figures: a run has its own
    given = {key: value for key, value in values.items() if value is not None}
    if for_s is not None:
        given["for_days"] = for_s / 86_400.0
    return pipeline.battery(run, board, spell=_option, **given)
