"""`edgeopt analyze`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board
from edgeopt.cli import _options
from edgeopt.cli._app import verb

if TYPE_CHECKING:
    from edgeopt.report.results import Analysis


@verb(place=40)
@_options.model
@_options.board
@_options.goal
@click.option("--budget", type=_options.existing(False), help="Limits, .toml: flash_bytes, ram_bytes, latency_ms ...")
def analyze(model: Path, board: Board, goal: str, budget: Path | None) -> Analysis:
    """Sizes and costs of MODEL on a board, layer by layer.

    MODEL is a full-integer .tflite. Nothing is built: what a compiler would add is estimated.
    """
    from edgeopt import pipeline

    return pipeline.analyze(model, board, goal, budget)
