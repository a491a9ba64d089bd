"""`edgeopt validate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board
from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._session import Session

if TYPE_CHECKING:
    from edgeopt.report.proof import Validation


@verb(place=80)
@_options.model
@_options.board
@_options.target
@_options.required_data
@_options.goal
@_options.toolchain
@_options.optimization
@_options.timeout
@click.pass_obj
def validate(
    session: Session,
    model: Path,
    board: Board,
    target: str,
    data: Path,
    goal: str,
    toolchain: str,
    optimization: str,
    timeout_s: float,
) -> Validation:
    """Prove a target's outputs equal to the oracle's.

    The oracle is TensorFlow Lite for Microcontrollers, on every sample, byte for byte.
    """
    from edgeopt import pipeline

    with session.progress(f"validating {model.name} on {target}") as progress:
        return pipeline.validate(
            model,
            board,
            target,
            data,
            goal=goal,
            toolchain=toolchain,
            optimization=optimization,
            timeout_s=timeout_s,
            progress=progress,
        )
