"""`edgeopt convert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeopt.cli import _options
from edgeopt.cli._app import verb
from edgeopt.cli._conversion import conversion_options
from edgeopt.cli._session import Session

if TYPE_CHECKING:
    from edgeopt.convert import Choices, Converted, Limits, Trust


@verb(place=30)
@_options.model
@click.option("-o", "--output", type=_options.NEW, required=True, help="The .tflite file to write.")
@_options.calibration
@_options.data
@conversion_options
@click.pass_obj
def convert(
    session: Session,
    model: Path,
    output: Path,
    calibration: Path | None,
    data: Path | None,
    choices: Choices,
    trust: Trust,
    limits: Limits,
) -> Converted:
    """Make a trained MODEL full integer; one of Larq's, binary.

    The result is a .tflite whose inputs and outputs are int8 too. With --data the accuracy of both is told. A binarized
    network keeps float32 inputs and outputs for the Larq Compute Engine, and is integer on the device.
    """
    from edgeopt import pipeline

    with session.progress(f"converting {model.name}"):
        return pipeline.convert(
            model, output, calibration, evaluation=data, choices=choices, trust=trust, limits=limits
        )
