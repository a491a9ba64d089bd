"""`edgeopt analyze`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from edgeopt.board import Board
from edgeopt.cli import _options
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.boards import BoardsAnalysis
    from edgeopt.report.results import Analysis


@verb(place=40)
@_options.model
@_options.board
@_options.goal
@_options.budget
@click.option("--all-boards", is_flag=True, help="On every board, a line each, instead of one.")
@click.pass_context
def analyze(
    context: click.Context, model: Path, board: Board, goal: str, budget: Path | None, all_boards: bool
) -> Analysis | BoardsAnalysis:
    """Sizes and costs of MODEL on a board, layer by layer.

    MODEL is a full-integer .tflite. Nothing is built: what a compiler would add is estimated.
    """
    from edgeopt import pipeline

    said = {key for key in ("board", "all_boards") if context.get_parameter_source(key) == ParameterSource.COMMANDLINE}
    if len(said) == 2:
        raise click.UsageError("`--board` and `--all-boards` contradict each other")
    if all_boards and "board" not in said:  # a board on the command line goes before edgeopt.toml
        return pipeline.analyze_all_boards(model, goal, budget)
    return pipeline.analyze(model, board, goal, budget)
