"""`edgeopt validate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.board import Board
from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._session import Session
from edgeopt.errors import UsageError

if TYPE_CHECKING:
    from edgeopt.report.proof import Validation

_OF_A_MODEL = ("board", "goal", "toolchain", "optimization")  # a project has its own


@verb(place=80)
@click.argument("program", type=_options.existing())
@_options.board
@_options.target
@_options.required_data
@_options.model_name
@click.option("--tflite", type=_options.existing(False), help="The project's model, where it is not in or beside it.")
@click.option("--float", "float_model", type=_options.existing(), help="The float model, to judge the accuracy by.")
@_options.goal
@_options.toolchain
@_options.optimization
@_options.timeout
@click.pass_context
def validate(
    context: click.Context,
    program: Path,
    board: Board,
    target: str,
    data: Path,
    model: str | None,
    tflite: Path | None,
    float_model: Path | None,
    goal: str,
    toolchain: str,
    optimization: str,
    timeout_s: float,
) -> Validation:
    """Prove a target's outputs equal to the oracle's.

    PROGRAM is a .tflite, or the folder of a project that was generated and built. The oracle is TensorFlow Lite for
    Microcontrollers, on every sample, byte for byte; where a byte differs, the first layer that differs is named. With
    labels in the data (`y`), or the float model, the accuracy on the target is told too.
    """
    from edgeopt import pipeline

    session: Session = context.obj
    if program.is_dir():
        for option in _OF_A_MODEL:
            if context.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE:
                given = "-O" if option == "optimization" else f"--{option}"
                raise UsageError(f"`{given}` is for a model, and `{program}` is a project", f"leave {given} out")
    with session.progress(f"validating {program.name} on {target}") as progress:
        return pipeline.validate(
            program,
            board,
            target,
            data,
            name=model,
            tflite=tflite,
            float_model=float_model,
            goal=goal,
            toolchain=toolchain,
            optimization=optimization,
            timeout_s=timeout_s,
            progress=progress,
        )
